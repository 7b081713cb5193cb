//! What the Pushgateway holds, as its API tells: groups with the times of their pushes, and the few
//! samples that are shown.

use std::collections::{BTreeMap, BTreeSet};

use common::number;
use common::pushgateway::GroupKey;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Asking, PUSHGATEWAY, Seen};

/// The port of its Service.
const PORT: &str = "9091";

/// The job of the rotation's groups.
const ROTATION: &str = "rotate-credentials";

/// A group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Whether the last push to it was taken.
    pub last_push_taken: bool,
    /// When it was last written; `None` when every push to it was refused.
    pub pushed: Option<Timestamp>,
    samples: BTreeMap<String, Vec<Sample>>,
}

/// One value with its labels.
#[derive(Debug, Clone, PartialEq)]
struct Sample {
    labels: BTreeMap<String, String>,
    value: f64,
}

/// The rotation, as far as it is pushed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rotation {
    /// When the oldest active key was made.
    pub key_created: Option<Timestamp>,
    /// The phase that it is in.
    pub phase: Option<String>,
}

/// Reads all groups, in the order of their labels.
///
/// # Errors
/// When the Pushgateway does not answer, or with something else.
pub async fn read(asking: Asking<'_>) -> Seen<Vec<Group>> {
    let page = asking.service(PUSHGATEWAY, PORT, "api/v1/metrics").await?;
    groups(&page).ok_or_else(|| asking.garbled(PUSHGATEWAY))
}

#[derive(Deserialize)]
struct Answer {
    data: Option<Vec<BTreeMap<String, Value>>>,
}

#[derive(Deserialize)]
struct Family {
    #[serde(default)]
    metrics: Vec<Stored>,
}

#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// Absent from histograms and summaries.
    value: Option<String>,
}

/// The answer to `GET /api/v1/metrics`; `None` when it is not of that shape.
fn groups(page: &str) -> Option<Vec<Group>> {
    let Answer { data } = serde_json::from_str(page).ok()?;
    let groups = data.unwrap_or_default().into_iter().map(group);
    let mut groups = groups.collect::<Option<Vec<_>>>()?;
    groups.sort_by(|a, b| a.labels.cmp(&b.labels));
    Some(groups)
}

fn group(mut fields: BTreeMap<String, Value>) -> Option<Group> {
    let labels = serde_json::from_value(fields.remove("labels")?).ok()?;
    let taken = fields.remove("last_push_successful")?.as_bool()?;
    let mut samples = BTreeMap::new();
    for (name, family) in fields {
        let Family { metrics } = serde_json::from_value(family).ok()?;
        let read = metrics.into_iter().filter_map(|stored| {
            let value = stored.value?.parse().ok()?;
            let labels = stored.labels;
            Some(Sample { labels, value })
        });
        samples.insert(name, read.collect::<Vec<_>>());
    }
    let pushed = samples.get("push_time_seconds")?.first()?.value;
    Some(Group {
        labels,
        last_push_taken: taken,
        pushed: time(pushed),
        samples,
    })
}

/// To the millisecond; `None` for what is no time after 1970.
fn time(seconds: f64) -> Option<Timestamp> {
    let millis = i64::try_from(number::to_u64((seconds * 1000.0).round())).ok()?;
    let time = Timestamp::from_millisecond(millis).ok()?;
    (time > Timestamp::UNIX_EPOCH).then_some(time)
}

impl Group {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// As it is shown: `aws_es`, or `rotate-credentials{part="state"}`.
    pub fn name(&self) -> String {
        let job = self.label("job").unwrap_or_default();
        let others = self.labels.iter().filter(|(name, _)| *name != "job");
        let others = others.map(|(name, value)| (name.as_str(), value.as_str()));
        let key = GroupKey::new(job, others);
        crate::screen::line(&key.map_or_else(|_| job.to_owned(), |key| key.to_string()))
    }

    /// A group without samples, for tests.
    #[cfg(test)]
    pub(crate) fn sample(labels: &[(&str, &str)], taken: bool, pushed: Option<Timestamp>) -> Self {
        let labels = labels.iter();
        let labels = labels.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self {
            labels: labels.collect(),
            last_push_taken: taken,
            pushed,
            samples: BTreeMap::new(),
        }
    }

    /// The exporter's list of its groups, for tests.
    #[cfg(test)]
    pub(crate) fn sample_of_exporter(jobs: &[&str], pushed: Timestamp) -> Self {
        let samples = jobs.iter().map(|job| Sample {
            labels: BTreeMap::from([("group_job".to_owned(), (*job).to_owned())]),
            value: 1.0,
        });
        let samples = ("monitoring_cloudwatch_group".to_owned(), samples.collect());
        Self {
            samples: BTreeMap::from([samples]),
            ..Self::sample(
                &[("job", "export-cloudwatch"), ("part", "rules")],
                true,
                Some(pushed),
            )
        }
    }

