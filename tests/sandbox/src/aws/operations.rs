//! The operations, each written once on typed requests and responses. They know the world, the
//! ledger and the time, and nothing of protocols, latency or faults.

pub(crate) mod account;
pub(crate) mod act;
pub(crate) mod get_metric_data;
pub(crate) mod get_metric_statistics;
pub(crate) mod get_resources;
pub(crate) mod iam;
pub(crate) mod list_metrics;
pub(crate) mod secrets;

use jiff::Timestamp;

use self::act::Act;
use super::caller::Caller;
use super::content::Account;
use super::error::ServiceError;
use super::ledger::Ledger;
use super::node::Node;
use super::operation::Operation;
use super::policy::Need;
use super::shape::{Shape, Writer};
use super::world::{MetricRef, World};

/// Who asks, where and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'w> {
    pub(crate) world: &'w World,
    pub(crate) ledger: &'w Ledger,
    pub(crate) account: &'w Account,
    pub(crate) caller: &'w Caller<'w>,
    pub(crate) region: &'w str,
    pub(crate) at: Timestamp,
    /// The same in whole epoch seconds.
    pub(crate) now: i64,
}

/// What a call used, for the call log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) queries: u64,
    /// Metrics that AWS charges for: five statistics of one metric in one call count once.
    pub(crate) billed_metrics: u64,
    pub(crate) datapoints: u64,
}

