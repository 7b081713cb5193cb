//! `clusters`: what is compared with what, and how each API server is reached.

use std::collections::BTreeMap;

use common::config_file::{access, names};
use common::yaml::{Cursor, did_you_mean};

use super::ClusterConfig;

pub(super) fn read(list: &Cursor<'_>) -> Option<Vec<ClusterConfig>> {
    let items = list.items()?;
    if items.len() < 2 {
        let problem = list.problem("must name at least two clusters");
        list.report(problem.hint("one alone has nothing to be compared with"));
        return None;
    }
    let clusters: Vec<_> = items.iter().map(cluster).collect();
    for (index, item) in items.iter().enumerate() {
        if let Some((this, twin)) = names::twin(&clusters, index, |a, b| a.name == b.name) {
            let name = &this.name;
            item.error(format_args!("has the name of cluster {twin}: `{name}`"));
        } else if let Some((_, twin)) = names::twin(&clusters, index, |a, b| a.access == b.access) {
            let problem = item.problem(format_args!("is reached as cluster {twin} is"));
            item.report(problem.hint("comparing a cluster with itself would always pass"));
        }
    }
    clusters.into_iter().collect()
}

fn cluster(item: &Cursor<'_>) -> Option<ClusterConfig> {
    let mut fields = item.fields()?;
    let name = fields.required("name").and_then(|it| names::cluster(&it));
    let access = access::read(&mut fields);
    let vars = names::optional(&mut fields, "vars", vars);
    fields.deny_unknown();
    Some(ClusterConfig {
        name: name?,
        access: access?,
        vars: vars?.unwrap_or_default(),
    })
}

/// What templates can name beside the cluster.
fn vars(section: &Cursor<'_>) -> Option<BTreeMap<String, String>> {
    let entries = section.entries()?;
    let read = entries.into_iter().map(|(key, value)| {
        let name = &key.text;
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(word) {
            let problem = value.problem(format_args!("is called `{}`", name.escape_debug()));
            value.report(problem.hint("use lower-case letters, digits and `_`: {{account_id}}"));
            return None;
        }
        if name == "cluster" {
            value.error("must not be given: `{{cluster}}` is always the cluster's name");
            return None;
        }
        Some((name.clone(), value.string()?))
    });
    let read: Vec<_> = read.collect();
    read.into_iter().collect()
}

/// The index of the cluster that is named.
pub(super) fn one(cursor: &Cursor<'_>, clusters: &[ClusterConfig]) -> Option<usize> {
    let name = cursor.string()?;
    let found = clusters.iter().position(|it| it.name.as_str() == name);
    // With an unreadable list of clusters nobody knows their names; that is told already.
    if found.is_none() && !clusters.is_empty() {
        let problem = cursor.problem(format_args!("names no cluster: `{}`", name.escape_debug()));
        let known = clusters.iter().map(|it| it.name.as_str());
        cursor.report(match did_you_mean(&name, known.clone()) {
            Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
            None => problem.hint(format!(
                "`clusters` has {}",
                known.collect::<Vec<_>>().join(", ")
            )),
        });
    }
    found
}

/// The indexes of the clusters that are named, each once and in their own order.
pub(super) fn some(list: &Cursor<'_>, clusters: &[ClusterConfig]) -> Option<Vec<usize>> {
    let items = list.items()?;
    if items.is_empty() {
        list.error("must name at least one cluster");
        return None;
    }
    let mut named = names::each(list, |it| one(it, clusters))?;
    named.sort_unstable();
    named.dedup();
    Some(named)
}
