//! The programs of a node and of the controllers beside it, with their flags.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::files;
use super::plan::Side;
use crate::kubernetes::{Cluster, Credential, Program};
use crate::tools::{Tool, Tools};

/// What orders call containerd.
pub(super) const CONTAINERD: &str = "containerd";
/// What orders call the kubelet.
pub(super) const KUBELET: &str = "kubelet";

/// Programs that a node's programs start by their bare names.
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Everything that one cluster runs beside its API server.
#[derive(Debug)]
pub(super) struct Daemons {
    directory: PathBuf,
    side: Side,
    /// Where `nft`, `iptables` and `ipset` are.
    firewall: String,
    containerd: PathBuf,
    /// The client of containerd.
    pub(super) ctr: PathBuf,
    kubelet: PathBuf,
    kube_proxy: PathBuf,
    controller_manager: PathBuf,
    scheduler: PathBuf,
    coredns: PathBuf,
    kube_router: PathBuf,
    operator: PathBuf,
}

impl Daemons {
    /// Brings the programs and writes all files that they read.
    pub(super) async fn prepare(
        tools: &Tools,
        cluster: &Cluster,
        side: Side,
        branch: &str,
    ) -> Result<Self> {
        let directory = cluster.directory().to_owned();
        let firewall = match tools.firewall().await? {
            Some(own) => format!("{}:{SYSTEM_PATH}", own.display()),
            None => tools.env().get("PATH").unwrap_or(SYSTEM_PATH).to_owned(),
        };
        let daemons = Self {
            directory,
            side,
            firewall,
            containerd: tools.locate(Tool::Containerd).await?,
            ctr: tools.locate(Tool::Ctr).await?,
            kubelet: tools.locate(Tool::Kubelet).await?,
            kube_proxy: tools.locate(Tool::KubeProxy).await?,
            controller_manager: tools.locate(Tool::KubeControllerManager).await?,
            scheduler: tools.locate(Tool::KubeScheduler).await?,
            coredns: tools.locate(Tool::Coredns).await?,
            kube_router: tools.locate(Tool::KubeRouter).await?,
            operator: tools.locate(Tool::Operator).await?,
        };
        daemons.write_files(tools, cluster, branch).await?;
        Ok(daemons)
    }

