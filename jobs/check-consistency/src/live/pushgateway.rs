//! Groups of each Pushgateway that nobody writes any more: it shows their last values for ever.

use std::collections::BTreeMap;

use common::number;
use common::pushgateway::GroupKey;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::findings::{Found, findings, list, named};
use super::gap;
use super::names::PUSHGATEWAY;
use super::reader::Reader;
use super::reading::{Reading, gaps, parts, seen};
use crate::config::PushgatewayRef;
use crate::finding::{Finding, Standing};
use crate::object::Kind;
use crate::survey::{Gap, Part};

/// The groups of one cluster that are looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Groups {
    groups: Vec<Group>,
    /// When they were read.
    at: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
struct Group {
    /// As it is shown: `aws_es`, or `aws_es{part="b"}`.
    name: String,
    pushed: Pushed,
}

/// When a group was last written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pushed {
    At(Timestamp),
    /// Every push to it was refused, so that it holds nothing.
    Never,
}

impl Pushed {
    /// Of a push time in seconds since 1970. What is no time is none in the past.
    pub(super) fn of(seconds: f64) -> Self {
        let milliseconds = i64::try_from(number::to_u64((seconds * 1000.0).round()));
        let time = milliseconds.map(Timestamp::from_millisecond);
        match time {
            Ok(Ok(time)) if time > Timestamp::UNIX_EPOCH => Self::At(time),
            Ok(_) | Err(_) => Self::Never,
        }
    }

    /// Whether nobody has written the group for too long.
    pub(super) fn is_stale(self, config: &PushgatewayRef, now: Timestamp) -> bool {
        let limit = SignedDuration::try_from(config.stale_after).unwrap_or(SignedDuration::MAX);
        match self {
            Self::At(time) => now.duration_since(time) > limit,
            Self::Never => false,
        }
    }
}

/// Reads the groups of one cluster; `None` where there is no such service.
pub(super) async fn read(
    reader: &Reader<'_>,
    config: &PushgatewayRef,
) -> Result<Option<Groups>, Gap> {
    let path = "api/v1/metrics";
    let Some(page) = reader.service_if_any(&config.service, path).await? else {
        return Ok(None);
    };
    let groups = groups(&reader.place(&config.service.service, path), &page, config)?;
    let at = reader.context.clock.now();
    Ok(Some(Groups { groups, at }))
}

/// The answer to `GET /api/v1/metrics`. Samples are passed over.
fn groups(what: &str, page: &str, config: &PushgatewayRef) -> Result<Vec<Group>, Gap> {
    #[derive(Deserialize)]
    struct Answer {
        data: Option<Vec<Stored>>,
    }
    #[derive(Deserialize)]
    struct Stored {
        labels: BTreeMap<String, String>,
        push_time_seconds: Family,
    }
    #[derive(Deserialize)]
    struct Family {
        metrics: Vec<Sample>,
    }
    #[derive(Deserialize)]
    struct Sample {
        value: String,
    }
    let answer = serde_json::from_str::<Answer>(page);
    let Answer { data } = answer.map_err(|error| gap::not_json(what, &error))?;
    let mut groups = Vec::new();
    for stored in data.unwrap_or_default() {
        let job = stored.labels.get("job").map_or("", String::as_str);
        if !job.starts_with(&config.prefix) {
            continue;
        }
        let sample = stored.push_time_seconds.metrics.first();
        let seconds = sample.and_then(|sample| sample.value.parse::<f64>().ok());
        let seconds = seconds.ok_or_else(|| gap::garbled(what, "a push time is no number"))?;
        let others = stored.labels.iter().filter(|(name, _)| *name != "job");
        let others = others.map(|(name, value)| (name.as_str(), value.as_str()));
        let key = GroupKey::new(job, others);
        groups.push(Group {
            name: key.map_or_else(|_| job.to_owned(), |key| key.to_string()),
            pushed: Pushed::of(seconds),
        });
    }
    Ok(groups)
}

/// Judges the groups of all clusters.
pub(super) fn judge(
    readings: &[Reading<Option<Groups>>],
    names: &[&str],
    namespace: &str,
    config: &PushgatewayRef,
) -> (Vec<Finding>, Vec<Part>, Vec<String>) {
    let kind = Kind::new("", "PushgatewayGroup");
    let mut found = Vec::new();
    let mut warnings = Vec::new();
    for (cluster, groups) in seen(readings) {
        let Some(Groups { groups, at }) = groups else {
            continue;
        };
        let name = names.get(cluster).copied().unwrap_or_default();
        for group in groups {
            let object = named(&kind, namespace, &group.name);
            found.push(match group.pushed {
                Pushed::At(time) if group.pushed.is_stale(config, *at) => {
                    let text =
                        format!("{name}: last pushed at {time}, its values are shown for ever");
                    let hint =
                        "see whether what pushes it still runs; if it is gone, delete the group";
                    Found::wrong(object, cluster, Standing::Stale, text).hint(hint)
                }
                Pushed::At(_) | Pushed::Never => Found::well(object, cluster),
            });
        }
        let phantoms = groups.iter().filter(|group| group.pushed == Pushed::Never);
        let phantoms: Vec<_> = phantoms.map(|group| group.name.as_str()).collect();
        if !phantoms.is_empty() {
            warnings.push(format!(
                "{name}: every push to these groups was refused, so that they are empty: {}",
                list(phantoms)
            ));
        }
    }
    // One cluster may do without; where all do, it is another service that is meant.
    let is_none = |reading: &Reading<Option<Groups>>| {
        matches!(reading, Reading::Seen(None) | Reading::NotAsked)
    };
    let is_nowhere = readings.iter().all(is_none);
    let asked: Vec<_> = readings
        .iter()
        .map(|reading| match reading {
            Reading::Seen(None) if is_nowhere => {
                Reading::Gap(gap::no_service(namespace, &config.service.service))
            }
            Reading::Seen(None) | Reading::NotAsked => Reading::NotAsked,
            Reading::Seen(Some(groups)) => Reading::Seen(groups.groups.len()),
            Reading::Gap(gap) => Reading::Gap(gap.clone()),
        })
        .collect();
    let parts = parts(PUSHGATEWAY, &kind, &asked, |count| Ok(*count));
    (findings(PUSHGATEWAY, &gaps(&asked), found), parts, warnings)
}

#[cfg(test)]
mod tests;
