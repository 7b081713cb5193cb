//! The simulated AWS as a process of its own, so that its work and memory are nobody else's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::http::{Timeouts, client};
use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use sandbox::aws::Latency;
use sandbox::servers::process::Process;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::figures::Calls;
use crate::subject::{Place, STATISTICS};

/// Quotas are refilled within a second.
const REST: Duration = Duration::from_millis(1_100);

/// Making 10,000 metrics takes a fraction of this.
const START: Duration = Duration::from_secs(20);

const LATENCY: Latency = Latency::BENCHMARK;

/// Builds the program.
pub(crate) fn build() -> Result<PathBuf> {
    crate::subject::release_binary("sandbox", "sandbox")
}

/// A running simulator; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Simulator {
    _process: Process,
    endpoint: String,
    client: Client,
}

impl Simulator {
    /// Starts `program` with as many metrics as the series of `place` need.
    pub(crate) async fn start(program: &Path, place: &Place) -> Result<Self> {
        let milliseconds = |time: Duration| (time.as_secs_f64() * 1000.0).to_string();
        let mut command = Command::new(program);
        command
            .args(["aws", "--listen", "127.0.0.1:0"])
            .args(["--synthetic-metrics", &place.metrics()?.to_string()])
            .args(["--latency-ms", &milliseconds(LATENCY.base)])
            .args(["--latency-per-query-ms", &milliseconds(LATENCY.per_query)]);
        let log = place.directory.path().join("simulator.log");
        let process = Process::spawn("the simulated AWS", command, &log)?;
        let endpoint = endpoint(&process).await?;
        let timeouts = Timeouts {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(10),
        };
        Ok(Self {
            _process: process,
            endpoint,
            client: client(timeouts)?,
        })
    }

    /// The value for `AWS_ENDPOINT_URL`.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Waits until all quotas are full and forgets what was called.
    pub(crate) async fn rest(&self) -> Result<()> {
        sleep(REST).await;
        let request = self.client.delete(self.log());
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// What was called since the last rest.
    pub(crate) async fn calls(&self) -> Result<Calls> {
        let log = self.read().await?;
        counted(&log).context("the call log has another form than expected")
    }

    /// From the arrival of the first call since the last rest until the answer to the last one.
    pub(crate) async fn busy(&self) -> Result<Duration> {
        let log = self.read().await?;
        busy(&log).context("the call log holds no times")
    }

    fn log(&self) -> String {
        format!("{}/_sandbox/calls", self.endpoint)
    }

    async fn read(&self) -> Result<Value> {
        let response = self.client.get(self.log()).send().await?;
        Ok(response.error_for_status()?.json().await?)
    }
}

async fn endpoint(process: &Process) -> Result<String> {
    let started = Instant::now();
    while process.is_running() && started.elapsed() < START {
        let log = fs::read_to_string(process.log()).unwrap_or_default();
        // A line that is still being written has no end yet.
        let mut lines = log
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'));
        if let Some(url) = lines.find(|line| line.starts_with("http://")) {
            return Ok(url.to_owned());
        }
        sleep(Duration::from_millis(10)).await;
    }
    bail!("before saying where it listens, {}", process.tail())
}

fn counted(log: &Value) -> Option<Calls> {
    let totals = log.get("totals")?;
    let number = |of: &Value, name: &str| of.get(name)?.as_u64();
    let operations = log.get("operations")?.as_object()?;
    let by_operation = operations
        .iter()
        .map(|(name, totals)| Some((name.clone(), number(totals, "calls")?)));
    Some(Calls {
        by_operation: by_operation.collect::<Option<_>>()?,
        refused: number(totals, "refused")?,
        billed_metrics: number(totals, "billed_metrics")?,
    })
}

fn busy(log: &Value) -> Option<Duration> {
    let calls = log.get("calls")?.as_array()?;
    let arrival = |call: &Value| call.get("at")?.as_str()?.parse::<Timestamp>().ok();
    let answer = |call: &Value| {
        let queries = u32::try_from(call.get("queries")?.as_u64()?).ok()?;
        let delay = SignedDuration::try_from(LATENCY.base + LATENCY.per_query * queries).ok()?;
        arrival(call)?.checked_add(delay).ok()
    };
    let first = calls.iter().filter_map(arrival).min()?;
    let last = calls.iter().filter_map(answer).max()?;
    last.duration_since(first).try_into().ok()
}

impl Place {
    /// Each metric is asked for all its statistics.
    pub(crate) fn metrics(&self) -> Result<usize> {
        if !self.series.is_multiple_of(STATISTICS.len()) || self.series == 0 {
            bail!(
                "{} series are not {} for each metric",
                self.series,
                STATISTICS.len()
            )
        }
        Ok(self.series / STATISTICS.len())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{busy, counted};
    use crate::figures::Calls;

    #[test]
    fn the_call_log_is_read_as_the_simulator_writes_it() {
        let log = serde_json::json!({
            "totals": {"calls": 12, "refused": 1, "queries": 100, "billed_metrics": 20, "datapoints": 0},
            "operations": {
                "ListMetrics": {"calls": 10, "refused": 1},
                "GetMetricData": {"calls": 2, "refused": 0},
            },
            "calls": [
                {"at": "2026-11-24T12:00:00.100Z", "queries": 0},
                {"at": "2026-11-24T12:00:00.900Z", "queries": 500},
                {"at": "2026-11-24T12:00:01.000Z", "queries": 100},
            ],
        });
        let by_operation = [
            ("ListMetrics".to_owned(), 10),
            ("GetMetricData".to_owned(), 2),
        ];
        let expected = Calls {
            by_operation: by_operation.into(),
            refused: 1,
            billed_metrics: 20,
        };
        assert_eq!(expected.total(), 12);
        assert_eq!(counted(&log), Some(expected));
        assert_eq!(busy(&log), Some(Duration::from_millis(1_100)));
    }
}
