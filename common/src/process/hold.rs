//! Holding off the cut: who changes something that is worse half-way than at either end says so, and is
//! not abandoned while it lasts.
//!
//! A process has one life, and so there is one count of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Those of this process.
pub(super) static HOLDS: Holds = Holds::new();

/// How many there are.
#[derive(Debug)]
pub(super) struct Holds {
    held: AtomicUsize,
    changed: Notify,
}

/// As long as it lives, a run that was told to stop is not cut. What is done meanwhile has its own limit:
/// nothing else ends it.
#[derive(Debug)]
pub struct Hold(&'static Holds);

/// Holds off the cut of this process.
pub fn hold() -> Hold {
    HOLDS.hold()
}

impl Holds {
    pub(super) const fn new() -> Self {
        Self {
            held: AtomicUsize::new(0),
            changed: Notify::const_new(),
        }
    }

    fn hold(&'static self) -> Hold {
        self.held.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_waiters();
        Hold(self)
    }

    /// Whether something must not be cut.
    pub(super) fn any(&self) -> bool {
        self.held.load(Ordering::SeqCst) > 0
    }

    /// Resolves when that is `wanted`.
    pub(super) async fn until(&self, wanted: bool) {
        loop {
            let changed = self.changed.notified();
            if self.any() == wanted {
                return;
            }
            changed.await;
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::bounded;
    use super::Holds;
    use crate::cancel::{Cancellation, Cause};

    const GRACE: Duration = Duration::from_millis(5);

    #[tokio::test]
    async fn work_is_cut_after_the_grace_and_not_while_it_is_held() {
        static HOLDS: Holds = Holds::new();
        let cancel = Cancellation::default();
        cancel.cancel(Cause::Signal);
        let never = std::future::pending::<()>();
        assert_eq!(bounded(never, &cancel, &HOLDS, GRACE).await, None);

        // Many times as long as the grace, and then to its end.
        let held = async {
            let hold = HOLDS.hold();
            tokio::time::sleep(GRACE * 20).await;
            drop(hold);
        };
        assert_eq!(bounded(held, &cancel, &HOLDS, GRACE).await, Some(()));

        let and_then_for_ever = async {
            let hold = HOLDS.hold();
            tokio::time::sleep(GRACE * 20).await;
            drop(hold);
            std::future::pending::<()>().await;
        };
        let cut = bounded(and_then_for_ever, &cancel, &HOLDS, GRACE).await;
        assert_eq!(cut, None);
        assert!(!HOLDS.any());
    }

    #[tokio::test]
    async fn whoever_holds_within_the_grace_is_not_cut_either() {
        static HOLDS: Holds = Holds::new();
        let cancel = Cancellation::default();
        cancel.cancel(Cause::Deadline);
        let late = async {
            tokio::task::yield_now().await;
            let first = HOLDS.hold();
            let second = HOLDS.hold();
            drop(first);
            tokio::time::sleep(GRACE * 40).await;
            drop(second);
        };
        let cut = bounded(late, &cancel, &HOLDS, GRACE * 10).await;
        assert_eq!(cut, Some(()));
    }
}
