//! `declared`: what is meant to differ.

use common::config_file::names::{self, optional};
use common::yaml::{Cursor, Fields, did_you_mean};
use jiff::civil::Date;

use super::{ClusterConfig, clusters};
use crate::declared::{Objects, Rule, Template, What};
use crate::path::Pattern;

type Read = fn(&mut Fields<'_>, &[ClusterConfig]) -> Option<What>;

/// Each sort of rule under its key.
const SORTS: [(&str, Read); 5] = [
    ("only_in", only_in),
    ("template", template_rule),
    ("distinct", distinct),
    ("same_secret", same_secret),
    ("ignore", ignore),
];

pub(super) fn read(section: &Cursor<'_>, clusters: &[ClusterConfig]) -> Option<Vec<Rule>> {
    let mut fields = section.fields()?;
    let mut rules = Vec::new();
    let mut whole = true;
    for (sort, read) in SORTS {
        let Some(list) = fields.get(sort) else {
            continue;
        };
        for (index, item) in list.items().unwrap_or_default().iter().enumerate() {
            match rule(item, format!("{sort}[{}]", index + 1), read, clusters) {
                Some(rule) => rules.push(rule),
                None => whole = false,
            }
        }
    }
    fields.deny_unknown();
    whole.then_some(rules)
}

fn rule(item: &Cursor<'_>, id: String, read: Read, clusters: &[ClusterConfig]) -> Option<Rule> {
    let mut fields = item.fields()?;
    let what = read(&mut fields, clusters);
    let reason = reason(&mut fields);
    let expires = optional(&mut fields, "expires", date);
    fields.deny_unknown();
    Some(Rule {
        id,
        what: what?,
        reason: reason?,
        expires: expires?,
    })
}

/// Who reads the rule in a year asks why this may differ.
fn reason(fields: &mut Fields<'_>) -> Option<String> {
    const WHY: &str = "say why this may differ: somebody will ask in a year";
    let Some(given) = fields.get("reason") else {
        let item = fields.cursor();
        item.report(item.problem("must have a `reason`").hint(WHY));
        return None;
    };
    let text = names::string(&given)?;
    if text.trim().is_empty() {
        given.report(given.problem("is empty").hint(WHY));
        return None;
    }
    Some(text)
}

fn only_in(fields: &mut Fields<'_>, clusters: &[ClusterConfig]) -> Option<What> {
    let chosen = fields
        .required("clusters")
        .and_then(|it| clusters::some(&it, clusters));
    let objects = objects(fields);
    if let Some(chosen) = &chosen
        && chosen.len() == clusters.len()
    {
        let item = fields.cursor();
        let problem = item.problem("names every cluster");
        item.report(problem.hint("an object that is to be everywhere needs no rule"));
    }
    Some(What::OnlyIn {
        clusters: chosen?,
        objects: objects?,
    })
}

fn template_rule(fields: &mut Fields<'_>, clusters: &[ClusterConfig]) -> Option<What> {
    let objects = objects(fields);
    let path = fields.required("path").and_then(|it| pattern(&it));
    let value = fields
        .required("value")
        .and_then(|it| template_value(&it, clusters));
    Some(What::Template {
        objects: objects?,
        path: path?,
        value: value?,
    })
}

/// A value that any text fits would explain whatever stands there.
fn template_value(cursor: &Cursor<'_>, clusters: &[ClusterConfig]) -> Option<Template> {
    let text = cursor.string()?;
    if text.chars().all(|c| c == '*') {
        let problem = cursor.problem("fits whatever stands there");
        cursor.report(problem.hint("say what is the same everywhere, or use `ignore`"));
        return None;
    }
    template(cursor, &text, clusters)
}

fn distinct(fields: &mut Fields<'_>, _: &[ClusterConfig]) -> Option<What> {
    let objects = objects(fields);
    let path = fields.required("path").and_then(|it| {
        let path = pattern(&it)?;
        if path.is_broad() {
            let problem = it.problem("must name one field");
            it.report(problem.hint("everything below it would be explained by the rule"));
            return None;
        }
        Some(path)
    });
    Some(What::Distinct {
        objects: objects?,
        path: path?,
    })
}

fn same_secret(fields: &mut Fields<'_>, _: &[ClusterConfig]) -> Option<What> {
    let namespace = names::or_default(fields, "namespace", "monitoring", names::object);
    let name = fields.required("name").and_then(|it| names::object(&it));
    let key = fields.required("key").and_then(|it| names::text(&it));
    let path = optional(fields, "path", pattern);
    Some(What::SameSecret {
        namespace: namespace?,
        name: name?,
        key: key?,
        path: path?,
    })
}

fn ignore(fields: &mut Fields<'_>, _: &[ClusterConfig]) -> Option<What> {
    let texts = object_texts(fields);
    let objects = texts
        .as_ref()
        .and_then(|(list, texts)| parse_objects(list, texts));
    let path = optional(fields, "path", pattern);
    let whole = optional(fields, "whole", names::boolean);
    let broad = optional(fields, "allow_broad", names::boolean);
    let (objects, path, whole) = (objects?, path?, whole?.unwrap_or(false));
    let broad = broad?.unwrap_or(false);
    let item = fields.cursor();
    if path.is_some() == whole {
        let problem = item.problem("must have either a `path` or `whole: true`");
        item.report(problem.hint("`whole` leaves out the object, a `path` only what is below it"));
        return None;
    }
    // A rule that hides nearly everything is as good as no check, and looks like one.
    let hides_much = match &path {
        Some(path) => path.is_broad(),
        None => texts.is_some_and(|(_, texts)| texts.iter().any(|it| names_all(it))),
    };
    if hides_much && !broad {
        let problem = item.problem("would hide whole kinds or whole objects");
        item.report(problem.hint("name objects and a path, or add `allow_broad: true`"));
        return None;
    }
    Some(What::Ignore { objects, path })
}

fn objects(fields: &mut Fields<'_>) -> Option<Objects> {
    let (list, texts) = object_texts(fields)?;
    parse_objects(&list, &texts)
}

fn object_texts<'d>(fields: &mut Fields<'d>) -> Option<(Cursor<'d>, Vec<String>)> {
    let list = fields.required("objects")?;
    let texts = names::each(&list, names::string)?;
    Some((list, texts))
}

