//! A cluster that cannot be called yet: which one, and what is wrong with its configuration.
//!
//! Nothing of a kubeconfig's content is quoted but names and paths: the rest can be a credential.

use std::path::{Path, PathBuf};

use super::ClusterName;
use super::eks::TokenError;
use crate::aws::SetUpError;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::yaml::did_you_mean;

/// The client of one of several clusters could not be set up. No call was made.
#[derive(Debug, thiserror::Error)]
#[error("cluster `{cluster}`")]
pub struct NotConnected {
    /// Its name in the configuration.
    pub cluster: ClusterName,
    /// What is wrong.
    #[source]
    pub why: Box<ConnectError>,
}

impl Fault for NotConnected {
    fn exit(&self) -> Exit {
        self.why.exit()
    }

    fn code(&self) -> &'static str {
        self.why.code()
    }

    fn hint(&self) -> Option<String> {
        self.why.hint()
    }
}

/// What is wrong with the way to a cluster.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// In-cluster access was asked for, and this is no pod.
    #[error(
        "it has `in_cluster: true`, and this process does not run in a pod (KUBERNETES_SERVICE_HOST \
         is not set)"
    )]
    NotInCluster,
    /// Neither configuration, KUBECONFIG nor HOME name a kubeconfig.
    #[error("there is no kubeconfig: neither KUBECONFIG nor HOME is set")]
    NoKubeconfig,
    /// A file could not be read.
    #[error("reading the {what} {}", path.display())]
    File {
        /// What it is for.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A kubeconfig is not valid.
    #[error("the kubeconfig {} is not valid{}", path.display(), at(*position))]
    Syntax {
        /// Where.
        path: PathBuf,
        /// Line and column, when they are known.
        position: Option<(u64, u64)>,
    },
    /// The kubeconfig files contradict each other.
    #[error("the kubeconfig files do not go together: kind or apiVersion differ")]
    Merge,
    /// No context is configured, and the kubeconfig has no current one.
    #[error("no context is configured, and the kubeconfig has no current-context")]
    NoContext,
    /// The kubeconfig has no such entry.
    #[error("{} has no {what} `{name}`{}", the_kubeconfig(path.as_deref()), suggestion.as_deref().map(|name| format!(", but `{name}`")).unwrap_or_default())]
    Missing {
        /// The file, if it is a single one.
        path: Option<PathBuf>,
        /// Context, cluster or user.
        what: &'static str,
        /// The name that was looked for.
        name: String,
        /// One like it.
        suggestion: Option<String>,
    },
    /// The address is no URL to which a credential may be sent.
    #[error("`{server}` is not the address of an API server")]
    Server {
        /// The address.
        server: String,
    },
    /// A certificate is not in PEM form, or there is none in it.
    #[error("the certificate authority of `{server}` is not a PEM certificate")]
    Authority {
        /// Of the API server.
        server: String,
    },
    /// A context that relies on something that is left out on purpose.
    #[error("context `{context}` {relies}")]
    Refused {
        /// Its name.
        context: String,
        /// The relation and the thing: "runs the program `x`".
        relies: String,
        /// What to do about it.
        hint: String,
    },
    /// AWS access for the token could not be set up.
    #[error("preparing EKS tokens")]
    Aws(#[source] SetUpError),
    /// There is no way to AWS credentials at all.
    #[error("preparing EKS tokens")]
    Token(#[source] TokenError),
    /// What is left: certificates and keys that do not fit, headers that cannot be sent.
    #[error("setting up the Kubernetes client")]
    Client(#[source] Box<kube::Error>),
}

fn at(position: Option<(u64, u64)>) -> String {
    position.map_or_else(String::new, |(line, column)| {
        format!(": line {line}, column {column}")
    })
}

fn the_kubeconfig(path: Option<&Path>) -> String {
    path.map_or_else(
        || "the kubeconfig of the files in KUBECONFIG".to_owned(),
        |path| format!("the kubeconfig {}", path.display()),
    )
}

/// The call of kubectl that shows what there is.
fn kubectl(path: Option<&Path>, shows: &str) -> String {
    let file = path.map(|path| format!("--kubeconfig {} ", path.display()));
    format!("`kubectl {}config {shows}`", file.unwrap_or_default())
}

impl ConnectError {
    pub(super) fn missing<'a>(
        path: Option<&Path>,
        what: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::Missing {
            path: path.map(Path::to_owned),
            what,
            name: name.to_owned(),
            suggestion: did_you_mean(name, known).map(str::to_owned),
        }
    }
}

impl Fault for ConnectError {
    fn exit(&self) -> Exit {
        match self {
            Self::Token(_) => Exit::Denied,
            Self::Aws(error) => error.exit(),
            Self::NotInCluster
            | Self::NoKubeconfig
            | Self::File { .. }
            | Self::Syntax { .. }
            | Self::Merge
            | Self::NoContext
            | Self::Missing { .. }
            | Self::Server { .. }
            | Self::Authority { .. }
            | Self::Refused { .. }
            | Self::Client(_) => Exit::Config,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Aws(error) => error.code(),
            Self::Token(_) => "aws-no-credentials",
            Self::NotInCluster
            | Self::NoKubeconfig
            | Self::File { .. }
            | Self::Syntax { .. }
            | Self::Merge
            | Self::NoContext
            | Self::Missing { .. }
            | Self::Server { .. }
            | Self::Authority { .. }
            | Self::Refused { .. }
            | Self::Client(_) => "cluster-config",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotInCluster => "give it a `context` to run from a terminal".into(),
            Self::NoKubeconfig => "set KUBECONFIG, or put its path into the configuration".into(),
            Self::File { .. } => "correct the path, or make the file readable".into(),
            Self::Syntax { .. } => "check it with `kubectl config view`".into(),
            Self::Merge => "keep in KUBECONFIG only files of one kind".into(),
            Self::NoContext => "name one of those that `kubectl config get-contexts` shows".into(),
            Self::Missing { path, what, .. } => {
                let shows = match *what {
                    "context" => "get-contexts",
                    _ => "view",
                };
                format!("compare with {}", kubectl(path.as_deref(), shows))
            }
            Self::Server { .. } => {
                "write it like https://host:6443 (http only for a proxy on this machine)".into()
            }
            Self::Authority { .. } => {
                "give the certificates between the BEGIN and END CERTIFICATE lines".into()
            }
            Self::Refused { hint, .. } => hint.clone(),
            Self::Aws(SetUpError::NoRegion) => {
                "set AWS_REGION, or give the kubeconfig's `aws eks get-token` a `--region`".into()
            }
            Self::Aws(error) => return error.hint(),
            Self::Token(_) => "export AWS credentials, or check the pod's service account".into(),
            Self::Client(_) => "check certificates, keys and token of this cluster's user".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::CallMeter;
    use crate::clock::Clock;
    use crate::cluster::{Access, Cluster, Timeouts};
    use crate::env::Env;
    use crate::fault::chain;

    /// What is said about a cluster with this access, and the hint.
    async fn refused(access: Access) -> (String, String) {
        let name = "prod-e1-1".parse().unwrap();
        let (clock, meter) = (Clock::system(), CallMeter::default());
        let env = Env::default();
        let connecting = Cluster::connect(name, &access, Timeouts::default(), clock, meter, &env);
        let error = connecting.await.unwrap_err();
        assert_eq!(
            (error.exit(), error.code()),
            (Exit::Config, "cluster-config")
        );
        (chain(&error), error.hint().unwrap())
    }

    #[tokio::test]
    async fn the_cluster_is_named_with_its_key_or_its_file() {
        assert_eq!(
            refused(Access::InCluster).await,
            (
                "cluster `prod-e1-1`: it has `in_cluster: true`, and this process does not run in a pod \
                 (KUBERNETES_SERVICE_HOST is not set)"
                    .to_owned(),
                "give it a `context` to run from a terminal".to_owned()
            )
        );
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        std::fs::write(&path, "{apiVersion: v1, kind: Config}").unwrap();
        let shown = path.display().to_string();
        let access = Access::Kubeconfig {
            path: Some(path),
            context: Some("nowhere".to_owned()),
        };
        assert_eq!(
            refused(access).await,
            (
                format!("cluster `prod-e1-1`: the kubeconfig {shown} has no context `nowhere`"),
                format!("compare with `kubectl --kubeconfig {shown} config get-contexts`")
            )
        );
    }
}
