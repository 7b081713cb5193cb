//! Alert rules: all of them are there, Prometheus takes them, and none asks for a job that is not.

use std::fs;

use sandbox::checkout;

use super::super::Rendered;
use super::{holds, items, text};

/// What exists in one cluster alone.
const ONLY_IN_PROD: [&str; 1] = ["aws-alerts"];

fn rules(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let folder = fs::read_dir(checkout::file("k8s/chart/files/rules")).unwrap();
    let files = folder.map(|file| file.unwrap().file_name().into_string().unwrap());
    let files = files.filter_map(|file| Some(file.strip_suffix(".yaml")?.to_owned()));
    let files: Vec<String> = files.filter(|file| !file.ends_with("_test")).collect();
    for render in renders {
        let here = |file: &str| render.cluster == "prod-e1-1" || !ONLY_IN_PROD.contains(&file);
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
