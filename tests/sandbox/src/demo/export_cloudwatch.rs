//! Scene: the company's configuration, from a simulated CloudWatch through a real Pushgateway to
//! a real Prometheus with the company's alerts.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::{Instant, sleep};

use super::Played;
use super::job::Job;
use super::stage::Stage;
use crate::aws::{AwsSim, Content, Latency, Options};
use crate::checkout;
use crate::servers::{Alertmanager, Prometheus, Pushgateway, Rule, Sample, ScrapeTarget, Setup};
use crate::tools::{Tool, Tools};

mod found;

/// How many steps the scene announces.
pub(super) const STEPS: usize = 7;

/// What the company's alerts look at.
const SERIES: [&str; 13] = [
    "aws_elasticache_engine_cpuutilization_average",
    "aws_elasticache_curr_connections_average",
    "aws_efs_client_connections_sum",
    "aws_es_free_storage_space_average",
    "aws_es_cpuutilization_average",
    "aws_es_jvmmemory_pressure_average",
    "aws_es_cluster_status_red_average",
    "aws_es_cluster_status_yellow_average",
    "aws_lambda_errors_minimum",
    "aws_lambda_duration_average",
    "aws_dynamodb_throttled_requests_average",
    "aws_dynamodb_consumed_read_capacity_units_sample_count",
    "aws_dynamodb_system_errors_average",
];

/// Scrapes and evaluations happen four times a second; this is for a machine under load.
const PATIENCE: Duration = Duration::from_secs(30);

/// What runs during the scene.
#[derive(Debug)]
pub(super) struct Servers {
    prometheus: Prometheus,
    alertmanager: Alertmanager,
    gateway: Pushgateway,
    aws: AwsSim,
}

/// A loaded alert and the number of series that it looks at.
#[derive(Debug)]
struct Alert {
    rule: Rule,
    series: usize,
}

/// Plays the scene.
pub(super) async fn play(stage: &mut Stage) -> Result<Played<Servers>> {
    let tools = Tools::from_process()?;
    let bring = bring(&tools);
    let usually = "at once; 3 minutes the first time, when they are built";
    stage
        .step(
            "Bring Pushgateway, Prometheus and Alertmanager",
            usually,
            bring,
        )
        .await?;
    let servers = stage
        .step("Start them, and a simulated AWS", "2 s", start(&tools))
        .await?;

    let build = Job::build("export-cloudwatch");
    let usually = "seconds; 2 minutes the first time";
    let job = stage
        .step("Build the job's real binary", usually, build)
        .await?
        .within(environment(&servers.aws));
    let config = "k8s/chart/files/cloudwatch.yaml";
    let lint = job.run(["lint", config]);
    stage
        .step(
            "Check the company's configuration, offline",
            "at once",
            lint,
        )
        .await?;
    let plan = job.run(["plan", "--config", config, "--every", "5m"]);
    stage
        .step("See what a run would ask and cost", "1 s", plan)
        .await?;

    servers.aws.clear_calls();
    let gateway = servers.gateway.url();
    let arguments = ["run", "--config", config, "--pushgateway", &gateway];
    let run = stage
        .step("Run it: read CloudWatch, push", "1 s", job.run(arguments))
        .await?;
    let calls = servers.aws.calls();

    let look = observe(&servers.prometheus);
    let (samples, alerts) = stage
        .step(
            "Wait until Prometheus has scraped and evaluated",
            "a few seconds",
            look,
        )
        .await?;
    let held = servers.alertmanager.alert_names().await?;
    found::show_series(&samples);
    found::show_alerts(&alerts);
    found::show_cost(&calls, &run);
    let missing = found::missing(&samples, &alerts, &held);
    let addresses = vec![
        (
            "Prometheus",
            format!(
                "{}/api/v1/query?query=aws_es_nodes_average",
                servers.prometheus.url()
            ),
        ),
        ("Pushgateway", servers.gateway.url()),
        ("Alertmanager", servers.alertmanager.url()),
        (
            "simulated AWS",
            format!("AWS_ENDPOINT_URL={}", servers.aws.endpoint()),
        ),
    ];
    Ok(Played {
        servers,
        addresses,
        missing,
    })
}

/// Where AWS is, for the job.
fn environment(aws: &AwsSim) -> Vec<(String, String)> {
    let endpoint = aws.endpoint();
    let pairs = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIASANDBOX000000000"),
        ("AWS_SECRET_ACCESS_KEY", "sandbox"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

async fn bring(tools: &Tools) -> Result<()> {
    for tool in [Tool::Pushgateway, Tool::Alertmanager, Tool::Prometheus] {
        let program = tools.locate(tool).await?;
        Stage::line(format_args!("    {}", program.display()));
    }
    Ok(())
}

async fn start(tools: &Tools) -> Result<Servers> {
    let content = checkout::file("tests/sandbox/content/company.yaml");
    let content =
        Content::from_file(&content).with_context(|| format!("reading {}", content.display()))?;
    let metrics = content.metric_count();
    let options = Options {
        latency: Latency::BENCHMARK,
        ..Options::default()
    };
    let aws = AwsSim::start(content, options).context("starting the simulated AWS")?;
    let gateway = Pushgateway::start(tools).await?;
    let alertmanager = Alertmanager::start(tools, Alertmanager::SILENT).await?;
    let setup = Setup {
        targets: vec![ScrapeTarget::pushgateway(gateway.address())],
        rule_files: vec![checkout::file("k8s/chart/files/rules/aws-alerts.yaml")],
        alertmanagers: vec![alertmanager.address()],
        ..Setup::default()
    };
    let prometheus = Prometheus::start(tools, &setup).await?;
    Stage::line(format_args!(
        "    the simulated AWS has {metrics} metrics and takes 50 ms a call plus 0.5 ms a query"
    ));
    Ok(Servers {
        prometheus,
        alertmanager,
        gateway,
        aws,
    })
}

/// Waits for the series and the alerts, and returns what is there in any case.
async fn observe(prometheus: &Prometheus) -> Result<(Vec<Sample>, Vec<Alert>)> {
    let query = format!("{{__name__=~\"{}\"}}", SERIES.join("|"));
    let started = Instant::now();
    let (samples, rules) = loop {
        let (samples, rules) = (prometheus.instant(&query).await?, prometheus.rules().await?);
        let complete = found::by_name(&samples).len() == SERIES.len();
        if (complete && rules.iter().all(found::is_inactive)) || started.elapsed() > PATIENCE {
            break (samples, rules);
        }
        sleep(Duration::from_millis(50)).await;
    };
    let mut alerts = Vec::new();
    for rule in rules {
        let series = match found::selector(&rule) {
            Some(selector) => prometheus.instant(selector).await?.len(),
            None => 0,
        };
        alerts.push(Alert { rule, series });
    }
    Ok((samples, alerts))
}
