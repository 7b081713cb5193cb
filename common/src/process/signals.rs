//! SIGTERM and SIGINT. As process 1 of a container there is no default action, so a program without
//! a handler would ignore them until it is killed.

use tokio::signal::unix::{SignalKind, signal};

use super::hold::HOLDS;
use crate::cancel::{Cancellation, Cause};
use crate::exit::Exit;

/// The first signal cancels, the second ends the process at once.
pub(super) fn listen(cancel: &Cancellation) {
    let cancel = cancel.clone();
    let (terminate, interrupt) = match (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) {
        (Ok(terminate), Ok(interrupt)) => (terminate, interrupt),
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!("signals cannot be caught, SIGTERM will not end the run: {error}");
            return;
        }
    };
    tokio::spawn(async move {
        let (mut terminate, mut interrupt) = (terminate, interrupt);
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => (),
                _ = interrupt.recv() => (),
            }
        };
        next().await;
        if HOLDS.any() {
            tracing::warn!(
                "told to stop: what is under way comes to its end first; a second signal leaves it half done"
            );
        } else {
            tracing::warn!("told to stop: finishing the running call, starting no new one");
        }
        cancel.cancel(Cause::Signal);
        next().await;
        let exit = if HOLDS.any() {
            Exit::HalfDone
        } else {
            Exit::Transient
        };
        #[expect(clippy::exit, reason = "a second signal asks for exactly this")]
        std::process::exit(i32::from(exit.status()));
    });
}
