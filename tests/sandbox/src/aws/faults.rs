//! Faults that a test asks for: on which calls they strike and what they do to them.

use std::fmt;
use std::time::Duration;

use super::error::{self, Code, ServiceError};
use super::operation::Operation;
use super::operations::Request;
use super::operations::Response;
use super::operations::get_metric_data::{self, StatusCode};
use super::world::MetricRef;

mod read;

/// The token of [`FaultKind::RepeatToken`].
const REPEATED_TOKEN: &str = "the-same-token-again";

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
    /// The connection is reset instead of an answer.
    Reset,
    /// Half of the body arrives, then the connection closes.
    Truncate,
    /// No answer at all, while the connection stays open.
    Hang,
    /// The answer comes this much later.
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
            Self::Reset => "reset",
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

/// The faults that strike one call.
#[derive(Debug)]
pub(crate) struct Struck(Vec<Fault>);

/// How an answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Transport {
    #[default]
    Whole,
    Reset,
    Truncated,
    Never,
}

impl Struck {
    /// The names of the faults, for the call log.
    pub(crate) fn names(&self) -> Option<String> {
        let names: Vec<_> = self.0.iter().map(|fault| fault.kind.to_string()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// The refusal, if one of the faults is one.
    pub(crate) fn refusal(&self, operation: Operation) -> Result<(), ServiceError> {
        let refusal = self.0.iter().find_map(|fault| match &fault.kind {
            FaultKind::Throttle => Some(ServiceError::new(
                error::throttling(operation.service()),
                "Rate exceeded",
            )),
            FaultKind::Internal => Some(ServiceError::new(error::INTERNAL, "Internal failure")),
            FaultKind::Unavailable => {
                Some(ServiceError::new(error::UNAVAILABLE, "Service unavailable"))
            }
            FaultKind::AccessDenied => Some(ServiceError::new(
                error::ACCESS_DENIED,
                format!("User: sandbox is not authorized to perform: {operation}"),
            )),
            FaultKind::ExpiredToken => Some(ServiceError::new(
                error::EXPIRED_TOKEN,
                "The security token included in the request is expired",
            )),
            FaultKind::Refuse {
                code,
                status,
                message,
            } => {
                let (name, shape) = (code.clone().into(), code.clone().into());
                Some(ServiceError::new(
                    Code {
                        name,
                        shape,
                        status: *status,
                    },
                    message,
                ))
            }
            FaultKind::Reset
            | FaultKind::Truncate
            | FaultKind::Hang
            | FaultKind::Delay(_)
            | FaultKind::SmallPages(_)
            | FaultKind::PartialWithoutToken
            | FaultKind::RepeatToken
            | FaultKind::Forbidden
            | FaultKind::InternalStatus
            | FaultKind::Unsorted
            | FaultKind::Message { .. } => None,
        });
        refusal.map_or(Ok(()), Err)
    }

    /// What becomes of the bytes, and how much later they come.
    pub(crate) fn transport(&self) -> (Transport, Duration) {
        let mut transport = Transport::Whole;
        let mut delay = Duration::ZERO;
        for fault in &self.0 {
            if let FaultKind::Delay(more) = fault.kind {
                delay += more;
            } else if fault.kind == FaultKind::Reset {
                transport = Transport::Reset;
            } else if fault.kind == FaultKind::Truncate {
                transport = Transport::Truncated;
            } else if fault.kind == FaultKind::Hang {
                transport = Transport::Never;
            }
        }
        (transport, delay)
    }

    /// Changes a request before it is performed.
    pub(crate) fn bend_request(&self, request: &mut Request<'_>) {
        for fault in &self.0 {
            if let (FaultKind::SmallPages(points), Request::GetMetricData(request)) =
                (&fault.kind, &mut *request)
            {
                request.max_datapoints = request.max_datapoints.min((*points).max(1));
            }
            if fault.kind == FaultKind::RepeatToken {
                request.drop_token(REPEATED_TOKEN);
            }
        }
    }

    /// Changes a response before it is sent.
    pub(crate) fn bend_response(&self, response: &mut Response<'_>) {
        for fault in &self.0 {
            if fault.kind == FaultKind::RepeatToken {
                response.set_token(REPEATED_TOKEN);
            }
            let Response::GetMetricData(response) = &mut *response else {
                continue;
            };
            if let FaultKind::Message { code, value } = &fault.kind {
                response.messages.push((code.clone(), value.clone()));
            }
            if fault.kind == FaultKind::PartialWithoutToken {
                response.next_token = None;
            }
            let pattern = fault.metric.as_ref();
            response
                .results
                .iter_mut()
                .filter(|it| pattern.is_none_or(|pattern| pattern.matches(it.metric)))
                .for_each(|result| bend_result(&fault.kind, result));
        }
    }
}

fn bend_result(kind: &FaultKind, result: &mut get_metric_data::QueryResult<'_>) {
    let message = |code: &str, value: &str| (code.to_owned(), value.to_owned());
    if *kind == FaultKind::Forbidden {
        result.status = StatusCode::Forbidden;
        result.points.clear();
        result.messages.push(message(
            "Forbidden",
            "Access to the metric is not permitted",
        ));
    } else if *kind == FaultKind::InternalStatus {
        result.status = StatusCode::InternalError;
        result.points.clear();
        result.messages.push(message(
            "InternalError",
            "An error occurred for this metric",
        ));
    } else if *kind == FaultKind::Unsorted && !result.points.is_empty() {
        result.points.rotate_left(1);
    } else if *kind == FaultKind::PartialWithoutToken {
        result.status = StatusCode::PartialData;
        result.points.truncate(result.points.len() / 2);
    }
}
