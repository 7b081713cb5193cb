//! What a run that a CronJob started tells about itself: the state group in the Pushgateway, the
//! termination message and the log.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use common::metrics;
use sandbox::aws::{Fault, FaultKind, Operation};
use scenarios::job::{Finished, Job};
use scenarios::text::redact;
use scenarios::world::World;
use serde_json::Value;

const CONTENT: &str = "
metrics:
  - namespace: AWS/ES
    dims: { DomainName: '{prod,dev}' }
    publish: { Nodes: { unit: Count, constant: 3 } }
";

const CONFIG: &str = "
region: us-east-1
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Average]}
";

/// A file that fails each run at once, whatever AWS says.
const BROKEN_CONFIG: &str = "region: us-east-1\nmetrics: 7\n";

/// Every metric of a run's state.
const STATE: [metrics::Metric; 13] = [
    metrics::JOB_INFO,
    metrics::JOB_LAST_START,
    metrics::JOB_LAST_FINISH,
    metrics::JOB_LAST_SUCCESS,
    metrics::JOB_LAST_EXIT_CODE,
    metrics::JOB_LAST_OUTCOME,
    metrics::JOB_LAST_FAULT,
    metrics::JOB_LAST_DURATION,
    metrics::JOB_CONSECUTIVE_FAILURES,
    metrics::JOB_NEXT_RUN,
    metrics::JOB_PERIOD,
    metrics::JOB_DEADLINE,
    metrics::JOB_API_CALLS,
];

/// The variables that the chart gives a CronJob's pod.
fn in_a_pod(job: Job) -> Job {
    let variables = [
        ("CRONJOB_NAME", "export-cloudwatch"),
        ("POD_NAMESPACE", "monitoring"),
        ("POD_NAME", "export-cloudwatch-29401922-x7k2p"),
        ("CLUSTER", "prod-e1-1"),
        ("SCHEDULE", "2-59/5 * * * *"),
        ("TIME_ZONE", "Etc/UTC"),
        ("ACTIVE_DEADLINE_SECONDS", "240"),
        ("BUILD_REVISION", "0af3c19"),
    ];
    variables
        .iter()
        .fold(job, |job, (key, value)| job.env(key, value))
}

async fn scheduled_run(world: &World) -> Result<Finished> {
    in_a_pod(world.run_job(&[])?).run().await
}

/// Samples of the state group: `name` or `name{label="value",…}`, without the group's own labels.
async fn state(world: &World) -> Result<BTreeMap<String, f64>> {
    let group = [
        ("job", "export-cloudwatch"),
        ("namespace", "monitoring"),
        ("cronjob", "export-cloudwatch"),
    ];
    let mut state = BTreeMap::new();
    for family in world.families().await?.into_values() {
        for sample in &family.samples {
            if group
                .iter()
                .all(|(name, value)| sample.labels.get(name) == Some(value))
            {
                let own = sample.labels.iter().filter(|label| {
                    &*label.name != "instance"
                        && group.iter().all(|(name, _)| *name != &*label.name)
                });
                let own: Vec<String> = own
                    .map(|label| format!("{}=\"{}\"", label.name, label.value))
                    .collect();
                let labels = if own.is_empty() {
                    String::new()
                } else {
                    format!("{{{}}}", own.join(","))
                };
                state.insert(format!("{}{labels}", family.name), sample.value);
            }
        }
    }
    Ok(state)
}

fn value(state: &BTreeMap<String, f64>, metric: metrics::Metric) -> Result<f64> {
    let value = state.get(metric.name).copied();
    value.with_context(|| format!("{} is missing in {state:?}", metric.name))
}

/// Exact for the whole numbers that are meant.
fn whole(value: f64) -> u64 {
    common::number::to_u64(value)
}

