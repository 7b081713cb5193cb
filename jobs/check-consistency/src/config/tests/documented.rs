//! What the job's README says of the configuration: its table of keys with their defaults and limits, and its
//! example of declared differences. So does the file that the chart installs.

mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use common::config_file::duration::parse_duration;

use crate::config::{Config, ConfigError};
use crate::path::Pattern;

const README: &str = include_str!("../../../README.md");

/// A key that nothing is like.
const UNKNOWN: &str = "zzzzzzzzzzzzzzzzzzzz";

/// A file with every key; JSON is YAML.
fn full() -> Value {
    let rule = |more: Value| {
        let mut rule = json!({"reason": "because", "expires": "2099-12-31"});
        let fields = rule.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        json!([rule])
    };
    let objects = json!(["Deployment/monitoring/operator"]);
    json!({
        "clusters": [
            {"name": "a", "in_cluster": true},
            {"name": "b", "vars": {}, "eks": {"cluster": "b", "region": "us-east-1",
                "server": "https://b.example", "ca_file": "/b.pem",
                "role_arn": "arn:aws:iam::123456789012:role/b"}},
            {"name": "c", "context": "c", "kubeconfig": "/c"},
        ],
        "baseline": "b",
        "settle": {"recheck": "30s", "min_age": "10m"},
        "select": [{"id": "x", "kinds": ["Service"], "namespaces": ["other"], "labels": "app",
            "names": ["x-*"], "name_templates": ["x-{{cluster}}"], "clusters": ["b", "c"], "owned": true}],
        "declared": {
            "only_in": rule(json!({"clusters": ["b"], "objects": objects})),
            "template": rule(json!({"objects": objects, "path": "/spec/x", "value": "{{cluster}}"})),
            "distinct": rule(json!({"objects": objects, "path": "/spec/x"})),
            "same_secret": rule(json!({"namespace": "other", "name": "s", "key": "k", "path": "/x"})),
            "ignore": [
                {"reason": "because", "expires": "2099-12-31", "objects": objects, "path": "/spec/x",
                    "whole": false, "allow_broad": true},
                {"reason": "because", "objects": objects, "whole": true},
            ],
        },
        "live": {
            "namespace": "other",
            "prometheus": {"service": "p", "port": 80, "rules": false, "watchdog": "Watchdog"},
            "alertmanager": {"selector": "app", "port": 80, "same_file": true, "same_user": false},
            "cron_jobs": [{"name": "x", "grace": "1h", "may_be_suspended": true}],
            "definitions": ["x.example"],
            "charts": true,
            "images": ["app"],
            "pushgateway": {"service": "g", "port": "http", "prefix": "x_", "stale_after": "1h", "reap": true},
        },
        "state": {"config_map": {"cluster": "b", "namespace": "other", "name": "x"}},
        "limits": {"page": 7, "details": 7, "in_flight": 7, "per_cluster": "7s", "object_bytes": 7_000},
    })
}

/// The same with its memory in a file.
fn full_with_a_file() -> Value {
    let mut file = full();
    file["state"] = json!({"file": "/memory"});
    file
}

fn parse(file: &Value) -> Result<Config, ConfigError> {
    let (config, _) = Config::parse("f.yaml", &file.to_string())?;
    Ok(config)
}

/// A row of the table.
#[derive(Debug)]
struct Row {
    key: String,
    default: String,
    limits: String,
}

impl Row {
    /// The default, if it stands there as one could write it.
    fn default(&self) -> Option<Value> {
        let text = self.default.strip_prefix('`')?.strip_suffix('`')?;
        Some(match text.strip_prefix('[') {
            Some(items) => json!([items.trim_end_matches(']')]),
            None => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        })
    }

    /// The places in [`full`]: those of every sort of rule for `declared.*`.
    fn keys(&self) -> Vec<String> {
        const SORTS: [&str; 5] = ["only_in", "template", "distinct", "same_secret", "ignore"];
        if self.key.contains(".*[]") {
            return SORTS.map(|sort| self.key.replace('*', sort)).to_vec();
        }
        vec![self.key.clone()]
    }
}

/// The table of keys.
fn documented() -> Vec<Row> {
    let (_, section) = README.split_once("\n## Configuration\n").unwrap();
    let section = section.split("\n**").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut documented = Vec::new();
    for row in rows {
        let mut cells = row.split('|').map(str::trim);
        let mut cell = || cells.next().unwrap().to_owned();
        documented.push(Row {
            key: cell().trim_end_matches('`').to_owned(),
            default: cell(),
            limits: cell(),
        });
    }
    documented
}

