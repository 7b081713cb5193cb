//! A whole rotation uses everything that it may, and nothing else.

use anyhow::Result;
use jiff::SignedDuration;
use sandbox::company::{Company, Setup};
use sandbox::kubernetes::Mark;
use sandbox::tools::Tools;
use scenarios::iam::{Policy, actions_called};
use scenarios::job::{Finished, Job};
use scenarios::rights::assert_exact;

use super::{WRITER, at_home, at_work, home, job, pod};

/// What the scheduled run does, in the pod that `pod` made.
async fn apply(company: &Company) -> Result<Finished> {
    let run = Job::rotator(company, ["apply"])?.in_a_pod().run().await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    Ok(run)
}

#[tokio::test]
async fn a_whole_rotation_uses_every_permission_and_no_other() -> Result<()> {
    let company = Company::start(&Tools::from_process()?, Setup::default()).await?;
    let pod = pod(home(&company)?).await?;
    company.canaries().await?;
    let marks = company.clusters.iter().map(|it| it.cluster.audit_mark());
    let marks: Vec<Mark> = marks.collect::<Result<_>>()?;
    company.aws.clear_calls();
    apply(&company).await?;
    company.deliver("Soaking").await?;
    company.clock.advance(SignedDuration::from_hours(25))?;
    apply(&company).await?;
    company.clock.advance(SignedDuration::from_hours(8 * 24))?;
    apply(&company).await?;
    assert_eq!(company.keys()?.len(), 1);

    let policy = Policy::read(WRITER)?;
    assert_eq!(actions_called(&company.aws, &policy), policy.actions());
    let home = home(&company)?;
    for (site, mark) in company.clusters.iter().zip(marks) {
        let name = site.cluster.name();
        let mut rights = at_work(site).await?.rights;
        if name == home.cluster.name() {
            rights.extend(at_home(site).await?.rights);
        }
        assert_exact(name, &rights, &job(site).used(mark)?);
    }

    // The right to read Jobs is what `kubectl describe cronjob` needs to show the Events.
    let events = pod.take_events(&home.cluster).await?;
    assert!(events.len() > 5, "{events:?}");
    for event in events {
        assert_eq!(event["regarding"]["uid"], pod.cronjob(), "{event}");
    }
    Ok(())
}
