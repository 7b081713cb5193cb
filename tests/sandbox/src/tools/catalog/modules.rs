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

/// A folder, its version, and the seconds that it takes: in Go alone, and with the version that it reports
/// where most programs around Prometheus have it.
macro_rules! module {
    ($name:literal, $version:literal, $seconds:literal) => {
        Module {
            name: $name,
            version: $version,
            seconds: $seconds,
            go_mod: include_str!(concat!("../../../tools/", $name, "/go.mod")),
            go_sum: include_str!(concat!("../../../tools/", $name, "/go.sum")),
            reports: Reports::PrometheusLibrary,
            flavour: Flavour::Plain,
            renamed: &[],
        }
    };
}

pub(super) static PUSHGATEWAY: Module = module!("pushgateway", "1.11.1", 20);

pub(super) static PROMETHEUS: Module = module!("prometheus", "3.5.0", 142);

// Not in one module with Pushgateway: their requirements on prometheus/common exclude each other.
pub(super) static ALERTMANAGER: Module = module!("alertmanager", "0.28.1", 25);

pub(super) static YACE: Module = module!("yace", "0.67.0", 90);

pub(super) static ETCD: Module = Module {
    reports: Reports::Constant,
    renamed: &[("server", "etcd")],
    ..module!("etcd", "3.6.6", 20)
};

// Without them it calls itself v0.0.0-master, and what depends on the version misbehaves.
const KUBERNETES_VERSION: Reports = Reports::Variables(&[
    "k8s.io/component-base/version.gitVersion=v1.34.4",
    "k8s.io/component-base/version.gitMajor=1",
    "k8s.io/component-base/version.gitMinor=34",
]);

pub(super) static KUBERNETES: Module = Module {
    reports: KUBERNETES_VERSION,
    ..module!("kubernetes", "1.34.4", 170)
};

pub(super) static DYFF: Module = Module {
    reports: Reports::Variables(&["github.com/homeport/dyff/internal/cmd.version=1.12.0"]),
    ..module!("dyff", "1.12.0", 15)
};

pub(super) static HELM: Module = Module {
    reports: Reports::Variables(&["helm.sh/helm/v4/internal/version.version=v4.1.4"]),
    ..module!("helm", "4.1.4", 230)
};

// Apart from the API server: most tests need no node, and these four take minutes.
pub(super) static KUBERNETES_NODE: Module = Module {
    reports: KUBERNETES_VERSION,
    ..module!("kubernetes-node", "1.34.4", 200)
};

pub(super) static CONTAINERD: Module = Module {
    reports: Reports::Constant,
    ..module!("containerd", "2.1.4", 50)
};

// Without libseccomp no pod starts at all, not even one that is not confined.
pub(super) static RUNC: Module = Module {
    reports: Reports::Constant,
    flavour: Flavour::Seccomp("seccomp urfave_cli_no_docs netgo osusergo"),
    ..module!("runc", "1.3.0", 20)
};

pub(super) static COREDNS: Module = Module {
    reports: Reports::Constant,
    ..module!("coredns", "1.12.4", 80)
};

pub(super) static OPERATOR: Module = module!("operator", "0.85.0", 85);

// With the time zones inside: it ends in a panic at the first CronJob that names one it cannot find.
pub(super) static KUBE_STATE_METRICS: Module = Module {
    flavour: Flavour::Tags("timetzdata"),
    ..module!("kube-state-metrics", "2.15.0", 65)
};

pub(super) static KUBE_ROUTER: Module = Module {
    reports: Reports::Variables(&[
        "github.com/cloudnativelabs/kube-router/v2/pkg/version.Version=v2.1.0",
    ]),
    ..module!("kube-router", "2.1.0", 80)
};
