//! The rules that each Prometheus has loaded, beside the `PrometheusRule` objects of its cluster.
//!
//! Both sides are of one cluster: whether the objects of two clusters differ is the comparison's
//! business. An object that is not loaded alerts nobody, however equal it is.

mod compare;
mod declared;
mod enforced;
mod loaded;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::findings::{Found, findings, list, named};
use super::names::{RULES, operator, operator_resource};
use super::prometheus::Resource;
use super::reader::Reader;
use super::reading::{Reading, gaps, parts, seen};
use super::{NormalForm, gap};
use crate::config::ServiceRef;
use crate::finding::{Finding, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::survey::{Gap, Part};
use compare::{Compared, compare};
use declared::RuleObject;
use loaded::{File, Files};

/// Groups in a page of rules, where the server can page.
const GROUPS_IN_PAGE: u32 = 500;

/// Pages of rules at most: a server that never ends has lost its way.
const PAGES_MAX: usize = 200;

/// Rules of one cluster.
#[derive(Debug, PartialEq)]
pub(super) struct Rules {
    objects: Vec<RuleObject>,
    files: Files,
    /// The label that the operator puts into every expression of this Prometheus.
    enforced: Option<String>,
    /// Whether the server runs an older configuration than it was given.
    reload_failed: bool,
    /// When it was read.
    at: Timestamp,
}

/// What else is known about the Prometheus.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    /// Its release (`2.42.0`).
    pub(super) version: &'a str,
    /// The object that it was made of.
    pub(super) resource: Option<&'a Resource>,
    pub(super) reload_failed: bool,
}

/// Reads both sides in one cluster.
pub(super) async fn read(
    reader: &Reader<'_>,
    service: &ServiceRef,
    about: About<'_>,
) -> Result<Rules, Gap> {
    let resource = operator_resource("PrometheusRule", "prometheusrules");
    let objects = reader.list_dynamic(&resource).await?;
    let objects =
        objects.ok_or_else(|| gap::no_kind(reader.cluster.name().as_str(), "PrometheusRule"))?;
    let mut files = Files::default();
    for kind in ["alert", "record"] {
        read_loaded(reader, service, about.version, kind, &mut files).await?;
    }
    Ok(Rules {
        objects,
        files,
        enforced: about.resource.and_then(Resource::enforced_label),
        reload_failed: about.reload_failed,
        at: reader.context.clock.now(),
    })
}

async fn read_loaded(
    reader: &Reader<'_>,
    service: &ServiceRef,
    version: &str,
    kind: &str,
    files: &mut Files,
) -> Result<(), Gap> {
    // Firing alerts are left out where the server can do so: they are most of the answer.
    let all = format!("api/v1/rules?type={kind}&exclude_alerts=true");
    let what = reader.place(&service.service, &all);
    let mut path = if loaded::has_pages(version) {
        format!("{all}&group_limit={GROUPS_IN_PAGE}")
    } else {
        all.clone()
    };
    for _ in 0..PAGES_MAX {
        let answer = reader.service(service, &path).await?;
        let Some(next) = files.add(&what, &answer)? else {
            return Ok(());
        };
        path = format!("{all}&group_limit={GROUPS_IN_PAGE}&group_next_token={next}");
    }
    Err(gap::garbled(&what, "its pages have no end"))
}

/// Judges the rules of all clusters.
pub(super) fn judge(
    readings: &[Reading<Rules>],
    names: &[&str],
    namespace: &str,
    normal: NormalForm<'_>,
) -> (Vec<Finding>, Vec<Part>) {
    let mut found = Vec::new();
    for (cluster, rules) in seen(readings) {
        let at = Place {
            cluster,
            name: names.get(cluster).copied().unwrap_or_default(),
            namespace,
        };
        rules.judge(at, normal, &mut found);
    }
    let parts = parts(RULES, &operator("PrometheusRule"), readings, |rules| {
        Ok(rules.objects.len())
    });
    (findings(RULES, &gaps(readings), found), parts)
}

/// Where something is found.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    cluster: usize,
    name: &'a str,
    namespace: &'a str,
}

