//! What the Pushgateway held before this run: the exporter keeps no state of its own.

use std::collections::BTreeSet;

use common::exposition::Sample;
use common::metrics::{CLOUDWATCH_GROUP, CLOUDWATCH_RULE_LAST_SUCCESS, Metric};
use common::pushgateway::{GroupKey, GroupKeyError, StoredGroup};
use jiff::Timestamp;

/// Job label of our own metrics.
const OWN_JOB: &str = "export-cloudwatch";

/// The group of our own metrics, which also lists the groups that are ours.
///
/// # Errors
/// Never in practice: the labels are constant.
pub fn own_group() -> Result<GroupKey, GroupKeyError> {
    GroupKey::new(OWN_JOB, [("part", "rules")])
}

/// What was there.
#[derive(Debug, Default)]
pub struct Previous {
    groups: Vec<StoredGroup>,
}

impl Previous {
    /// From everything that the Pushgateway holds.
    pub fn new(groups: Vec<StoredGroup>) -> Self {
        Self { groups }
    }

    /// The data group of a namespace's job label.
    pub fn group(&self, job: &str) -> Option<&StoredGroup> {
        let key = GroupKey::new(job, []).ok()?;
        self.groups.iter().find(|group| group.key == key)
    }

    /// Job labels of the groups that an earlier run has written.
    pub fn owned(&self) -> BTreeSet<String> {
        self.own_samples(CLOUDWATCH_GROUP, "group_job")
            .map(|(job, _)| job.to_owned())
            .collect()
    }

    /// When a rule was last read in full.
    pub fn last_success(&self, rule_label: &str) -> Option<Timestamp> {
        self.own_samples(CLOUDWATCH_RULE_LAST_SUCCESS, "rule")
            .find(|(rule, _)| *rule == rule_label)
            .and_then(|(_, seconds)| instant(seconds))
    }

    /// Samples of one of our own metrics.
    pub fn own_family(&self, metric: Metric) -> &[Sample] {
        let own = own_group().ok();
        let group = self
            .groups
            .iter()
            .find(|group| Some(&group.key) == own.as_ref());
        group
            .and_then(|group| group.family(metric.name))
            .map_or(&[], |stored| stored.family.samples.as_slice())
    }

    /// The same as pairs of a label's value and the sample's.
    fn own_samples(
        &self,
        metric: Metric,
        label: &'static str,
    ) -> impl Iterator<Item = (&str, f64)> {
        let samples = self.own_family(metric).iter();
        samples.filter_map(move |sample| Some((sample.labels.get(label)?, sample.value)))
    }
}

/// Seconds since the epoch as an instant; 0 and nonsense mean "never".
pub(super) fn instant(seconds: f64) -> Option<Timestamp> {
    let duration = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
    Timestamp::from_duration(duration)
        .ok()
        .filter(|_| seconds > 0.0)
}
