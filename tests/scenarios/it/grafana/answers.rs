//! What dashboards ask, asked of a real Prometheus that holds what real runs of all jobs have pushed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use common::exposition::render;
use common::metrics::PEER_SMTP_USER_MATCH;
use sandbox::aws::{Fault, FaultKind, Operation};
use sandbox::checkout;
use sandbox::company::Setup as CompanySetup;
use sandbox::dashboards::{Stage as DashboardsStage, generation};
use sandbox::monitoring::{CLUSTERS, HOME, Stage as MonitoringStage, rule};
use sandbox::servers::{Alertmanager, Prometheus, Pushgateway, ScrapeTarget, Setup};
use sandbox::tools::Tools;
use scenarios::account::{CONFIG, exported_once};
use scenarios::job::Job;
use scenarios::stage::{DUE, Stage as RotationStage};
use scenarios::wait;
use scenarios::world::World;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::boards::{Board, columns, folder};

const PATIENCE: Duration = Duration::from_secs(30);

/// The jobs with the namespaces that they run in.
const JOBS: [(&str, &str); 4] = [
    ("export-cloudwatch", "monitoring"),
    ("rotate-credentials", "monitoring-credentials"),
    ("sync-dashboards", "monitoring"),
    ("check-consistency", "monitoring"),
];

/// As a pod of the CronJob `name`.
fn in_a_pod(job: Job, name: &str, gateway: &str) -> Job {
    let pod = format!("{name}-29401922-x7k2p");
    job.in_a_pod()
        .env("CRONJOB_NAME", name)
        .env("POD_NAME", &pod)
        .env("PUSHGATEWAY_URL", gateway)
}

/// The export once as it should be, and once with a rule that AWS refuses.
async fn export() -> Result<World> {
    let world = exported_once().await?;
    // Selected by name, so that in its namespace only the other rule has to be listed.
    let cpu = "aws_metric_name: CPUUtilization";
    let selected = format!("{cpu}, aws_dimension_select: {{DomainName: [prod]}}");
    world.configure(&CONFIG.replace(cpu, &selected))?;
    let good = world.run_job(&[])?.in_a_pod().run().await?;
    assert_eq!(good.status, 0, "{}", good.stderr);
    let fault = Fault::new(FaultKind::AccessDenied).on(Operation::ListMetrics);
    world.sim.inject(fault.metric("AWS/ES", "Nodes"));
    let bad = world.run_job(&[])?.in_a_pod().run().await?;
    assert_eq!(bad.termination["class"], "aws-denied", "{}", bad.stderr);
    Ok(world)
}

/// A rotation up to its soak.
async fn rotate(gateway: &Pushgateway) -> Result<()> {
    let stage = RotationStage::open(CompanySetup::default()).await?;
    let job = stage
        .job(&["apply"], &stage.configuration(&[DUE])?)?
        .in_a_pod();
    let run = job.env("PUSHGATEWAY_URL", &gateway.url()).run().await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    assert_eq!(run.termination["pushed"], true);
    Ok(())
}

/// A first synchronisation of a pin, while the branch that it is of goes on.
async fn synchronise(gateway: &Pushgateway) -> Result<()> {
    let stage = DashboardsStage::start(&Tools::from_process()?).await?;
    let commit = format!("{:040x}", 1);
    let sha256 = stage.publish(&commit, &generation(0));
    let upstream = stage.upstream.base_url();
    let kubeconfig = stage.kubeconfig().display();
    let cache = stage.directory().join("cache");
    let mut text = format!(
        "source:\n  ref: {commit}\n  sha256: {sha256}\n  track: main\n  cache: {}\n  from:\n    \
         - github: {{raw: \"{upstream}\", api: \"{upstream}\"}}\nclusters:\n",
        cache.display()
    );
    for context in stage.contexts() {
        writeln!(
            text,
            "  - {{name: {context}, context: {context}, kubeconfig: {kubeconfig}}}"
        )?;
    }
    let config = stage.directory().join("sync-dashboards.yaml");
    fs::write(&config, text)?;
    let apply = async || -> Result<()> {
        let config = config.display().to_string();
        let job = Job::dashboards(["apply", "--config", &config])?;
        let run = in_a_pod(job, "sync-dashboards", &gateway.url())
            .run()
            .await?;
        assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
        Ok(())
    };
    apply().await?;
    stage.publish(&format!("{:040x}", 2), &generation(2));
    apply().await
}

