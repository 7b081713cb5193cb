//! Which tools there are, in which versions, and what they cost to build.
//!
//! A version is stated once in the module's `go.mod`; the number here is what the program reports,
//! and a test holds the two together.

mod modules;

use modules::{
    ALERTMANAGER, CONTAINERD, COREDNS, DYFF, ETCD, HELM, KUBE_ROUTER, KUBE_STATE_METRICS,
    KUBERNETES, KUBERNETES_NODE, OPERATOR, PROMETHEUS, PUSHGATEWAY, RUNC, YACE,
};
pub(super) use modules::{Flavour, Module, Reports};

/// A program that the sandbox can bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// The push gateway.
    Pushgateway,
    /// The Prometheus server.
    Prometheus,
    /// Prometheus' checker for rules and expositions.
    Promtool,
    /// The Alertmanager server.
    Alertmanager,
    /// Alertmanager's checker and client.
    Amtool,
    /// Yet another CloudWatch exporter: a peer of the benchmarks.
    Yace,
    /// The store behind an API server.
    Etcd,
    /// Kubernetes' API server.
    KubeApiserver,
    /// Kubernetes' command line.
    Kubectl,
    /// Compares YAML files: a peer of the benchmarks.
    Dyff,
    /// Renders, checks and installs charts.
    Helm,
    /// The loops that make Jobs of CronJobs, pods of Jobs, and so on.
    KubeControllerManager,
    /// Gives pods to nodes.
    KubeScheduler,
    /// Runs the pods of a node.
    Kubelet,
    /// Makes the addresses of Services work on a node.
    KubeProxy,
    /// Runs containers for a kubelet.
    Containerd,
    /// Stands between containerd and a container.
    ContainerdShimRuncV2,
    /// containerd's command line.
    Ctr,
    /// The network plugin that joins pods to a bridge.
    Bridge,
    /// The network plugin that gives pods a loopback interface.
    Loopback,
    /// The network plugin that gives out addresses.
    HostLocal,
    /// Starts containers.
    Runc,
    /// The DNS server of a cluster.
    Coredns,
    /// The Prometheus operator.
    Operator,
    /// Tells a server in a pod that its configuration has changed.
    PrometheusConfigReloader,
    /// Turns the objects of a cluster into metrics.
    KubeStateMetrics,
    /// Enforces network policies.
    KubeRouter,
}

impl Tool {
    /// Every tool.
    pub const ALL: [Self; 27] = [
        Self::Pushgateway,
        Self::Prometheus,
        Self::Promtool,
        Self::Alertmanager,
        Self::Amtool,
        Self::Yace,
        Self::Etcd,
        Self::KubeApiserver,
        Self::Kubectl,
        Self::Dyff,
        Self::Helm,
        Self::KubeControllerManager,
        Self::KubeScheduler,
        Self::Kubelet,
        Self::KubeProxy,
        Self::Containerd,
        Self::ContainerdShimRuncV2,
        Self::Ctr,
        Self::Bridge,
        Self::Loopback,
        Self::HostLocal,
        Self::Runc,
        Self::Coredns,
        Self::Operator,
        Self::PrometheusConfigReloader,
        Self::KubeStateMetrics,
        Self::KubeRouter,
    ];

