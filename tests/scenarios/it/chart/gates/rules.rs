//! Alert rules: all of them are there, Prometheus takes them, and none asks for a job that is not.

use std::fs;

use anyhow::Result;
use sandbox::checkout;
use sandbox::servers::Promtool;
use sandbox::tools::Tools;
use serde_json::json;
use tempfile::TempDir;

use super::super::Rendered;
use super::servers::PUSHGATEWAY;
use super::{holds, items, text};

/// What exists in one cluster alone.
const ONLY_IN: [(&str, &str); 3] = [
    ("aws-alerts", "prod-e1-1"),
    ("services", "prod-e1-1"),
    ("remoting", "remoting-prod-e1-1"),
];

fn rules(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let folder = fs::read_dir(checkout::file("k8s/chart/files/rules")).unwrap();
    let files = folder.map(|file| file.unwrap().file_name().into_string().unwrap());
    let files = files.filter_map(|file| Some(file.strip_suffix(".yaml")?.to_owned()));
    let files: Vec<String> = files.filter(|file| !file.ends_with("_test")).collect();
    for render in renders {
        let here = |file: &str| {
            let only = ONLY_IN.iter().find(|(name, _)| *name == file);
            only.is_none_or(|(_, cluster)| render.cluster == *cluster)
        };
        for file in files.iter().filter(|file| here(file)) {
            let name = format!("{}-rules", file.trim_end_matches('s'));
            if render.object("PrometheusRule", &name).is_null() {
                wrong.push(format!("{}: {file}.yaml is not installed", render.cluster));
            }
        }
        let expected = files.iter().filter(|file| here(file)).count();
        if render.of("PrometheusRule").count() != expected {
            wrong.push(format!("{}: not {expected} files of rules", render.cluster));
        }
        for object in render.of("PrometheusRule") {
            let name = text(&object["metadata"]["name"]);
            let labels = &object["metadata"]["labels"];
            if labels["release"] != "prod-monitoring"
                || labels["services"] != "toolchain-monitoring"
            {
                wrong.push(format!(
                    "{}: Prometheus does not see {name}",
                    render.cluster
                ));
            }
            let groups = items(&object["spec"]["groups"]).iter();
            let rules = groups.flat_map(|group| items(&group["rules"]));
            for job in rules.filter_map(|rule| rule["labels"]["cronjob"].as_str()) {
                if render.object("CronJob", job).is_null() {
                    wrong.push(format!("{}: {name} asks for {job}", render.cluster));
                }
            }
        }
    }
    wrong
}

#[test]
fn every_file_of_rules_is_installed_and_seen() {
    holds(
        rules,
        &[
            (
                |it| {
                    it[0]
                        .documents
                        .retain(|it| it["metadata"]["name"] != "watchdog-rules");
                },
                "watchdog.yaml is not",
            ),
            (
                |it| {
                    it[0].object_mut("PrometheusRule", "watchdog-rules")["metadata"]["labels"]["release"] =
                        "other".into();
                },
                "does not see",
            ),
            (
                |it| {
                    it[1].object_mut("PrometheusRule", "watchdog-rules")["spec"]["groups"][0]["rules"]
                        [0]["labels"]["cronjob"] = "export-cloudwatch".into();
                },
                "asks for",
            ),
            (
                |it| {
                    let more = it[0].object("PrometheusRule", "aws-alert-rules").clone();
                    it[1].documents.push(more);
                },
                "files of rules",
            ),
        ],
    );
}

const GATEWAY_ALERT: &str = "PushgatewayDown";

/// That a gateway is down is told where there is one, and nowhere else.
fn gateway(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        let files = render.of("PrometheusRule");
        let groups = files.flat_map(|file| items(&file["spec"]["groups"]));
        let mut all = groups.flat_map(|group| items(&group["rules"]));
        let is_told = all.any(|rule| rule["alert"] == GATEWAY_ALERT);
        let is_there = !render.object("Deployment", PUSHGATEWAY).is_null();
        let cluster = &render.cluster;
        match (is_there, is_told) {
            (true, false) => wrong.push(format!("{cluster}: a gateway that is down is not told")),
            (false, true) => wrong.push(format!("{cluster}: a gateway is missed that is none")),
            (true, true) | (false, false) => {}
        }
    }
    wrong
}

#[test]
fn a_gateway_is_missed_where_there_is_one() {
    holds(
        gateway,
        &[
            (
                |it| {
                    it[0]
                        .documents
                        .retain(|it| it["metadata"]["name"] != PUSHGATEWAY);
                },
                "missed that is none",
            ),
            (
                |it| {
                    let file = it[1].object_mut("PrometheusRule", "monitoring-job-rules");
                    for group in file["spec"]["groups"].as_array_mut().unwrap() {
                        let rules = group["rules"].as_array_mut().unwrap();
                        rules.retain(|rule| rule["alert"] != GATEWAY_ALERT);
                    }
                },
                "is not told",
            ),
        ],
    );
}

/// What promtool says to the rules of a render, which are what Prometheus is given: files of rules are read by
/// Helm, and Helm could have changed them. Nothing if it takes all.
async fn refused(promtool: &Promtool, render: &Rendered) -> Result<Option<String>> {
    let directory = TempDir::new()?;
    for object in render.of("PrometheusRule") {
        let name = text(&object["metadata"]["name"]);
        let file = directory.path().join(format!("{name}.yaml"));
        // JSON is YAML.
        fs::write(
            &file,
            json!({"groups": object["spec"]["groups"]}).to_string(),
        )?;
        if let Err(error) = promtool.check_rules(&file).await {
            return Ok(Some(format!("{}: {name}: {error}", render.cluster)));
        }
    }
    Ok(None)
}

#[tokio::test]
async fn promtool_takes_the_rules_as_they_are_installed() -> Result<()> {
    let promtool = Promtool::locate(&Tools::from_process()?).await?;
    let mut renders = Rendered::all()?;
    for render in &renders {
        assert_eq!(refused(&promtool, render).await?, None);
    }
    for (field, value, word) in [
        ("expr", "vector(1", "unclosed left parenthesis"),
        ("for", "soon", "not a valid duration"),
        ("alert", "", "one of 'record' or 'alert' must be set"),
    ] {
        let planted = &mut renders[0];
        let rules = planted.object_mut("PrometheusRule", "watchdog-rules");
        let sound = std::mem::replace(
            &mut rules["spec"]["groups"][0]["rules"][0][field],
            json!(value),
        );
        let told = refused(&promtool, planted).await?;
        assert!(
            told.as_ref().is_some_and(|it| it.contains(word)),
            "{field}: {told:?}"
        );
        let rules = renders[0].object_mut("PrometheusRule", "watchdog-rules");
        let rule = &mut rules["spec"]["groups"][0]["rules"][0];
        rule[field] = sound;
        if rule[field].is_null() {
            rule.as_object_mut().unwrap().remove(field);
        }
    }
    Ok(())
}
