//! The commands that mend what is wrong: complete, for the shell of whoever reads.

use std::fmt::Display;

use crate::installation::NAMESPACE;

/// What the stack is made of is no part of the checkout.
const DEPENDENCIES: &str = "helm dependency update k8s/stack";

/// Where commands are typed.
#[derive(Debug, Clone, Copy)]
pub struct Mend<'a> {
    /// The cluster's name.
    pub cluster: &'a str,
    /// The context in the reader's kubeconfig.
    pub context: &'a str,
    /// The version of the chart that is in force, where the reader's checkout holds something else.
    pub version: Option<&'a str>,
}

#[cfg(test)]
impl<'a> Mend<'a> {
    /// For tests in which nothing depends on where.
    pub(crate) const fn of(cluster: &'a str) -> Self {
        Self {
            cluster,
            context: cluster,
            version: None,
        }
    }
}

impl Mend<'_> {
    /// Installs the chart again, which brings back whatever is missing or was changed; only in a checkout of
    /// the version that is in force, or it would bring another one.
    pub fn install(self) -> String {
        let install = format!("install-monitoring {}", self.target());
        match self.version {
            Some(version) => {
                format!("grep --line-regexp 'version: {version}' k8s/chart/Chart.yaml && {install}")
            }
            None => install,
        }
    }

    /// Shows what an installation would change.
    pub fn plan(self) -> String {
        format!("install-monitoring {} --plan", self.target())
    }

    /// Shows what taking an older chart over would change.
    pub fn migrate(self) -> String {
        format!("install-monitoring migrate {} --plan", self.target())
    }

    /// Says what is lacking.
    pub fn doctor(self) -> String {
        format!("install-monitoring doctor {}", self.target())
    }

    /// Goes back to the revision before.
    pub fn rollback(self) -> String {
        format!("install-monitoring rollback {}", self.target())
    }

    /// Removes everything but volumes.
    pub fn uninstall(self) -> String {
        let cluster = self.cluster;
        format!(
            "install-monitoring uninstall {} --confirm {cluster}",
            self.target()
        )
    }

    /// A command of Helm about a release, such as `history`.
    pub fn helm(self, command: &str, release: &str) -> String {
        let context = self.context;
        format!("helm {command} {release} --namespace {NAMESPACE} --kube-context {context}")
    }

    fn target(self) -> String {
        let Self {
            cluster, context, ..
        } = self;
        if cluster == context {
            format!("--cluster {cluster}")
        } else {
            format!("--cluster {cluster} --context {context}")
        }
    }

    /// A command of `kubectl` in a namespace.
    pub fn kubectl(self, namespace: &str, command: impl Display) -> String {
        let context = self.context;
        format!("kubectl --context {context} --namespace {namespace} {command}")
    }

    /// A command of `kubectl` for what lives in no namespace.
    pub fn kubectl_everywhere(self, command: impl Display) -> String {
        format!("kubectl --context {} {command}", self.context)
    }

    /// Runs a `CronJob` now and shows what it says, to its end. The name is new each time, so that no run of
    /// before is in the way, or is taken for this one.
    pub fn run(self, namespace: &str, cron_job: &str) -> String {
        let create = format!("create job $job --from=cronjob/{cron_job}");
        let create = self.kubectl(namespace, create);
        let logs = self.kubectl(namespace, "logs --follow job/$job");
        format!("job={cron_job}-$(date +%s); {create} && until {logs}; do sleep 1; done")
    }

    /// Brings the operator and kube-state-metrics.
    pub fn stack(self) -> String {
        let context = self.context;
        format!(
            "{DEPENDENCIES} && helm upgrade --install prod-monitoring k8s/stack --kube-context {context} \
             --namespace monitoring-stack --create-namespace --wait"
        )
    }

    /// Brings the operator's kinds.
    pub fn definitions(self) -> String {
        let context = self.context;
        format!(
            "{DEPENDENCIES} && helm show crds k8s/stack | kubectl --context {context} apply --server-side \
             --force-conflicts --filename -"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Mend;

    #[test]
    fn commands_name_the_context() {
        let mend = Mend {
            cluster: "prod-e1-1",
            context: "prod",
            version: None,
        };
        assert_eq!(
            mend.install(),
            "install-monitoring --cluster prod-e1-1 --context prod"
        );
        assert_eq!(
            mend.uninstall(),
            "install-monitoring uninstall --cluster prod-e1-1 --context prod --confirm prod-e1-1"
        );
        assert_eq!(
            mend.helm("history", "prod-grafana"),
            "helm history prod-grafana --namespace monitoring --kube-context prod"
        );
        assert_eq!(
            mend.run("monitoring", "check-consistency"),
            "job=check-consistency-$(date +%s); \
             kubectl --context prod --namespace monitoring create job $job \
             --from=cronjob/check-consistency && \
             until kubectl --context prod --namespace monitoring logs --follow job/$job; \
             do sleep 1; done"
        );
    }

    #[test]
    fn nothing_is_taken_from_the_stack_before_its_charts_are_there() {
        let mend = Mend {
            cluster: "c",
            context: "c",
            version: None,
        };
        for command in [mend.stack(), mend.definitions()] {
            let first = "helm dependency update k8s/stack && helm ";
            assert!(command.starts_with(first), "{command}");
        }
    }

    #[test]
    fn another_version_than_the_one_in_force_is_not_installed_unasked() {
        let mend = Mend {
            cluster: "c",
            context: "c",
            version: Some("0.2.2"),
        };
        let guard = "grep --line-regexp 'version: 0.2.2' k8s/chart/Chart.yaml && ";
        assert_eq!(
            mend.install(),
            format!("{guard}install-monitoring --cluster c")
        );
        assert_eq!(mend.plan(), "install-monitoring --cluster c --plan");
    }
}
