//! What a run that a CronJob started leaves in the Pushgateway about itself: its state group.

mod delivery;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use common::metrics;
use sandbox::aws::{Fault, FaultKind, Operation};
use scenarios::scheduled::{self, BROKEN_CONFIG, CONFIG, CONTENT};
use scenarios::wait;
use scenarios::world::World;
use serde_json::Value;

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
    let run = scheduled::run(&world).await?;
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
    let run = scheduled::run(&world).await?;
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
    let run = scheduled::run(&world).await?;
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
    assert_eq!(scheduled::run(&world).await?.status, 0);
    let succeeded = value(&state(&world).await?, metrics::JOB_LAST_SUCCESS)?;
    world.configure(BROKEN_CONFIG)?;
    for failures in 1..=2 {
        let run = scheduled::run(&world).await?;
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
    assert_eq!(scheduled::run(&world).await?.status, 0);
    let state = state(&world).await?;
    assert_eq!(whole(value(&state, metrics::JOB_CONSECUTIVE_FAILURES)?), 0);
    assert!(value(&state, metrics::JOB_LAST_SUCCESS)? > succeeded);
    Ok(())
}

#[tokio::test]
async fn a_job_that_never_succeeded_has_no_last_success() -> Result<()> {
    let world = World::start(CONTENT, BROKEN_CONFIG).await?;
    assert_eq!(scheduled::run(&world).await?.status, 2);
    let state = state(&world).await?;
    assert_eq!(state.get(metrics::JOB_LAST_SUCCESS.name), None);
    assert_eq!(whole(value(&state, metrics::JOB_CONSECUTIVE_FAILURES)?), 1);
    Ok(())
}

#[tokio::test]
async fn a_run_that_is_killed_has_begun_and_not_ended() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    assert_eq!(scheduled::run(&world).await?.status, 0);
    let before = value(&state(&world).await?, metrics::JOB_LAST_START)?;
    world
        .sim
        .inject(Fault::new(FaultKind::Hang).on(Operation::GetMetricData));
    let running = world.run_job(&[])?.in_a_pod().start()?;
    wait::until("the run has said that it began", async || {
        Ok(value(&state(&world).await?, metrics::JOB_LAST_START)? > before)
    })
    .await?;
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
    let by_hand = world.run_job(&[])?.in_a_pod().env("CRONJOB_NAME", "");
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
        let job = world
            .job(command, &[])?
            .in_a_pod()
            .env("PUSHGATEWAY_URL", &world.gateway.url());
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
async fn every_metric_of_ours_is_a_registered_gauge() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    assert_eq!(scheduled::run(&world).await?.status, 0);
    world
        .sim
        .inject(Fault::new(FaultKind::AccessDenied).on(Operation::GetMetricData));
    assert_eq!(scheduled::run(&world).await?.status, 4);
    let families = world.families().await?;
    let ours: BTreeSet<&str> = families
        .keys()
        .map(String::as_str)
        .filter(|name| name.starts_with("monitoring_"))
        .collect();
    // The other jobs push their own.
    let others = ["credentials", "dashboards", "consistency", "peer"];
    let others = others.map(|job| format!("monitoring_{job}_"));
    let registered: BTreeSet<&str> = metrics::ALL
        .iter()
        .map(|metric| metric.name)
        .filter(|name| !others.iter().any(|other| name.starts_with(other.as_str())))
        .collect();
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
