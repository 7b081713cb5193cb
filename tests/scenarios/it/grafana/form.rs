//! How a dashboard of ours is written: so that it reads well, differs little from version to version, and
//! tells whoever looks at it what to do.

use std::collections::BTreeSet;

use anyhow::Result;
use sandbox::checkout;
use serde_json::Value;

use super::REPOSITORY;
use super::boards::Board;
use super::closure::recorded;

/// The greatest that the Grafana in use knows; sync-dashboards' configuration says the same.
const SCHEMA: u64 = 41;

/// Those of Grafana's units that our panels need; one that it does not know it writes behind the number.
const UNITS: [&str; 6] = [
    "none",
    "short",
    "s",
    "percentunit",
    "currencyUSD",
    "dateTimeFromNow",
];

/// Columns of a dashboard.
const WIDTH: u64 = 24;

/// What is wrong, in words.
fn faults(board: &Board, recorded: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = text(board);
    wrong.extend(head(board));
    wrong.extend(board.panels().flat_map(shown));
    wrong.extend(layout(board));
    let ids = |value: &Value| value["uid"] != "${datasource}";
    let mut sources = Vec::new();
    named(&board.value, "datasource", &mut sources);
    wrong.extend(
        sources
            .into_iter()
            .filter(|it| ids(it))
            .map(|it| format!("the data source {it}")),
    );
    for asked in board.asks() {
        for name in asked.names().unwrap() {
            let goes_on = |rest: &&str| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let mut after = asked
                .expr
                .split(&*name)
                .skip(1)
                .filter(|rest| !goes_on(rest));
            let limited = |rest: &str| rest.starts_with("{cluster=~\"$cluster\"");
            if !recorded.contains(&name) && !after.all(limited) {
                // The list of the clusters themselves.
                if asked.at.ends_with("\"cluster\"") {
                    continue;
                }
                wrong.push(format!(
                    "{}: {name} is not limited to the cluster",
                    asked.at
                ));
            }
        }
    }
    wrong
}

/// Grafana's own way of writing, so that what is copied from it differs where it differs.
fn text(board: &Board) -> Vec<String> {
    let mut wrong = Vec::new();
    let pretty = serde_json::to_string_pretty(&board.value).unwrap();
    if board.text != format!("{pretty}\n") {
        wrong.push("it is not written as a program would write it".to_owned());
    }
    for key in [
        "id",
        "version",
        "iteration",
        "gnetId",
        "__inputs",
        "__requires",
    ] {
        if !board.value[key].is_null() {
            wrong.push(format!("{key} is of one Grafana's database"));
        }
    }
    let addresses = board.text.split("http").skip(1);
    for address in addresses.filter(|it| it.starts_with("://") || it.starts_with("s://")) {
        let address = format!("http{}", address.split('"').next().unwrap());
        if !address.starts_with(&format!("{REPOSITORY}/")) {
            wrong.push(format!("{address} is an address of somebody"));
        }
    }
    wrong
}

fn head(board: &Board) -> Vec<String> {
    let mut wrong = Vec::new();
    let value = &board.value;
    if value["uid"] != board.name.as_str() {
        wrong.push("its uid is not the file's name".to_owned());
    }
    let tags = value["tags"].as_array().unwrap();
    if !tags.contains(&"monitoring-jobs".into()) {
        wrong.push("the others do not link to it without the tag".to_owned());
    }
    if value["schemaVersion"].as_u64() != Some(SCHEMA) {
        wrong.push("its schema is another one".to_owned());
    }
    let variables = value["templating"]["list"].as_array().unwrap();
    let kinds: Vec<_> = variables
        .iter()
        .map(|it| (&it["name"], &it["type"]))
        .collect();
    if kinds[0] != (&"datasource".into(), &"datasource".into()) || kinds[1].0 != "cluster" {
        wrong.push("data source and cluster cannot be chosen".to_owned());
    }
    if value["timezone"] != "utc" {
        wrong.push("schedules are in UTC".to_owned());
    }
    wrong
}

/// A panel says what it shows, in which unit, from when on it is bad, and where to read on.
fn shown(panel: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let title = panel["title"].as_str().unwrap_or_default();
    let description = panel["description"].as_str().unwrap_or_default();
    if title.is_empty() || title.ends_with('.') || !description.ends_with('.') {
        wrong.push("it has no title, or no description that is a sentence".to_owned());
    }
    let defaults = &panel["fieldConfig"]["defaults"];
    let overrides = panel["fieldConfig"]["overrides"].as_array();
    let properties = overrides.into_iter().flatten();
    let properties = properties.flat_map(|it| it["properties"].as_array().unwrap());
    let others = properties.filter(|it| it["id"] == "unit");
    let units = others.map(|it| &it["value"]).chain([&defaults["unit"]]);
    for unit in units {
        if !UNITS.contains(&unit.as_str().unwrap_or_default()) {
            wrong.push(format!("it has no unit, or {unit}"));
        }
    }
    let targets = panel["targets"].as_array().unwrap();
    let letters: BTreeSet<_> = targets.iter().map(|it| it["refId"].as_str()).collect();
    if letters.len() != targets.len() {
        wrong.push("two queries have one letter".to_owned());
    }
    let steps = defaults["thresholds"]["steps"].as_array();
    let values = |steps: &Vec<Value>| -> Vec<Option<f64>> {
        steps.iter().map(|step| step["value"].as_f64()).collect()
    };
    let values = steps.map(values).unwrap_or_default();
    if values.first() != Some(&None) || !values.is_sorted() {
        wrong.push("its thresholds do not begin with none and climb".to_owned());
    }
    let links = panel["links"].as_array().into_iter().flatten();
    let links: Vec<&str> = links.filter_map(|link| link["url"].as_str()).collect();
    if links.is_empty() || !links.iter().all(|link| leads(link)) {
        wrong.push(format!("{links:?} lead to no heading"));
    }
    wrong
        .into_iter()
        .map(|it| format!("{title:?}: {it}"))
        .collect()
}

