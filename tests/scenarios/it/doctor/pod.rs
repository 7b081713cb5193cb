//! The same as a pod of the cluster: with the account and the rights of the chart's own test.

use std::fs;

use anyhow::{Context as _, Result};
use sandbox::monitoring::{NAMESPACE, object};
use scenarios::job::{Finished, Job};

use super::scene::{CLUSTER, SENTINELS, Scene};

/// A run with the variables and the files that a pod finds.
async fn run(scene: &Scene) -> Result<Finished> {
    let cluster = scene.cluster()?;
    let directory = scene.stage.directory().join("account");
    fs::create_dir_all(&directory)?;
    let token = cluster.service_account_token(NAMESPACE, "doctor").await?;
    fs::write(directory.join("token"), token)?;
    fs::write(directory.join("ca.crt"), cluster.ca_pem())?;
    let url = cluster.server_url();
    let address = url.strip_prefix("https://").context("not over TLS")?;
    let (host, port) = address.rsplit_once(':').context("no port")?;
    let job = Job::installer(["doctor", "--in-cluster", "--cluster", CLUSTER])?
        .env("KUBERNETES_SERVICE_HOST", host)
        .env("KUBERNETES_SERVICE_PORT", port)
        .env(
            "KUBERNETES_SERVICE_ACCOUNT_DIR",
            &directory.to_string_lossy(),
        );
    let run = job.run().await?;
    for sentinel in SENTINELS {
        assert!(!run.stdout.contains(sentinel) && !run.stderr.contains(sentinel));
    }
    Ok(run)
}

/// A `CronJob` is gone afterwards.
pub(super) async fn in_a_pod_it_needs_no_chart_and_no_secret_and_misses_a_cron_job_still(
    scene: &Scene,
) -> Result<()> {
    let mark = scene.cluster()?.audit_mark()?;
    let well = run(scene).await?;
    assert_eq!(well.status, 0, "{}{}", well.stdout, well.stderr);
    assert!(well.stdout.ends_with("all is well\n"), "{}", well.stdout);
    assert!(
        well.stdout.contains("a pod may not look"),
        "{}",
        well.stdout
    );
    let account = format!("system:serviceaccount:{NAMESPACE}:doctor");
    let entries = scene.cluster()?.audit_since(mark)?.into_iter();
    let own: Vec<_> = entries.filter(|it| it.user == account).collect();
    assert!(!own.is_empty());
    assert!(own.iter().all(|it| it.resource != "secrets"));
    let refused: Vec<_> = own.iter().filter(|it| it.code == 403).collect();
    assert!(refused.is_empty(), "{refused:?}");

    let path = object("apis/batch/v1", "cronjobs", "check-consistency");
    scene.stage.delete(CLUSTER, &path).await?;
    let gone = run(scene).await?;
    assert_eq!(gone.status, 3, "{}", gone.stdout);
    assert!(
        gone.stdout.contains("CronJob monitoring/check-consistency"),
        "{}",
        gone.stdout
    );
    Ok(())
}