/// A comparison of everything, which finds one difference.
async fn compare(gateway: &Pushgateway) -> Result<()> {
    const LIVE: &str = "\
live:
  prometheus: {service: prod-monitoring-prometheus-prometheus, port: 80, watchdog: Watchdog}
  alertmanager: {selector: alertmanager=prod-monitoring-prometheus-alertmanager, same_file: true}
";
    let stage = MonitoringStage::start(&Tools::from_process()?).await?;
    let stage = Box::pin(stage.with_alertmanagers()).await?;
    let stage = Box::pin(stage.with_prometheus()).await?;
    let other = CLUSTERS.into_iter().find(|name| *name != HOME);
    let label = json!({"metadata": {"labels": {"release": "other"}}});
    stage
        .patch(
            other.context("two clusters")?,
            &rule("core-alerts-rules"),
            &label,
        )
        .await?;
    let path = stage.directory().join("compared.yaml");
    let memory = stage.directory().join("remembered.json");
    let state = format!("state: {{file: {}}}\n", memory.display());
    fs::write(&path, stage.configuration(&format!("{LIVE}{state}"))?)?;
    // Rules are evaluated, and the watchdog fires, a moment after the start.
    wait::until("all has been looked at", async || {
        let path = path.display().to_string();
        let job = Job::consistency(["run", "--config", &path])?;
        let run = in_a_pod(job, "check-consistency", &gateway.url())
            .run()
            .await?;
        assert_ne!(run.status, 2, "{}\n{}", run.stdout, run.stderr);
        Ok(run.termination["class"] == "drift")
    })
    .await
}

/// What check-consistency only says where it runs in a pod, and so knows which cluster is its own.
fn said_in_a_pod() -> Result<String> {
    let labels = [
        ("peer", "remoting-prod-e1-1"),
        ("replica", "alertmanager-0"),
    ];
    let mut text = Vec::new();
    render(&[PEER_SMTP_USER_MATCH.family([(labels, 1.0)])], &mut text)?;
    Ok(String::from_utf8(text)?)
}

/// What kube-state-metrics says of the CronJobs.
fn state_of_cluster() -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let mut text = String::new();
    let mut family = |name: &str, sample: &dyn Fn(&str, &str) -> String| {
        writeln!(text, "# TYPE {name} gauge").unwrap();
        for (job, namespace) in JOBS {
            let rest = sample(job, namespace);
            writeln!(text, "{name}{{namespace=\"{namespace}\",{rest}").unwrap();
        }
    };
    family("kube_cronjob_status_last_successful_time", &|job, _| {
        format!("cronjob=\"{job}\"}} {now}")
    });
    family("kube_cronjob_spec_suspend", &|job, _| {
        format!("cronjob=\"{job}\"}} 0")
    });
    family("kube_job_status_active", &|job, _| {
        format!("job_name=\"{job}-29401922\"}} 1")
    });
    family("kube_job_owner", &|job, _| {
        format!("job_name=\"{job}-29401922\",owner_kind=\"CronJob\",owner_name=\"{job}\"}} 1")
    });
    text
}

