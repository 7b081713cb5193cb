//! `cargo demo`: a job at work on real servers, in a minute.

use std::process::ExitCode;

use clap::Parser as _;
use sandbox::demo::{Arguments, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Box::pin(run(Arguments::parse())).await {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