impl Place<'_> {
    fn object(self, name: &str) -> ObjectName {
        named(&operator("PrometheusRule"), self.namespace, name)
    }

    fn wrong(self, object: ObjectName, standing: Standing, text: &str) -> Found {
        let text = format!("{}: {text}", self.name);
        Found::wrong(object, self.cluster, standing, text)
    }
}

impl Rules {
    fn judge(&self, at: Place<'_>, normal: NormalForm<'_>, found: &mut Vec<Found>) {
        let mut known = Vec::new();
        for object in &self.objects {
            let files = self.files.of(object);
            known.extend(files.iter().map(|(name, _)| *name));
            let before = found.len();
            match files.first() {
                Some((_, file)) => {
                    let compared = compare(object, file, self.enforced.as_deref(), normal, self.at);
                    self.tell(at, object, &compared, found);
                }
                None => self.not_loaded(at, object, found),
            }
            if found.len() == before {
                found.push(Found::well(at.object(&object.metadata.name), at.cluster));
            }
        }
        for (name, file) in self.files.iter() {
            if !known.contains(&name) {
                found.extend(undeclared(at, name, file));
            }
        }
    }

    fn not_loaded(&self, at: Place<'_>, object: &RuleObject, found: &mut Vec<Found>) {
        let count = object.rules().count();
        // The operator makes no file of an object without groups, nor does anybody miss one.
        if count == 0 {
            return;
        }
        let text = match object.rejected() {
            Some(why) => format!("none of its rules ({count}) is loaded: rejected, {why}"),
            None => format!("none of its rules ({count}) is loaded"),
        };
        let hint = if self.reload_failed {
            "see in the log of Prometheus why its last reload failed"
        } else if object.rejected().is_some() {
            "correct what the operator rejects"
        } else {
            "compare its labels with the ruleSelector of the Prometheus, then see whether the \
             operator's log rejects it"
        };
        let name = at.object(&object.metadata.name);
        found.push(at.wrong(name, Standing::NotLoaded, &text).hint(hint));
    }

    fn tell(
        &self,
        at: Place<'_>,
        object: &RuleObject,
        compared: &Compared,
        found: &mut Vec<Found>,
    ) {
        let name = || at.object(&object.metadata.name);
        if let Some(text) = compared.differences() {
            let hint = if self.reload_failed {
                "see in the log of Prometheus why its last reload failed"
            } else {
                "wait for the next reload; if it stays, look at the operator's and the reloader's log"
            };
            found.push(at.wrong(name(), Standing::NotLoaded, &text).hint(hint));
        }
        if let Some(text) = compared.unclear() {
            let standing = Standing::Unknown(Unknown::NotComparable);
            let hint = "compare the expression with what Prometheus shows under Status, Rules";
            found.push(at.wrong(name(), standing, &text).hint(hint));
        }
        if let Some(text) = compared.failures() {
            let hint = "correct the expression, or what it is evaluated on";
            found.push(at.wrong(name(), Standing::Failing, &text).hint(hint));
        }
        if let Some(text) = compared.stale() {
            let hint = "see whether this Prometheus is overloaded or stands still";
            found.push(at.wrong(name(), Standing::Stale, &text).hint(hint));
        }
        if let Some(text) = compared.pending() {
            let standing = Standing::Unknown(Unknown::NotSettled);
            let hint = "run again after the next evaluation";
            found.push(at.wrong(name(), standing, &text).hint(hint));
        }
    }
}

/// A file that is loaded and belongs to no object: of this namespace, or to nobody at all. Those of other
/// namespaces are not looked at.
fn undeclared(at: Place<'_>, name: &str, file: &File) -> Option<Found> {
    let rules = file.rules().map(|rule| rule.name.as_str());
    let text = format!("runs rules that no object declares: {}", list(rules));
    let hint = "look at when Prometheus has last reloaded, and at what else writes its rule files";
    let object = match loaded::made_by_operator(name, at.namespace) {
        loaded::Origin::Object(object) => at.object(object),
        loaded::Origin::OtherNamespace => return None,
        loaded::Origin::Unknown => named(&Kind::new("", "RuleFile"), at.namespace, name),
    };
    Some(at.wrong(object, Standing::Unexpected, &text).hint(hint))
}
