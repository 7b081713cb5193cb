//! The operations that are simulated and the services they belong to.

use std::fmt;

/// An AWS service, as requests name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Service {
    CloudWatch,
    Tagging,
    Sts,
    Iam,
    SecretsManager,
}

impl Service {
    /// The service behind a target of the CBOR and JSON protocols.
    pub(crate) fn from_target(target: &str) -> Option<Self> {
        match target {
            "GraniteServiceVersion20100801" => Some(Self::CloudWatch),
            "ResourceGroupsTaggingAPI_20170126" => Some(Self::Tagging),
            "secretsmanager" => Some(Self::SecretsManager),
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

    /// Whether clients may know it by the error codes of the Query protocol.
    pub(crate) const fn has_spoken_query(self) -> bool {
        match self {
            Self::CloudWatch | Self::Tagging | Self::Sts | Self::Iam => true,
            Self::SecretsManager => false,
        }
    }

    /// The prefix of error shapes in `__type`.
    pub(crate) const fn shape_namespace(self) -> &'static str {
        match self {
            Self::CloudWatch => "com.amazonaws.cloudwatch",
            Self::Tagging => "com.amazonaws.resourcegroupstaggingapi",
            Self::Sts => "com.amazonaws.sts",
            Self::Iam => "com.amazonaws.iam",
            Self::SecretsManager => "com.amazonaws.secretsmanager",
        }
    }

    /// The name that reports of last use have for it.
    pub(crate) const fn endpoint_prefix(self) -> &'static str {
        match self {
            Self::CloudWatch => "monitoring",
            Self::Tagging => "tagging",
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::SecretsManager => "secretsmanager",
        }
    }

    /// What its actions start with in policies.
    pub(crate) const fn action_prefix(self) -> &'static str {
        match self {
            Self::CloudWatch => "cloudwatch",
            Self::Tagging => "tag",
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::SecretsManager => "secretsmanager",
        }
    }

    /// The XML namespace of its Query responses.
    pub(crate) const fn xml_namespace(self) -> &'static str {
        match self {
            Self::CloudWatch => "http://monitoring.amazonaws.com/doc/2010-08-01/",
            Self::Tagging => "http://resource-groups.amazonaws.com/doc/2017-01-26/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            // It has no Query protocol, so nobody ever sees this.
            Self::SecretsManager => "https://secretsmanager.amazonaws.com/doc/2017-10-17/",
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
    /// IAM: the keys of a user.
    ListAccessKeys,
    /// IAM: whose a key is and when it was last used.
    GetAccessKeyLastUsed,
    /// IAM: a new key.
    CreateAccessKey,
    /// IAM: activates or deactivates a key.
    UpdateAccessKey,
    /// IAM: removes a key.
    DeleteAccessKey,
    /// IAM: the tags of a user.
    ListUserTags,
    /// IAM: sets tags of a user.
    TagUser,
    /// IAM: removes tags of a user.
    UntagUser,
    /// Secrets Manager: everything about a secret but its value.
    DescribeSecret,
    /// Secrets Manager: the value of a version.
    GetSecretValue,
    /// Secrets Manager: a new version.
    PutSecretValue,
    /// Secrets Manager: moves a label between versions.
    UpdateSecretVersionStage,
}

impl Operation {
    /// Every operation, in the order in which reports list them.
    pub const ALL: [Self; 19] = [
        Self::ListMetrics,
        Self::GetMetricData,
        Self::GetMetricStatistics,
        Self::GetResources,
        Self::AssumeRole,
        Self::GetCallerIdentity,
        Self::ListAccountAliases,
        Self::ListAccessKeys,
        Self::GetAccessKeyLastUsed,
        Self::CreateAccessKey,
        Self::UpdateAccessKey,
        Self::DeleteAccessKey,
        Self::ListUserTags,
        Self::TagUser,
        Self::UntagUser,
        Self::DescribeSecret,
        Self::GetSecretValue,
        Self::PutSecretValue,
        Self::UpdateSecretVersionStage,
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
            Self::ListAccessKeys => "ListAccessKeys",
            Self::GetAccessKeyLastUsed => "GetAccessKeyLastUsed",
            Self::CreateAccessKey => "CreateAccessKey",
            Self::UpdateAccessKey => "UpdateAccessKey",
            Self::DeleteAccessKey => "DeleteAccessKey",
            Self::ListUserTags => "ListUserTags",
            Self::TagUser => "TagUser",
            Self::UntagUser => "UntagUser",
            Self::DescribeSecret => "DescribeSecret",
            Self::GetSecretValue => "GetSecretValue",
            Self::PutSecretValue => "PutSecretValue",
            Self::UpdateSecretVersionStage => "UpdateSecretVersionStage",
        }
    }

    pub(crate) const fn service(self) -> Service {
        match self {
            Self::ListMetrics | Self::GetMetricData | Self::GetMetricStatistics => {
                Service::CloudWatch
            }
            Self::GetResources => Service::Tagging,
            Self::AssumeRole | Self::GetCallerIdentity => Service::Sts,
            Self::ListAccountAliases
            | Self::ListAccessKeys
            | Self::GetAccessKeyLastUsed
            | Self::CreateAccessKey
            | Self::UpdateAccessKey
            | Self::DeleteAccessKey
            | Self::ListUserTags
            | Self::TagUser
            | Self::UntagUser => Service::Iam,
            Self::DescribeSecret
            | Self::GetSecretValue
            | Self::PutSecretValue
            | Self::UpdateSecretVersionStage => Service::SecretsManager,
        }
    }

    /// Whether a successful answer says anything: the Query protocol leaves the result out
    /// otherwise.
    pub(crate) const fn has_output(self) -> bool {
        !matches!(
            self,
            Self::UpdateAccessKey | Self::DeleteAccessKey | Self::TagUser | Self::UntagUser
        )
    }

    /// Its action in policies, such as `iam:TagUser`.
    pub(crate) fn action(self) -> String {
        format!("{}:{}", self.service().action_prefix(), self.name())
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