    /// What the rotation pushes, for tests.
    #[cfg(test)]
    pub(crate) fn sample_of_rotation(created: Timestamp, phase: &str) -> Self {
        let sample = |labels: &[(&str, &str)], value: f64| {
            let labels = labels.iter();
            let labels = labels.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let labels = labels.collect();
            vec![Sample { labels, value }]
        };
        let created = number::from_time(created);
        let samples = [
            (
                "monitoring_credentials_key_created_timestamp_seconds",
                sample(&[], created),
            ),
            (
                "monitoring_credentials_phase",
                sample(&[("phase", phase)], 1.0),
            ),
        ];
        Self {
            samples: samples.map(|(name, it)| (name.to_owned(), it)).into(),
            ..Self::sample(&[("job", ROTATION), ("part", "state")], true, None)
        }
    }

    fn samples(&self, name: &str) -> &[Sample] {
        self.samples.get(name).map_or(&[], Vec::as_slice)
    }
}

/// What the groups say of the rotation; the newest group decides.
pub fn rotation(groups: &[Group]) -> Rotation {
    let of_rotation = groups.iter().filter(|it| it.label("job") == Some(ROTATION));
    let mut rotation = Rotation::default();
    for group in of_rotation {
        let created = group.samples("monitoring_credentials_key_created_timestamp_seconds");
        let oldest = created.iter().filter_map(|sample| time(sample.value)).min();
        rotation.key_created = rotation.key_created.or(oldest);
        let mut phases = group.samples("monitoring_credentials_phase").iter();
        let current = phases.find(|sample| sample.value > 0.5);
        let word = current.and_then(|sample| sample.labels.get("phase"));
        rotation.phase = rotation
            .phase
            .or_else(|| word.map(|word| crate::screen::line(word)));
    }
    rotation
}

/// The jobs of the groups that export-cloudwatch says are its own.
pub fn exporter_jobs(groups: &[Group]) -> BTreeSet<&str> {
    let samples = groups
        .iter()
        .flat_map(|group| group.samples("monitoring_cloudwatch_group"));
    samples
        .filter_map(|sample| sample.labels.get("group_job").map(String::as_str))
        .collect()
}

/// How many objects differ between the clusters, all kinds together. `None` when nobody has said so.
pub fn drift(groups: &[Group]) -> Option<u64> {
    let samples = groups
        .iter()
        .flat_map(|group| group.samples("monitoring_consistency_drift"));
    samples
        .map(|sample| number::to_u64(sample.value))
        .reduce(u64::saturating_add)
}

/// Whether the last comparison of the clusters saw everything. `None` when nobody has said so.
pub fn is_comparison_complete(groups: &[Group]) -> Option<bool> {
    let samples = groups
        .iter()
        .flat_map(|group| group.samples("monitoring_consistency_complete"));
    samples
        .map(|sample| sample.value > 0.5)
        .reduce(|all, one| all && one)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"status":"success","data":[
      {"labels":{"job":"rotate-credentials","part":"state"},"last_push_successful":true,
       "monitoring_credentials_key_created_timestamp_seconds":{"type":"GAUGE","metrics":[
         {"labels":{"instance":""},"value":"1.7955e+09"}]},
       "monitoring_credentials_phase":{"type":"GAUGE","metrics":[
         {"labels":{"phase":"idle"},"value":"0"},{"labels":{"phase":"soak"},"value":"1"}]},
       "push_time_seconds":{"type":"GAUGE","metrics":[{"labels":{},"value":"1.796e+09"}]}},
      {"labels":{"job":"check-consistency"},"last_push_successful":true,
       "monitoring_consistency_drift":{"type":"GAUGE","metrics":[
         {"labels":{"kind":"a"},"value":"2"},{"labels":{"kind":"b"},"value":"1"}]},
       "monitoring_consistency_complete":{"type":"GAUGE","metrics":[{"value":"0"}]},
       "push_time_seconds":{"type":"GAUGE","metrics":[{"labels":{},"value":"1.796e+09"}]}},
      {"labels":{"job":"aws_es"},"last_push_successful":false,
       "latency":{"type":"SUMMARY","metrics":[{"labels":{},"quantiles":{"0.5":"1"}}]},
       "push_time_seconds":{"type":"GAUGE","metrics":[{"labels":{},"value":"0"}]}}]}"#;

    #[test]
    fn groups_are_read_with_what_is_shown_of_them() {
        let groups = groups(ANSWER).unwrap();
        let names: Vec<_> = groups.iter().map(Group::name).collect();
        assert_eq!(
            names,
            [
                "aws_es",
                "check-consistency",
                "rotate-credentials{part=\"state\"}"
            ]
        );
        assert_eq!((groups[0].pushed, groups[0].last_push_taken), (None, false));
        let rotation = rotation(&groups);
        assert_eq!(rotation.phase.as_deref(), Some("soak"));
        assert_eq!(rotation.key_created, time(1.7955e9));
        assert_eq!(drift(&groups), Some(3));
        assert_eq!(is_comparison_complete(&groups), Some(false));
    }

    #[test]
    fn what_nobody_has_said_is_not_zero() {
        let empty = groups(r#"{"data":[]}"#).unwrap();
        assert_eq!(
            (drift(&empty), is_comparison_complete(&empty)),
            (None, None)
        );
        assert_eq!(rotation(&empty), Rotation::default());
    }

    #[test]
    fn an_answer_of_another_shape_is_none() {
        for page in ["", "<html>", r#"{"data":[{"labels":{"job":"a"}}]}"#] {
            assert_eq!(groups(page), None, "{page}");
        }
    }
}
