//! `cloudwatch_exporter` 0.16.0, which this suite replaces.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::peers::CloudwatchExporter;
use sandbox::tools::Tools;

use crate::figures::Figures;
use crate::simulator::Simulator;
use crate::subject::{Place, count_series};

/// An installed exporter.
#[derive(Debug, Clone)]
pub(crate) struct Java(CloudwatchExporter);

impl Java {
    pub(crate) const NAME: &str = "cloudwatch_exporter 0.16.0";

    /// Brings it, once. `None` after saying so where there is no Java.
    ///
    /// # Errors
    /// When it cannot be brought, and under `CI=true` without Java.
    pub(crate) async fn locate() -> Result<Option<Self>> {
        let found = CloudwatchExporter::locate(&Tools::from_process()?).await?;
        Ok(found.map(Self))
    }

    /// One scrape of a fresh process.
    pub(crate) async fn run(&self, place: &Place, simulator: &Simulator) -> Result<Figures> {
        let configuration = fs::read_to_string(place.configuration()?)?;
        let text = self.0.scrape(&configuration, simulator.endpoint()).await?;
        place.insist_on_all(count_series(&text, "bench_app_"))?;
        let own = |name: &str| number(&text, name).with_context(|| format!("it tells no {name}"));
        let bytes = own("process_resident_memory_bytes")?;
        Ok(Figures {
            wall: simulator.busy().await?,
            cpu: Duration::try_from_secs_f64(own("process_cpu_seconds_total")?)?,
            peak: whole(bytes).context("its memory is no number of bytes")?,
            calls: simulator.calls().await?,
        })
    }
}

/// The value of the series `name`, which has no labels.
fn number(text: &str, name: &str) -> Option<f64> {
    let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
    values.find_map(|rest| rest.strip_prefix(' ')?.trim().parse().ok())
}

fn whole(bytes: f64) -> Option<u64> {
    format!("{bytes:.0}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{number, whole};

    #[test]
    fn the_exporter_s_own_figures_are_read_in_java_s_spelling() {
        let text = "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 1.23\n\
                    process_resident_memory_bytes 1.04435712E8\n";
        assert_eq!(number(text, "process_cpu_seconds_total"), Some(1.23));
        let bytes = number(text, "process_resident_memory_bytes").unwrap();
        assert_eq!(whole(bytes), Some(104_435_712));
        assert_eq!(number(text, "process_resident_memory"), None);
        assert_eq!(whole(-1.0), None);
    }
}
