//! `select`: which objects are compared.

use std::collections::BTreeSet;

use common::config_file::names::{self, optional};
use common::yaml::Cursor;

use super::{ClusterConfig, Family, clusters};
use crate::object::{Kind, is_version};
use crate::observe::is_never_compared;

pub(super) fn read(list: &Cursor<'_>, clusters: &[ClusterConfig]) -> Option<Vec<Family>> {
    let items = list.items()?;
    if items.is_empty() {
        let problem = list.problem("selects nothing");
        list.report(
            problem.hint("add `- {id: rules, kinds: [monitoring.coreos.com/PrometheusRule]}`"),
        );
        return None;
    }
    let mut ids = BTreeSet::new();
    let mut families = Vec::new();
    let mut whole = true;
    for item in &items {
        match entry(item, clusters) {
            Some(entry) => {
                if let Some(first) = entry.first()
                    && !ids.insert(first.id.clone())
                {
                    item.error(format_args!("has an `id` that is taken: `{}`", first.id));
                }
                families.extend(entry);
            }
            None => whole = false,
        }
    }
    let compared = |family: &Family| family.clusters.len() > 1;
    if whole && clusters.len() > 1 && !families.iter().any(compared) {
        let problem = list.problem("looks at one cluster only in every entry");
        list.report(
            problem.hint("that compares nothing: leave `clusters` away where it is not needed"),
        );
    }
    whole.then_some(families)
}

/// One family for each kind of an entry.
fn entry(item: &Cursor<'_>, clusters: &[ClusterConfig]) -> Option<Vec<Family>> {
    let mut fields = item.fields()?;
    let id = fields.required("id").and_then(|it| id(&it));
    let kinds = fields.required("kinds").and_then(|it| kinds(&it));
    let namespaces = optional(&mut fields, "namespaces", |it| list(it, names::object));
    let labels = optional(&mut fields, "labels", names::text);
    let name_patterns = optional(&mut fields, "names", |it| list(it, names::text));
    let name_templates = optional(&mut fields, "name_templates", |it| {
        list(it, |it| name_template(it, clusters))
    });
    let chosen = optional(&mut fields, "clusters", |it| clusters::some(it, clusters));
    let owned = optional(&mut fields, "owned", names::boolean);
    fields.deny_unknown();
    let (id, namespaces, labels) = (id?, namespaces?, labels?);
    let (names, name_templates) = (name_patterns?, name_templates?);
    let (chosen, owned) = (chosen?, owned?);
    let family = |kind| Family {
        id: id.clone(),
        kind,
        namespaces: namespaces
            .clone()
            .unwrap_or_else(|| vec!["monitoring".to_owned()]),
        labels: labels.clone().unwrap_or_default(),
        names: names.clone().unwrap_or_default(),
        name_templates: name_templates.clone().unwrap_or_default(),
        clusters: chosen
            .clone()
            .unwrap_or_else(|| (0..clusters.len()).collect()),
        owned: owned.unwrap_or(false),
    };
    Some(kinds?.into_iter().map(family).collect())
}

/// A label of metrics: short, and the same for years.
fn id(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.string()?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !text.is_empty() && text.chars().all(allowed) {
        return Some(text);
    }
    cursor.error("must be a word of lower-case letters, digits and `-`");
    None
}

fn kinds(list: &Cursor<'_>) -> Option<Vec<Kind>> {
    let items = list.items()?;
    if items.is_empty() {
        list.error("must name at least one kind");
        return None;
    }
    let kinds = names::each(list, kind)?;
    for (index, (item, kind)) in items.iter().zip(&kinds).enumerate() {
        if kinds.iter().take(index).any(|earlier| earlier == kind) {
            item.error(format_args!("names {kind} for the second time"));
        }
    }
    Some(kinds)
}

/// `PrometheusRule` needs its group: several groups may have a kind of that name. A version, as manifests
/// have it, would be taken for a group that no cluster has.
fn kind(cursor: &Cursor<'_>) -> Option<Kind> {
    let text = cursor.string()?;
    let (before, kind) = text.rsplit_once('/').unwrap_or(("", &text));
    let (rest, last) = before.rsplit_once('/').unwrap_or(("", before));
    let is_versioned = is_version(last);
    let group = if is_versioned { rest } else { before };
    let word = kind.starts_with(|c: char| c.is_ascii_uppercase())
        && kind.chars().all(|c| c.is_ascii_alphanumeric());
    let domain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    if !word || !group.chars().all(domain) || text.starts_with('/') {
        let problem = cursor.problem(format_args!("is no kind: `{}`", text.escape_debug()));
        cursor
            .report(problem.hint("write GROUP/Kind, or Kind for the core group: apps/Deployment"));
        return None;
    }
    if is_versioned {
        let problem = cursor.problem(format_args!("names a version: `{text}`"));
        let meant = Kind::new(group, kind);
        cursor.report(problem.hint(format!(
            "write `{meant}`: it is compared in a version that all clusters serve"
        )));
        return None;
    }
    if kind == "Secret" && group.is_empty() {
        let problem = cursor.problem("is Secret, which is never listed");
        cursor.report(problem.hint("compare single keys with `declared.same_secret`"));
        return None;
    }
    let kind = Kind::new(group, kind);
    if is_never_compared(&kind) {
        let problem = cursor.problem(format_args!("is {kind}, which controllers write"));
        cursor.report(problem.hint("compare what they are made from"));
        return None;
    }
    Some(kind)
}

/// A template of names must tell clusters apart, or all would have the same name anyway.
fn name_template(cursor: &Cursor<'_>, clusters: &[ClusterConfig]) -> Option<String> {
    let text = names::text(cursor)?;
    super::declared::template(cursor, &text, clusters)?;
    if text.contains("{{") {
        return Some(text);
    }
    cursor.error("must hold {{cluster}} or another name in braces");
    None
}

/// A list of at least one.
fn list<T>(list: &Cursor<'_>, read: impl Fn(&Cursor<'_>) -> Option<T>) -> Option<Vec<T>> {
    let items = list.items()?;
    if items.is_empty() {
        let problem = list.problem("is empty");
        list.report(problem.hint("name at least one, or leave the key away"));
        return None;
    }
    names::each(list, read)
}
