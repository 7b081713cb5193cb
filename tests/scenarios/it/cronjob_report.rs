//! What a run that a CronJob started says in words: its termination message and its log.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use sandbox::aws::{Fault, FaultKind, Operation};
use scenarios::job::Finished;
use scenarios::scheduled::{self, BROKEN_CONFIG, CONFIG, CONTENT};
use scenarios::text::redact;
use scenarios::world::World;
use serde_json::Value;

#[tokio::test]
async fn the_termination_message_says_how_it_ended_and_what_to_do() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    world
        .sim
        .inject(Fault::new(FaultKind::AccessDenied).on(Operation::ListMetrics));
    let run = scheduled::run(&world).await?;
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
    let mut config = String::from("region: us-east-1\nmetrics:\n");
    for number in 0..200 {
        writeln!(
            config,
            "- {{aws_namespace: AWS/ES, aws_metric_nam: \"é{number}\"}}"
        )?;
    }
    let world = World::start(CONTENT, &config).await?;
    let run = scheduled::run(&world).await?;
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
        let job = world.run_job(&["-v"])?.in_a_pod().env("LOG_FORMAT", "json");
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
    let text = scheduled::run(&world).await?;
    let job = world.run_job(&[])?.in_a_pod().env("LOG_FORMAT", "json");
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
async fn each_call_is_a_line_that_aws_support_can_use() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let once = Fault::new(FaultKind::Throttle).on(Operation::ListMetrics);
    world.sim.inject(once.calls(1, Some(1)));
    let run = world.run_job(&["-v"])?.env("LOG_FORMAT", "json");
    let run = run.run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    let lines = lines(&run)?;
    let calls: Vec<_> = lines
        .iter()
        .filter(|line| line["message"] == "AWS called")
        .collect();
    let told: Vec<_> = calls
        .iter()
        .map(|line| {
            let word = |key: &str| line[key].as_str().unwrap_or_default();
            let number = |key: &str| line[key].as_u64();
            assert!(!word("request_id").is_empty(), "{line}");
            assert!(number("elapsed_ms").is_some(), "{line}");
            assert_eq!((word("level"), word("service")), ("debug", "CloudWatch"));
            (word("operation"), number("status"), number("retries"))
        })
        .collect();
    let expected = [
        ("ListMetrics", Some(400), Some(0)),
        ("ListMetrics", Some(200), Some(1)),
        ("GetMetricData", Some(200), Some(0)),
    ];
    assert_eq!(told, expected);
    Ok(())
}

#[tokio::test]
async fn a_variable_that_cannot_be_understood_is_one_warning() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    for (variable, value) in [
        ("ACTIVE_DEADLINE_SECONDS", "4m"),
        ("RUST_LOG", "common=loud"),
    ] {
        let run = world.run_job(&[])?.in_a_pod().env(variable, value);
        let run = run.run().await?;
        assert_eq!(run.status, 0, "{}", run.stderr);
        let warnings = run.stderr.lines().filter(|line| line.contains("WARN"));
        let warnings: Vec<_> = warnings.collect();
        assert_eq!(warnings.len(), 1, "{}", run.stderr);
        let told = format!("WARN {variable} is ignored");
        assert!(warnings[0].contains(&told), "{}", run.stderr);
    }
    Ok(())
}

#[tokio::test]
async fn the_closing_line_is_the_last_one_even_when_the_message_cannot_be_written() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let run = world
        .run_job(&[])?
        .env("LOG_FORMAT", "json")
        .env("TERMINATION_LOG", "/does/not/exist");
    let run = run.run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    let lines = lines(&run)?;
    let last = lines.iter().rev().map(|line| line["message"].as_str());
    let last: Vec<_> = last.take(2).map(Option::unwrap_or_default).collect();
    assert_eq!(last[0], "run finished");
    assert!(
        last[1].starts_with("termination message not written"),
        "{last:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_wrong_command_line_ends_a_pod_like_any_other_failure() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    for format in ["json", ""] {
        let job = world.run_job(&["--evry", "5m"])?.in_a_pod();
        let run = job.env("LOG_FORMAT", format).run().await?;
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        let lines = lines(&run)?;
        let last = lines.last().context("a log that is not empty")?;
        let said = |line: &Value| {
            ["job", "run", "outcome", "error", "hint"].map(|key| line[key].to_string())
        };
        assert_eq!(last["message"], "run finished");
        assert_eq!(last["fault"], "usage");
        assert_eq!(last["error"], "unexpected argument '--evry' found");
        assert_eq!(last["hint"], "a similar argument exists: '--every'");
        assert_eq!(run.termination["class"], "usage");
        assert_eq!(run.termination["code"], 2);
        assert_eq!(said(&run.termination), said(last));
    }
    Ok(())
}
