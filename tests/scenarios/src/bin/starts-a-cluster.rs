//! Starts a cluster, says where its files are and waits: for the scenario that kills this program
//! and looks whether the cluster goes with it.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Result;
use sandbox::kubernetes::{Cluster, ClusterOptions};
use sandbox::tools::Tools;

/// Not for ever: whoever starts it by hand gets it back.
const LIFE: Duration = Duration::from_mins(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let tools = Tools::from_process()?;
    let cluster = Cluster::start(&tools, ClusterOptions::new("victim")).await?;
    writeln!(std::io::stdout(), "{}", cluster.directory().display())?;
    tokio::time::sleep(LIFE).await;
    Ok(())
}
