//! The follower's permissions: it reads the secret, brings its own cluster to it, and needs nothing
//! more.

use std::fs;

use anyhow::{Context as _, Result};
use common::secret::ExposeSecret as _;
use jiff::SignedDuration;
use sandbox::company::{CALLER, Company, GROUP, SECRET, Setup, Site, USER, home_rights};
use sandbox::tools::Tools;
use scenarios::iam::{Policy, actions_called, assert_missed};
use scenarios::job::{Finished, Job};
use scenarios::rights::assert_exact;

use super::{FOLLOWER, at_home, at_work, job, pod};

/// The cluster that follows; it is its own home.
const CLUSTER: &str = "remoting-prod-e1-1";

async fn apply(company: &Company, config: &str) -> Result<Finished> {
    let job = Job::rotator(company, ["apply", "--config", config])?.in_a_pod();
    job.env("CLUSTER", CLUSTER).run().await
}

/// The follower's configuration, with what it needs in its cluster.
async fn follow(company: &Company, site: &Site) -> Result<String> {
    site.cluster.apply(&[&home_rights()?]).await?;
    pod(site).await?;
    let kubeconfig = site
        .cluster
        .kubeconfig_for("rotate-credentials", Some(GROUP))?;
    let port = company.mail.addr().port();
    let text = format!(
        "role: follower\nhome: {CLUSTER}\nsecret:\n  name: {SECRET}\n  region: us-east-1\n\
         mail:\n  from: prometheus-alerts@example.com\n  smarthost: localhost:{port}\n  \
         tls: starttls\n  region: us-east-1\n\
         clusters:\n  - name: {CLUSTER}\n    context: {CLUSTER}\n    kubeconfig: {}\n    \
         alertmanager: prod-monitoring-prometheus-alertmanager\n",
        kubeconfig.display()
    );
    let path = company.directory().join("follower.yaml");
    fs::write(&path, text)?;
    Ok(path.to_string_lossy().into_owned())
}

/// Somebody, the writer or a person, makes another pair current.
fn replace_pair(company: &Company) -> Result<()> {
    let iam = company.aws.iam();
    let text = company.aws.secrets().current_text(SECRET)?;
    let old = company.keys()?.swap_remove(0);
    let new = iam.create_key(USER)?;
    // Old enough to be known everywhere.
    company.clock.advance(SignedDuration::from_mins(30))?;
    let text = text.replace(&old.id, &new.id);
    let text = text.replace(old.secret.expose_secret(), new.secret.expose_secret());
    company.aws.secrets().put_value(SECRET, &text)?;
    Ok(())
}

#[tokio::test]
async fn a_follower_uses_every_permission_and_misses_each_by_name() -> Result<()> {
    let company = Company::start(&Tools::from_process()?, Setup::default()).await?;
    let site = company.clusters.first().context("no cluster")?;
    assert_eq!(site.cluster.name(), CLUSTER);
    let config = follow(&company, site).await?;
    let policy = Policy::read(FOLLOWER)?;
    for action in policy.actions() {
        policy.without(&action).enforce(&company.aws, CALLER)?;
        assert_missed(&apply(&company, &config).await?, &action);
    }
    policy.enforce(&company.aws, CALLER)?;
    replace_pair(&company)?;
    company.canaries().await?;

    let grant = at_work(site).await?;
    let mut patch = grant.rights.iter().filter(|right| right.verb == "patch");
    let patch = patch.next().context("nothing may be patched")?;
    grant.take_away(patch).await?;
    assert_missed(&apply(&company, &config).await?, &patch.to_string());
    grant.give_back(patch).await?;

    company.aws.clear_calls();
    let mark = site.cluster.audit_mark()?;
    let run = apply(&company, &config).await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    let current = company.current_key()?;
    for replica in 0..site.alertmanagers.replicas() {
        let running = site.alertmanagers.running_config(replica).await?;
        assert!(running.contains(&current), "{running}");
    }
    assert_eq!(actions_called(&company.aws, &policy), policy.actions());
    let mut rights = grant.rights;
    rights.extend(at_home(site).await?.rights);
    assert_exact(CLUSTER, &rights, &job(site).used(mark)?);
    Ok(())
}
