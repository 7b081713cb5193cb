//! Faults that a test asks for: on which calls they strike and what they do to them.

use std::fmt;
use std::time::Duration;

use super::operation::Operation;
use super::operations::Request;
use super::world::MetricRef;

mod read;
mod struck;

pub(crate) use struck::{Struck, Transport};

/// A fault and the calls it strikes: all, unless narrowed.
///
/// ```
/// use sandbox::aws::{Fault, FaultKind, Operation};
///
/// // The first two GetMetricData calls are throttled, the third goes through.
/// let throttled = Fault::new(FaultKind::Throttle).on(Operation::GetMetricData).calls(1, Some(2));
/// // Whoever asks for this metric may not see it.
/// let hidden = Fault::new(FaultKind::Forbidden).metric("AWS/ES", "CPUUtilization");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    kind: FaultKind,
    operation: Option<Operation>,
    account: Option<String>,
    metric: Option<MetricPattern>,
    /// First and last matching call that is struck, counted from 1.
    calls: (u64, Option<u64>),
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// 400 with the service's throttling code.
    Throttle,
    /// 500.
    Internal,
    /// 503.
    Unavailable,
    /// 403 `AccessDenied`.
    AccessDenied,
    /// 403 `ExpiredToken`.
    ExpiredToken,
    /// Any other refusal.
    Refuse {
        /// The error code and shape.
        code: String,
        /// The HTTP status.
        status: u16,
        /// The text for people.
        message: String,
    },
    /// 500, although the call took effect.
    InternalAfter,
    /// 400 `EncryptionFailure` to `PutSecretValue` and `DecryptionFailure` to `GetSecretValue`:
    /// KMS refused the key. Other operations are not struck.
    KmsDenied,
    /// The call takes effect, then the connection is reset instead of an answer.
    Reset,
    /// The connection is reset before the call takes effect.
    ResetBefore,
    /// The call takes effect; half of the answer arrives, then the connection closes.
    Truncate,
    /// The call takes effect; no answer comes at all, while the connection stays open.
    Hang,
    /// The call takes effect at once, the answer comes this much later.
    Delay(Duration),
    /// `GetMetricData` answers in pages of at most this many datapoints: `PartialData` with a
    /// `NextToken` that works.
    SmallPages(usize),
    /// Half of each result's points are missing: `PartialData` without a `NextToken`.
    PartialWithoutToken,
    /// Every page carries the same token and the same data.
    RepeatToken,
    /// `StatusCode` Forbidden, no points.
    Forbidden,
    /// `StatusCode` `InternalError`, no points.
    InternalStatus,
    /// The newest point is not the first one.
    Unsorted,
    /// A top-level message.
    Message {
        /// Such as `MaxMetricsExceeded`.
        code: String,
        /// The text for people.
        value: String,
    },
}

/// A metric by namespace and name, and some of its dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MetricPattern {
    namespace: String,
    name: String,
    dims: Vec<(String, String)>,
}

impl Fault {
    /// A fault that strikes every call it makes sense for.
    pub const fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            operation: None,
            account: None,
            metric: None,
            calls: (1, None),
        }
    }

    /// Strikes only calls of `operation`.
    #[must_use]
    pub const fn on(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Strikes only calls of the account `id`.
    #[must_use]
    pub fn account(mut self, id: &str) -> Self {
        self.account = Some(id.to_owned());
        self
    }

    /// Strikes only calls that name this metric, and of their results only those of this metric.
    #[must_use]
    pub fn metric(mut self, namespace: &str, name: &str) -> Self {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        self.metric = Some(MetricPattern {
            namespace,
            name,
            dims: Vec::new(),
        });
        self
    }

    /// Narrows [`Fault::metric`] to metrics with this dimension.
    #[must_use]
    pub fn dimension(mut self, name: &str, value: &str) -> Self {
        if let Some(metric) = &mut self.metric {
            metric.dims.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Strikes only these of the calls that match otherwise, counted from 1 in the order of their
    /// arrival; without `last`, all from `first` on.
    #[must_use]
    pub const fn calls(mut self, first: u64, last: Option<u64>) -> Self {
        self.calls = (first, last);
        self
    }

    fn matches(&self, operation: Operation, account: &str, request: &Request<'_>) -> bool {
        self.operation.is_none_or(|wanted| wanted == operation)
            && self
                .account
                .as_deref()
                .is_none_or(|wanted| wanted == account)
            && self
                .metric
                .as_ref()
                .is_none_or(|pattern| request.names_metric(|metric| pattern.matches(metric)))
    }
}

impl MetricPattern {
    fn matches(&self, metric: &MetricRef<'_>) -> bool {
        metric.namespace == self.namespace
            && metric.name == self.name
            && self.dims.iter().all(|(name, value)| {
                metric
                    .dims
                    .iter()
                    .any(|(its_name, its_value)| its_name == name && its_value == value)
            })
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Throttle => "throttle",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
            Self::AccessDenied => "access_denied",
            Self::ExpiredToken => "expired_token",
            Self::Refuse { code, .. } => code,
            Self::InternalAfter => "internal_after",
            Self::KmsDenied => "kms_denied",
            Self::Reset => "reset",
            Self::ResetBefore => "reset_before",
            Self::Truncate => "truncate",
            Self::Hang => "hang",
            Self::Delay(_) => "delay",
            Self::SmallPages(_) => "small_pages",
            Self::PartialWithoutToken => "partial_without_token",
            Self::RepeatToken => "repeat_token",
            Self::Forbidden => "forbidden",
            Self::InternalStatus => "internal_status",
            Self::Unsorted => "unsorted",
            Self::Message { .. } => "message",
        })
    }
}

/// The faults in force, each with the number of calls it has matched.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(Fault, u64)>);

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self(faults.into_iter().map(|fault| (fault, 0)).collect())
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    /// Counts a call and returns what strikes it.
    pub(crate) fn strike(
        &mut self,
        operation: Operation,
        account: &str,
        request: &Request<'_>,
    ) -> Struck {
        let struck = self.0.iter_mut().filter_map(|(fault, seen)| {
            if !fault.matches(operation, account, request) {
                return None;
            }
            *seen += 1;
            let (first, last) = fault.calls;
            let hit = first <= *seen && last.is_none_or(|last| *seen <= last);
            hit.then(|| fault.clone())
        });
        Struck(struck.collect())
    }
}
