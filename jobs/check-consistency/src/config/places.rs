//! `settle`, `state` and `limits`: when a difference counts, where it is remembered, how much is read.

use std::path::PathBuf;
use std::time::Duration;

use common::config_file::duration;
use common::config_file::names::{self, optional};
use common::yaml::Cursor;

use super::{ClusterConfig, Limits, Settle, StatePlace, clusters};

/// A longer pause would not end within a run.
const RECHECK_MAX: Duration = Duration::from_mins(5);

/// Whoever wants to wait longer does not want to know.
const MIN_AGE_MAX: Duration = Duration::from_hours(24);

pub(super) fn settle(section: &Cursor<'_>) -> Option<Settle> {
    let mut fields = section.fields()?;
    let recheck = optional(&mut fields, "recheck", |it| {
        let recheck = any(it)?;
        if recheck > RECHECK_MAX {
            it.error("must be at most 5m: the run waits that long");
            return None;
        }
        Some(recheck)
    });
    let min_age = optional(&mut fields, "min_age", |it| {
        let min_age = any(it)?;
        if min_age > MIN_AGE_MAX {
            it.error("must be at most 1d: younger drift does not count");
            return None;
        }
        Some(min_age)
    });
    fields.deny_unknown();
    Some(Settle {
        recheck: recheck?.unwrap_or_default(),
        min_age: min_age?.unwrap_or_default(),
    })
}

pub(super) fn state(section: &Cursor<'_>, clusters: &[ClusterConfig]) -> Option<StatePlace> {
    let mut fields = section.fields()?;
    let file = optional(&mut fields, "file", names::text);
    let map = optional(&mut fields, "config_map", |it| config_map(it, clusters));
    fields.deny_unknown();
    match (file?, map?) {
        (Some(file), None) => Some(StatePlace::File(PathBuf::from(file))),
        (None, Some(place)) => Some(place),
        (Some(_), Some(_)) | (None, None) => {
            section.error("must have either `config_map` or `file`");
            None
        }
    }
}

fn config_map(section: &Cursor<'_>, clusters: &[ClusterConfig]) -> Option<StatePlace> {
    let mut fields = section.fields()?;
    let cluster = fields
        .required("cluster")
        .and_then(|it| clusters::one(&it, clusters));
    let namespace = names::or_default(&mut fields, "namespace", "monitoring", names::object);
    let name = names::or_default(&mut fields, "name", "check-consistency", names::object);
    fields.deny_unknown();
    Some(StatePlace::ConfigMap {
        cluster: cluster?,
        namespace: namespace?,
        name: name?,
    })
}

pub(super) fn limits(section: &Cursor<'_>) -> Option<Limits> {
    let default = Limits::default();
    let mut fields = section.fields()?;
    let page = optional(&mut fields, "page", |it| it.integer(1..=5_000_u32));
    let details = optional(&mut fields, "details", |it| count(it, 100_000));
    let in_flight = optional(&mut fields, "in_flight", |it| count(it, 64));
    let per_cluster = optional(&mut fields, "per_cluster", positive);
    let object = optional(&mut fields, "object_bytes", |it| {
        usize::try_from(it.integer(1_024..=16_777_216_u32)?).ok()
    });
    fields.deny_unknown();
    Some(Limits {
        page: page?.unwrap_or(default.page),
        details: details?.unwrap_or(default.details),
        in_flight: in_flight?.unwrap_or(default.in_flight),
        per_cluster: per_cluster?.unwrap_or(default.per_cluster),
        object_bytes: object?.unwrap_or(default.object_bytes),
    })
}

fn count(cursor: &Cursor<'_>, most: u32) -> Option<usize> {
    usize::try_from(cursor.integer(1..=most)?).ok()
}

/// A duration, or none at all.
fn any(cursor: &Cursor<'_>) -> Option<Duration> {
    // The parser admits no negative ones.
    Duration::try_from(duration::read(cursor)?).ok()
}

/// A duration that is longer than nothing.
pub(super) fn positive(cursor: &Cursor<'_>) -> Option<Duration> {
    let duration = any(cursor)?;
    if duration > Duration::ZERO {
        return Some(duration);
    }
    cursor.error("must be longer than nothing");
    None
}
