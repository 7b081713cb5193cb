use std::collections::{BTreeMap, BTreeSet};

use super::super::upstream::{REFS, load};
use super::super::{Identity, Rules, links, missing, one, set};
use crate::finding::Level;

#[test]
fn no_dashboard_of_upstream_has_an_error() {
    let mut dashboards = 0;
    for name in REFS {
        let Some(all) = load(name) else { return };
        dashboards += all.len();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (dashboard, value) in &all {
            for finding in one(dashboard, value, &Rules::default()) {
                assert_ne!(
                    finding.level,
                    Level::Error,
                    "{name} {}: {finding}",
                    dashboard.key
                );
                *counts.entry(finding.code).or_default() += 1;
                println!("{name} {}: {} {finding}", dashboard.key, finding.code);
            }
        }
        println!("{name}: {counts:?}");
        let wanted: &[(&str, usize)] = match name {
            "main-2026-08-10" => &[("variable-undeclared", 1)],
            "v0.13.0" => &[("panel-type-old", 26), ("uid-missing", 6)],
            _ => continue,
        };
        assert_eq!(counts, wanted.iter().copied().collect(), "{name}");
    }
    assert_eq!(dashboards, 150);
}

#[test]
fn no_two_dashboards_of_one_upstream_collide_and_no_link_dangles() {
    for name in REFS {
        let Some(all) = load(name) else { return };
        let identities = all.iter().map(|(dashboard, _)| Identity {
            key: dashboard.key.as_str(),
            uid: dashboard.uid.as_deref().unwrap_or_default(),
            title: &dashboard.title,
            folder: "",
            owner: dashboard.key.as_str(),
        });
        assert_eq!(set(identities), [], "{name}");
        let wanted = all.iter().map(|(dashboard, value)| (&dashboard.key, value));
        let dangling = links(wanted, &BTreeMap::new(), &BTreeSet::new());
        println!("{name}: {dangling:?}");
        assert!(dangling.is_empty() || name == "v0.1.0", "{name}");
    }
}

#[test]
fn all_panels_with_queries_lack_a_source_when_there_are_no_metrics() {
    let Some(all) = load("main-2026-08-10") else {
        return;
    };
    let (mut without, mut panels, mut metrics) = (0, 0, BTreeSet::new());
    for (_, value) in &all {
        let found = missing(value, &BTreeSet::new());
        without += found.panels_without_source;
        panels += found.panels;
        metrics.extend(found.metrics);
    }
    let rules = metrics.iter().filter(|metric| metric.contains(':')).count();
    println!(
        "{without} of {panels} panels; {} names, {rules} of rules",
        metrics.len()
    );
    for (_, value) in &all {
        assert_eq!(missing(value, &metrics).panels_without_source, 0);
    }
    assert_eq!((without, panels), (339, 339));
}
