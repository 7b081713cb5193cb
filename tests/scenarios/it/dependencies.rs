//! One TLS stack, one HTTP stack: what is linked into the jobs, as cargo resolves it.

use std::process::Command;

use anyhow::Result;
use sandbox::checkout;

/// What comes in when somebody enables a crate's default features: a second TLS stack, OpenSSL,
/// or the HTTP stack of ten years ago.
const UNWANTED: [&str; 7] = [
    "ring ",
    "openssl ",
    "openssl-sys ",
    "native-tls ",
    "hyper v0.14",
    "rustls v0.21",
    "h2 v0.3",
];

#[test]
fn there_is_one_tls_stack_and_no_old_http() -> Result<()> {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--workspace",
            "-e",
            "normal",
            "--prefix",
            "none",
            "--locked",
        ])
        .current_dir(checkout::file(""))
        .output()?;
    let (packages, errors) = (
        String::from_utf8(tree.stdout)?,
        String::from_utf8(tree.stderr)?,
    );
    assert!(tree.status.success(), "{errors}");
    let starting_with = |start: &str| packages.lines().find(|line| line.starts_with(start));
    for unwanted in UNWANTED {
        assert_eq!(starting_with(unwanted), None, "`cargo tree -i` tells why");
    }
    for wanted in ["rustls v0.23", "hyper v1.", "export-cloudwatch v"] {
        assert!(starting_with(wanted).is_some(), "{wanted} in\n{packages}");
    }
    Ok(())
}
