//! The table of keys in the job's README: the keys that are read and no other, with their defaults and limits.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::mistakes::GOOD;
use super::*;

/// A key that nothing is like.
const UNKNOWN: &str = "zzzzzzzzzzzzzzzzzzzz";

/// Default, limits and meaning by key, as the README has them.
fn documented() -> BTreeMap<String, [String; 3]> {
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("\n## Configuration\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let mut cells = row.trim_end_matches('|').split('|').map(str::trim);
        let mut cell = || cells.next().unwrap_or_default().to_owned();
        let key = cell().trim_end_matches('`').to_owned();
        (key, [cell(), cell(), cell()])
    })
    .collect()
}

/// The keys that an unknown one in that place is told of.
fn known_beside(text: &str) -> Vec<String> {
    let said = Config::parse("f.yaml", text).unwrap_err().to_string();
    let (_, rest) = said.split_once(UNKNOWN).unwrap();
    let (_, rest) = rest.split_once("known here: ").unwrap();
    let keys = rest.lines().next().unwrap().split(", ");
    keys.map(str::to_owned).collect()
}

/// A duration that stands in backquotes after `sign`.
fn limit(limits: &str, sign: &str) -> Option<SignedDuration> {
    let (_, rest) = limits.split_once(sign)?;
    let text = rest.trim().trim_start_matches('`').split('`').next()?;
    parse_duration(text).ok()
}

fn with(key: &str, value: &str) -> Result<Config, ConfigError> {
    Config::parse("f.yaml", &format!("{GOOD}policy: {{{key}: {value}}}\n"))
}

#[test]
fn the_readme_has_every_key_and_no_other() {
    let section = |place: &str| {
        let place = place.to_owned();
        move |text: String| {
            let keys = known_beside(&text).into_iter();
            keys.map(|key| format!("{place}{key}")).collect::<Vec<_>>()
        }
    };
    let eks = format!("eks: {{{UNKNOWN}: 1}}");
    let within = |from: &str| GOOD.replacen(from, &format!("{UNKNOWN}: 1, {from}"), 1);
    let keys = [
        section("")(format!("{GOOD}{UNKNOWN}: 1\n")),
        section("secret.")(format!("{GOOD}secret: {{{UNKNOWN}: 1}}\n")),
        section("mail.")(within("from: ")),
        section("lease.")(format!("{GOOD}lease: {{{UNKNOWN}: 1}}\n")),
        section("clusters[].")(within("name: a")),
        section("clusters[].eks.")(GOOD.replacen("in_cluster: true", &eks, 1)),
        section("clusters[].mail.")(within("name: a").replacen(
            &format!("{UNKNOWN}: 1"),
            &format!("mail: {{{UNKNOWN}: 1}}"),
            1,
        )),
        section("policy.")(format!("{GOOD}policy: {{{UNKNOWN}: 1}}\n")),
    ];
    let documented = documented();
    let mut read: Vec<_> = keys.into_iter().flatten().collect();
    // Those with keys below them.
    read.retain(|key| {
        let below = [format!("{key}."), format!("{key}[].")];
        !documented
            .keys()
            .any(|it| below.iter().any(|below| it.starts_with(below)))
    });
    read.sort();
    read.dedup();
    let documented: Vec<_> = documented.into_keys().collect();
    assert_eq!(documented, read);
}

#[test]
fn the_readme_has_the_policys_defaults_and_limits() {
    let second = SignedDuration::from_secs(1);
    let mut durations = 0;
    for (key, [default, limits, _]) in documented() {
        let Some(key) = key.strip_prefix("policy.") else {
            continue;
        };
        let default = default.trim_matches('`');
        let config = with(key, default).unwrap();
        assert_eq!(config.policy, Policy::default(), "{key}: {default}");
        if let Some(floor) = limit(&limits, "≥") {
            durations += 1;
            with(key, &format!("{}s", floor.as_secs())).unwrap();
            let below = format!("{}s", (floor - second).as_secs());
            with(key, &below).unwrap_err();
        }
        if let Some(ceiling) = limit(&limits, "≤") {
            with(key, &format!("{}s", ceiling.as_secs())).unwrap();
            let above = format!("{}s", (ceiling + second).as_secs());
            with(key, &above).unwrap_err();
        }
    }
    assert_eq!(durations, 11, "all but `proof_timeout`");
}

#[test]
fn the_readme_has_the_defaults_of_names() {
    let config = parse(GOOD);
    let documented = documented();
    let default = |key: &str| documented[key][0].trim_matches('`').to_owned();
    let cluster = &config.clusters[0];
    for (key, value) in [
        ("user", &config.user),
        ("secret.name", &config.secret.name),
        (
            "secret.access_key_id_field",
            &config.secret.fields.access_key_id,
        ),
        (
            "secret.secret_access_key_field",
            &config.secret.fields.secret_access_key,
        ),
        ("lease.namespace", &config.lease.namespace),
        ("lease.name", &config.lease.name),
        ("clusters[].namespace", &cluster.namespace),
        ("clusters[].template", &cluster.template),
    ] {
        assert_eq!(&default(key), value, "{key}");
    }
}