/// The chart's rules, of which dashboards use results, evaluated more often.
fn rules(directory: &TempDir) -> Result<Vec<PathBuf>> {
    let mut rules = Vec::new();
    for entry in fs::read_dir(checkout::file("k8s/chart/files/rules"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with("_test.yaml") {
            continue;
        }
        let text = fs::read_to_string(&path)?.replace("interval: 1m", "interval: 500ms");
        let copy = directory.path().join(&*name);
        fs::write(&copy, text)?;
        rules.push(copy);
    }
    Ok(rules)
}

#[tokio::test]
async fn every_expression_answers_with_what_real_runs_have_pushed() -> Result<()> {
    let tools = Tools::from_process()?;
    let world = export().await?;
    Box::pin(rotate(&world.gateway)).await?;
    Box::pin(synchronise(&world.gateway)).await?;
    Box::pin(compare(&world.gateway)).await?;
    world
        .push_foreign("kube-state-metrics", &state_of_cluster())
        .await?;
    world
        .push_foreign("check-consistency/part/pod", &said_in_a_pod()?)
        .await?;
    let alertmanager = Alertmanager::start(&tools, Alertmanager::SILENT).await?;
    let directory = TempDir::new()?;
    let setup = Setup {
        targets: vec![
            ScrapeTarget::pushgateway(world.gateway.address()),
            ScrapeTarget {
                job: "alertmanager".to_owned(),
                address: alertmanager.address(),
                honor_labels: false,
            },
        ],
        rule_files: rules(&directory)?,
        ..Setup::default()
    };
    let prometheus = Prometheus::start(&tools, &setup).await?;

    for board in Board::ours()? {
        for asked in board.asks() {
            let expr = asked.filled();
            let answered = prometheus
                .wait_for(&expr, |it| !it.is_empty(), PATIENCE)
                .await;
            let series = answered.with_context(|| asked.at.clone())?;
            for (labels, value) in &series {
                assert!(value.is_finite(), "{}: {labels:?} {value}", asked.at);
            }
            for label in asked.shows() {
                let shown = series.iter().any(|(labels, _)| labels.contains_key(label));
                assert!(shown, "{}: no {label} in {series:?}", asked.at);
            }
        }
        for panel in board.panels() {
            columns_are_labels(&prometheus, &board, panel).await?;
        }
    }
    checked(&prometheus, &directory).await
}

/// Every column of a table that is no value is a label of one of its answers.
async fn columns_are_labels(prometheus: &Prometheus, board: &Board, panel: &Value) -> Result<()> {
    let mut seen = Vec::new();
    for asked in board.asks().iter().filter(|it| it.panel == Some(panel)) {
        for (labels, _) in prometheus.instant(&asked.filled()).await? {
            seen.extend(labels.into_keys());
        }
    }
    for column in columns(panel) {
        let title = &panel["title"];
        assert!(
            seen.iter().any(|it| it == column),
            "{title}: nothing answers with {column}"
        );
    }
    Ok(())
}

/// `sync-dashboards check` has nothing to say about the folder, and does when a metric is misspelt.
async fn checked(prometheus: &Prometheus, directory: &TempDir) -> Result<()> {
    let check = async |folder: &Path| -> Result<Value> {
        let folder = folder.display().to_string();
        let url = prometheus.url();
        let words = ["check", &folder, "--prometheus", &url, "-o", "json"];
        let run = Job::dashboards(words)?.run().await?;
        assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
        Ok(serde_json::from_str(&run.stdout)?)
    };
    let document = check(&folder()).await?;
    assert_eq!(document["dashboards"], 4);
    assert_eq!(document["findings"], json!({}), "{document:#}");
    let copy = directory.path().join("dashboards");
    fs::create_dir(&copy)?;
    for board in Board::ours()? {
        let text = board.text.replace(
            "monitoring_dashboards_wanted",
            "monitoring_dashboards_wnated",
        );
        fs::write(copy.join(format!("{}.json", board.name)), text)?;
    }
    let document = check(&copy).await?;
    assert!(
        document
            .to_string()
            .contains("monitoring_dashboards_wnated"),
        "{document:#}"
    );
    Ok(())
}

#[tokio::test]
async fn dashboards_of_the_company_pass_the_check() -> Result<()> {
    let folder = folder().join("company");
    if Board::all("company")?.is_empty() {
        // A folder without dashboards is an error to the check.
        return Ok(());
    }
    let run = Job::dashboards(["check", &*folder.to_string_lossy()])?
        .run()
        .await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    Ok(())
}
