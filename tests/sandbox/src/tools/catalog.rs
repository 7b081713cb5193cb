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
}

impl Tool {
    /// Every tool.
    pub const ALL: [Self; 6] = [
        Self::Pushgateway,
        Self::Prometheus,
        Self::Promtool,
        Self::Alertmanager,
        Self::Amtool,
        Self::Yace,
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
        }
    }

    pub(super) const fn module(self) -> &'static Module {
        match self {
            Self::Pushgateway => &PUSHGATEWAY,
            Self::Prometheus | Self::Promtool => &PROMETHEUS,
            Self::Alertmanager | Self::Amtool => &ALERTMANAGER,
            Self::Yace => &YACE,
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
}

static PUSHGATEWAY: Module = Module {
    name: "pushgateway",
    version: "1.11.1",
    seconds: 20,
    go_mod: include_str!("../../tools/pushgateway/go.mod"),
    go_sum: include_str!("../../tools/pushgateway/go.sum"),
};

static PROMETHEUS: Module = Module {
    name: "prometheus",
    version: "3.5.0",
    seconds: 142,
    go_mod: include_str!("../../tools/prometheus/go.mod"),
    go_sum: include_str!("../../tools/prometheus/go.sum"),
};

// Not in one module with Pushgateway: their requirements on prometheus/common exclude each other.
static ALERTMANAGER: Module = Module {
    name: "alertmanager",
    version: "0.28.1",
    seconds: 25,
    go_mod: include_str!("../../tools/alertmanager/go.mod"),
    go_sum: include_str!("../../tools/alertmanager/go.sum"),
};

static YACE: Module = Module {
    name: "yace",
    version: "0.67.0",
    seconds: 90,
    go_mod: include_str!("../../tools/yace/go.mod"),
    go_sum: include_str!("../../tools/yace/go.sum"),
};

#[cfg(test)]
mod tests {
    use super::Tool;

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
            let listed = module.go_mod.lines().any(|line| {
                let package = line.trim().trim_start_matches("tool ");
                !package.contains(' ') && package.ends_with(&format!("/{}", tool.binary()))
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
    fn every_variable_is_spelt_after_its_program() {
        for tool in Tool::ALL {
            assert_eq!(
                tool.variable(),
                format!("MONITORING_JOBS_{}", tool.binary().to_uppercase())
            );
        }
    }
}
