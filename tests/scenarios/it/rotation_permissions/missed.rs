//! Each permission that is taken away is missed: the run ends with 4 and names it. Events alone are
//! a warning.

use anyhow::{Context as _, Result};
use jiff::SignedDuration;
use sandbox::aws::KeyStatus;
use sandbox::company::{CALLER, Company, Setup, Site, USER};
use sandbox::kubernetes::Change;
use sandbox::tools::Tools;
use scenarios::iam::{Policy, assert_missed};
use scenarios::job::{Finished, Job};
use scenarios::rights::Right;
use serde_json::json;

use super::{WRITER, at_home, at_work, home, pod};

const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/monitoring-credentials/leases/\
                     rotate-credentials";

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

async fn apply(company: &Company) -> Result<Finished> {
    Job::rotator(company, ["apply"])?.in_a_pod().run().await
}

async fn settle(company: &Company) -> Result<()> {
    let run = apply(company).await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    Ok(())
}

/// What a person does about a key that the job has marked as an orphan and that nobody wants to
/// wait for.
fn remove_keys_but_the_current_one(company: &Company) -> Result<()> {
    let (iam, current) = (company.aws.iam(), company.current_key()?);
    for key in company.keys()? {
        if key.id != current {
            iam.set_status(USER, &key.id, KeyStatus::Inactive)?;
            iam.delete_key(USER, &key.id)?;
            let tag = format!("rotate-credentials.key.{}", key.id);
            iam.untag(USER, &[tag.as_str()])?;
        }
    }
    Ok(())
}

/// The writer's policy, action by action, at the stage of a rotation that needs it.
struct Aws<'c> {
    company: &'c Company,
    policy: Policy,
    missed: Vec<String>,
}

impl Aws<'_> {
    /// Runs without `action`, then has it given back.
    async fn miss(&mut self, action: &str) -> Result<()> {
        self.policy
            .without(action)
            .enforce(&self.company.aws, CALLER)?;
        assert_missed(&apply(self.company).await?, action);
        self.policy.enforce(&self.company.aws, CALLER)?;
        self.missed.push(action.to_owned());
        Ok(())
    }
}

#[tokio::test]
async fn each_action_of_the_policy_is_missed_by_its_name() -> Result<()> {
    let company = Company::start(&Tools::from_process()?, Setup::default()).await?;
    company.canaries().await?;
    let mut aws = Aws {
        company: &company,
        policy: Policy::read(WRITER)?,
        missed: Vec::new(),
    };
    for read in [
        "iam:ListAccessKeys",
        "iam:GetAccessKeyLastUsed",
        "iam:ListUserTags",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
    ] {
        aws.miss(read).await?;
    }
    // The announcement, the key, its pair.
    aws.miss("iam:TagUser").await?;
    aws.miss("iam:CreateAccessKey").await?;
    assert_eq!(company.keys()?.len(), 1);
    aws.miss("secretsmanager:PutSecretValue").await?;
    remove_keys_but_the_current_one(&company)?;
    let old = company.current_key()?;
    aws.miss("secretsmanager:UpdateSecretVersionStage").await?;
    assert_eq!(company.current_key()?, old);
    settle(&company).await?;
    assert_ne!(company.current_key()?, old);

    company.deliver("Soaking").await?;
    company.clock.advance(hours(25))?;
    aws.miss("iam:UpdateAccessKey").await?;
    settle(&company).await?;
    company.clock.advance(hours(8 * 24))?;
    aws.miss("iam:DeleteAccessKey").await?;
    assert_eq!(company.keys()?.len(), 2);
    // The key is deleted, its mark stays.
    aws.miss("iam:UntagUser").await?;
    assert_eq!(company.keys()?.len(), 1);
    settle(&company).await?;

    aws.missed.sort();
    let all: Vec<String> = aws.policy.actions().into_iter().collect();
    assert_eq!(aws.missed, all);
    Ok(())
}

/// The rights whose want changes nothing but Events.
fn is_for_events(right: &Right) -> bool {
    ["events", "jobs"].contains(&right.resource.as_str())
}

/// A Lease that a pod holds: the next run has to look whether it lives.
async fn hold_by_another_pod(site: &Site) -> Result<()> {
    let admin = site.cluster.client().await?;
    let change = json!({"spec": {
        "holderIdentity": "rotate-credentials-29401936-xxxxx_5d0c7f4e", "leaseDurationSeconds": 300,
    }});
    admin.patch(LEASE, Change::Merge, &change).await?;
    Ok(())
}

#[tokio::test]
async fn each_right_of_the_roles_is_missed_by_its_name() -> Result<()> {
    let company = Company::start(&Tools::from_process()?, Setup::default()).await?;
    company.canaries().await?;
    let home = home(&company)?;
    pod(home).await?;
    let first = company.clusters.first().context("no cluster")?;
    let mut missed = 0;

    // Nothing is done before everything is seen, so that each look fails alike.
    let at_work = at_work(first).await?;
    let looks = at_work.rights.iter().filter(|right| right.verb != "patch");
    for right in looks {
        at_work.take_away(right).await?;
        assert_missed(&apply(&company).await?, &right.to_string());
        at_work.give_back(right).await?;
        missed += 1;
    }
    let at_home = at_home(home).await?;
    let rights = || at_home.rights.iter();
    for right in rights().filter(|right| !is_for_events(right)) {
        hold_by_another_pod(home).await?;
        at_home.take_away(right).await?;
        let run = apply(&company).await?;
        assert_eq!(run.status, 4, "{right}: {}\n{}", run.stdout, run.stderr);
        assert!(right.is_named_by(&run), "{right}: {}", run.termination);
        at_home.give_back(right).await?;
        missed += 1;
    }
    assert_eq!(company.keys()?.len(), 1, "nothing was done so far");

    // The write, once there is something to write.
    let patch = at_work.rights.iter().find(|right| right.verb == "patch");
    let patch = patch.context("nothing may be patched")?;
    at_work.take_away(patch).await?;
    assert_missed(&apply(&company).await?, &patch.to_string());
    at_work.give_back(patch).await?;
    missed += 1;

    // Events: the run goes on, and says that nobody heard of it.
    for right in rights().filter(|right| is_for_events(right)) {
        at_home.take_away(right).await?;
        let run = apply(&company).await?;
        assert_eq!(run.status, 0, "{right}: {}\n{}", run.stdout, run.stderr);
        at_home.give_back(right).await?;
        missed += 1;
        let warned = run.stderr.contains("WARN Event RotationStep not published");
        let told = run
            .stderr
            .contains("create events in monitoring-credentials: 403");
        let events = right.resource == "events";
        assert_eq!((warned, told), (events, events), "{right}: {}", run.stderr);
        company.deliver("Soaking").await?;
        company.clock.advance(hours(25))?;
    }
    assert_eq!(missed, at_work.rights.len() + at_home.rights.len());
    Ok(())
}
