//! The registry of every metric that the suite pushes under its own names: rules, dashboards and
//! documentation are checked against it. All are gauges: a Pushgateway keeps the last push and does
//! not add, so a counter would lie.

use crate::exposition::{Family, Kind, Label, Labels, Sample};

/// Name and HELP text of one pushed metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Full name; its unit is part of it.
    pub name: &'static str,
    /// HELP text.
    pub help: &'static str,
}

impl Metric {
    /// A family with these samples: label pairs and a value each.
    pub fn family<'a, L>(self, samples: impl IntoIterator<Item = (L, f64)>) -> Family
    where
        L: IntoIterator<Item = (&'static str, &'a str)>,
    {
        let samples = samples
            .into_iter()
            .map(|(labels, value)| {
                let labels = labels
                    .into_iter()
                    .map(|(name, value)| Label {
                        name: name.into(),
                        value: value.into(),
                    })
                    .collect();
                Sample {
                    labels: Labels::new(labels),
                    value,
                }
            })
            .collect();
        Family {
            name: self.name.to_owned(),
            kind: Kind::Gauge,
            help: self.help.to_owned(),
            samples,
        }
    }

    /// A family with one sample without labels.
    pub fn single(self, value: f64) -> Family {
        self.family([([], value)])
    }
}

macro_rules! registry {
    ($($constant:ident = $name:literal, $help:literal;)*) => {
        $(#[doc = $help] pub const $constant: Metric = Metric { name: $name, help: $help };)*
        /// All of them.
        pub const ALL: &[Metric] = &[$($constant),*];
    };
}

registry! {
    JOB_INFO = "monitoring_job_info", "Build and mode of the last run, always 1.";
    JOB_LAST_START = "monitoring_job_last_start_timestamp_seconds", "When the last run began.";
    JOB_LAST_FINISH = "monitoring_job_last_finish_timestamp_seconds", "When the last run ended.";
    JOB_LAST_SUCCESS = "monitoring_job_last_success_timestamp_seconds",
        "When the last run with exit code 0 ended.";
    JOB_LAST_EXIT_CODE = "monitoring_job_last_exit_code", "Exit code of the last run.";
    JOB_LAST_OUTCOME = "monitoring_job_last_outcome",
        "1 for the outcome of the last run, 0 for every other one.";
    JOB_LAST_FAULT = "monitoring_job_last_fault", "1 for the fault that ended the last run.";
    JOB_LAST_DURATION = "monitoring_job_last_duration_seconds", "Length of the last run.";
    JOB_CONSECUTIVE_FAILURES = "monitoring_job_consecutive_failures",
        "Failed runs since the last success.";
    JOB_NEXT_RUN = "monitoring_job_next_run_timestamp_seconds", "Next slot of the schedule.";
    JOB_PERIOD = "monitoring_job_period_seconds", "Distance of the next two slots of the schedule.";
    JOB_DEADLINE = "monitoring_job_deadline_seconds", "Time after which Kubernetes ends a run.";
    JOB_API_CALLS = "monitoring_job_api_calls", "Remote calls of the last run.";
    CLOUDWATCH_RULE_SERIES = "monitoring_cloudwatch_rule_series",
        "Series that the last run exported for a rule.";
    CLOUDWATCH_RULE_ERRORS = "monitoring_cloudwatch_rule_errors",
        "Errors of a rule in the last run, by class.";
    CLOUDWATCH_RULE_LAST_SUCCESS = "monitoring_cloudwatch_rule_last_success_timestamp_seconds",
        "When a rule was last read in full.";
    CLOUDWATCH_GROUP = "monitoring_cloudwatch_group",
        "1 for every Pushgateway group that the exporter owns.";
    CLOUDWATCH_SERIES_PUSHED = "monitoring_cloudwatch_series_pushed",
        "Series that the last run pushed to a group.";
    CLOUDWATCH_API_COST = "monitoring_cloudwatch_api_cost_usd_estimate",
        "Estimated price of the last run's CloudWatch calls, free tier not deducted.";
    CLOUDWATCH_BILLED_METRICS = "monitoring_cloudwatch_billed_metrics",
        "Metrics that AWS bills for the last run's GetMetricData calls.";
    CLOUDWATCH_DUPLICATES_DROPPED = "monitoring_cloudwatch_duplicate_series_dropped",
        "Series of the last run that were dropped because a newer one has the same labels.";
    CREDENTIALS_KEY_CREATED = "monitoring_credentials_key_created_timestamp_seconds",
        "When the oldest active key of the mail user was created.";
    CREDENTIALS_KEYS = "monitoring_credentials_keys", "Keys of the mail user, by status.";
    CREDENTIALS_PHASE = "monitoring_credentials_phase",
        "1 for the phase that the rotation is in, 0 for every other one.";
    CREDENTIALS_PHASE_SINCE = "monitoring_credentials_phase_since_timestamp_seconds",
        "When the rotation was first seen in its phase.";
    CREDENTIALS_SMTP_PROBE_SUCCESS = "monitoring_credentials_smtp_probe_success",
        "Whether the mail server took the current login when it was last tried.";
    CREDENTIALS_CONVERGED = "monitoring_credentials_converged",
        "Whether every replica of a cluster is proven to run the current login.";
    DASHBOARDS_WANTED = "monitoring_dashboards_wanted",
        "Upstream dashboards that every target is to hold.";
    DASHBOARDS_STATE = "monitoring_dashboards_state",
        "Dashboards of a target by state, after the last run.";
    DASHBOARDS_CHANGED = "monitoring_dashboards_changed",
        "Dashboards that the last run wrote to a target or deleted from it.";
    DASHBOARDS_DRIFTED = "monitoring_dashboards_drifted",
        "Dashboards of a target that a person has changed or that belong to somebody else.";
    DASHBOARDS_REJECTED = "monitoring_dashboards_rejected",
        "Upstream dashboards that are not written anywhere because they would break something.";
    DASHBOARDS_SEEN = "monitoring_dashboards_target_seen",
        "Whether the last run could look at a target.";
    DASHBOARDS_BEHIND = "monitoring_dashboards_upstream_behind",
        "Dashboards that differ between the pin and the watched branch or tag.";
    CONSISTENCY_COMPLETE = "monitoring_consistency_complete",
        "Whether the last run could look at everything, so that its verdict holds.";
    CONSISTENCY_ITEMS = "monitoring_consistency_items",
        "Objects that the last run looked at, by kind and by how they stand.";
    CONSISTENCY_DRIFT = "monitoring_consistency_drift",
        "Objects of a kind that differ where nothing declares it.";
    CONSISTENCY_DRIFT_SINCE = "monitoring_consistency_drift_since_timestamp_seconds",
        "When a drift was first seen.";
    CONSISTENCY_READ = "monitoring_consistency_family_read",
        "Whether the last run could read all of a family in a cluster.";
    CONSISTENCY_UNUSED_RULES = "monitoring_consistency_unused_rules",
        "Declared differences that explained nothing in the last run.";
    CONSISTENCY_EXPIRED_RULES = "monitoring_consistency_expired_rules",
        "Declared differences whose last day has passed.";
    PEER_REACHABLE = "monitoring_peer_reachable",
        "Whether the last run could reach a cluster's API server.";
    PEER_WATCHDOG_SEEN = "monitoring_peer_watchdog_seen_timestamp_seconds",
        "When a cluster's Prometheus was last seen to fire its watchdog alert.";
    PEER_SMTP_USER_MATCH = "monitoring_peer_alertmanager_smtp_user_match",
        "Whether an Alertmanager sends mail as the same user as those of the home cluster.";
}

#[cfg(test)]
mod tests {
    use super::{ALL, JOB_INFO};
    use crate::exposition::validate;

    #[test]
    fn names_are_unique_valid_gauges_of_ours() {
        let families: Vec<_> = ALL.iter().map(|metric| metric.single(1.0)).collect();
        assert!(validate(&families).is_ok());
        for metric in ALL {
            assert!(metric.name.starts_with("monitoring_"), "{}", metric.name);
            assert!(
                !metric.name.ends_with("_total"),
                "{} is not a counter",
                metric.name
            );
            assert!(metric.help.ends_with('.'), "{}", metric.name);
        }
    }

    #[test]
    fn a_family_carries_its_labels() {
        let family = JOB_INFO.family([([("mode", "run")], 1.0)]);
        assert_eq!(family.samples.len(), 1);
        assert_eq!(family.name, "monitoring_job_info");
    }
}
