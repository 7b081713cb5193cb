//! What the Pushgateway held before this run: the exporter keeps no state of its own.

use std::collections::BTreeSet;

use common::exposition::{Kind, Sample};
use common::metrics::{CLOUDWATCH_GROUP, CLOUDWATCH_RULE_LAST_SUCCESS, Metric};
use common::pushgateway::{GroupKey, GroupKeyError, StoredGroup};
use jiff::Timestamp;

/// Job label of our own metrics.
const OWN_JOB: &str = "export-cloudwatch";

/// How long another owner's list of groups is believed.
const LIST_BELIEVED_SECONDS: f64 = 86_400.0;

/// Who writes: several exporters with different files can share a Pushgateway, each with its own
/// list of groups. The group of the own metrics, which also holds that list, tells them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner(GroupKey);

impl Owner {
    /// For the CronJob of this name, or for a run by hand. The usual CronJob is called like the
    /// binary and shares its group with runs by hand.
    ///
    /// # Errors
    /// When the name cannot be a label's value.
    pub fn of(cronjob: Option<&str>) -> Result<Self, GroupKeyError> {
        let other = cronjob.filter(|name| *name != OWN_JOB);
        let labels = [("part", "rules")]
            .into_iter()
            .chain(other.map(|name| ("cronjob", name)));
        Ok(Self(GroupKey::new(OWN_JOB, labels)?))
    }

    /// The group of this owner's own metrics.
    pub fn group(&self) -> &GroupKey {
        &self.0
    }

    /// Whether this is the group of some owner's own metrics.
    pub fn is_one(key: &GroupKey) -> bool {
        key.job() == OWN_JOB && key.get("part") == Some("rules")
    }
}

/// What was there.
#[derive(Debug)]
pub struct Previous {
    owner: Owner,
    groups: Vec<StoredGroup>,
}

impl Previous {
    /// From everything that the Pushgateway holds, as `owner` sees it.
    pub fn new(owner: Owner, groups: Vec<StoredGroup>) -> Self {
        Self { owner, groups }
    }

    /// Whose view this is.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// When a group was last written, by the Pushgateway's clock.
    pub fn push_time(&self, key: &GroupKey) -> Option<f64> {
        let group = self.groups.iter().find(|group| group.key == *key);
        group.map(|group| group.push_time_seconds)
    }

    /// The group that holds `family` with another type than ours, and that type.
    pub fn contradicts(&self, family: &str) -> Option<(&GroupKey, &'static str)> {
        self.groups.iter().find_map(|group| {
            let kind = group.family(family)?.family.kind;
            (kind != Kind::Gauge).then(|| (&group.key, kind.as_str()))
        })
    }

    /// The data group of a namespace's job label.
    pub fn group(&self, job: &str) -> Option<&StoredGroup> {
        let key = GroupKey::new(job, []).ok()?;
        self.groups.iter().find(|group| group.key == key)
    }

    /// Job labels of the groups that an earlier run of this owner has written.
    pub fn owned(&self) -> BTreeSet<String> {
        self.own_samples(CLOUDWATCH_GROUP, "group_job")
            .map(|(job, _)| job.to_owned())
            .collect()
    }

    /// The group of another owner that has this job on its list. A list that was not written for a
    /// day counts no longer: its CronJob was renamed or removed, or somebody ran by hand once.
    pub fn other_owner(&self, job: &str, now: Timestamp) -> Option<&GroupKey> {
        let now = now.as_duration().as_secs_f64();
        let others = self.groups.iter().filter(|group| {
            Owner::is_one(&group.key)
                && group.key != *self.owner.group()
                && now - group.push_time_seconds < LIST_BELIEVED_SECONDS
        });
        let lists = |group: &&StoredGroup| {
            let list = group.family(CLOUDWATCH_GROUP.name).into_iter();
            list.flat_map(|stored| &stored.family.samples)
                .any(|sample| sample.labels.get("group_job") == Some(job))
        };
        others.into_iter().find(lists).map(|group| &group.key)
    }

    /// When a rule was last read in full.
    pub fn last_success(&self, rule_label: &str) -> Option<Timestamp> {
        self.own_samples(CLOUDWATCH_RULE_LAST_SUCCESS, "rule")
            .find(|(rule, _)| *rule == rule_label)
            .and_then(|(_, seconds)| instant(seconds))
    }

    /// Samples of one of our own metrics.
    pub fn own_family(&self, metric: Metric) -> &[Sample] {
        let own = self.owner.group();
        let group = self.groups.iter().find(|group| group.key == *own);
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
