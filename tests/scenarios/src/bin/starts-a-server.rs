//! Starts a Pushgateway, says where it is and waits: for the scenario that kills this program and
//! looks whether the server goes with it.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::servers::Pushgateway;
use sandbox::tools::Tools;

/// Not for ever: whoever starts it by hand gets it back.
const LIFE: Duration = Duration::from_mins(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let gateway = Pushgateway::start(&Tools::from_process()?).await?;
    let process = gateway.process();
    let directory = process
        .log()
        .parent()
        .context("a log lies in a directory")?;
    writeln!(
        std::io::stdout(),
        "server <{}> <{}>",
        process.id(),
        directory.display()
    )?;
    tokio::time::sleep(LIFE).await;
    Ok(())
}
