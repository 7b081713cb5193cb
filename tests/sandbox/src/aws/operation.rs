//! The operations that are simulated and the services they belong to.

use std::fmt;

/// An AWS service, as requests name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Service {
    CloudWatch,
    Tagging,
    Sts,
    Iam,
}

impl Service {
    /// The service behind a target of the CBOR and JSON protocols.
    pub(crate) fn from_target(target: &str) -> Option<Self> {
        match target {
            "GraniteServiceVersion20100801" => Some(Self::CloudWatch),
            "ResourceGroupsTaggingAPI_20170126" => Some(Self::Tagging),
            _ => None,
        }
    }

    /// The service behind a `Version` of the Query protocol.
    pub(crate) fn from_query_version(version: &str) -> Option<Self> {
        match version {
            "2010-08-01" => Some(Self::CloudWatch),
            "2011-06-15" => Some(Self::Sts),
            "2010-05-08" => Some(Self::Iam),
            _ => None,
        }
    }

    /// The prefix of error shapes in `__type`.
    pub(crate) const fn shape_namespace(self) -> &'static str {
        match self {
            Self::CloudWatch => "com.amazonaws.cloudwatch",
            Self::Tagging => "com.amazonaws.resourcegroupstaggingapi",
            Self::Sts => "com.amazonaws.sts",
            Self::Iam => "com.amazonaws.iam",
        }
    }

    /// The XML namespace of its Query responses.
    pub(crate) const fn xml_namespace(self) -> &'static str {
        match self {
            Self::CloudWatch => "http://monitoring.amazonaws.com/doc/2010-08-01/",
            Self::Tagging => "http://resource-groups.amazonaws.com/doc/2017-01-26/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
        }
    }
}

/// An operation of the simulator.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Operation {
    /// CloudWatch: which metrics exist.
    ListMetrics,
    /// CloudWatch: values of up to 500 queries.
    GetMetricData,
    /// CloudWatch: values of one metric.
    GetMetricStatistics,
    /// Resource Groups Tagging: resources with their tags.
    GetResources,
    /// STS: credentials for a role.
    AssumeRole,
    /// STS: who am I.
    GetCallerIdentity,
    /// IAM: the account's alias.
    ListAccountAliases,
}

impl Operation {
    /// Every operation, in the order in which reports list them.
    pub const ALL: [Self; 7] = [
        Self::ListMetrics,
        Self::GetMetricData,
        Self::GetMetricStatistics,
        Self::GetResources,
        Self::AssumeRole,
        Self::GetCallerIdentity,
        Self::ListAccountAliases,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ListMetrics => "ListMetrics",
            Self::GetMetricData => "GetMetricData",
            Self::GetMetricStatistics => "GetMetricStatistics",
            Self::GetResources => "GetResources",
            Self::AssumeRole => "AssumeRole",
            Self::GetCallerIdentity => "GetCallerIdentity",
            Self::ListAccountAliases => "ListAccountAliases",
        }
    }

    pub(crate) const fn service(self) -> Service {
        match self {
            Self::ListMetrics | Self::GetMetricData | Self::GetMetricStatistics => {
                Service::CloudWatch
            }
            Self::GetResources => Service::Tagging,
            Self::AssumeRole | Self::GetCallerIdentity => Service::Sts,
            Self::ListAccountAliases => Service::Iam,
        }
    }

    /// The operation `name` of `service`, if it is simulated.
    pub(crate) fn of(service: Service, name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|it| it.service() == service && it.name() == name)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
