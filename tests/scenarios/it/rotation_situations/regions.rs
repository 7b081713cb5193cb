//! Two clusters that send through SES in two regions: one key, two passwords.

use anyhow::Result;
use sandbox::aws::KeyStatus;
use sandbox::company::Setup;
use sandbox::mail::{Fault, Reply, Stage as At};
use scenarios::stage::{DUE, Stage, YOUNG};

#[tokio::test]
async fn a_pair_must_work_in_every_region_and_each_cluster_gets_the_password_of_its_own()
-> Result<()> {
    let setup = Setup {
        mail_regions: ["eu-central-1", "us-east-1"],
        ..Setup::default()
    };
    let stage = Stage::open(setup).await?;
    stage.company.deliver("Before").await?;
    let elsewhere = stage.company.mail_elsewhere.as_ref().unwrap();
    let old = stage.current()?;

    // Nothing becomes current that one of the two does not take.
    elsewhere.inject(Fault::answer(At::Message, Reply::NOT_AUTHORIZED));
    let run = stage.apply(&[DUE]).await?;
    assert_eq!(run.termination["class"], "smtp-denied", "{}", run.stderr);
    assert_eq!(stage.current()?, old);
    elsewhere.clear_faults();

    let run = stage.apply(&[DUE]).await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    assert_ne!(stage.current()?, old);
    stage.company.deliver("During").await?;
    stage.pass(25 * 60)?;
    let run = stage.apply(&[YOUNG, "mail_proof: off"]).await?;
    assert_eq!(
        stage.status(&old),
        Some(KeyStatus::Inactive),
        "{}",
        run.stdout
    );
    stage.company.deliver("After").await?;
    for server in [elsewhere, &stage.company.mail] {
        let mails = server.mails();
        let alerts = mails.iter().filter(|mail| mail.data.contains("After"));
        assert!(alerts.count() >= 1);
    }
    Ok(())
}
