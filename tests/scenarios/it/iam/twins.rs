//! The writer's twin under its policy: it sees all that there is to see and changes nothing.

use anyhow::Result;
use sandbox::company::{CALLER, Company, SECRET, Setup};
use sandbox::tools::Tools;
use scenarios::iam::{Policy, actions_called, assert_missed};
use scenarios::job::{Finished, Job};

const TWIN: &str =
    "k8s/iam/rendered/prod-e1-1/k8s.prod-e1-1.rotate-credentials-plan.service/policy.json";

async fn plan(company: &Company) -> Result<Finished> {
    Job::rotator(company, ["plan"])?.run().await
}

#[tokio::test]
async fn the_rotations_twin_reads_everything_and_can_write_nothing() -> Result<()> {
    let company = Company::start(&Tools::from_process()?, Setup::default()).await?;
    company.canaries().await?;
    let policy = Policy::read(TWIN)?;
    for action in policy.actions() {
        policy.without(&action).enforce(&company.aws, CALLER)?;
        assert_missed(&plan(&company).await?, &action);
    }
    policy.enforce(&company.aws, CALLER)?;
    company.aws.clear_calls();
    let run = plan(&company).await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("create"), "{}", run.stdout);
    assert_eq!(actions_called(&company.aws, &policy), policy.actions());

    // With everything else that the job has, it comes to its first write.
    let (secret, key) = (
        company.aws.secrets().current_text(SECRET)?,
        company.current_key()?,
    );
    let apply = Job::rotator(&company, ["apply"])?.run().await?;
    assert_missed(&apply, "iam:TagUser");
    assert_eq!(company.keys()?.len(), 1);
    assert_eq!(company.aws.secrets().current_text(SECRET)?, secret);
    assert_eq!(company.current_key()?, key);
    Ok(())
}