fn parse_objects(list: &Cursor<'_>, texts: &[String]) -> Option<Objects> {
    match Objects::parse(texts) {
        Ok(objects) => Some(objects),
        Err(error) => {
            let problem = list.problem("must name objects");
            list.report(problem.hint(error.to_string()));
            None
        }
    }
}

/// Whether a pattern is about all objects of a kind, or about many objects of every kind.
fn names_all(pattern: &str) -> bool {
    let all = |part: &str| part.chars().all(|c| c == '*');
    let mut parts = pattern.rsplit('/');
    let name = parts.next().unwrap_or_default();
    all(name) || (name.contains('*') && parts.nth(1).is_some_and(all))
}

fn pattern(cursor: &Cursor<'_>) -> Option<Pattern> {
    match Pattern::parse(&cursor.string()?) {
        Ok(pattern) => {
            if pattern.has_index() {
                let at = cursor.position();
                let text = format!("`{}` counts items of a list", cursor.path());
                let warning = common::yaml::Problem::warning(at, text);
                cursor.report(warning.hint("name the item by a key, like [name=x]: places move"));
            }
            Some(pattern)
        }
        Err(error) => {
            let problem = cursor.problem("is no path");
            cursor.report(problem.hint(error.to_string()));
            None
        }
    }
}

/// A template whose names every cluster has a value for.
pub(super) fn template(
    cursor: &Cursor<'_>,
    text: &str,
    clusters: &[ClusterConfig],
) -> Option<Template> {
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => {
            let problem = cursor.problem("is no template");
            cursor.report(problem.hint(error.to_string()));
            return None;
        }
    };
    for name in template.names() {
        let without = |it: &&ClusterConfig| name != "cluster" && !it.vars.contains_key(name);
        if let Some(cluster) = clusters.iter().find(without) {
            let known = cluster.vars.keys().map(String::as_str).chain(["cluster"]);
            let text = format!("names `{name}`, which {} has no value for", cluster.name);
            let problem = cursor.problem(text);
            cursor.report(match did_you_mean(name, known) {
                Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
                None => problem.hint("give it one under `clusters`: `vars`".to_owned()),
            });
            return None;
        }
    }
    Some(template)
}

fn date(cursor: &Cursor<'_>) -> Option<Date> {
    let text = cursor.source_text()?;
    if let Ok(date) = text.parse::<Date>() {
        return Some(date);
    }
    let problem = cursor.problem(format_args!("is no day: `{}`", text.escape_debug()));
    cursor.report(problem.hint("write it as YYYY-MM-DD: the last day on which the rule applies"));
    None
}