    /// The name of the program file.
    pub const fn binary(self) -> &'static str {
        match self {
            Self::Pushgateway => "pushgateway",
            Self::Prometheus => "prometheus",
            Self::Promtool => "promtool",
            Self::Alertmanager => "alertmanager",
            Self::Amtool => "amtool",
            Self::Yace => "yace",
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::Kubectl => "kubectl",
            Self::Dyff => "dyff",
            Self::Helm => "helm",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::KubeScheduler => "kube-scheduler",
            Self::Kubelet => "kubelet",
            Self::KubeProxy => "kube-proxy",
            Self::Containerd => "containerd",
            Self::ContainerdShimRuncV2 => "containerd-shim-runc-v2",
            Self::Ctr => "ctr",
            Self::Bridge => "bridge",
            Self::Loopback => "loopback",
            Self::HostLocal => "host-local",
            Self::Runc => "runc",
            Self::Coredns => "coredns",
            Self::Operator => "operator",
            Self::PrometheusConfigReloader => "prometheus-config-reloader",
            Self::KubeStateMetrics => "kube-state-metrics",
            Self::KubeRouter => "kube-router",
        }
    }

    /// The environment variable that names a program to use instead, whatever its version.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Pushgateway => "MONITORING_JOBS_PUSHGATEWAY",
            Self::Prometheus => "MONITORING_JOBS_PROMETHEUS",
            Self::Promtool => "MONITORING_JOBS_PROMTOOL",
            Self::Alertmanager => "MONITORING_JOBS_ALERTMANAGER",
            Self::Amtool => "MONITORING_JOBS_AMTOOL",
            Self::Yace => "MONITORING_JOBS_YACE",
            Self::Etcd => "MONITORING_JOBS_ETCD",
            Self::KubeApiserver => "MONITORING_JOBS_KUBE_APISERVER",
            Self::Kubectl => "MONITORING_JOBS_KUBECTL",
            Self::Dyff => "MONITORING_JOBS_DYFF",
            Self::Helm => "MONITORING_JOBS_HELM",
            Self::KubeControllerManager => "MONITORING_JOBS_KUBE_CONTROLLER_MANAGER",
            Self::KubeScheduler => "MONITORING_JOBS_KUBE_SCHEDULER",
            Self::Kubelet => "MONITORING_JOBS_KUBELET",
            Self::KubeProxy => "MONITORING_JOBS_KUBE_PROXY",
            Self::Containerd => "MONITORING_JOBS_CONTAINERD",
            Self::ContainerdShimRuncV2 => "MONITORING_JOBS_CONTAINERD_SHIM_RUNC_V2",
            Self::Ctr => "MONITORING_JOBS_CTR",
            Self::Bridge => "MONITORING_JOBS_BRIDGE",
            Self::Loopback => "MONITORING_JOBS_LOOPBACK",
            Self::HostLocal => "MONITORING_JOBS_HOST_LOCAL",
            Self::Runc => "MONITORING_JOBS_RUNC",
            Self::Coredns => "MONITORING_JOBS_COREDNS",
            Self::Operator => "MONITORING_JOBS_OPERATOR",
            Self::PrometheusConfigReloader => "MONITORING_JOBS_PROMETHEUS_CONFIG_RELOADER",
            Self::KubeStateMetrics => "MONITORING_JOBS_KUBE_STATE_METRICS",
            Self::KubeRouter => "MONITORING_JOBS_KUBE_ROUTER",
        }
    }

    /// The arguments that make it print its version.
    pub(super) const fn version_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Kubectl => &["version", "--client"],
            Self::Dyff => &["version"],
            // What it prints by itself does not have the version as a word.
            Self::Helm => &["version", "--template", "version {{.Version}}"],
            Self::Pushgateway
            | Self::Prometheus
            | Self::Promtool
            | Self::Alertmanager
            | Self::Amtool
            | Self::Yace
            | Self::Etcd
            | Self::KubeApiserver
            | Self::KubeControllerManager
            | Self::KubeScheduler
            | Self::Kubelet
            | Self::KubeProxy
            | Self::Containerd
            | Self::ContainerdShimRuncV2
            | Self::Ctr
            | Self::Bridge
            | Self::Loopback
            | Self::HostLocal
            | Self::Runc
            | Self::Coredns
            | Self::Operator
            | Self::PrometheusConfigReloader
            | Self::KubeStateMetrics
            | Self::KubeRouter => &["--version"],
        }
    }

    pub(super) const fn module(self) -> &'static Module {
        match self {
            Self::Pushgateway => &PUSHGATEWAY,
            Self::Prometheus | Self::Promtool => &PROMETHEUS,
            Self::Alertmanager | Self::Amtool => &ALERTMANAGER,
            Self::Yace => &YACE,
            Self::Etcd => &ETCD,
            Self::KubeApiserver | Self::Kubectl => &KUBERNETES,
            Self::Dyff => &DYFF,
            Self::Helm => &HELM,
            Self::KubeControllerManager | Self::KubeScheduler | Self::Kubelet | Self::KubeProxy => {
                &KUBERNETES_NODE
            }
            Self::Containerd
            | Self::ContainerdShimRuncV2
            | Self::Ctr
            | Self::Bridge
            | Self::Loopback
            | Self::HostLocal => &CONTAINERD,
            Self::Runc => &RUNC,
            Self::Coredns => &COREDNS,
            Self::Operator | Self::PrometheusConfigReloader => &OPERATOR,
            Self::KubeStateMetrics => &KUBE_STATE_METRICS,
            Self::KubeRouter => &KUBE_ROUTER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reports, Tool};

    #[test]
    fn each_module_requires_exactly_the_version_that_its_programs_are_asked_for() {
        let required = [
            (
                Tool::Pushgateway,
                "github.com/prometheus/pushgateway v1.11.1 ",
                "1.11.1",
            ),
            // The library's number of Prometheus 3.5.0.
            (
                Tool::Prometheus,
                "github.com/prometheus/prometheus v0.305.0 ",
                "3.5.0",
            ),
            (
                Tool::Alertmanager,
                "github.com/prometheus/alertmanager v0.28.1 ",
                "0.28.1",
            ),
            (
                Tool::Yace,
                "github.com/prometheus-community/yet-another-cloudwatch-exporter v0.67.0 ",
                "0.67.0",
            ),
            (Tool::Etcd, "go.etcd.io/etcd/server/v3 v3.6.6 ", "3.6.6"),
            (Tool::KubeApiserver, "k8s.io/kubernetes v1.34.4 ", "1.34.4"),
            (Tool::Dyff, "github.com/homeport/dyff v1.12.0 ", "1.12.0"),
            (Tool::Helm, "helm.sh/helm/v4 v4.1.4 ", "4.1.4"),
            (Tool::Kubelet, "k8s.io/kubernetes v1.34.4 ", "1.34.4"),
            (
                Tool::Containerd,
                "github.com/containerd/containerd/v2 v2.1.4 ",
                "2.1.4",
            ),
            (
                Tool::Runc,
                "github.com/opencontainers/runc v1.3.0 ",
                "1.3.0",
            ),
            (
                Tool::Coredns,
                "github.com/coredns/coredns v1.12.4 ",
                "1.12.4",
            ),
            (
                Tool::Operator,
                "github.com/prometheus-operator/prometheus-operator v0.85.0 ",
                "0.85.0",
            ),
            (
                Tool::KubeStateMetrics,
                "k8s.io/kube-state-metrics/v2 v2.15.0 ",
                "2.15.0",
            ),
            (
                Tool::KubeRouter,
                "github.com/cloudnativelabs/kube-router/v2 v2.1.0 ",
                "2.1.0",
            ),
        ];
        for (tool, requirement, version) in required {
            let module = tool.module();
            assert!(
                module.go_mod.contains(requirement),
                "{}: {requirement}",
                module.name
            );
            assert_eq!(module.version, version);
        }
    }

    #[test]
    fn every_program_is_a_tool_line_of_its_module() {
        for tool in Tool::ALL {
            let module = tool.module();
            let renamed = module.renamed.iter().find(|(_, to)| *to == tool.binary());
            let built = renamed.map_or(tool.binary(), |(from, _)| from);
            let listed = module.go_mod.lines().any(|line| {
                let package = line.trim().trim_start_matches("tool ");
                // Go leaves a major version out of a program's name.
                let package = package.trim_end_matches("/v3").trim_end_matches("/v2");
                !package.contains(' ') && package.ends_with(&format!("/{built}"))
            });
            assert!(
                listed,
                "{} is not built by tools/{}",
                tool.binary(),
                module.name
            );
        }
    }

    #[test]
    fn kubernetes_is_told_its_own_version_and_every_staging_module_has_it() {
        for tool in [Tool::KubeApiserver, Tool::Kubelet] {
            let module = tool.module();
            let Reports::Variables(variables) = module.reports else {
                panic!("Kubernetes would report v0.0.0-master");
            };
            let told = format!(
                "k8s.io/component-base/version.gitVersion=v{}",
                module.version
            );
            assert!(variables.contains(&told.as_str()), "{variables:?}");
            let staging = module.go_mod.lines().filter(|line| line.contains(" => "));
            assert_eq!(
                staging.filter(|line| line.ends_with(" v0.34.4")).count(),
                31
            );
        }
    }

    #[test]
    fn every_variable_is_spelt_after_its_program() {
        for tool in Tool::ALL {
            assert_eq!(
                tool.variable(),
                format!(
                    "MONITORING_JOBS_{}",
                    tool.binary().to_uppercase().replace('-', "_")
                )
            );
        }
    }
}