/// Every mapping of a file that has keys of its own, by its place, such as `select[].`; with an unknown
/// key in it.
fn with_an_unknown_key(file: &Value) -> Vec<(String, Value)> {
    fn walk(file: &Value, pointer: &str, place: &str, found: &mut Vec<(String, Value)>) {
        match file.pointer(pointer).unwrap() {
            Value::Object(fields) => {
                let mut with = file.clone();
                with.pointer_mut(pointer).unwrap()[UNKNOWN] = json!(1);
                found.push((place.to_owned(), with));
                for name in fields.keys().filter(|name| *name != "vars") {
                    let place = match place {
                        "" => name.clone(),
                        place => format!("{place}.{name}"),
                    };
                    walk(file, &format!("{pointer}/{name}"), &place, found);
                }
            }
            Value::Array(items) => {
                for index in 0..items.len() {
                    let (pointer, place) = (format!("{pointer}/{index}"), format!("{place}[]"));
                    walk(file, &pointer, &place, found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    walk(file, "", "", &mut found);
    found
}

/// The keys that an unknown one is told of.
fn known_beside(file: &Value) -> Vec<String> {
    let said = parse(file).unwrap_err().to_string();
    let (_, rest) = said.split_once(UNKNOWN).expect(&said);
    let (_, rest) = rest.split_once("known here: ").expect(&said);
    let keys = rest.lines().next().unwrap().split(", ");
    keys.map(str::to_owned).collect()
}

#[test]
fn the_readme_has_every_key_and_no_other() {
    let mut read = BTreeSet::new();
    let mut above = BTreeSet::new();
    for file in [full(), full_with_a_file()] {
        parse(&file).unwrap();
        for (place, file) in with_an_unknown_key(&file) {
            let place = if place.is_empty() {
                place
            } else {
                format!("{place}.")
            };
            read.extend(
                known_beside(&file)
                    .iter()
                    .map(|key| format!("{place}{key}")),
            );
            above.insert(
                place
                    .trim_end_matches('.')
                    .trim_end_matches("[]")
                    .to_owned(),
            );
        }
    }
    // Those with keys below them.
    let read: BTreeSet<_> = read.difference(&above).cloned().collect();
    let documented: BTreeSet<_> = documented().iter().flat_map(Row::keys).collect();
    assert_eq!(documented, read);
}

/// The files in which a key stands, and where.
fn places(key: &str) -> Vec<(Value, String)> {
    let found = |file: Value| {
        let mut pointers = vec![String::new()];
        for step in key.split('.') {
            let (name, many) = match step.strip_suffix("[]") {
                Some(name) => (name, true),
                None => (step, false),
            };
            pointers = pointers
                .iter()
                .flat_map(|pointer| {
                    let pointer = format!("{pointer}/{name}");
                    let count = file
                        .pointer(&pointer)
                        .and_then(Value::as_array)
                        .map(Vec::len);
                    match (many, count) {
                        (true, Some(count)) => {
                            (0..count).map(|at| format!("{pointer}/{at}")).collect()
                        }
                        (true, None) => Vec::new(),
                        (false, _) => vec![pointer],
                    }
                })
                .collect();
        }
        let pointer = pointers.into_iter().find(|it| file.pointer(it).is_some());
        pointer.map(|pointer| (file, pointer))
    };
    [full(), full_with_a_file()]
        .into_iter()
        .filter_map(found)
        .collect()
}

fn without(file: &Value, pointer: &str) -> Value {
    let mut file = file.clone();
    let (above, name) = pointer.rsplit_once('/').unwrap();
    let above = file.pointer_mut(above).unwrap().as_object_mut().unwrap();
    above.remove(name).unwrap();
    file
}

fn with(file: &Value, pointer: &str, value: &Value) -> Value {
    let mut file = file.clone();
    *file.pointer_mut(pointer).unwrap() = value.clone();
    file
}

#[test]
fn what_the_readme_calls_needed_is_needed_and_what_it_calls_a_default_is_one() {
    let mut defaults = 0;
    for row in documented() {
        for key in row.keys() {
            let places = places(&key);
            assert!(!places.is_empty(), "{key} stands in no file");
            let (file, pointer) = &places[0];
            let left_out = parse(&without(file, pointer));
            if row.default == "—" {
                left_out.expect_err(&key);
            } else if let Some(default) = row.default() {
                defaults += 1;
                let given = parse(&with(file, pointer, &default));
                let (given, left_out) = (given.expect(&key), left_out.expect(&key));
                assert_eq!(format!("{given:?}"), format!("{left_out:?}"), "{key}");
                // Another value says something else; what a rule may hide is no part of the rule.
                if !key.starts_with("declared.ignore[]") {
                    let other = parse(file).expect(&key);
                    assert_ne!(format!("{other:?}"), format!("{left_out:?}"), "{key}");
                }
            }
        }
    }
    assert!(defaults > 20, "{defaults}");
}

#[test]
fn the_limits_in_the_readme_are_those_of_the_code() {
    let mut seen = BTreeMap::new();
    for row in documented() {
        let Some((file, pointer)) = places(&row.keys()[0]).into_iter().next() else {
            panic!("{row:?}");
        };
        let takes = |value: Value| parse(&with(&file, &pointer, &value)).is_ok();
        let limits = row.limits.replace(',', "");
        if let Some((least, most)) = limits.split_once(" to ") {
            let most = most.split(' ').next().unwrap();
            let (least, most): (u64, u64) = (least.parse().unwrap(), most.parse().unwrap());
            let within = [least - 1, least, most, most + 1].map(|it| takes(json!(it)));
            assert_eq!(within, [false, true, true, false], "{row:?}");
            *seen.entry("number").or_insert(0) += 1;
        }
        for (sign, within) in [
            ("≤ ", [true, true, false]),
            ("≥ ", [false, true, true]),
            ("> ", [false, false, true]),
        ] {
            let Some((_, limit)) = limits.split_once(sign) else {
                continue;
            };
            let limit = limit.trim_matches('`');
            let limit = parse_duration(limit).unwrap().as_secs();
            let found =
                [limit - 1, limit, limit + 1].map(|it| it >= 0 && takes(json!(format!("{it}s"))));
            assert_eq!(found, within, "{row:?}");
            *seen.entry(sign).or_insert(0) += 1;
        }
        if limits.contains("at least one") {
            assert!(!takes(json!([])), "{row:?}");
            *seen.entry("list").or_insert(0) += 1;
        }
    }
    let expected = [("number", 7), ("≤ ", 2), ("≥ ", 1), ("> ", 2), ("list", 8)];
    assert_eq!(seen, expected.into());
}

#[test]
fn the_declared_differences_of_the_readme_are_read() {
    let (_, section) = README.split_once("**Declared differences.**").unwrap();
    let (_, yaml) = section.split_once("```yaml\n").unwrap();
    let (yaml, _) = yaml.split_once("```").unwrap();
    let file = format!(
        "clusters: [{{name: prod-e1-1, in_cluster: true}}, {{name: remoting-prod-e1-1, context: x}}]\n\
         select: [{{id: x, kinds: [Service]}}]\n{yaml}"
    );
    let (config, warnings) = Config::parse("README.md", &file).unwrap();
    assert_eq!(config.rules.len(), 5);
    assert_eq!(warnings.iter().count(), 0);
}

#[test]
fn the_paths_of_the_readme_are_read() {
    let (_, table) = README.split_once("\n| path | means |\n").unwrap();
    let table = table.split("\n\n").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let paths: Vec<_> = rows.map(|row| row.split('`').next().unwrap()).collect();
    assert_eq!(paths.len(), 6);
    for path in paths {
        let pattern = Pattern::parse(path).expect(path);
        assert!(!pattern.is_broad(), "{path}");
        assert_eq!(pattern.has_index(), path.contains("/0"), "{path}");
    }
}

#[test]
fn the_installed_file_is_read_without_a_warning() {
    let text = include_str!("../../../../../k8s/chart/files/check-consistency.yaml");
    let (config, warnings) = Config::parse("check-consistency.yaml", text).unwrap();
    assert_eq!(warnings.iter().count(), 0);
    assert_eq!(config.home(), Some(0));
    assert_eq!(config.baseline, Some(0));
    assert!(config.live.pushgateway.unwrap().reap);
    // The role for it names what is asked for.
    let roles = include_str!("../../../../../k8s/rbac/check-consistency.yaml");
    for name in &config.live.definitions {
        assert!(roles.contains(&format!("- {name}\n")), "{name}");
    }
}