#[tokio::test]
async fn a_finished_run_leaves_its_whole_state() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let run = scheduled_run(&world).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    let state = state(&world).await?;
    let names: BTreeSet<&str> = state
        .keys()
        .map(|key| key.split('{').next().unwrap_or_default())
        .filter(|name| name.starts_with("monitoring_"))
        .collect();
    assert_eq!(names, STATE.map(|metric| metric.name).into());

    let version = env!("CARGO_PKG_VERSION");
    let info =
        format!("monitoring_job_info{{mode=\"run\",revision=\"0af3c19\",version=\"{version}\"}}");
    assert_eq!(state.get(&info), Some(&1.0), "{state:?}");
    let fixed = [
        (metrics::JOB_LAST_EXIT_CODE, 0),
        (metrics::JOB_CONSECUTIVE_FAILURES, 0),
        (metrics::JOB_PERIOD, 300),
        (metrics::JOB_DEADLINE, 240),
    ];
    for (metric, expected) in fixed {
        assert_eq!(whole(value(&state, metric)?), expected, "{}", metric.name);
    }
    let outcomes: Vec<(&str, u64)> = state
        .iter()
        .filter_map(|(key, value)| {
            let outcome = key.strip_prefix("monitoring_job_last_outcome{outcome=\"")?;
            Some((outcome.strip_suffix("\"}")?, whole(*value)))
        })
        .collect();
    let expected = [
        ("deadline", 0),
        ("failed", 0),
        ("in_progress", 0),
        ("interrupted", 0),
        ("noop", 0),
        ("ok", 1),
        ("skipped_locked", 0),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(
        state.get("monitoring_job_last_fault{code=\"none\"}"),
        Some(&1.0)
    );
    Ok(())
}

#[tokio::test]
async fn the_times_of_the_state_agree_with_the_schedule_and_with_each_other() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let run = scheduled_run(&world).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    let state = state(&world).await?;
    let start = value(&state, metrics::JOB_LAST_START)?;
    let finish = value(&state, metrics::JOB_LAST_FINISH)?;
    let duration = value(&state, metrics::JOB_LAST_DURATION)?;
    assert!(finish > start, "{state:?}");
    assert!((finish - start - duration).abs() < 0.01, "{state:?}");
    let success = value(&state, metrics::JOB_LAST_SUCCESS)?;
    assert_eq!(success.to_bits(), finish.to_bits());

    let next = value(&state, metrics::JOB_NEXT_RUN)?;
    assert!(next > start && next <= start + 300.0, "{state:?}");
    // 2-59/5: minutes 2, 7, … 57 of every hour.
    assert_eq!(whole(next) % 300, 120, "{next}");
    let said = run.termination["next_run"].as_str().unwrap_or_default();
    let said: jiff::Timestamp = said.parse()?;
    assert_eq!(said.as_second(), i64::try_from(whole(next))?);
    Ok(())
}

#[tokio::test]
async fn the_calls_of_the_state_are_those_that_aws_has_seen() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let once = Fault::new(FaultKind::Throttle).on(Operation::ListMetrics);
    world.sim.inject(once.calls(1, Some(1)));
    let run = scheduled_run(&world).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    let state = state(&world).await?;
    let calls: Vec<(&str, u64)> = state
        .iter()
        .filter_map(|(key, value)| {
            Some((key.strip_prefix("monitoring_job_api_calls")?, whole(*value)))
        })
        .collect();
    let expected = [
        (
            r#"{operation="GetMetricData",result="ok",service="CloudWatch"}"#,
            1,
        ),
        (
            r#"{operation="ListMetrics",result="ok",service="CloudWatch"}"#,
            1,
        ),
        (
            r#"{operation="ListMetrics",result="throttled",service="CloudWatch"}"#,
            1,
        ),
    ];
    assert_eq!(calls, expected);
    let seen = world.sim.calls().totals().calls;
    assert_eq!(calls.iter().map(|(_, count)| count).sum::<u64>(), seen);
    Ok(())
}

