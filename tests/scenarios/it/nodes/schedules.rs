//! How runs begin: by the schedule, by hand, as a twin that only shows, and by hand with other arguments, with
//! the commands that the guide has.

use anyhow::{Context as _, Result, ensure};
use sandbox::kubernetes::Cluster;
use sandbox::nodes::estate::Estate;
use sandbox::nodes::{NodeCluster, Run};
use serde_json::json;

use super::{CREDENTIALS, MONITORING, ROTATE, told};

/// Where each job runs.
const JOBS: [(&str, &str); 4] = [
    (MONITORING, "export-cloudwatch"),
    (MONITORING, "sync-dashboards"),
    (MONITORING, "check-consistency"),
    (CREDENTIALS, ROTATE),
];

/// Which of them the cluster without the company's services has.
const ELSEWHERE: [(&str, &str); 2] = [(MONITORING, "check-consistency"), (CREDENTIALS, ROTATE)];

/// What of its plan each twin prints.
const TWINS: [(&str, &str, &str); 3] = [
    (MONITORING, "export-cloudwatch-plan", "AWS/ES"),
    (MONITORING, "sync-dashboards-plan", "prod-e1-1"),
    (
        CREDENTIALS,
        "rotate-credentials-plan",
        "prod-monitoring-email-user",
    ),
];

/// All jobs of both clusters have come to a good end by their schedule.
pub(super) async fn every_job_runs_by_its_schedule(estate: &Estate) -> Result<()> {
    for (whole, jobs) in [(&estate.pair.a, &JOBS[..]), (&estate.pair.b, &ELSEWHERE)] {
        for (namespace, job) in jobs {
            let run = whole.scheduled_run(namespace, job).await?;
            told(&format!("{}: {}", whole.cluster().name(), run.job));
        }
    }
    Ok(())
}

/// How a pod comes to AWS is each sandbox's own: another address, and keys in place of a web identity. The digest
/// of a configuration is explained only where all else is.
const OF_THE_SANDBOX: [&str; 2] = ["/env[name=AWS_", "/annotations/checksum~1config"];

/// What `install-monitoring` made in both differs in nothing that is not declared, not even in what is too
/// young to count.
pub(super) async fn neither_differs_from_the_other(estate: &Estate) -> Result<()> {
    let (job, name) = ("check-consistency", "differs-1");
    for whole in estate.pair.both() {
        let run = whole.run_by_hand(MONITORING, job, name).await?;
        ensure!(run.good, "{run:#?}");
        let log = whole.log_of(MONITORING, name).await?;
        let objects = log.lines().filter(|line| line.contains(" settling  "));
        let fields = log.lines().filter(|line| line.starts_with("    /"));
        let mut others = objects
            .filter(|line| !line.contains("CronJob monitoring/check-consistency"))
            .chain(fields.filter(|field| !OF_THE_SANDBOX.iter().any(|it| field.contains(it))));
        ensure!(others.next().is_none(), "{log}");
        told(&format!("{}: no drift", whole.cluster().name()));
    }
    Ok(())
}

/// `kubectl create job --from=cronjob/NAME-plan`, and then its log.
pub(super) async fn twins_show_what_would_be_done(home: &NodeCluster) -> Result<()> {
    let name = |twin: &str| format!("{twin}-1");
    for (namespace, twin, _) in TWINS {
        home.start_by_hand(namespace, twin, &name(twin)).await?;
    }
    for (namespace, twin, words) in TWINS {
        let run = home.end_of(namespace, &name(twin)).await?;
        ensure!(run.good, "{twin}: {run:#?}");
        let log = home.log_of(namespace, &name(twin)).await?;
        ensure!(log.contains(words), "{twin} without {words}: {log}");
    }
    Ok(())
}

/// The recipes for other arguments and another environment, which kubectl's `--from` does not take.
pub(super) async fn arguments_and_environment_can_be_others(home: &NodeCluster) -> Result<()> {
    let (namespace, exporter) = (MONITORING, "export-cloudwatch");
    let arguments = ["run", "--only", "AWS/ES"];
    let run = run_with(home, namespace, exporter, "export-es-1", &arguments).await?;
    ensure!(run.good, "{run:#?}");
    let arguments = ["run", "--only", "AWS/NoSuch"];
    let run = run_with(home, namespace, exporter, "export-none-1", &arguments).await?;
    ensure!(run.statuses == [2], "the arguments arrived: {run:#?}");

    let cluster = home.cluster();
    let job = from(cluster, namespace, exporter, "export-debug-1").await?;
    let set = [
        "set",
        "env",
        "--local",
        "--filename=-",
        "RUST_LOG=debug",
        "--output=yaml",
    ];
    let job = cluster.kubectl(&set, &job).await?;
    cluster.kubectl(&["create", "--filename=-"], &job).await?;
    let run = home.end_of(namespace, "export-debug-1").await?;
    ensure!(run.good, "{run:#?}");
    let log = home.log_of(namespace, "export-debug-1").await?;
    ensure!(log.contains("\"level\":\"debug\""), "{log}");
    Ok(())
}

/// Starts a Job from a CronJob with other arguments, and waits for its end.
pub(super) async fn run_with(
    whole: &NodeCluster,
    namespace: &str,
    cronjob: &str,
    name: &str,
    arguments: &[&str],
) -> Result<Run> {
    start_with(whole.cluster(), namespace, cronjob, name, arguments).await?;
    whole.end_of(namespace, name).await
}

/// The recipe, command by command.
pub(super) async fn start_with(
    cluster: &Cluster,
    namespace: &str,
    cronjob: &str,
    name: &str,
    arguments: &[&str],
) -> Result<()> {
    let job = from(cluster, namespace, cronjob, name).await?;
    let change = json!([{
        "op": "replace", "path": "/spec/template/spec/containers/0/args", "value": arguments,
    }]);
    let change = change.to_string();
    let patch = [
        "patch",
        "--local",
        "--filename=-",
        "--type=json",
        "--output=yaml",
        "--patch",
        &change,
    ];
    let job = cluster.kubectl(&patch, &job).await?;
    let created = cluster.kubectl(&["create", "--filename=-"], &job).await;
    created.with_context(|| format!("creating {name}"))?;
    Ok(())
}

/// The Job that a CronJob would make, as a file.
async fn from(cluster: &Cluster, namespace: &str, cronjob: &str, name: &str) -> Result<String> {
    let from = format!("--from=cronjob/{cronjob}");
    let create = [
        "--namespace",
        namespace,
        "create",
        "job",
        name,
        &from,
        "--dry-run=client",
        "--output=yaml",
    ];
    cluster.kubectl(&create, "").await
}
