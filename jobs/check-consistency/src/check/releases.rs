//! The versions of charts and applications, as the labels of the compared objects tell them: once for
//! each release, not for each object.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::finding::{Finding, Presence, Standing};
use crate::object::{Kind, ObjectName};
use crate::observe::{FamilyLook, Looked};

/// The family of these findings.
const FAMILY: &str = "live/versions";

/// What is behind one release in one cluster.
type Said = BTreeSet<String>;

/// Compares what the clusters' objects say of the release that they come from.
pub(super) fn compare(config: &Config, looked: &[Looked]) -> Vec<Finding> {
    let mut releases: BTreeMap<String, Vec<Said>> = BTreeMap::new();
    for (cluster, looked) in looked.iter().enumerate() {
        let seen = looked.census.iter().filter_map(FamilyLook::census);
        for seen in seen.flat_map(|census| census.objects.values()) {
            let Some(instance) = &seen.versions.instance else {
                continue;
            };
            let said = releases
                .entry(instance.clone())
                .or_insert_with(|| vec![Said::new(); looked_count(config)]);
            if let Some(said) = said.get_mut(cluster) {
                let chart = seen.versions.chart.iter();
                let app = seen.versions.app.iter().map(|app| format!("version {app}"));
                said.extend(chart.cloned().chain(app));
            }
        }
    }
    releases
        .into_iter()
        .filter_map(|(release, said)| finding(config, &release, &said))
        .collect()
}

fn looked_count(config: &Config) -> usize {
    config.clusters.len()
}

/// Of a release that more than one cluster has; where it runs at all is said by its objects.
fn finding(config: &Config, release: &str, said: &[Said]) -> Option<Finding> {
    let present: Vec<_> = said.iter().filter(|said| !said.is_empty()).collect();
    let (first, rest) = present.split_first()?;
    if rest.is_empty() {
        return None;
    }
    let equal = rest.iter().all(|said| said == first);
    let words = config.clusters.iter().zip(said).map(|(cluster, said)| {
        let said: Vec<_> = said.iter().map(String::as_str).collect();
        format!("{}: {}", cluster.name, said.join(", "))
    });
    Some(Finding {
        family: FAMILY.to_owned(),
        object: ObjectName {
            kind: Kind::new("helm.sh", "Release"),
            namespace: None,
            name: release.to_owned(),
        },
        standing: if equal {
            Standing::Equal
        } else {
            Standing::Different
        },
        presence: said
            .iter()
            .map(|said| {
                if said.is_empty() {
                    Presence::Absent
                } else {
                    Presence::Here
                }
            })
            .collect(),
        fields: Vec::new(),
        text: (!equal).then(|| words.collect::<Vec<_>>().join("; ")),
        hint: (!equal).then(|| "upgrade the release where it is older".to_owned()),
        rule: None,
        age: None,
    })
}
