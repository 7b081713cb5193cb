//! The folders of `tests/sandbox/tools`, each a Go module that pins everything by hash.

/// One folder of `tests/sandbox/tools`: what is built together.
#[derive(Debug)]
pub(in crate::tools) struct Module {
    /// The folder's name, and the first half of the cache entry's.
    pub(in crate::tools) name: &'static str,
    /// What the programs report, and the second half.
    pub(in crate::tools) version: &'static str,
    /// Wall time of download and build from nothing on two cores.
    pub(in crate::tools) seconds: u64,
    pub(in crate::tools) go_mod: &'static str,
    pub(in crate::tools) go_sum: &'static str,
    pub(in crate::tools) reports: Reports,
    pub(in crate::tools) flavour: Flavour,
    /// Program files that `go build` names after a folder, each with the name that people know.
    pub(in crate::tools) renamed: &'static [(&'static str, &'static str)],
}

/// Where the programs of a module get the version that they report.
#[derive(Debug, Clone, Copy)]
pub(in crate::tools) enum Reports {
    /// From the variable of Prometheus' library, which the build sets.
    PrometheusLibrary,
    /// From these variables, each `package.name=value`, which the build sets.
    Variables(&'static [&'static str]),
    /// From their sources.
    Constant,
}

/// How the programs of a module are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tools) enum Flavour {
    /// In Go alone, as it comes.
    Plain,
    /// In Go alone, with these build tags.
    Tags(&'static str),
    /// With these build tags and libseccomp, linked statically. Needs a C compiler and pkg-config.
    Seccomp(&'static str),
}

pub(super) static PUSHGATEWAY: Module = Module {
    name: "pushgateway",
    version: "1.11.1",
    seconds: 20,
    go_mod: include_str!("../../../tools/pushgateway/go.mod"),
    go_sum: include_str!("../../../tools/pushgateway/go.sum"),
    reports: Reports::PrometheusLibrary,
    flavour: Flavour::Plain,
    renamed: &[],
};

pub(super) static PROMETHEUS: Module = Module {
    name: "prometheus",
    version: "3.5.0",
    seconds: 142,
    go_mod: include_str!("../../../tools/prometheus/go.mod"),
    go_sum: include_str!("../../../tools/prometheus/go.sum"),
    reports: Reports::PrometheusLibrary,
    flavour: Flavour::Plain,
    renamed: &[],
};

// Not in one module with Pushgateway: their requirements on prometheus/common exclude each other.
pub(super) static ALERTMANAGER: Module = Module {
    name: "alertmanager",
    version: "0.28.1",
    seconds: 25,
    go_mod: include_str!("../../../tools/alertmanager/go.mod"),
    go_sum: include_str!("../../../tools/alertmanager/go.sum"),
    reports: Reports::PrometheusLibrary,
    flavour: Flavour::Plain,
    renamed: &[],
};

pub(super) static YACE: Module = Module {
    name: "yace",
    version: "0.67.0",
    seconds: 90,
    go_mod: include_str!("../../../tools/yace/go.mod"),
    go_sum: include_str!("../../../tools/yace/go.sum"),
    reports: Reports::PrometheusLibrary,
    flavour: Flavour::Plain,
    renamed: &[],
};

pub(super) static ETCD: Module = Module {
    name: "etcd",
    version: "3.6.6",
    seconds: 20,
    go_mod: include_str!("../../../tools/etcd/go.mod"),
    go_sum: include_str!("../../../tools/etcd/go.sum"),
    reports: Reports::Constant,
    flavour: Flavour::Plain,
    renamed: &[("server", "etcd")],
};

pub(super) static KUBERNETES: Module = Module {
    name: "kubernetes",
    version: "1.34.4",
    seconds: 170,
    go_mod: include_str!("../../../tools/kubernetes/go.mod"),
    go_sum: include_str!("../../../tools/kubernetes/go.sum"),
    // Without them it calls itself v0.0.0-master, and what depends on the version misbehaves.
    reports: Reports::Variables(&[
        "k8s.io/component-base/version.gitVersion=v1.34.4",
        "k8s.io/component-base/version.gitMajor=1",
        "k8s.io/component-base/version.gitMinor=34",
    ]),
    flavour: Flavour::Plain,
    renamed: &[],
};

pub(super) static DYFF: Module = Module {
    name: "dyff",
    version: "1.12.0",
    seconds: 15,
    go_mod: include_str!("../../../tools/dyff/go.mod"),
    go_sum: include_str!("../../../tools/dyff/go.sum"),
    reports: Reports::Variables(&["github.com/homeport/dyff/internal/cmd.version=1.12.0"]),
    flavour: Flavour::Plain,
    renamed: &[],
};

pub(super) static HELM: Module = Module {
    name: "helm",
    version: "4.1.4",
    seconds: 230,
    go_mod: include_str!("../../../tools/helm/go.mod"),
    go_sum: include_str!("../../../tools/helm/go.sum"),
    reports: Reports::Variables(&["helm.sh/helm/v4/internal/version.version=v4.1.4"]),
    flavour: Flavour::Plain,
    renamed: &[],
};

// Apart from the API server: most tests need no node, and these four take minutes.
pub(super) static KUBERNETES_NODE: Module = Module {
    name: "kubernetes-node",
    version: "1.34.4",
    seconds: 200,
    go_mod: include_str!("../../../tools/kubernetes-node/go.mod"),
    go_sum: include_str!("../../../tools/kubernetes-node/go.sum"),
    reports: Reports::Variables(&[
        "k8s.io/component-base/version.gitVersion=v1.34.4",
        "k8s.io/component-base/version.gitMajor=1",
        "k8s.io/component-base/version.gitMinor=34",
    ]),
    flavour: Flavour::Plain,
    renamed: &[],
};

pub(super) static CONTAINERD: Module = Module {
    name: "containerd",
    version: "2.1.4",
    seconds: 50,
    go_mod: include_str!("../../../tools/containerd/go.mod"),
    go_sum: include_str!("../../../tools/containerd/go.sum"),
    reports: Reports::Constant,
    flavour: Flavour::Plain,
    renamed: &[],
};

// Without libseccomp no pod starts at all, not even one that is not confined.
pub(super) static RUNC: Module = Module {
    name: "runc",
    version: "1.3.0",
    seconds: 20,
    go_mod: include_str!("../../../tools/runc/go.mod"),
    go_sum: include_str!("../../../tools/runc/go.sum"),
    reports: Reports::Constant,
    flavour: Flavour::Seccomp("seccomp urfave_cli_no_docs netgo osusergo"),
    renamed: &[],
};

pub(super) static COREDNS: Module = Module {
    name: "coredns",
    version: "1.12.4",
    seconds: 80,
    go_mod: include_str!("../../../tools/coredns/go.mod"),
    go_sum: include_str!("../../../tools/coredns/go.sum"),
    reports: Reports::Constant,
    flavour: Flavour::Plain,
    renamed: &[],
};

pub(super) static OPERATOR: Module = Module {
    name: "operator",
    version: "0.85.0",
    seconds: 85,
    go_mod: include_str!("../../../tools/operator/go.mod"),
    go_sum: include_str!("../../../tools/operator/go.sum"),
    reports: Reports::PrometheusLibrary,
    flavour: Flavour::Plain,
    renamed: &[],
};

// With the time zones inside: it ends in a panic at the first CronJob that names one it cannot find.
pub(super) static KUBE_STATE_METRICS: Module = Module {
    name: "kube-state-metrics",
    version: "2.15.0",
    seconds: 65,
    go_mod: include_str!("../../../tools/kube-state-metrics/go.mod"),
    go_sum: include_str!("../../../tools/kube-state-metrics/go.sum"),
    reports: Reports::PrometheusLibrary,
    flavour: Flavour::Tags("timetzdata"),
    renamed: &[],
};

pub(super) static KUBE_ROUTER: Module = Module {
    name: "kube-router",
    version: "2.1.0",
    seconds: 80,
    go_mod: include_str!("../../../tools/kube-router/go.mod"),
    go_sum: include_str!("../../../tools/kube-router/go.sum"),
    reports: Reports::Variables(&[
        "github.com/cloudnativelabs/kube-router/v2/pkg/version.Version=v2.1.0",
    ]),
    flavour: Flavour::Plain,
    renamed: &[],
};
