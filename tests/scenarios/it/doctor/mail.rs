//! A real mail through each Alertmanager, and mail that is refused.

use std::time::Duration;

use anyhow::Result;
use sandbox::mail::{Fault, Reply, Stage};
use serde_json::Value;

use super::scene::{CLUSTER, Scene, check_of};

const ADDRESS: &str = "on.call+test@toolchain.com";

/// In one scene, since to bring one up takes longer than both.
#[tokio::test]
async fn mail_that_is_asked_for_goes_out_and_mail_that_is_refused_is_found() -> Result<()> {
    let scene = Scene::well().await?;
    let sent = a_test_mail_goes_through_every_replica_and_only_to_the_company(&scene);
    Box::pin(sent).await?;
    // At the end: its mail server refuses from then on.
    let refused = mail_that_is_refused_is_found_in_the_counters_and_in_the_test(&scene);
    Box::pin(refused).await
}

async fn a_test_mail_goes_through_every_replica_and_only_to_the_company(
    scene: &Scene,
) -> Result<()> {
    let run = scene.doctor(&["--test-mail", ADDRESS]).await?;
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout
            .contains("✓ test mail     2 of 2 replicas handed over a mail since"),
        "{}",
        run.stdout
    );
    let pods: Vec<_> = (0..2)
        .map(|number| scene.alertmanagers().unwrap().pod(number))
        .collect();
    let wanted = |subject: &str| {
        let mut pods = pods.iter();
        pods.any(|pod| subject == format!("Test mail of {pod} in {CLUSTER}"))
    };
    let arrived = scene.mail.wait_for(
        |mails| mails.iter().filter(|it| it.to == [ADDRESS]).count() == 2,
        Duration::from_mins(1),
    );
    let arrived = arrived.await?;
    let subjects = arrived.iter().filter(|it| it.to == [ADDRESS]);
    let mut subjects: Vec<_> = subjects.map(|it| it.subject.replace("\r\n", "")).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(subjects.iter().all(|it| wanted(it)), "{subjects:?}");

    // Nobody makes a relay of it, and whoever is asked for mail is not told of a failure of others.
    let before = scene.mail.mails().len();
    let run = scene
        .doctor(&["-o", "json", "--test-mail", "somebody@example.com"])
        .await?;
    let document: Value = serde_json::from_str(&run.stdout)?;
    assert_eq!(run.status, 3, "{document:#}");
    let findings = check_of(&document, "test mail")["findings"].clone();
    assert_eq!(findings.as_array().map(Vec::len), Some(2), "{findings:#}");
    let text = "its route for test mails does not let somebody@example.com through";
    assert_eq!(findings[0]["text"], text);
    let others = scene.mail.mails().into_iter().skip(before);
    let others: Vec<_> = others
        .filter(|it| it.subject.contains("est mail"))
        .collect();
    assert!(others.is_empty(), "{others:?}");

    // Two addresses are none.
    let run = scene
        .doctor(&["--test-mail", "a@toolchain.com,b@example.com"])
        .await?;
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("name@toolchain.com"), "{}", run.stderr);
    Ok(())
}

async fn mail_that_is_refused_is_found_in_the_counters_and_in_the_test(
    scene: &Scene,
) -> Result<()> {
    scene
        .mail
        .inject(Fault::answer(Stage::Message, Reply::RATE_EXCEEDED));
    let run = scene
        .doctor(&["-o", "json", "--test-mail", ADDRESS])
        .await?;
    let document: Value = serde_json::from_str(&run.stdout)?;
    assert_eq!(run.status, 3, "{document:#}");
    let findings = &check_of(&document, "test mail")["findings"];
    assert_eq!(
        findings[0]["text"], "the mail server refused a mail of it, this one or another",
        "{document:#}"
    );
    let (document, status) = scene.diagnosis().await?;
    assert_eq!(status, 3);
    let mail = check_of(&document, "mail");
    let text = mail["findings"][0]["text"].as_str().unwrap_or_default();
    assert!(text.starts_with("the mail server refused"), "{document:#}");
    let mend = mail["findings"][0]["mend"].as_str().unwrap_or_default();
    assert!(
        mend.contains("--from=cronjob/rotate-credentials-plan && until "),
        "{mend}"
    );
    Ok(())
}
