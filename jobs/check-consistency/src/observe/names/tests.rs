use std::collections::BTreeMap;

use common::cluster::Access;

use super::Names;
use crate::config::{ClusterConfig, Family};
use crate::object::Kind;
use crate::observe::digest::Owner;

fn cluster() -> ClusterConfig {
    ClusterConfig {
        name: "prod-e1-1".parse().unwrap(),
        access: Access::InCluster,
        vars: BTreeMap::from([
            ("region".to_owned(), "us-east-1".to_owned()),
            ("star".to_owned(), "a*b".to_owned()),
        ]),
    }
}

fn family(kind: Kind, names: &[&str], templates: &[&str], owned: bool) -> Family {
    Family {
        id: "x".to_owned(),
        kind,
        namespaces: vec!["monitoring".to_owned()],
        labels: String::new(),
        names: names.iter().map(ToString::to_string).collect(),
        name_templates: templates.iter().map(ToString::to_string).collect(),
        clusters: vec![0],
        owned,
    }
}

fn names(patterns: &[&str], templates: &[&str]) -> Names {
    let kind = Kind::new("", "ConfigMap");
    Names::new(&family(kind, patterns, templates, false), &cluster())
}

#[test]
fn patterns_are_anchored_and_a_star_stands_for_anything() {
    let table: [(&[&str], &str, bool); 15] = [
        (&[], "anything", true),
        (&["a"], "a", true),
        (&["a"], "ab", false),
        (&["a*"], "a", true),
        (&["a*"], "ba", false),
        (&["*a"], "ba", true),
        (&["*a"], "ab", false),
        (&["a*a"], "a", false),
        (&["a*a"], "aa", true),
        (&["a*b*c"], "axbxbc", true),
        (&["a*b*c"], "acb", false),
        (&["*b*"], "abc", true),
        (&["*"], "", true),
        (&["a", "b"], "b", true),
        (&[""], "a", false),
    ];
    for (patterns, name, expected) in table {
        assert_eq!(
            names(patterns, &[]).include(name),
            expected,
            "{patterns:?} {name}"
        );
    }
}

#[test]
fn a_name_that_a_template_makes_in_this_cluster_is_compared_by_the_templates_text() {
    let table: [(&[&str], &str, &str); 13] = [
        (&[], "prometheus-prod-e1-1", "prometheus-prod-e1-1"),
        (
            &["prometheus-{{cluster}}"],
            "prometheus-prod-e1-1",
            "prometheus-{{cluster}}",
        ),
        (
            &["prometheus-{{ cluster }}"],
            "prometheus-prod-e1-1",
            "prometheus-{{ cluster }}",
        ),
        (
            &["prometheus-{{cluster}}"],
            "prometheus-remoting-prod-e1-1",
            "prometheus-remoting-prod-e1-1",
        ),
        (
            &["prometheus-{{cluster}}"],
            "prometheus-prod-e1-10",
            "prometheus-prod-e1-10",
        ),
        (
            &["{{cluster}}.{{region}}.x"],
            "prod-e1-1.us-east-1.x",
            "{{cluster}}.{{region}}.x",
        ),
        (&["{{nothing}}"], "x", "x"),
        (&["{{nothing}}"], "", ""),
        (&["{{cluster"], "prod-e1-1", "prod-e1-1"),
        (&["{{star}}"], "axb", "axb"),
        (&["{{star}}-*"], "a*b-c", "{{star}}-*"),
        (&["{{cluster}}-*"], "prod-e1-1-rules", "{{cluster}}-*"),
        (&["x-*", "{{cluster}}-*"], "prod-e1-1-x", "{{cluster}}-*"),
    ];
    for (templates, name, expected) in table {
        assert_eq!(
            names(&[], templates).key(name),
            expected,
            "{templates:?} {name}"
        );
    }
}

#[test]
fn certificate_authorities_that_controllers_put_everywhere_are_no_configuration() {
    let all = |kind| Names::new(&family(kind, &[], &[], false), &cluster());
    let maps = all(Kind::new("", "ConfigMap"));
    assert!(!maps.include("kube-root-ca.crt"));
    assert!(!maps.include("istio-ca-root-cert"));
    assert!(maps.include("kube-root-ca.crt2"));
    assert!(all(Kind::new("", "Service")).include("kube-root-ca.crt"));
}

#[test]
fn what_a_controller_owns_is_left_out_unless_it_is_asked_for_and_a_cron_jobs_jobs_always() {
    let job = Kind::new("batch", "Job");
    let service = Kind::new("", "Service");
    let table = [
        (&service, false, Owner::Nobody, true),
        (&service, false, Owner::Other, false),
        (&service, true, Owner::Other, true),
        (&service, true, Owner::CronJob, true),
        (&job, true, Owner::Other, true),
        (&job, true, Owner::CronJob, false),
        (&job, false, Owner::CronJob, false),
        (&job, false, Owner::Nobody, true),
    ];
    for (kind, owned, owner, expected) in table {
        let names = Names::new(&family(kind.clone(), &[], &[], owned), &cluster());
        assert_eq!(
            names.include_owned_by(owner),
            expected,
            "{kind} {owned} {owner:?}"
        );
    }
}
