//! etcd and kube-apiserver: their files, flags and addresses inside a cell.
//!
//! Every cell has a network of its own, so all clusters use the same addresses, except those that are
//! joined to each other.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rcgen::KeyPair;

use super::cell::Program;
use super::pki::{Credential, Pki};
use crate::tools::{Tool, Tools};

/// Where a control plane is, and whether there are nodes to be controlled.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The address of the cell. An API server advertises it: a loopback address is refused.
    pub(crate) node: Ipv4Addr,
    /// The port of the API server, on every address of the cell.
    pub(crate) port: u16,
    /// The first address of the 256 that Services get: the API server's own Service has it.
    pub(crate) services: Ipv4Addr,
    /// Whether kubelets are asked for logs and the like, and pods may be privileged.
    pub(crate) nodes: bool,
    /// Who knows the holders of tokens that are not of this cluster.
    pub(crate) authenticator: Option<SocketAddr>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            node: Ipv4Addr::new(10, 77, 0, 1),
            port: 6443,
            services: Ipv4Addr::new(10, 96, 0, 1),
            nodes: false,
            authenticator: None,
        }
    }
}

/// The host names under which pods know an API server.
const HOSTS: [&str; 4] = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
];

/// What orders call the programs, and the first part of their logs' names.
pub(super) const API_SERVER: &str = "kube-apiserver";
const ETCD: &str = "etcd";

/// Without nodes it lives for a minute, most of which is its start. Memory is let grow to five times what is in use
/// before Go looks for what is not, up to a limit from which it looks more often: to start and to define five kinds
/// of the operator then takes 2.8 s of a processor and not 3.6 to 4.5, and 610 MB at most and not 450.
const GARBAGE: [(&str, &str); 2] = [("GOGC", "400"), ("GOMEMLIMIT", "600MiB")];

const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
";

/// The key is no secret: what it encrypts is gone with the sandbox.
const ENCRYPTION: &str = "\
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - secretbox:
      keys:
      - name: sandbox
        secret: c2FuZGJveC1zYW5kYm94LXNhbmRib3gtc2FuZGJveC0=
  - identity: {}
";

/// How the API server keeps Secrets in etcd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encryption {
    /// As they are.
    #[default]
    None,
    /// Encrypted with `XSalsa20` and Poly1305, as a careful production does.
    Secretbox,
}

/// The two programs and the directory that they share.
#[derive(Debug)]
pub(super) struct ControlPlane {
    etcd: PathBuf,
    api_server: PathBuf,
    directory: PathBuf,
    encryption: Encryption,
    layout: Layout,
}

