//! Where a cluster's API server is and who asks there: from configuration to one description, from
//! which the client is built.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use kube::config::AuthInfo;
use reqwest::Url;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::Timeouts;
use super::connect_error::ConnectError;
use super::kubeconfig;
use crate::env::Env;

/// Where a pod finds its token and the cluster's certificate authority.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Names another directory than [`SERVICE_ACCOUNT`], for processes that pose as pods.
const SERVICE_ACCOUNT_VARIABLE: &str = "KUBERNETES_SERVICE_ACCOUNT_DIR";

/// How to reach one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// With the service account of the pod that this process runs in.
    InCluster,
    /// Through a kubeconfig. Its users may have certificates, tokens, token files, and programs
    /// that make EKS tokens, whose work is done here; no program is ever started.
    Kubeconfig {
        /// Absent: what `KUBECONFIG` lists, else `~/.kube/config`.
        path: Option<PathBuf>,
        /// Absent: its current context.
        context: Option<String>,
    },
    /// An EKS cluster, with the AWS identity of this process.
    Eks {
        /// The cluster's name in EKS.
        cluster: String,
        /// Its region.
        region: String,
        /// The API server's URL.
        server: String,
        /// The certificate authority, in PEM form. Absent: those that the system trusts.
        ca_file: Option<PathBuf>,
        /// A role to assume for this cluster.
        role_arn: Option<String>,
    },
}

/// An API server and who asks there.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) server: String,
    pub(super) authority: Authority,
    pub(super) server_name: Option<String>,
    pub(super) user: AuthInfo,
    pub(super) eks: Option<EksUser>,
}

/// Who signs the API server's certificate.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Authority {
    /// Anyone whom the system trusts.
    System,
    /// Those in this file, which is read again now and then.
    File(PathBuf),
    /// Those in this PEM text.
    Pem(Vec<u8>),
}

/// An AWS identity that an EKS cluster knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct EksUser {
    pub(super) cluster: String,
    /// Absent: that of the environment.
    pub(super) region: Option<String>,
    pub(super) role_arn: Option<String>,
}

impl Route {
    /// Follows the configuration. Reads files, calls nobody.
    pub(super) fn resolve(access: &Access, env: &Env) -> Result<Self, ConnectError> {
        match access {
            Access::InCluster => Self::in_cluster(env),
            Access::Kubeconfig { path, context } => {
                let kubeconfig = kubeconfig::load(path.as_deref(), env)?;
                kubeconfig::route(&kubeconfig, context.as_deref(), env)
            }
            Access::Eks {
                cluster,
                region,
                server,
                ca_file,
                role_arn,
            } => Ok(Self {
                server: server.clone(),
                authority: ca_file.clone().map_or(Authority::System, Authority::File),
                server_name: None,
                user: AuthInfo::default(),
                eks: Some(EksUser {
                    cluster: cluster.clone(),
                    region: Some(region.clone()),
                    role_arn: role_arn.clone(),
                }),
            }),
        }
    }

    fn in_cluster(env: &Env) -> Result<Self, ConnectError> {
        let host = env.get("KUBERNETES_SERVICE_HOST");
        let host = host.ok_or(ConnectError::NotInCluster)?;
        let port = env.get("KUBERNETES_SERVICE_PORT").unwrap_or("443");
        let directory = env.get(SERVICE_ACCOUNT_VARIABLE).unwrap_or(SERVICE_ACCOUNT);
        let directory = Path::new(directory);
        let server = match host.parse() {
            Ok(IpAddr::V6(host)) => format!("https://[{host}]:{port}"),
            Ok(IpAddr::V4(_)) | Err(_) => format!("https://{host}:{port}"),
        };
        let token_file = directory.join("token").to_string_lossy().into_owned();
        Ok(Self {
            server,
            authority: Authority::File(directory.join("ca.crt")),
            server_name: None,
            user: AuthInfo {
                token_file: Some(token_file),
                ..AuthInfo::default()
            },
            eks: None,
        })
    }

    /// What the client is built from: no repetitions, no proxy, nothing without a time limit.
    pub(super) fn into_config(self, timeouts: Timeouts) -> Result<kube::Config, ConnectError> {
        let mut config = kube::Config::new(usable(&self.server)?);
        config.default_retry = false;
        config.connect_timeout = Some(timeouts.connect);
        config.read_timeout = Some(timeouts.read);
        // Counts from the request on, not from the moment when the kept connection fell idle.
        config.reset_reader_on_write = true;
        config.tls_server_name = self.server_name;
        config.auth_info = self.user;
        match self.authority {
            Authority::System => {}
            Authority::File(path) => {
                let pem = fs::read(&path).map_err(|source| ConnectError::File {
                    what: "certificate authority",
                    path: path.clone(),
                    source,
                })?;
                config.root_cert = Some(certificates(&pem, &self.server)?);
                config.root_cert_file = Some(path);
            }
            Authority::Pem(pem) => config.root_cert = Some(certificates(&pem, &self.server)?),
        }
        Ok(config)
    }
}

/// The address, if a credential may be sent to it: over TLS, or without leaving this machine.
fn usable(server: &str) -> Result<http::Uri, ConnectError> {
    let wrong = || ConnectError::Server {
        server: crate::secret::without_user_info(server),
    };
    let url = Url::parse(server).map_err(|_| wrong())?;
    let host = url.host_str().ok_or_else(wrong)?;
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = address
        .parse()
        .map_or(host == "localhost", |address: IpAddr| address.is_loopback());
    let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    let plain = url.username().is_empty() && url.password().is_none();
    match server.parse() {
        Ok(uri) if safe && plain => Ok(uri),
        _ => Err(wrong()),
    }
}

pub(super) fn certificates(pem: &[u8], server: &str) -> Result<Vec<Vec<u8>>, ConnectError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem)
        .map(|certificate| certificate.map(|certificate| certificate.to_vec()))
        .collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(ConnectError::Authority {
            server: server.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests;
