//! Fields whose meaning is known: what is compared, what is gathered, and what is the server's or a
//! tool's own.

/// Annotations that tools write for themselves.
const NOT_COMPARED: [&str; 8] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "meta.helm.sh/release-name",
    "meta.helm.sh/release-namespace",
    "prometheus-operator-validated",
    "control-plane.alpha.kubernetes.io/leader",
    "kubectl.kubernetes.io/restartedAt",
    "deprecated.daemonset.template.generation",
];

/// A mapping whose fields have a meaning here.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Object,
    Metadata,
    Labels,
    Annotations,
}

/// What is to be done with a field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    Compared,
    NotCompared,
    /// A mapping; one in which nothing is compared is the same as none.
    Inside(Place),
    Status,
    Name,
    Namespace,
    Generation,
    ResourceVersion,
    Deletion,
    Owners,
    /// A label that only says which release it is of.
    Chart(Rank),
    AppVersion,
    /// A label that says so and is compared.
    Instance(Rank),
}

/// Which of two labels counts where an object has both.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rank {
    First,
    Second,
}

impl Place {
    /// What is to be done with a field of this name.
    pub(super) fn role(self, field: &str) -> Role {
        match self {
            Self::Object => match field {
                "metadata" => Role::Inside(Self::Metadata),
                "status" => Role::Status,
                "apiVersion" | "kind" => Role::NotCompared,
                _ => Role::Compared,
            },
            Self::Metadata => match field {
                "name" => Role::Name,
                "namespace" => Role::Namespace,
                "labels" => Role::Inside(Self::Labels),
                "annotations" => Role::Inside(Self::Annotations),
                "generation" => Role::Generation,
                "resourceVersion" => Role::ResourceVersion,
                "deletionTimestamp" => Role::Deletion,
                "ownerReferences" => Role::Owners,
                "uid"
                | "creationTimestamp"
                | "managedFields"
                | "selfLink"
                | "deletionGracePeriodSeconds" => Role::NotCompared,
                _ => Role::Compared,
            },
            Self::Labels => match field {
                "helm.sh/chart" => Role::Chart(Rank::First),
                "chart" => Role::Chart(Rank::Second),
                "app.kubernetes.io/version" => Role::AppVersion,
                "app.kubernetes.io/instance" => Role::Instance(Rank::First),
                "release" => Role::Instance(Rank::Second),
                "heritage" => Role::NotCompared,
                _ => Role::Compared,
            },
            Self::Annotations if NOT_COMPARED.contains(&field) => Role::NotCompared,
            Self::Annotations => Role::Compared,
        }
    }
}