impl ControlPlane {
    /// Writes all files that the programs read.
    pub(super) async fn prepare(
        tools: &Tools,
        directory: &Path,
        pki: &Pki,
        encryption: Encryption,
        layout: Layout,
    ) -> Result<Self> {
        let plane = Self {
            etcd: tools.locate(Tool::Etcd).await?,
            api_server: tools.locate(Tool::KubeApiserver).await?,
            directory: directory.to_owned(),
            encryption,
            layout,
        };
        let addresses = [
            Ipv4Addr::LOCALHOST,
            plane.layout.node,
            plane.layout.services,
        ];
        let Credential { certificate, key } =
            pki.server(API_SERVER, &HOSTS, &addresses.map(IpAddr::V4))?;
        let kubelets = pki.client("kube-apiserver-kubelet-client", Some("system:masters"))?;
        let tokens = KeyPair::generate().context("making the key of the service accounts")?;
        for (name, text) in [
            ("ca.crt", pki.ca_pem().as_str()),
            ("server.crt", &certificate),
            ("server.key", &key),
            ("kubelets.crt", &kubelets.certificate),
            ("kubelets.key", &kubelets.key),
            ("tokens.key", &tokens.serialize_pem()),
            ("tokens.pub", &tokens.public_key_pem()),
            ("audit.yaml", AUDIT_POLICY),
            ("encryption.yaml", ENCRYPTION),
            ("authenticator.yaml", &plane.authenticator()),
        ] {
            let path = directory.join(name);
            fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(plane)
    }

    /// Whom the API server asks about tokens that it did not make.
    fn authenticator(&self) -> String {
        let Some(address) = self.layout.authenticator else {
            return String::new();
        };
        format!(
            "\
apiVersion: v1
kind: Config
current-context: authenticator
clusters: [{{name: authenticator, cluster: {{server: \"http://{address}/\"}}}}]
users: [{{name: api-server, user: {{}}}}]
contexts: [{{name: authenticator, context: {{cluster: authenticator, user: api-server}}}}]
"
        )
    }

    /// Where the API server listens, inside.
    pub(super) fn api(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.layout.port).into()
    }

    /// Where it is and what it controls.
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The audit log.
    pub(super) fn audit_log(&self) -> PathBuf {
        self.directory.join("audit.log")
    }

    /// The log of the API server.
    pub(super) fn log(&self) -> PathBuf {
        self.log_of(API_SERVER)
    }

    /// etcd, reachable by anyone in the cell.
    pub(super) fn etcd(&self) -> Program {
        let (client, peer) = ("http://127.0.0.1:2379", "http://127.0.0.1:2380");
        let mut arguments = self.with_files(&[("--data-dir", "etcd")]);
        arguments.extend([
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster=default={peer}"),
            "--unsafe-no-fsync".to_owned(),
            "--log-level=warn".to_owned(),
        ]);
        self.program(ETCD, &self.etcd, arguments)
    }

    /// The API server with RBAC and an audit log, for clients with a certificate or a token.
    pub(super) fn api_server(&self) -> Program {
        let mut arguments = self.with_files(&[
            ("--tls-cert-file", "server.crt"),
            ("--tls-private-key-file", "server.key"),
            ("--client-ca-file", "ca.crt"),
            ("--service-account-key-file", "tokens.pub"),
            ("--service-account-signing-key-file", "tokens.key"),
            ("--audit-policy-file", "audit.yaml"),
            ("--audit-log-path", "audit.log"),
            ("--cert-dir", "certificates"),
        ]);
        arguments.extend(
            [
                "--etcd-servers=http://127.0.0.1:2379",
                "--bind-address=0.0.0.0",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--api-audiences=https://kubernetes.default.svc,sts.amazonaws.com",
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
                "--anonymous-auth=false",
                "--event-ttl=1h",
                // Megabytes until it begins another file, which nobody would read.
                "--audit-log-maxsize=1000000",
            ]
            .map(str::to_owned),
        );
        let Layout {
            node,
            port,
            services,
            nodes,
            authenticator,
        } = self.layout;
        arguments.push(format!("--secure-port={port}"));
        arguments.push(format!("--advertise-address={node}"));
        arguments.push(format!("--service-cluster-ip-range={services}/24"));
        if nodes {
            arguments.extend(self.with_files(&[
                ("--kubelet-client-certificate", "kubelets.crt"),
                ("--kubelet-client-key", "kubelets.key"),
                ("--kubelet-certificate-authority", "ca.crt"),
            ]));
            arguments.push("--allow-privileged=true".to_owned());
            arguments.push("--kubelet-preferred-address-types=InternalIP".to_owned());
        }
        if authenticator.is_some() {
            arguments.extend(self.with_files(&[(
                "--authentication-token-webhook-config-file",
                "authenticator.yaml",
            )]));
            arguments.push("--authentication-token-webhook-version=v1".to_owned());
        }
        if self.encryption == Encryption::Secretbox {
            arguments
                .extend(self.with_files(&[("--encryption-provider-config", "encryption.yaml")]));
        }
        let mut program = self.program(API_SERVER, &self.api_server, arguments);
        if !nodes {
            let pairs = GARBAGE.map(|(name, value)| (name.to_owned(), value.to_owned()));
            program.environment = pairs.into();
        }
        program
    }

    fn with_files(&self, flags: &[(&str, &str)]) -> Vec<String> {
        let with_file =
            |(flag, file): &(&str, &str)| format!("{flag}={}", self.directory.join(file).display());
        flags.iter().map(with_file).collect()
    }

    fn program(&self, name: &str, file: &Path, arguments: Vec<String>) -> Program {
        Program {
            name: name.to_owned(),
            file: file.to_owned(),
            arguments,
            environment: Vec::new(),
            log: self.log_of(name),
        }
    }

    fn log_of(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.log"))
    }
}
