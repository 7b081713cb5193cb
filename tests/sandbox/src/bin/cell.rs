//! The first process of a cell. Started by the sandbox through `unshare`, never by a person.

use std::path::Path;
use std::process::ExitCode;

use sandbox::kubernetes::supervise;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [ip, control] = arguments.as_slice() else {
        anstream::eprintln!("usage: cell IP CONTROL-SOCKET");
        return ExitCode::FAILURE;
    };
    match supervise(Path::new(ip), Path::new(control)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