/// A typed request.
#[derive(Debug)]
pub(crate) enum Request<'a> {
    ListMetrics(list_metrics::Request<'a>),
    GetMetricData(get_metric_data::Request<'a>),
    GetMetricStatistics(get_metric_statistics::Request<'a>),
    GetResources(get_resources::Request<'a>),
    AssumeRole(account::AssumeRole<'a>),
    GetCallerIdentity,
    ListAccountAliases,
    /// Whatever is about the ledger.
    Act(Box<dyn Act + 'a>),
}

/// A typed response.
#[derive(Debug)]
pub(crate) enum Response<'a> {
    ListMetrics(list_metrics::Response<'a>),
    GetMetricData(get_metric_data::Response<'a>),
    GetMetricStatistics(get_metric_statistics::Response<'a>),
    GetResources(get_resources::Response<'a>),
    AssumeRole(account::Credentials),
    GetCallerIdentity(account::Identity),
    ListAccountAliases(account::Aliases),
    Iam(iam::Response),
    Secrets(secrets::Response),
}

impl<'a> Request<'a> {
    /// Reads and checks the request of `operation`.
    pub(crate) fn read(operation: Operation, node: &'a Node<'_>) -> Result<Self, ServiceError> {
        fn act<'a>(request: impl Act + 'a) -> Request<'a> {
            Request::Act(Box::new(request))
        }
        Ok(match operation {
            Operation::ListMetrics => Self::ListMetrics(list_metrics::Request::read(node)?),
            Operation::GetMetricData => Self::GetMetricData(get_metric_data::Request::read(node)?),
            Operation::GetMetricStatistics => {
                Self::GetMetricStatistics(get_metric_statistics::Request::read(node)?)
            }
            Operation::GetResources => Self::GetResources(get_resources::Request::read(node)?),
            Operation::AssumeRole => Self::AssumeRole(account::AssumeRole::read(node)?),
            Operation::GetCallerIdentity => Self::GetCallerIdentity,
            Operation::ListAccountAliases => Self::ListAccountAliases,
            Operation::ListAccessKeys => act(iam::list_access_keys::ListAccessKeys::read(node)?),
            Operation::GetAccessKeyLastUsed => act(
                iam::get_access_key_last_used::GetAccessKeyLastUsed::read(node)?,
            ),
            Operation::CreateAccessKey => act(iam::create_access_key::CreateAccessKey::read(node)?),
            Operation::UpdateAccessKey => act(iam::update_access_key::UpdateAccessKey::read(node)?),
            Operation::DeleteAccessKey => act(iam::delete_access_key::DeleteAccessKey::read(node)?),
            Operation::ListUserTags => act(iam::list_user_tags::ListUserTags::read(node)?),
            Operation::TagUser => act(iam::tag_user::TagUser::read(node)?),
            Operation::UntagUser => act(iam::untag_user::UntagUser::read(node)?),
            Operation::DescribeSecret => act(secrets::describe_secret::DescribeSecret::read(node)?),
            Operation::GetSecretValue => {
                act(secrets::get_secret_value::GetSecretValue::read(node)?)
            }
            Operation::PutSecretValue => {
                act(secrets::put_secret_value::PutSecretValue::read(node)?)
            }
            Operation::UpdateSecretVersionStage => {
                act(secrets::update_secret_version_stage::UpdateSecretVersionStage::read(node)?)
            }
        })
    }

    /// Whether any metric that the request names satisfies `predicate`.
    pub(crate) fn names_metric(&self, predicate: impl Fn(&MetricRef<'_>) -> bool) -> bool {
        match self {
            Self::ListMetrics(request) => request.names_metric(&predicate),
            Self::GetMetricData(request) => {
                request.queries.iter().any(|query| predicate(&query.metric))
            }
            Self::GetMetricStatistics(request) => predicate(&request.metric),
            Self::GetResources(_)
            | Self::AssumeRole(_)
            | Self::GetCallerIdentity
            | Self::ListAccountAliases
            | Self::Act(_) => false,
        }
    }

    /// What the caller must be allowed to do. Everyone may ask who they are.
    pub(crate) fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        let resource = match self {
            Self::Act(request) => return request.needs(operation, context),
            Self::GetCallerIdentity => return Vec::new(),
            Self::AssumeRole(request) => request.role_arn,
            Self::ListMetrics(_)
            | Self::GetMetricData(_)
            | Self::GetMetricStatistics(_)
            | Self::GetResources(_)
            | Self::ListAccountAliases => "*",
        };
        vec![Need {
            action: operation.action(),
            resource: resource.to_owned(),
            shown: resource.to_owned(),
            context: Vec::new(),
        }]
    }

    /// What the request asks about, in a few words for the call log.
    pub(crate) fn subject(&self) -> String {
        match self {
            Self::ListMetrics(request) => request.subject(),
            Self::GetMetricStatistics(request) => {
                format!("{} {}", request.metric.namespace, request.metric.name)
            }
            Self::GetResources(request) => request.resource_types.join(", "),
            Self::Act(request) => request.subject(),
            Self::AssumeRole(request) => request.role_arn.to_owned(),
            Self::GetMetricData(_) | Self::GetCallerIdentity | Self::ListAccountAliases => {
                String::new()
            }
        }
    }

    /// How many queries the latency model charges.
    pub(crate) fn queries(&self) -> usize {
        match self {
            Self::GetMetricData(request) => request.queries.len(),
            Self::GetMetricStatistics(_) => 1,
            Self::ListMetrics(_)
            | Self::GetResources(_)
            | Self::AssumeRole(_)
            | Self::GetCallerIdentity
            | Self::ListAccountAliases
            | Self::Act(_) => 0,
        }
    }

    /// Forgets a pagination token that equals `token`, as if the first page were asked for.
    pub(crate) fn drop_token(&mut self, token: &str) {
        let held = match self {
            Self::ListMetrics(request) => &mut request.next_token,
            Self::GetMetricData(request) => &mut request.next_token,
            Self::GetResources(request) => &mut request.pagination_token,
            Self::GetMetricStatistics(_)
            | Self::AssumeRole(_)
            | Self::GetCallerIdentity
            | Self::ListAccountAliases
            | Self::Act(_) => return,
        };
        *held = held.filter(|held| *held != token);
    }

    /// Performs the operation.
    pub(crate) fn run<'r>(&'r self, context: &Context<'r>) -> Result<Response<'r>, ServiceError> {
        Ok(match self {
            Self::ListMetrics(request) => Response::ListMetrics(request.run(context)?),
            Self::GetMetricData(request) => Response::GetMetricData(request.run(context)?),
            Self::GetMetricStatistics(request) => {
                Response::GetMetricStatistics(request.run(context)?)
            }
            Self::GetResources(request) => Response::GetResources(request.run(context)?),
            Self::AssumeRole(request) => Response::AssumeRole(request.run(context)?),
            Self::GetCallerIdentity => Response::GetCallerIdentity(account::identity(context)),
            Self::ListAccountAliases => Response::ListAccountAliases(account::aliases(context)),
            Self::Act(request) => request.run(context)?,
        })
    }
}

impl Response<'_> {
    /// What was used to make this response to `request`.
    pub(crate) fn usage(&self, request: &Request<'_>) -> Usage {
        match (self, request) {
            (Self::GetMetricData(response), Request::GetMetricData(request)) => Usage {
                queries: saturate(request.queries.len()),
                billed_metrics: request.billed_metrics(),
                datapoints: response
                    .results
                    .iter()
                    .map(|it| saturate(it.points.len()))
                    .sum(),
            },
            (Self::GetMetricStatistics(response), Request::GetMetricStatistics(request)) => Usage {
                queries: 1,
                // Charged per request, however many statistics it names.
                billed_metrics: 1,
                datapoints: saturate(response.datapoints.len() * request.statistics.len()),
            },
            _ => Usage::default(),
        }
    }

    /// Replaces the token of the next page.
    pub(crate) fn set_token(&mut self, token: &str) {
        match self {
            Self::ListMetrics(response) => response.next_token = Some(token.to_owned()),
            Self::GetMetricData(response) => response.next_token = Some(token.to_owned()),
            Self::GetResources(response) => token.clone_into(&mut response.pagination_token),
            Self::GetMetricStatistics(_)
            | Self::AssumeRole(_)
            | Self::GetCallerIdentity(_)
            | Self::ListAccountAliases(_)
            | Self::Iam(_)
            | Self::Secrets(_) => {}
        }
    }

    /// A guess at the encoded size, to allocate once.
    pub(crate) fn size_hint(&self) -> usize {
        match self {
            Self::GetMetricData(response) => {
                response
                    .results
                    .iter()
                    .map(|it| 128 + it.points.len() * 20)
                    .sum::<usize>()
                    + 256
            }
            Self::ListMetrics(response) => response.metrics.len() * 256 + 256,
            Self::GetMetricStatistics(response) => response.datapoints.len() * 128 + 256,
            Self::GetResources(response) => response.resources.len() * 512 + 256,
            Self::AssumeRole(_)
            | Self::GetCallerIdentity(_)
            | Self::ListAccountAliases(_)
            | Self::Iam(_)
            | Self::Secrets(_) => 1024,
        }
    }
}

impl Shape for Response<'_> {
    fn members<W: Writer>(&self, w: &mut W) {
        match self {
            Self::ListMetrics(response) => response.members(w),
            Self::GetMetricData(response) => response.members(w),
            Self::GetMetricStatistics(response) => response.members(w),
            Self::GetResources(response) => response.members(w),
            Self::AssumeRole(response) => response.members(w),
            Self::GetCallerIdentity(response) => response.members(w),
            Self::ListAccountAliases(response) => response.members(w),
            Self::Iam(response) => response.members(w),
            Self::Secrets(response) => response.members(w),
        }
    }
}

fn saturate(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Reads a list of `{Name, Value}` pairs.
fn read_dims<'a>(node: &'a Node<'_>) -> Result<Vec<(&'a str, &'a str)>, ServiceError> {
    let dims = node.list("Dimensions")?;
    if dims.len() > 30 {
        return Err(ServiceError::validation(
            "The collection Dimensions must not have a size greater than 30.",
        ));
    }
    dims.iter()
        .map(|dim| Ok((dim.required_text("Name")?, dim.required_text("Value")?)))
        .collect()
}
