//! What a wrong file is answered with.

use std::fmt::Write as _;

use common::exit::Exit;
use common::fault::Fault as _;

use super::whole::LEAST;
use crate::config::{Config, ConfigError};

/// Every message about a file, a line each, with its hint.
fn said(text: &str) -> Vec<String> {
    match Config::parse("f.yaml", text) {
        Err(ConfigError::Invalid(invalid)) => {
            let problems = invalid.problems().iter();
            problems
                .map(|it| {
                    let mut line = format!("{}:{}: {}", it.line, it.column, it.message);
                    if let Some(hint) = &it.hint {
                        line.extend(["\n    ", hint]);
                    }
                    line
                })
                .collect()
        }
        other => panic!("{text}: {other:?}"),
    }
}

/// What is said about each text, one after the other; each has exactly one mistake.
fn each(before: &str, texts: &[&str]) -> String {
    let mut all = String::new();
    for text in texts {
        let said = said(&format!("{before}{text}"));
        assert_eq!(said.len(), 1, "{text}: {said:?}");
        writeln!(all, "{text}\n  {}", said[0]).unwrap();
    }
    all
}

#[test]
fn all_mistakes_are_told_at_once_each_at_its_place() {
    let text = "
clusters:
- {name: 'a b', context: c}
- {name: b, in_cluster: false, vars: {Account: x, cluster: y}}
baseline: c
settle: {recheck: 6m, min_age: soon}
select:
- {id: Rules, kinds: [PrometheusRule/x, Secret, apps/ReplicaSet], owned: perhaps}
- {id: x, kinds: []}
declared:
  only_in: [{clusters: [b], objects: [x]}]
  template: [{objects: ['*/*/*'], path: spec, value: '{{cluster', reason: r}]
  distinct: [{objects: ['*/*/*'], reason: ''}]
  same_secret: [{name: A_B, reason: r}]
  ignore: [{objects: ['*/*/*'], path: /spec, reason: r}, {objects: [a/b/c], expires: soon}]
  igore: []
live:
  prometheus: {service: p, port: 70000}
  alertmanager: {port: 0}
  cron_jobs: [{name: x, grace: 0s}]
  pushgateway: {service: g, port: http, stale_after: 5m}
state: {}
limits: {page: 0, details: x, per_cluster: 0s}
limts: {}
";
    let result = Config::parse("f.yaml", text).unwrap_err();
    insta::assert_snapshot!(result.to_string());
    assert_eq!(
        (result.exit(), result.code()),
        (Exit::Config, "config-invalid")
    );
}