/// Panels lie side by side within the width, and no two in one place.
fn layout(board: &Board) -> Vec<String> {
    let all = board.value["panels"].as_array().unwrap();
    let place = |panel: &Value| {
        let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        (at("x"), at("y"), at("x") + at("w"), at("y") + at("h"))
    };
    let mut wrong = Vec::new();
    for (number, panel) in all.iter().enumerate() {
        let (left, top, right, bottom) = place(panel);
        if right > WIDTH {
            wrong.push(format!("{} sticks out", panel["title"]));
        }
        for other in &all[..number] {
            let (l, t, r, b) = place(other);
            if left < r && l < right && top < b && t < bottom {
                wrong.push(format!("{} lies on {}", panel["title"], other["title"]));
            }
            if panel["title"] == other["title"] {
                wrong.push(format!("{} is there twice", panel["title"]));
            }
        }
    }
    wrong
}

/// Every object that is somewhere called so.
fn named<'v>(value: &'v Value, name: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if key == name {
                    found.push(value);
                }
                named(value, name, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named(item, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a link leads to a heading of a document in the repository.
fn leads(link: &str) -> bool {
    let within = link
        .strip_prefix(REPOSITORY)
        .and_then(|it| it.strip_prefix('/'));
    let Some((path, anchor)) = within.and_then(|it| it.split_once('#')) else {
        return false;
    };
    let text = std::fs::read_to_string(checkout::file(path)).unwrap_or_default();
    let headings = text.lines().filter_map(|line| line.strip_prefix("##"));
    // As a forge makes anchors of them.
    let mut anchors = headings.map(|heading| {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = words
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
        kept.collect::<String>().replace(' ', "-")
    });
    anchors.any(|it| it == anchor)
}

#[test]
fn every_dashboard_of_ours_is_written_alike_and_leads_on() -> Result<()> {
    let recorded = recorded()?;
    let boards = Board::ours()?;
    assert!(boards.len() >= 4);
    for board in &boards {
        let wrong = faults(board, &recorded);
        assert!(wrong.is_empty(), "{}: {wrong:#?}", board.name);
    }
    let board = boards
        .iter()
        .find(|it| it.name == "monitoring-jobs")
        .unwrap();
    for (from, to, word) in [
        ("{\n  \"uid\"", "{\"uid\"", "as a program"),
        (
            "\"timezone\": \"utc\"",
            "\"timezone\": \"utc\",\n  \"version\": 7",
            "database",
        ),
        (
            "\"uid\": \"${datasource}\"",
            "\"uid\": \"prod-e1-1\"",
            "the data source",
        ),
        (
            "\"uid\": \"monitoring-jobs\"",
            "\"uid\": \"jobs\"",
            "file's name",
        ),
        ("#jobfailed", "#jobfaild", "no heading"),
        (REPOSITORY, "https://grafana.com", "address of somebody"),
        ("\"unit\": \"s\"", "\"unit\": \"sec\"", "no unit"),
        ("\"dateTimeFromNow\"", "\"fromNow\"", "no unit"),
        ("\"refId\": \"B\"", "\"refId\": \"A\"", "one letter"),
        ("\"value\": 0.75", "\"value\": 7", "climb"),
        ("that each job pushed at its end.", "", "sentence"),
        ("\"x\": 6", "\"x\": 5", "lies on"),
        ("\"w\": 24", "\"w\": 25", "sticks out"),
        (
            "\"title\": \"Failures in a row\"",
            "\"title\": \"How runs ended\"",
            "twice",
        ),
        (
            "\"name\": \"cluster\"",
            "\"name\": \"other\"",
            "cannot be chosen",
        ),
        (
            "_exit_code{cluster=~\\\"$cluster\\\", ",
            "_exit_code{",
            "limited to the cluster",
        ),
        ("\"utc\"", "\"browser\"", "UTC"),
        ("\"schemaVersion\": 41", "\"schemaVersion\": 42", "schema"),
        (
            "  \"tags\": [\n    \"monitoring-jobs\"",
            "  \"tags\": [\n    \"x\"",
            "tag",
        ),
    ] {
        let wrong = faults(&board.with(from, to), &recorded);
        assert!(wrong.iter().any(|it| it.contains(word)), "{to}: {wrong:#?}");
    }
    Ok(())
}
