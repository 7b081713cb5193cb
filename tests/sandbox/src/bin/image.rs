//! `cargo image`: the suite's image, without a container engine; and its digest into the values.

use std::process::ExitCode;

use clap::Parser as _;
use sandbox::images::command::{Arguments, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Box::pin(run(Arguments::parse())).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
