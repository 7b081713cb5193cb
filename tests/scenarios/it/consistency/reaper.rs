//! Groups that nobody writes any more, on a real Pushgateway: told always, and deleted only where that is
//! wanted and the run pushes itself.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use common::clock::driven::{Crown, VARIABLE};
use jiff::{SignedDuration, Timestamp};
use sandbox::monitoring::{HOME, Stage};
use sandbox::tools::Tools;
use scenarios::job::{Finished, Job};
use scenarios::proxy::{Proxy, Request, Verdict};
use scenarios::wait;
use serde_json::Value;

use super::{World, assert_ended};

/// How long a group may go unwritten, in the configuration of these scenarios.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(40);

/// The path at which the groups are listed.
const LISTING: &str = "/api/v1/metrics";

fn live(reap: bool) -> String {
    format!(
        "live:\n  pushgateway: {{service: prod-monitoring-prometheus-pushgateway, port: 9091, \
         stale_after: 40m, reap: {reap}}}\n"
    )
}

/// The stage with Pushgateways, and a job whose time stands still where it is set.
struct Late {
    world: World,
    clock: Crown,
    gateway: SocketAddr,
}

impl Late {
    async fn start() -> Result<Self> {
        let stage = Stage::start(&Tools::from_process()?).await?;
        let world = World::on(stage.with_pushgateways().await?);
        let url = world.stage.pushgateway(HOME)?.url().to_owned();
        let file = world.stage.directory().join("clock");
        Ok(Self {
            clock: Crown::start(file, Timestamp::UNIX_EPOCH, 0.0)?,
            gateway: url.trim_start_matches("http://").parse()?,
            world,
        })
    }

    fn url(&self) -> String {
        format!("http://{}", self.gateway)
    }

    async fn run(&self, words: &[&str], config: &Path) -> Result<Finished> {
        let config = config.display().to_string();
        let words = words.iter().copied().chain(["--config", &config]);
        let clock = self.clock.path().display().to_string();
        Job::consistency(words)?.env(VARIABLE, &clock).run().await
    }

    /// When the group of this job was last written; `None` when there is none.
    async fn pushed(&self, job: &str) -> Result<Option<Timestamp>> {
        let pushed = self.world.stage.pushgateway(HOME)?.exposition().await?;
        let wanted = format!("push_time_seconds{{instance=\"\",job=\"{job}\"}} ");
        let mut lines = pushed.lines();
        let Some(seconds) = lines.find_map(|line| line.strip_prefix(&wanted)) else {
            return Ok(None);
        };
        let since = SignedDuration::try_from_secs_f64(seconds.parse()?)?;
        Ok(Some(Timestamp::UNIX_EPOCH.checked_add(since)?))
    }

