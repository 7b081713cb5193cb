//! The commands that mend what is wrong: complete, for the shell of whoever reads.

use std::fmt::Display;

/// Where commands are typed.
#[derive(Debug, Clone, Copy)]
pub struct Mend<'a> {
    /// The cluster's name.
    pub cluster: &'a str,
    /// The context in the reader's kubeconfig.
    pub context: &'a str,
}

impl Mend<'_> {
    /// Installs the chart again, which brings back whatever is missing or was changed.
    pub fn install(self) -> String {
        let Self { cluster, context } = self;
        let context = if cluster == context {
            String::new()
        } else {
            format!(" --context {context}")
        };
        format!("install-monitoring --cluster {cluster}{context}")
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

    /// Runs a `CronJob` now.
    pub fn run(self, namespace: &str, cron_job: &str) -> String {
        self.kubectl(
            namespace,
            format!("create job {cron_job}-now --from=cronjob/{cron_job}"),
        )
    }

    /// Brings the operator and kube-state-metrics.
    pub fn stack(self) -> String {
        let context = self.context;
        format!(
            "helm upgrade --install prod-monitoring k8s/stack --kube-context {context} \
             --namespace monitoring-stack --create-namespace --wait"
        )
    }

    /// Brings the operator's kinds.
    pub fn definitions(self) -> String {
        let context = self.context;
        format!(
            "helm show crds k8s/stack | kubectl --context {context} apply --server-side \
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
        };
        assert_eq!(
            mend.install(),
            "install-monitoring --cluster prod-e1-1 --context prod"
        );
        assert_eq!(
            mend.run("monitoring", "check-consistency"),
            "kubectl --context prod --namespace monitoring create job check-consistency-now \
             --from=cronjob/check-consistency"
        );
    }
}
