//! `config_maps`: how they are named and marked, the same in every cluster.

use common::cluster::DOMAIN;
use common::config_file::names;
use common::yaml::Cursor;

use crate::target::clusters::{OnEdit, Style};
use crate::target::guard::Grace;

pub(super) fn read(section: &Cursor<'_>) -> Option<Style> {
    let default = Style::default();
    let mut fields = section.fields()?;
    let instance = names::or_default(&mut fields, "instance", &default.instance, label_value);
    let prefix = names::or_default(&mut fields, "prefix", &default.prefix, prefix);
    let label = names::or_default(&mut fields, "sidecar_label", &default.sidecar_label, label);
    let value = names::or_default(
        &mut fields,
        "sidecar_value",
        &default.sidecar_value,
        label_value,
    );
    let folder = names::optional(&mut fields, "folder", folder);
    let annotations = names::optional(&mut fields, "annotations", annotations);
    let on_edit = names::optional(&mut fields, "on_edit", |it| {
        let words = [("refuse", OnEdit::Refuse), ("restore", OnEdit::Restore)];
        names::choice(it, &words)
    });
    let grace = names::optional(&mut fields, "grace_pins", |it| it.integer(0..=100_u32));
    fields.deny_unknown();
    Some(Style {
        instance: instance?,
        prefix: prefix?,
        sidecar_label: label?,
        sidecar_value: value?,
        folder: folder?,
        annotations: annotations?.unwrap_or_default(),
        on_edit: on_edit?.unwrap_or(OnEdit::Refuse),
        grace: grace?.map_or(default.grace, |pins| Grace { pins }),
    })
}

/// What may stand before a dashboard's name in the name of an object.
fn prefix(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.string()?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(allowed)
        && text.len() <= 100
    {
        return Some(text);
    }
    let problem = cursor.problem("cannot begin the name of an object");
    cursor.report(
        problem.hint("use lower-case letters, digits and `-`, like `monitoring-dashboard-`"),
    );
    None
}

fn label_value(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.string()?;
    let inner = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let edge = |c: char| c.is_ascii_alphanumeric();
    let fits = text.len() <= 63
        && text.starts_with(edge)
        && text.ends_with(edge)
        && text.chars().all(inner);
    if fits {
        return Some(text);
    }
    cursor.error("is not the value of a label: up to 63 letters, digits, `.`, `_` and `-`");
    None
}

fn label(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.string()?;
    if is_label(&text) {
        return Some(text);
    }
    cursor.error("is not the name of a label");
    None
}

/// Whether it can be the name of a label or annotation, with or without a domain.
fn is_label(text: &str) -> bool {
    let (domain, name) = match text.rsplit_once('/') {
        Some((domain, name)) => (Some(domain), name),
        None => (None, text),
    };
    let word = |word: &str, limit: usize| {
        let inner = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let edge = |c: char| c.is_ascii_alphanumeric();
        (1..=limit).contains(&word.len())
            && word.starts_with(edge)
            && word.ends_with(edge)
            && word.chars().all(inner)
    };
    word(name, 63) && domain.is_none_or(|domain| word(domain, 253))
}

fn folder(section: &Cursor<'_>) -> Option<(String, String)> {
    let mut fields = section.fields()?;
    let name = names::or_default(&mut fields, "annotation", "grafana_folder", label);
    let value = fields.required("name").and_then(|it| folder_name(&it));
    fields.deny_unknown();
    Some((name?, value?))
}

/// The sidecar makes a directory of it: an absolute one would be written to anywhere.
fn folder_name(cursor: &Cursor<'_>) -> Option<String> {
    let text = names::text(cursor)?;
    if !text.starts_with('/') && !text.split('/').any(|part| part == "..") {
        return Some(text);
    }
    cursor.error("must be a folder's name, not a path that leads elsewhere");
    None
}

fn annotations(section: &Cursor<'_>) -> Option<Vec<(String, String)>> {
    let entries = section.entries()?;
    let read = entries.into_iter().map(|(key, value)| {
        let name = &key.text;
        if !is_label(name) || name.starts_with(DOMAIN) {
            let problem = value.problem("is not the name of an annotation that can be given");
            value.report(problem.hint("write DOMAIN/NAME, and none of this job's own"));
            return None;
        }
        Some((name.clone(), value.string()?))
    });
    read.collect()
}
