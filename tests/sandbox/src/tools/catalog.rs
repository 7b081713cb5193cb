//! Which tools there are, in which versions, and what they cost to build.
//!
//! A version is stated once in the module's `go.mod`; the number here is what the program reports,
//! and a test holds the two together.

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
}

impl Tool {
    /// Every tool.
    pub const ALL: [Self; 11] = [
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
            | Self::KubeApiserver => &["--version"],
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
        }
    }
}

/// One folder of `tests/sandbox/tools`: what is built together.
#[derive(Debug)]
pub(super) struct Module {
    /// The folder's name, and the first half of the cache entry's.
    pub(super) name: &'static str,
    /// What the programs report, and the second half.
    pub(super) version: &'static str,
    /// Wall time of download and build from nothing on two cores.
    pub(super) seconds: u64,
    pub(super) go_mod: &'static str,
    pub(super) go_sum: &'static str,
    pub(super) reports: Reports,
    /// Program files that `go build` names after a folder, each with the name that people know.
    pub(super) renamed: &'static [(&'static str, &'static str)],
}

/// Where the programs of a module get the version that they report.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reports {
    /// From the variable of Prometheus' library, which the build sets.
    PrometheusLibrary,
    /// From these variables, each `package.name=value`, which the build sets.
    Variables(&'static [&'static str]),
    /// From their sources.
    Constant,
}

static PUSHGATEWAY: Module = Module {
    name: "pushgateway",
    version: "1.11.1",
    seconds: 20,
    go_mod: include_str!("../../tools/pushgateway/go.mod"),
    go_sum: include_str!("../../tools/pushgateway/go.sum"),
    reports: Reports::PrometheusLibrary,
    renamed: &[],
};

static PROMETHEUS: Module = Module {
    name: "prometheus",
    version: "3.5.0",
    seconds: 142,
    go_mod: include_str!("../../tools/prometheus/go.mod"),
    go_sum: include_str!("../../tools/prometheus/go.sum"),
    reports: Reports::PrometheusLibrary,
    renamed: &[],
};

// Not in one module with Pushgateway: their requirements on prometheus/common exclude each other.
static ALERTMANAGER: Module = Module {
    name: "alertmanager",
    version: "0.28.1",
    seconds: 25,
    go_mod: include_str!("../../tools/alertmanager/go.mod"),
    go_sum: include_str!("../../tools/alertmanager/go.sum"),
    reports: Reports::PrometheusLibrary,
    renamed: &[],
};

static YACE: Module = Module {
    name: "yace",
    version: "0.67.0",
    seconds: 90,
    go_mod: include_str!("../../tools/yace/go.mod"),
    go_sum: include_str!("../../tools/yace/go.sum"),
    reports: Reports::PrometheusLibrary,
    renamed: &[],
};

static ETCD: Module = Module {
    name: "etcd",
    version: "3.6.6",
    seconds: 20,
    go_mod: include_str!("../../tools/etcd/go.mod"),
    go_sum: include_str!("../../tools/etcd/go.sum"),
    reports: Reports::Constant,
    renamed: &[("server", "etcd")],
};

static KUBERNETES: Module = Module {
    name: "kubernetes",
    version: "1.34.4",
    seconds: 170,
    go_mod: include_str!("../../tools/kubernetes/go.mod"),
    go_sum: include_str!("../../tools/kubernetes/go.sum"),
    // Without them it calls itself v0.0.0-master, and what depends on the version misbehaves.
    reports: Reports::Variables(&[
        "k8s.io/component-base/version.gitVersion=v1.34.4",
        "k8s.io/component-base/version.gitMajor=1",
        "k8s.io/component-base/version.gitMinor=34",
    ]),
    renamed: &[],
};

static DYFF: Module = Module {
    name: "dyff",
    version: "1.12.0",
    seconds: 15,
    go_mod: include_str!("../../tools/dyff/go.mod"),
    go_sum: include_str!("../../tools/dyff/go.sum"),
    reports: Reports::Variables(&["github.com/homeport/dyff/internal/cmd.version=1.12.0"]),
    renamed: &[],
};

static HELM: Module = Module {
    name: "helm",
    version: "4.1.4",
    seconds: 230,
    go_mod: include_str!("../../tools/helm/go.mod"),
    go_sum: include_str!("../../tools/helm/go.sum"),
    reports: Reports::Variables(&["helm.sh/helm/v4/internal/version.version=v4.1.4"]),
    renamed: &[],
};

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
                let package = package.trim_end_matches("/v3");
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
        let module = Tool::KubeApiserver.module();
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
