//! For tests that need a process of its own: probes the mail server that its arguments name, trusts
//! whom its environment says, logs everything there is, and prints what it is told.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use common::secret::SecretString;
use common::ses::{Smarthost, TlsMode};
use rotate_credentials::smtp::{Endpoint, Login, ProbeMail, Timeouts, auth, send, simulator};
use tracing_subscriber::filter::LevelFilter;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [smarthost, user, password, step] = arguments.as_slice() else {
        anyhow::bail!("usage: probes-a-mail-server HOST:PORT USER PASSWORD MILLISECONDS");
    };
    let endpoint = Endpoint::new(Smarthost::with_tls(smarthost, TlsMode::StartTls)?);
    let password = SecretString::from(password.as_str());
    let login = Login {
        user,
        password: &password,
    };
    let step = Duration::from_millis(step.parse().context("the limit of a step")?);
    let timeouts = Timeouts { step };
    let mail = ProbeMail {
        from: &"alerts@example.com".parse()?,
        to: &simulator("process"),
        run: "process",
        at: "2026-11-24T12:00:30Z".parse()?,
    };
    let replies = [
        auth(&endpoint, &login, timeouts).await,
        send(&endpoint, &login, &mail, timeouts).await,
    ];
    let mut out = std::io::stdout();
    for reply in replies {
        writeln!(out, "{}: {reply}", reply.verdict)?;
        writeln!(out, "  {reply:?} of {login:?}")?;
    }
    Ok(())
}
