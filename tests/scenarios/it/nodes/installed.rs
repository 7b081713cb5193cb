//! Both clusters as `install-monitoring` leaves them, and as `doctor` finds them.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use sandbox::nodes::estate::{Estate, Setup};
use sandbox::tools::Tools;
use scenarios::wait;

use super::told;

/// A run of every job by its schedule, and the pushes of all of them.
const PATIENCE: Duration = Duration::from_mins(6);

/// Two clusters from nothing with the monitoring installed in both. The installation has waited until
/// everything is ready.
pub(super) async fn installed() -> Result<Estate> {
    let tools = Tools::from_process()?;
    let estate = Box::pin(Estate::start(&tools, Setup::default(), told)).await?;
    told("installing in both clusters");
    for run in estate.install().await? {
        for words in [
            "objects: ",
            "to create, 0 to change",
            "the mail key is 1 day old",
        ] {
            ensure!(run.stdout.contains(words), "{words}: {}", run.stdout);
        }
    }
    let pods = estate.ready().await?;
    told(&format!("{pods} pods are ready"));
    Ok(estate)
}

/// Waits until `doctor` has nothing to object to in either cluster.
pub(super) async fn all_is_well(estate: &Estate) -> Result<()> {
    for whole in estate.pair.both() {
        let cluster = whole.cluster().name();
        let mut last = String::new();
        let well = wait::until_within(PATIENCE, "all is well", async || {
            let run = estate
                .install_monitoring(&["doctor", "--cluster", cluster])
                .await?;
            last = format!("{}{}", run.stdout, run.stderr);
            Ok(run.status == 0 && run.stdout.ends_with("all is well\n"))
        });
        well.await.with_context(|| format!("{cluster}: {last}"))?;
        told(&format!("doctor in {cluster}: all is well"));
    }
    Ok(())
}