    /// The jobs among these whose groups are there.
    async fn there(&self, jobs: &[&'static str]) -> Result<Vec<&'static str>> {
        let mut there = Vec::new();
        for job in jobs {
            if self.pushed(job).await?.is_some() {
                there.push(*job);
            }
        }
        Ok(there)
    }
}

/// Writes a group past everything that this process does otherwise.
fn push(gateway: SocketAddr, job: &str) -> Result<()> {
    let body = format!("{job}_nodes 3\n");
    let length = body.len();
    let mut stream = TcpStream::connect(gateway)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "PUT /metrics/job/{job} HTTP/1.1\r\nHost: {gateway}\r\nContent-Length: {length}\r\nConnection: \
         close\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let ok = answer.starts_with("HTTP/1.1 200 ") || answer.starts_with("HTTP/1.1 202 ");
    anyhow::ensure!(ok, "{job} was not taken: {answer}");
    Ok(())
}

/// The groups that a document says nobody writes.
fn stale(document: &str) -> Result<Vec<String>> {
    let document: Value = serde_json::from_str(document)?;
    let objects = document["objects"].as_array().context("no objects")?;
    let stale = objects.iter().filter(|it| it["standing"] == "stale");
    let names = stale.map(|it| it["name"].as_str().unwrap_or_default().to_owned());
    Ok(names.collect())
}

#[tokio::test]
async fn what_nobody_writes_is_told_and_deleted_only_where_that_is_wanted() -> Result<()> {
    const ALL: [&str; 4] = ["aws_es", "aws_lambda", "aws_sqs", "backup"];
    let late = Late::start().await?;
    let (wanted, unwanted) = (
        late.world.configured(&live(true))?,
        late.world.configured(&live(false))?,
    );
    let url = late.url();

    for job in ["aws_es", "aws_lambda", "backup"] {
        push(late.gateway, job)?;
    }
    let old = late.pushed("aws_lambda").await?.context("no group")?;
    // A group that is two seconds younger, and an instant between the two, 40 minutes later.
    let between = old.checked_add(SignedDuration::from_secs(1))?;
    wait::until("a group is written later", async || {
        push(late.gateway, "aws_sqs")?;
        let young = late.pushed("aws_sqs").await?.context("no group")?;
        Ok(young > between.checked_add(SignedDuration::from_secs(1))?)
    })
    .await?;

    // In time, there is nothing to say.
    late.clock.set(between)?;
    let run = late.run(&["run", "--pushgateway", &url], &wanted).await?;
    assert_ended(&run, 0, None);
    assert_eq!(run.termination["changes"], 0, "{}", run.termination);
    assert_eq!(late.there(&ALL).await?, ALL);

    // Too late, all that does not push, must not write or must not delete tells it and does no more.
    late.clock.set(between.checked_add(STALE_AFTER)?)?;
    for (words, config) in [
        (&["run"][..], &wanted),
        (&["run", "--dry-run", "--pushgateway", &url], &wanted),
        (&["run", "--pushgateway", &url], &unwanted),
    ] {
        let words: Vec<_> = words.iter().copied().chain(["-o", "json"]).collect();
        let run = late.run(&words, config).await?;
        assert_ended(&run, 3, Some("drift"));
        assert_eq!(stale(&run.stdout)?, ["aws_es", "aws_lambda"], "{words:?}");
        assert_eq!(late.there(&ALL).await?, ALL, "{words:?}");
        assert_eq!(run.termination["changes"], 0, "{}", run.termination);
    }

    // A person reads of both, and that one of them is gone now: the other is written between the two looks.
    let gateway = late.gateway;
    let listings = AtomicUsize::new(0);
    let written_meanwhile = move |request: &Request| {
        let listing = request.method == "GET" && request.path == LISTING;
        if listing && listings.fetch_add(1, Ordering::Relaxed) == 1 {
            push(gateway, "aws_lambda").unwrap();
        }
        Verdict::Pass
    };
    let proxy = Proxy::start(late.gateway, written_meanwhile).await?;
    let words = ["run", "--pushgateway", &proxy.url()];
    let run = late.run(&words, &wanted).await?;
    assert_ended(&run, 3, Some("drift"));
    assert!(
        run.stdout.contains("monitoring/aws_es") && run.stdout.contains("stale"),
        "{}",
        run.stdout
    );
    let seen = proxy.seen();
    let deleted: Vec<_> = seen.iter().filter(|it| it.method == "DELETE").collect();
    assert_eq!(deleted.len(), 1, "{deleted:?}");
    let left = ["aws_lambda", "aws_sqs", "backup"];
    assert_eq!(late.there(&ALL).await?, left, "{}", run.stderr);
    assert_eq!(run.termination["changes"], 1, "{}", run.termination);
    let said = "a group that nobody writes any more was deleted";
    assert_eq!(run.stderr.matches(said).count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("aws_es"), "{}", run.stderr);

    // The next run finds nothing to do.
    let run = late.run(&["run", "--pushgateway", &url], &wanted).await?;
    assert_ended(&run, 0, None);
    assert_eq!(run.termination["changes"], 0, "{}", run.termination);
    assert_eq!(late.there(&ALL).await?, left);
    Ok(())
}
