//! `live`: what is looked at of things that run.

use std::time::Duration;

use common::config_file::duration;
use common::config_file::names::{self, optional};
use common::yaml::{Cursor, Fields};

use super::places::positive;
use super::{AlertmanagerRef, CronJobs, Live, PushgatewayRef, ServiceRef};

pub(super) fn read(section: &Cursor<'_>) -> Option<Live> {
    let mut fields = section.fields()?;
    let namespace = names::or_default(&mut fields, "namespace", "monitoring", names::object);
    let prometheus = optional(&mut fields, "prometheus", prometheus);
    let alertmanager = optional(&mut fields, "alertmanager", alertmanager);
    let cron_jobs = optional(&mut fields, "cron_jobs", |it| names::each(it, cron_jobs));
    let definitions = optional(&mut fields, "definitions", |it| {
        names::each(it, names::object)
    });
    let charts = optional(&mut fields, "charts", names::boolean);
    let images = optional(&mut fields, "images", |it| names::each(it, names::text));
    let pushgateway = optional(&mut fields, "pushgateway", pushgateway);
    fields.deny_unknown();
    let (prometheus, rules, watchdog) = prometheus?.unwrap_or_default();
    Some(Live {
        namespace: namespace?,
        prometheus,
        rules,
        watchdog,
        alertmanager: alertmanager?,
        cron_jobs: cron_jobs?.unwrap_or_default(),
        definitions: definitions?.unwrap_or_default(),
        charts: charts?.unwrap_or(false),
        images: images?.unwrap_or_default(),
        pushgateway: pushgateway?,
    })
}

/// `service` and `port`.
fn service(fields: &mut Fields<'_>) -> Option<ServiceRef> {
    let service = fields.required("service").and_then(|it| names::object(&it));
    let port = fields.required("port").and_then(|it| port(&it));
    Some(ServiceRef {
        service: service?,
        port: port?,
    })
}

/// A number or a name: both stand in the address, and in the role that allows it.
fn port(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.source_text()?;
    let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let number = text.parse::<u16>().is_ok_and(|port| port > 0);
    let named = text.contains(|c: char| c.is_ascii_lowercase());
    if number || (named && text.len() <= 15 && text.chars().all(name)) {
        return Some(text);
    }
    cursor.error("must be a port: 1 to 65535, or the name of one");
    None
}

type Prometheus = (Option<ServiceRef>, bool, Option<String>);

fn prometheus(section: &Cursor<'_>) -> Option<Prometheus> {
    let mut fields = section.fields()?;
    let service = service(&mut fields);
    let rules = optional(&mut fields, "rules", names::boolean);
    let watchdog = optional(&mut fields, "watchdog", names::text);
    fields.deny_unknown();
    Some((Some(service?), rules?.unwrap_or(true), watchdog?))
}

fn alertmanager(section: &Cursor<'_>) -> Option<AlertmanagerRef> {
    let mut fields = section.fields()?;
    let selector = fields.required("selector").and_then(|it| names::text(&it));
    let port = optional(&mut fields, "port", |it| it.integer(1..=u16::MAX));
    let same_file = optional(&mut fields, "same_file", names::boolean);
    let same_user = optional(&mut fields, "same_user", names::boolean);
    fields.deny_unknown();
    Some(AlertmanagerRef {
        selector: selector?,
        port: port?.unwrap_or(9093),
        same_file: same_file?.unwrap_or(false),
        same_user: same_user?.unwrap_or(true),
    })
}

fn cron_jobs(item: &Cursor<'_>) -> Option<CronJobs> {
    let mut fields = item.fields()?;
    let name = fields.required("name").and_then(|it| names::text(&it));
    let grace = fields.required("grace").and_then(|it| positive(&it));
    let suspended = optional(&mut fields, "may_be_suspended", names::boolean);
    fields.deny_unknown();
    Some(CronJobs {
        name: name?,
        grace: grace?,
        may_be_suspended: suspended?.unwrap_or(false),
    })
}

/// Below this a group is reaped between two runs of the exporter.
const STALE_MIN: Duration = Duration::from_mins(10);

fn pushgateway(section: &Cursor<'_>) -> Option<PushgatewayRef> {
    let mut fields = section.fields()?;
    let service = service(&mut fields);
    let prefix = names::or_default(&mut fields, "prefix", "aws_", names::text);
    let stale = optional(&mut fields, "stale_after", |it| {
        let stale = positive(it)?;
        if stale < STALE_MIN {
            let least = duration::shown(STALE_MIN.try_into().ok()?);
            it.error(format_args!(
                "must be at least {least}: the exporter runs every five minutes"
            ));
            return None;
        }
        Some(stale)
    });
    let reap = optional(&mut fields, "reap", names::boolean);
    fields.deny_unknown();
    Some(PushgatewayRef {
        service: service?,
        prefix: prefix?,
        stale_after: stale?.unwrap_or(Duration::from_mins(30)),
        reap: reap?.unwrap_or(false),
    })
}
