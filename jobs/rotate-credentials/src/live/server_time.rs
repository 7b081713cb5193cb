//! What time AWS says it is: every answer, good or bad, carries a `Date`.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use common::clock::Clock;
use jiff::{SignedDuration, Timestamp};

use crate::outside::ServerTime;
use crate::verdict;
use common::trouble::Trouble;

/// AWS's clock beside ours, as the newest answer showed them. Clones share it; each client has one
/// as an interceptor.
#[derive(Debug, Clone)]
pub(super) struct ServerClock {
    clock: Clock,
    newest: Arc<Mutex<Option<ServerTime>>>,
}

impl ServerClock {
    /// Beside this clock of ours. Nothing is known yet.
    pub(super) fn beside(clock: Clock) -> Self {
        Self {
            clock,
            newest: Arc::default(),
        }
    }

    /// The times at the newest answer.
    ///
    /// # Errors
    /// When there was none, or it did not say: a time that is not known is not made up.
    pub(super) fn told(&self) -> Result<ServerTime, Trouble> {
        self.newest()
            .ok_or_else(|| verdict::CLOCK_SKEW.because("AWS did not say what time it is"))
    }

    /// AWS's time now, as far as the newest answer tells; ours without one.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        let skew = self.skew().unwrap_or_default();
        now.checked_sub(skew).unwrap_or(now)
    }

    /// Our clock minus AWS's; `None` before the first answer.
    pub(super) fn skew(&self) -> Option<SignedDuration> {
        self.newest().map(|time| time.skew)
    }

    fn newest(&self) -> Option<ServerTime> {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes down an answer that came just now.
    fn hear(&self, date: Option<&str>) {
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let time = date.map(|date| {
            let now = date.timestamp();
            let skew = self.clock.now().duration_since(now);
            ServerTime { now, skew }
        });
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }
}

#[dyn_dispatch_hint]
impl Intercept for ServerClock {
    fn name(&self) -> &'static str {
        "ServerClock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.hear(context.response().headers().get("date"));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skew_is_ours_minus_theirs_and_an_answer_without_a_date_tells_nothing() {
        let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let server = ServerClock::beside(Clock::fixed(noon));
        assert_eq!(server.told().unwrap_err().code, "clock-skew");
        assert_eq!((server.now(), server.skew()), (noon, None));

        server.hear(Some("Tue, 24 Nov 2026 11:58:30 GMT"));
        let time = server.told().unwrap();
        assert_eq!(time.skew, SignedDuration::from_secs(90));
        assert_eq!(time.now, noon - SignedDuration::from_secs(90));
        assert_eq!(server.now(), time.now);

        for unsaid in [None, Some(""), Some("soon")] {
            server.hear(Some("Tue, 24 Nov 2026 11:58:30 GMT"));
            server.hear(unsaid);
            assert!(server.told().is_err(), "{unsaid:?}");
        }
    }
}