#[test]
fn what_is_wrong_with_a_whole_file() {
    let said = each(
        "",
        &[
            "",
            "# nothing\n",
            "[]",
            "clusters: [",
            "select: [{id: x, kinds: [ConfigMap]}]",
            "clusters: [{name: a, context: a}, {name: b, context: b}]",
        ],
    );
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_wrong_with_clusters() {
    let select = "select: [{id: x, kinds: [ConfigMap]}]\n";
    let said = each(
        select,
        &[
            "clusters: []",
            "clusters: [{name: a, context: a}]",
            "clusters: {a: b}",
            "clusters: [{name: a, context: a}, {name: a, context: b}]",
            "clusters: [{name: a, context: a}, {name: b, context: a}]",
            "clusters: [{name: a, context: a}, {context: b}]",
            "clusters: [{name: a, context: a}, {name: b}]",
            "clusters: [{name: a, context: a}, {name: b, context: b, in_cluster: true}]",
            "clusters: [{name: a, context: a}, {name: b, context: b, colour: red}]",
            "clusters: [{name: a, context: a}, {name: b, context: b, vars: {cluster: x}}]",
            "clusters: [{name: a, context: a}, {name: b, context: b, vars: {Account: x}}]",
            "clusters: [{name: a, context: a}, {name: b, context: b, vars: {account: 1}}]",
        ],
    );
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_wrong_with_select() {
    let clusters = "clusters: [{name: a, context: a}, {name: b, context: b, vars: {x: y}}]\n";
    let said = each(
        clusters,
        &[
            "select: []",
            "select: [{id: x, kinds: [ConfigMap], clusters: [a]}, {id: y, kinds: [Service], clusters: [b]}]",
            "select: [{kinds: [ConfigMap]}]",
            "select: [{id: x}]",
            "select: [{id: '', kinds: [ConfigMap]}]",
            "select: [{id: a b, kinds: [ConfigMap]}]",
            "select: [{id: x, kinds: []}]",
            "select: [{id: x, kinds: [configmap]}]",
            "select: [{id: x, kinds: [/ConfigMap]}]",
            "select: [{id: x, kinds: [Apps/Deployment]}]",
            "select: [{id: x, kinds: [v1/ConfigMap]}]",
            "select: [{id: x, kinds: [apps/v1/Deployment]}]",
            "select: [{id: x, kinds: [v1/configmaps]}]",
            "select: [{id: x, kinds: [a/b/Deployment]}]",
            "select: [{id: x, kinds: [Secret]}]",
            "select: [{id: x, kinds: [Pod]}]",
            "select: [{id: x, kinds: [ConfigMap], namespaces: []}]",
            "select: [{id: x, kinds: [ConfigMap], namespaces: [A]}]",
            "select: [{id: x, kinds: [ConfigMap], labels: ''}]",
            "select: [{id: x, kinds: [ConfigMap], names: []}]",
            "select: [{id: x, kinds: [ConfigMap], name_templates: [plain]}]",
            "select: [{id: x, kinds: [ConfigMap], name_templates: ['{{x}}']}]",
            "select: [{id: x, kinds: [ConfigMap], name_templates: ['{{cluster']}]",
            "select: [{id: x, kinds: [ConfigMap], clusters: []}]",
            "select: [{id: x, kinds: [ConfigMap], clusters: [c]}]",
            "select: [{id: x, kinds: [ConfigMap], owned: 1}]",
            "select: [{id: x, kinds: [ConfigMap]}, {id: x, kinds: [Service]}]",
        ],
    );
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_wrong_with_declared_differences() {
    let said = each(
        LEAST,
        &[
            "declared: {ignores: []}",
            "declared: {ignore: {}}",
            "declared: {ignore: [{objects: [a/b/c], path: /spec/x}]}",
            "declared: {ignore: [{objects: [a/b/c], path: /spec/x, reason: ''}]}",
            "declared: {ignore: [{objects: [a/b/c], path: /spec/x, reason: r, expires: 2026-02-30}]}",
            "declared: {ignore: [{objects: [a/b/c], path: /spec/x, reason: r, why: s}]}",
            "declared: {ignore: [{path: /spec/x, reason: r}]}",
            "declared: {ignore: [{objects: [], path: /spec/x, reason: r}]}",
            "declared: {ignore: [{objects: [a/b], path: /spec/x, reason: r}]}",
            "declared: {ignore: [{objects: [a//c], path: /spec/x, reason: r}]}",
            "declared: {ignore: [{objects: [a/b/c], reason: r}]}",
            "declared: {ignore: [{objects: [a/b/c], path: /spec/x, whole: true, reason: r}]}",
            "declared: {ignore: [{objects: [a/b/c], path: /spec, reason: r}]}",
            "declared: {ignore: [{objects: ['a/b/*'], whole: true, reason: r}]}",
            "declared: {ignore: [{objects: [a/b/c], path: spec, reason: r}]}",
            "declared: {ignore: [{objects: [a/b/c], path: /spec/, reason: r}]}",
            "declared: {ignore: [{objects: [a/b/c], path: '/spec/x[name', reason: r}]}",
            "declared: {ignore: [{objects: [a/b/c], path: '/spec/x[]', reason: r}]}",
            "declared: {ignore: [{objects: [a/b/c], path: '/spec/x~9', reason: r}]}",
            "declared: {only_in: [{clusters: [a, b], objects: [a/b/c], reason: r}]}",
            "declared: {only_in: [{clusters: [], objects: [a/b/c], reason: r}]}",
            "declared: {only_in: [{clusters: [x], objects: [a/b/c], reason: r}]}",
            "declared: {only_in: [{objects: [a/b/c], reason: r}]}",
            "declared: {template: [{objects: [a/b/c], path: /spec/x, reason: r}]}",
            "declared: {template: [{objects: [a/b/c], value: x, reason: r}]}",
            "declared: {template: [{objects: [a/b/c], path: /spec/x, value: '{{}}', reason: r}]}",
            "declared: {template: [{objects: [a/b/c], path: /spec/x, value: '{{clustr}}', reason: r}]}",
            "declared: {template: [{objects: [a/b/c], path: /spec/x, value: '{{region}}', reason: r}]}",
            "declared: {template: [{objects: [a/b/c], path: /spec/x, value: '*', reason: r}]}",
            "declared: {distinct: [{objects: [a/b/c], reason: r}]}",
            "declared: {distinct: [{objects: [a/b/c], path: /data/*, reason: r}]}",
            "declared: {ignore: [{objects: ['*/b/*-rules'], whole: true, reason: r}]}",
            "declared: {ignore: [{objects: [a/b/c], path: /spec/groups, reason: r}]}",
            "declared: {same_secret: [{key: k, reason: r}]}",
            "declared: {same_secret: [{name: n, reason: r}]}",
            "declared: {same_secret: [{name: N, key: k, reason: r}]}",
            "declared: {same_secret: [{namespace: N, name: n, key: k, reason: r}]}",
            "declared: {same_secret: [{name: n, key: k, path: x, reason: r}]}",
        ],
    );
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_wrong_with_what_runs() {
    let said = each(
        LEAST,
        &[
            "live: {prometheus: {port: 80}}",
            "live: {prometheus: {service: p}}",
            "live: {prometheus: {service: P, port: 80}}",
            "live: {prometheus: {service: p, port: 0}}",
            "live: {prometheus: {service: p, port: 65536}}",
            "live: {prometheus: {service: p, port: HTTP}}",
            "live: {prometheus: {service: p, port: much-too-long-a-name}}",
            "live: {prometheus: {service: p, port: 80, watchdog: ''}}",
            "live: {alertmanager: {}}",
            "live: {alertmanager: {selector: x, port: 0}}",
            "live: {cron_jobs: [{grace: 1m}]}",
            "live: {cron_jobs: [{name: x}]}",
            "live: {cron_jobs: [{name: x, grace: 0s}]}",
            "live: {cron_jobs: [{name: x, grace: 5}]}",
            "live: {definitions: [X]}",
            "live: {images: ['']}",
            "live: {charts: yes please}",
            "live: {pushgateway: {service: g, port: 80, stale_after: 9m}}",
            "live: {namespace: A}",
            "live: {promtheus: {}}",
        ],
    );
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_wrong_with_the_rest() {
    let said = each(
        LEAST,
        &[
            "baseline: c",
            "baseline: aa",
            "settle: {recheck: 5m1s}",
            "settle: {recheck: -1s}",
            "settle: {min_age: 25h}\nstate: {file: f}",
            "settle: {min_age: 1h}",
            "settle: {minage: 1h}",
            "state: {}",
            "state: {file: x, config_map: {cluster: a}}",
            "state: {file: ''}",
            "state: {config_map: {}}",
            "state: {config_map: {cluster: c}}",
            "state: {config_map: {cluster: a, name: A}}",
            "state: {config_map: {cluster: a, key: k}}",
            "limits: {page: 0}",
            "limits: {page: 5001}",
            "limits: {details: 0}",
            "limits: {details: 100001}",
            "limits: {in_flight: 65}",
            "limits: {per_cluster: 0s}",
            "limits: {object_bytes: 1023}",
            "limits: {pages: 1}",
        ],
    );
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_only_doubtful_is_a_warning() {
    let path = "declared: {ignore: [{objects: [a/b/c], path: /spec/x/0, reason: r}]}";
    let (_, warnings) = Config::parse("f.yaml", &format!("{LEAST}{path}")).unwrap();
    assert_eq!((warnings.len(), warnings.errors()), (1, 0));
    insta::assert_snapshot!(warnings.to_string(), @r"
    f.yaml:6:46: warning: `declared.ignore[1].path` counts items of a list
      6 | declared: {ignore: [{objects: [a/b/c], path: /spec/x/0, reason: r}]}
        |                                              ^
    hint: name the item by a key, like [name=x]: places move
    ");
}

#[test]
fn with_unreadable_clusters_nobody_is_told_that_their_names_are_wrong() {
    let text = "clusters: [{name: A B, context: c}, {name: b, context: b}]\nbaseline: x\n\
                select: [{id: x, kinds: [ConfigMap], clusters: [y]}]\n";
    let said = said(text);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("1:"), "{said:?}");
}