#[tokio::test]
async fn failures_are_counted_until_a_success_and_never_erase_the_last_one() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    assert_eq!(scheduled_run(&world).await?.status, 0);
    let succeeded = value(&state(&world).await?, metrics::JOB_LAST_SUCCESS)?;
    world.configure(BROKEN_CONFIG)?;
    for failures in 1..=2 {
        let run = scheduled_run(&world).await?;
        assert_eq!(run.status, 2, "{}", run.stderr);
        let state = state(&world).await?;
        let count = value(&state, metrics::JOB_CONSECUTIVE_FAILURES)?;
        assert_eq!(whole(count), failures);
        assert_eq!(whole(value(&state, metrics::JOB_LAST_EXIT_CODE)?), 2);
        let kept = value(&state, metrics::JOB_LAST_SUCCESS)?;
        assert_eq!(kept.to_bits(), succeeded.to_bits());
        assert!(value(&state, metrics::JOB_LAST_FINISH)? > succeeded);
        let failed = "monitoring_job_last_outcome{outcome=\"failed\"}";
        assert_eq!(state.get(failed), Some(&1.0));
        let fault = "monitoring_job_last_fault{code=\"config-invalid\"}";
        assert_eq!(state.get(fault), Some(&1.0), "{state:?}");
        let none = "monitoring_job_last_fault{code=\"none\"}";
        assert_eq!(state.get(none), None, "one fault at a time");
    }
    world.configure(CONFIG)?;
    assert_eq!(scheduled_run(&world).await?.status, 0);
    let state = state(&world).await?;
    assert_eq!(whole(value(&state, metrics::JOB_CONSECUTIVE_FAILURES)?), 0);
    assert!(value(&state, metrics::JOB_LAST_SUCCESS)? > succeeded);
    Ok(())
}

#[tokio::test]
async fn a_job_that_never_succeeded_has_no_last_success() -> Result<()> {
    let world = World::start(CONTENT, BROKEN_CONFIG).await?;
    assert_eq!(scheduled_run(&world).await?.status, 2);
    let state = state(&world).await?;
    assert_eq!(state.get(metrics::JOB_LAST_SUCCESS.name), None);
    assert_eq!(whole(value(&state, metrics::JOB_CONSECUTIVE_FAILURES)?), 1);
    Ok(())
}

#[tokio::test]
async fn a_run_that_is_killed_has_begun_and_not_ended() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    assert_eq!(scheduled_run(&world).await?.status, 0);
    let before = value(&state(&world).await?, metrics::JOB_LAST_START)?;
    world
        .sim
        .inject(Fault::new(FaultKind::Hang).on(Operation::GetMetricData));
    let running = in_a_pod(world.run_job(&[])?).start()?;
    while value(&state(&world).await?, metrics::JOB_LAST_START)? <= before {
        tokio::task::yield_now().await;
    }
    running.signal("KILL")?;
    let run = running.finish().await?;
    assert_eq!(run.status, -1);
    assert_eq!(run.termination, Value::Null);
    let state = state(&world).await?;
    let (start, finish) = (
        value(&state, metrics::JOB_LAST_START)?,
        value(&state, metrics::JOB_LAST_FINISH)?,
    );
    assert!(start > finish, "{state:?}");
    Ok(())
}

#[tokio::test]
async fn a_run_from_a_terminal_does_not_look_like_a_scheduled_one() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let by_hand = in_a_pod(world.run_job(&[])?).env("CRONJOB_NAME", "");
    let run = by_hand.run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(run.termination["pushed"], true);
    assert_eq!(state(&world).await?, BTreeMap::new());
    let families = world.families().await?;
    for metric in STATE {
        assert!(!families.contains_key(metric.name), "{}", metric.name);
    }
    Ok(())
}

