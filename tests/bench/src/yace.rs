//! YACE 0.67.0, the fastest of the peers.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::env::Env;
use common::http::{Timeouts, client};
use sandbox::aws::Content;
use sandbox::servers::process::Process;
use sandbox::tools::{Tool, Tools};
use tokio::time::{Instant, sleep};

use crate::figures::Figures;
use crate::process::Id;
use crate::simulator::Simulator;
use crate::subject::{Place, STATISTICS, count_series};

/// `ListMetrics` calls in flight when tuned. There is one listing a metric name, ten in all.
const LISTINGS: u32 = 20;

/// With which options it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tuning {
    /// As it comes: five calls in flight, 500 queries a call.
    Defaults,
    /// What was found to be fastest for each number of series.
    Best,
}

impl Tuning {
    /// The flags. `-cloudwatch-concurrency` alone does not help: `GetMetricData` obeys the limit for
    /// each API, and that stays at 5.
    fn flags(self, series: usize) -> Vec<String> {
        let (in_flight, queries) = match (self, series) {
            (Self::Defaults, _) => return Vec::new(),
            (Self::Best, ..=1_000) => (20, 50),
            (Self::Best, ..=10_000) => (50, 200),
            // With more in flight the quota is overrun, and each refusal costs it a second.
            (Self::Best, _) => (25, 500),
        };
        vec![
            "-cloudwatch-concurrency.per-api-limit-enabled".to_owned(),
            format!("-cloudwatch-concurrency.list-metrics-limit={LISTINGS}"),
            format!("-cloudwatch-concurrency.get-metric-data-limit={in_flight}"),
            format!("-metrics-per-query={queries}"),
        ]
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Defaults => "YACE 0.67.0, defaults",
            Self::Best => "YACE 0.67.0, tuned",
        }
    }
}

/// Pause between two looks at `/metrics`, which is nearly empty until everything is there.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Nothing takes a tenth of this.
const PATIENCE: Duration = Duration::from_mins(2);

/// An installed YACE.
#[derive(Debug, Clone)]
pub(crate) struct Yace {
    program: PathBuf,
}

impl Yace {
    const NAME: &str = "YACE 0.67.0";

    /// Builds it from its Go module, once. `None` after saying why where that is not possible.
    ///
    /// # Errors
    /// Under `CI=true`, where nothing may be skipped.
    pub(crate) async fn locate() -> Result<Option<Self>> {
        match Tools::from_process()?.locate(Tool::Yace).await {
            Ok(program) => Ok(Some(Self { program })),
            Err(error) if Env::from_process().get("CI") == Some("true") => Err(error),
            Err(error) => {
                anstream::eprintln!("SKIPPED: {} cannot run: {error:#}", Self::NAME);
                Ok(None)
            }
        }
    }

    /// One run, from its start until it serves every series.
    pub(crate) async fn run(
        &self,
        tuning: Tuning,
        place: &Place,
        simulator: &Simulator,
    ) -> Result<Figures> {
        let file = place.directory.path().join("yace.yaml");
        fs::write(&file, configuration()).with_context(|| format!("writing {}", file.display()))?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(&self.program);
        command
            .arg("-config.file")
            .arg(&file)
            .args(["-listen-address", &address.to_string()])
            .args(["-scraping-interval", "3600", "-log.level", "error"])
            .args(tuning.flags(place.series));
        place.furnish(&mut command, simulator.endpoint());
        let client = client(Timeouts {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(30),
        })?;
        let log = place.directory.path().join("yace.log");
        let started = Instant::now();
        let process = Process::spawn(Self::NAME, command, &log)?;
        let url = format!("http://{address}/metrics");
        let look = async || Some(client.get(&url).send().await.ok()?.text().await.ok()?);
        let text = loop {
            if let Some(text) = look().await
                && text.contains("\naws_bench_app_")
            {
                break text;
            }
            if !process.is_running() || started.elapsed() > PATIENCE {
                bail!("before it served any series, {}", process.tail())
            }
            sleep(LOOK_EVERY).await;
        };
        let wall = started.elapsed();
        let id = Id::of(process.id());
        let (cpu, peak) = (id.cpu()?, id.peak().context("it has ended")?);
        drop(process);
        // It publishes all of a reading at once; a batch that failed is simply not in it.
        place.insist_on_all(count_series(&text, "aws_bench_app_"))?;
        Ok(Figures {
            wall,
            cpu,
            peak,
            calls: simulator.calls().await?,
        })
    }
}

fn configuration() -> String {
    let names = Content::SYNTHETIC_NAMES.map(|name| format!("      - name: {name}\n"));
    format!(
        "apiVersion: v1alpha1\ncustomNamespace:\n  - name: bench\n    namespace: {}\n    \
         regions: [us-east-1]\n    dimensionNameRequirements: [{}]\n    recentlyActiveOnly: true\n    \
         statistics: [{}]\n    period: 60\n    length: 600\n    delay: 600\n    metrics:\n{}",
        Content::SYNTHETIC_NAMESPACE,
        Content::SYNTHETIC_DIMENSIONS.join(", "),
        STATISTICS.join(", "),
        names.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::Tuning;

    #[test]
    fn tuning_follows_the_number_of_series_and_defaults_are_left_alone() {
        assert_eq!(Tuning::Defaults.flags(50_000), [""; 0]);
        let queries = |series| Tuning::Best.flags(series).pop().unwrap();
        assert_eq!(queries(1_000), "-metrics-per-query=50");
        assert_eq!(queries(10_000), "-metrics-per-query=200");
        assert_eq!(queries(50_000), "-metrics-per-query=500");
    }
}
