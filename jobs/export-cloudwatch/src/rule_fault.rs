//! Why a rule could not be read, or not in full. Errors stay with their rule: the others go on.

use common::aws::CallError;
use common::cancel::Cause;
use common::exit::Exit;
use common::fault::Fault;

use crate::config::RuleNumber;

/// One rule's trouble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFault {
    /// Whose.
    pub rule: RuleNumber,
    /// What.
    pub error: RuleError,
}

/// What kept a rule from being read in full.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A call failed after all its attempts.
    #[error(transparent)]
    Call(#[from] CallError),
    /// AWS refuses to be asked for one metric; the rest of the call has passed without it.
    #[error("asking for {metric}")]
    Refused {
        /// The metric.
        metric: String,
        /// AWS's words.
        source: Box<CallError>,
    },
    /// AWS refused single metrics of an otherwise good answer.
    #[error("cloudwatch GetMetricData: AWS answers Forbidden for {metric}{}", said(message.as_deref()))]
    Forbidden {
        /// The first of them.
        metric: String,
        /// AWS's words.
        message: Option<String>,
    },
    /// AWS did not deliver all datapoints, even when asked again.
    #[error("cloudwatch GetMetricData: AWS answers {status} for {metric}, also when asked again")]
    Incomplete {
        /// The first of them.
        metric: String,
        /// AWS's status code.
        status: String,
    },
    /// AWS handed out the same page token twice.
    #[error("{operation}: AWS repeats its page token, so the end cannot be reached")]
    RepeatedToken {
        /// Which call.
        operation: &'static str,
    },
    /// The run was told to stop first.
    #[error("{}", stopped_by(*.0))]
    Stopped(Option<Cause>),
}

impl RuleError {
    /// The same without the name of the request, which differs from call to call: what is left is
    /// equal for rules that fail for one reason.
    #[must_use]
    pub fn without_request_id(mut self) -> Self {
        match &mut self {
            Self::Call(error) => error.request_id = None,
            Self::Refused { source, .. } => source.request_id = None,
            Self::Forbidden { .. }
            | Self::Incomplete { .. }
            | Self::RepeatedToken { .. }
            | Self::Stopped(_) => {}
        }
        self
    }
}

fn said(message: Option<&str>) -> String {
    message.map(|text| format!(" ({text})")).unwrap_or_default()
}

fn stopped_by(cause: Option<Cause>) -> &'static str {
    match cause {
        Some(Cause::Deadline) => "the run's time was over",
        Some(Cause::Signal) | None => "the run was told to stop",
    }
}

impl Fault for RuleError {
    fn exit(&self) -> Exit {
        match self {
            Self::Call(error) => error.exit(),
            Self::Refused { source, .. } => source.exit(),
            Self::Forbidden { .. } => Exit::Denied,
            Self::Incomplete { .. } | Self::RepeatedToken { .. } | Self::Stopped(_) => {
                Exit::Transient
            }
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Call(error) => error.code(),
            Self::Refused { source, .. } => source.code(),
            Self::Forbidden { .. } => "metric-forbidden",
            Self::Incomplete { .. } => "incomplete-answer",
            Self::RepeatedToken { .. } => "repeated-page-token",
            Self::Stopped(Some(Cause::Deadline)) => "deadline",
            Self::Stopped(_) => "interrupted",
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Call(error) => error.hint(),
            Self::Refused { .. } => Some(
                "correct the rule's statistics, period or dimensions, or leave this metric out of it"
                    .to_owned(),
            ),
            Self::Forbidden { .. } => Some(
                "allow the account that owns the metric to be read, or drop the rule".to_owned(),
            ),
            Self::Incomplete { .. } | Self::RepeatedToken { .. } => {
                Some("run again; if it stays, look at the AWS health dashboard".to_owned())
            }
            Self::Stopped(Some(Cause::Deadline)) => {
                Some("run again; if it stays, give the run more time".to_owned())
            }
            Self::Stopped(_) => Some("run again".to_owned()),
        }
    }
}