#[tokio::test]
async fn commands_that_only_show_push_nothing_even_in_a_pod() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let untouched = world.families().await?.into_keys().collect::<Vec<_>>();
    for command in ["plan", "fetch", "explain"] {
        let job = in_a_pod(world.job(command, &[])?).env("PUSHGATEWAY_URL", &world.gateway.url());
        let run = job.run().await?;
        assert_eq!(run.status, 0, "{command}: {}", run.stderr);
        assert_eq!(run.termination["pushed"], Value::Null, "{command}");
        let families = world.families().await?;
        assert_eq!(
            families.into_keys().collect::<Vec<_>>(),
            untouched,
            "{command}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_termination_message_says_how_it_ended_and_what_to_do() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    world
        .sim
        .inject(Fault::new(FaultKind::AccessDenied).on(Operation::ListMetrics));
    let run = scheduled_run(&world).await?;
    assert_eq!(run.status, 4, "{}", run.stderr);
    let message = run.termination.as_object().context("an object")?;
    let keys: BTreeSet<&str> = message.keys().map(String::as_str).collect();
    let contract = [
        "v",
        "job",
        "run",
        "cluster",
        "outcome",
        "code",
        "class",
        "error",
        "hint",
        "started",
        "finished",
        "duration_ms",
        "changes",
        "pushed",
        "next_run",
    ];
    assert_eq!(keys, contract.into());
    let mut steady = run.termination.clone();
    for key in ["started", "finished", "duration_ms", "next_run"] {
        assert!(!steady[key].is_null(), "{key}");
        steady[key] = "…".into();
    }
    insta::assert_snapshot!(redact(&serde_json::to_string_pretty(&steady)?));
    Ok(())
}

#[tokio::test]
async fn a_huge_error_still_makes_a_message_that_the_kubelet_takes_whole() -> Result<()> {
    use std::fmt::Write as _;
    let mut config = String::from("region: us-east-1\nmetrics:\n");
    for number in 0..200 {
        writeln!(
            config,
            "- {{aws_namespace: AWS/ES, aws_metric_nam: \"é{number}\"}}"
        )?;
    }
    let world = World::start(CONTENT, &config).await?;
    let run = scheduled_run(&world).await?;
    assert_eq!(run.status, 2);
    assert!(run.stderr.len() > 10_000, "a person reads all of it");
    let length = run.termination_text.len();
    assert!((4_090..=4_096).contains(&length), "{length} bytes");
    assert_eq!(run.termination["class"], "config-invalid");
    assert!(run.termination["next_run"].is_string());
    Ok(())
}

/// Every line of a log in JSON.
fn lines(run: &Finished) -> Result<Vec<Value>> {
    let parse = |line: &str| serde_json::from_str(line).with_context(|| line.to_owned());
    run.stderr.lines().map(parse).collect()
}

#[tokio::test]
async fn every_line_of_a_pods_log_is_an_object_with_the_keys_of_the_contract() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let fixed = [
        ("job", "export-cloudwatch"),
        ("run", "export-cloudwatch-29401922-x7k2p"),
        ("cluster", "prod-e1-1"),
        ("namespace", "monitoring"),
        ("pod", "export-cloudwatch-29401922-x7k2p"),
        ("mode", "run"),
        ("attempt", "2"),
        ("version", env!("CARGO_PKG_VERSION")),
    ];
    for (config, code, outcome, changes) in [(CONFIG, 0, "ok", 1), (BROKEN_CONFIG, 2, "failed", 0)]
    {
        world.configure(config)?;
        let job = in_a_pod(world.run_job(&["-v"])?).env("LOG_FORMAT", "json");
        let run = job.env("JOB_ATTEMPT", "2").run().await?;
        assert_eq!(run.status, code, "{}", run.stderr);
        let lines = lines(&run)?;
        for line in &lines {
            for (key, value) in fixed {
                assert_eq!(line[key], value, "{key} in {line}");
            }
            let stamp = line["timestamp"].as_str().unwrap_or_default();
            stamp.parse::<jiff::Timestamp>()?;
            assert_eq!(stamp.len(), "2026-11-24T12:00:00.000Z".len(), "{stamp}");
            for key in ["level", "target", "message"] {
                let text = line[key].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "{key} in {line}");
            }
        }
        let last = lines.last().context("a log that is not empty")?;
        assert_eq!(last["message"], "run finished");
        assert_eq!(last["outcome"], outcome);
        assert_eq!(last["code"], code);
        assert_eq!(last["changes"], changes);
        assert!(last["duration_ms"].is_u64(), "{last}");
        let finished = |line: &&Value| line["message"] == "run finished";
        assert_eq!(lines.iter().filter(finished).count(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_failure_in_json_carries_what_a_person_reads_on_a_terminal() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    world
        .sim
        .inject(Fault::new(FaultKind::AccessDenied).on(Operation::ListMetrics));
    let text = scheduled_run(&world).await?;
    let job = in_a_pod(world.run_job(&[])?).env("LOG_FORMAT", "json");
    let json = job.run().await?;
    let lines = lines(&json)?;
    let last = lines.last().context("a log that is not empty")?;
    let (error, hint) = (last["error"].as_str(), last["hint"].as_str());
    assert_eq!(last["fault"], "aws-denied");
    assert_eq!(last["level"], "error");
    let (_, printed) = text.stderr.split_once("error: ").context("an error")?;
    let shown = format!(
        "{}\n\nhint: {}\n",
        error.unwrap_or_default(),
        hint.unwrap_or_default()
    );
    assert_eq!(redact(printed), redact(&shown));
    Ok(())
}

#[tokio::test]
async fn quiet_and_verbose_and_rust_log_choose_the_lines() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let quiet = world.run(&["-q"]).await?;
    assert_eq!((quiet.status, quiet.stderr.as_str()), (0, ""));
    let usual = world.run(&[]).await?;
    assert!(!usual.stderr.contains("DEBUG"), "{}", usual.stderr);
    let verbose = world.run(&["-v"]).await?;
    assert!(
        verbose.stderr.contains("DEBUG configuration read"),
        "{}",
        verbose.stderr
    );
    let asked = world.run_job(&[])?.env("RUST_LOG", "debug").run().await?;
    assert_eq!(redact(&asked.stderr), redact(&verbose.stderr));
    let libraries = world
        .run_job(&[])?
        .env("RUST_LOG", "hyper_util=trace,aws_config=trace");
    let libraries = libraries.run().await?;
    for capped in ["DEBUG", "TRACE"] {
        assert!(!libraries.stderr.contains(capped), "{}", libraries.stderr);
    }

    world.configure(BROKEN_CONFIG)?;
    let failed = world.run(&["-qq"]).await?;
    assert_eq!(failed.status, 2);
    assert!(failed.stderr.starts_with("error: "), "{}", failed.stderr);
    Ok(())
}

#[tokio::test]
async fn every_metric_of_ours_is_a_registered_gauge() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    assert_eq!(scheduled_run(&world).await?.status, 0);
    world
        .sim
        .inject(Fault::new(FaultKind::AccessDenied).on(Operation::GetMetricData));
    assert_eq!(scheduled_run(&world).await?.status, 4);
    let families = world.families().await?;
    let ours: BTreeSet<&str> = families
        .keys()
        .map(String::as_str)
        .filter(|name| name.starts_with("monitoring_"))
        .collect();
    let registered: BTreeSet<&str> = metrics::ALL.iter().map(|metric| metric.name).collect();
    assert_eq!(
        ours, registered,
        "none is unknown, and none is never pushed"
    );
    for name in ours {
        assert_eq!(
            families[name].kind,
            common::exposition::Kind::Gauge,
            "{name}"
        );
        let metric = metrics::ALL.iter().find(|metric| metric.name == name);
        assert_eq!(
            metric.map(|metric| metric.help),
            Some(&*families[name].help),
            "{name}"
        );
    }
    Ok(())
}