    async fn write_files(&self, tools: &Tools, cluster: &Cluster, branch: &str) -> Result<()> {
        let (directory, side) = (&self.directory, self.side);
        fs::create_dir(directory.join("cni")).context("creating a directory for networks")?;
        let mut plugins = Vec::new();
        for plugin in [Tool::Bridge, Tool::Loopback, Tool::HostLocal] {
            plugins.push(tools.locate(plugin).await?);
        }
        let mut folders: Vec<&Path> = plugins.iter().filter_map(|it| it.parent()).collect();
        folders.dedup();
        let runc = tools.locate(Tool::Runc).await?;
        let pki = cluster.pki();
        let Credential { certificate, key } = pki.server(
            &side.node_name(),
            &[&side.node_name()],
            &[IpAddr::V4(side.node())],
        )?;
        let files = [
            (
                "containerd.toml",
                files::containerd(directory, &folders, &runc),
            ),
            ("cni/10-pods.conflist", files::network(directory, side)),
            ("kubelet.yaml", files::kubelet(directory, side, branch)),
            ("kubelet.crt", certificate),
            ("kubelet.key", key),
            ("resolv.conf", format!("nameserver {}\n", side.node())),
        ];
        for (name, text) in files {
            let path = directory.join(name);
            fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(())
    }

    /// The socket of containerd.
    pub(super) fn socket(&self) -> PathBuf {
        self.directory.join("containerd.sock")
    }

    /// containerd, which finds its shim and the plugins' `iptables` on its path.
    pub(super) fn containerd(&self) -> Program {
        let own = self.containerd.parent().unwrap_or(Path::new("/"));
        let path = format!("{}:{}", own.display(), self.firewall);
        let config = self.directory.join("containerd.toml");
        let arguments = ["--config".to_owned(), config.display().to_string()];
        self.program(CONTAINERD, &self.containerd, &arguments, &path)
    }

    /// The kubelet.
    pub(super) fn kubelet(&self, cluster: &Cluster) -> Result<Program> {
        let name = self.side.node_name();
        let user = format!("system:node:{name}");
        let kubeconfig = cluster.inner_kubeconfig(&user, Some("system:nodes"))?;
        let directory = self.directory.display();
        let arguments = [
            format!("--config={directory}/kubelet.yaml"),
            format!("--kubeconfig={}", kubeconfig.display()),
            format!("--root-dir={directory}/kubelet"),
            format!("--cert-dir={directory}/kubelet/pki"),
            format!("--hostname-override={name}"),
            format!("--node-ip={}", self.side.node()),
        ];
        Ok(self.program(KUBELET, &self.kubelet, &arguments, &self.firewall))
    }

    /// What makes Services and DNS work.
    pub(super) fn network(&self, cluster: &Cluster) -> Result<[Program; 2]> {
        let side = self.side;
        let proxy = cluster.inner_kubeconfig("system:kube-proxy", None)?;
        let masters = Some("system:masters");
        let dns = cluster.inner_kubeconfig("coredns", masters)?;
        let (proxy_file, dns_file) = (
            self.directory.join("proxy.yaml"),
            self.directory.join("Corefile"),
        );
        fs::write(&proxy_file, files::proxy(&proxy, side)).context("writing proxy.yaml")?;
        fs::write(&dns_file, files::dns(&dns, side)).context("writing Corefile")?;
        Ok([
            self.program(
                "kube-proxy",
                &self.kube_proxy,
                &[format!("--config={}", proxy_file.display())],
                &self.firewall,
            ),
            self.program(
                "coredns",
                &self.coredns,
                &["-conf".to_owned(), dns_file.display().to_string()],
                SYSTEM_PATH,
            ),
        ])
    }

    /// What enforces network policies. It ends at once where its node is not known yet.
    pub(super) fn router(&self, cluster: &Cluster) -> Result<Program> {
        let side = self.side;
        let router = cluster.inner_kubeconfig("kube-router", Some("system:masters"))?;
        Ok(self.program(
            "kube-router",
            &self.kube_router,
            &[
                "--run-router=false".to_owned(),
                "--run-service-proxy=false".to_owned(),
                "--run-firewall=true".to_owned(),
                "--run-loadbalancer=false".to_owned(),
                "--health-port=0".to_owned(),
                format!("--service-cluster-ip-range={}", side.service_network()),
                format!("--hostname-override={}", side.node_name()),
                format!("--kubeconfig={}", router.display()),
            ],
            &self.firewall,
        ))
    }

    /// The loops that make pods of other objects, and give them to the node.
    pub(super) fn controllers(&self, cluster: &Cluster) -> Result<[Program; 2]> {
        let manager = cluster.inner_kubeconfig("system:kube-controller-manager", None)?;
        let scheduler = cluster.inner_kubeconfig("system:kube-scheduler", None)?;
        let directory = self.directory.display();
        Ok([
            self.program(
                "kube-controller-manager",
                &self.controller_manager,
                &[
                    format!("--kubeconfig={}", manager.display()),
                    format!("--service-account-private-key-file={directory}/tokens.key"),
                    format!("--root-ca-file={directory}/ca.crt"),
                    "--use-service-account-credentials".to_owned(),
                    "--leader-elect=false".to_owned(),
                    format!("--service-cluster-ip-range={}", self.side.service_network()),
                    "--bind-address=127.0.0.1".to_owned(),
                ],
                SYSTEM_PATH,
            ),
            self.program(
                "kube-scheduler",
                &self.scheduler,
                &[
                    format!("--kubeconfig={}", scheduler.display()),
                    "--leader-elect=false".to_owned(),
                    "--bind-address=127.0.0.1".to_owned(),
                ],
                SYSTEM_PATH,
            ),
        ])
    }

    /// The Prometheus operator, with the image of the program that it puts beside its servers.
    pub(super) fn operator(&self, cluster: &Cluster, reloader: &str) -> Result<Program> {
        let Credential { certificate, key } = cluster
            .pki()
            .client("prometheus-operator", Some("system:masters"))?;
        for (name, text) in [("operator.crt", certificate), ("operator.key", key)] {
            fs::write(self.directory.join(name), text)
                .with_context(|| format!("writing {name}"))?;
        }
        let directory = self.directory.display();
        let arguments = [
            format!("-apiserver=https://{}:443", self.side.node()),
            format!("-ca-file={directory}/ca.crt"),
            format!("-cert-file={directory}/operator.crt"),
            format!("-key-file={directory}/operator.key"),
            format!("-prometheus-config-reloader={reloader}"),
            "-web.enable-tls=false".to_owned(),
            "-web.listen-address=127.0.0.1:8090".to_owned(),
            "-kubelet-endpointslice=false".to_owned(),
            "-kubelet-endpoints=false".to_owned(),
        ];
        Ok(self.program("operator", &self.operator, &arguments, SYSTEM_PATH))
    }

    fn program(&self, name: &str, file: &Path, arguments: &[String], path: &str) -> Program {
        Program {
            name: name.to_owned(),
            file: file.to_owned(),
            arguments: arguments.to_vec(),
            environment: vec![("PATH".to_owned(), path.to_owned())],
            log: self.directory.join(format!("{name}.log")),
        }
    }
}
