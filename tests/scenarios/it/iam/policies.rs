//! The policies: no wildcards, what the programs' configuration asks for, and no right to write for a twin.

use std::collections::BTreeSet;

use sandbox::aws::{AwsSim, Content, Options};
use serde_json::Value;

use super::documents::Documents;
use super::{Account, holds, text};
use crate::chart::documents::{Rendered, documents as yaml};

fn list(value: &Value) -> Vec<String> {
    if let Some(items) = value.as_array() {
        return items.iter().map(text).collect();
    }
    value.as_str().map(str::to_owned).into_iter().collect()
}

/// What a policy allows: its actions, and the resources of each.
fn allowed(policy: &Value) -> BTreeSet<(String, Vec<String>)> {
    let statements = policy["Statement"].as_array().into_iter().flatten();
    let allowing = statements.filter(|it| it["Effect"] == "Allow");
    let pairs = allowing.flat_map(|it| {
        let resources = list(&it["Resource"]);
        list(&it["Action"])
            .into_iter()
            .map(move |action| (action, resources.clone()))
    });
    pairs.collect()
}

/// What an action may be for: the user, the secret, or what has no name.
fn resource(action: &str, account: &Account, config: &Value) -> Vec<String> {
    let owner = account.role.split(':').nth(4).unwrap_or_default();
    let secret = &config["secret"];
    vec![match action.split_once(':') {
        Some(("iam", _)) => format!("arn:aws:iam::{owner}:user/{}", text(&config["user"])),
        Some(("secretsmanager", _)) => format!(
            "arn:aws:secretsmanager:{}:{owner}:secret:{}-??????",
            text(&secret["region"]),
            text(&secret["name"])
        ),
        _ => "*".to_owned(),
    }]
}

fn policies(documents: &Documents, renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let accounts = Account::all(renders);
    let of = |account: &Account| {
        let path = format!("{}/policy.json", account.directory());
        allowed(&documents.json(&path).unwrap_or_default())
    };
    for account in &accounts {
        let says = |what: String| format!("{}: {what}", account.role_name());
        let files = account.configuration(renders);
        let config = files.get("config.yaml").and_then(|it| yaml(it).ok()?.pop());
        let config = config.unwrap_or_default();
        let policy = of(account);
        for (action, resources) in &policy {
            if action.contains('*') {
                wrong.push(says(format!("{action} is more than one action")));
            }
            let expected = resource(action, account, &config);
            if *resources != expected {
                wrong.push(says(format!(
                    "{action} is for {resources:?}, not {expected:?}"
                )));
            }
        }
        let actions: BTreeSet<&str> = policy.iter().map(|(action, _)| action.as_str()).collect();
        let text = files.get("config.yaml").map_or("", String::as_str);
        for (key, action) in [
            ("aws_tag_select:", "tag:GetResources"),
            ("role_arn:", "sts:AssumeRole"),
        ] {
            if text.contains(key) != actions.contains(action) {
                wrong.push(says(format!(
                    "{action} goes with `{key}` in the configuration"
                )));
            }
        }
        if account.name == account.job() {
            continue;
        }
        let reads = ["List", "Get", "Describe"];
        for action in actions {
            let (_, verb) = action.split_once(':').unwrap_or_default();
            if !reads.iter().any(|it| verb.starts_with(it)) {
                wrong.push(says(format!("a twin that may {action}")));
            }
        }
        let job = accounts
            .iter()
            .find(|it| (&it.cluster, it.name.as_str()) == (&account.cluster, account.job()));
        let job = job.map(of).unwrap_or_default();
        for (action, _) in policy.difference(&job) {
            wrong.push(says(format!(
                "a twin that may {action}, and its job may not"
            )));
        }
    }
    wrong
}

#[test]
fn policies_allow_what_the_configuration_asks_for_and_twins_read() {
    const WRITER: &str =
        "prod-e1-1/k8s.prod-e1-1.monitoring-credentials.rotate-credentials.service/policy.json";
    const TWIN: &str = "prod-e1-1/k8s.prod-e1-1.rotate-credentials-plan.service/policy.json";
    const FOLLOWER: &str =
        "remoting-prod-e1-1/k8s.remoting-prod-e1-1.rotate-credentials.service/policy.json";
    const EXPORT: &str = "prod-e1-1/k8s.prod-e1-1.monitoring.export-cloudwatch.service/policy.json";
    holds(
        policies,
        &[
            (
                |it| it.plant(WRITER, "iam:CreateAccessKey", "iam:*"),
                "more than one action",
            ),
            (
                |it| it.plant(WRITER, "user/prod-monitoring-email-user", "user/*"),
                "is for",
            ),
            (
                |it| it.plant(FOLLOWER, "prod/monitoring-??????", "prod/*"),
                "is for",
            ),
            (|it| it.plant(FOLLOWER, "us-east-1", "eu-west-1"), "is for"),
            (
                |it| it.plant(EXPORT, "cloudwatch:GetMetricData", "tag:GetResources"),
                "goes with",
            ),
            (
                |it| it.plant(TWIN, "iam:ListUserTags", "iam:TagUser"),
                "a twin that may iam:TagUser",
            ),
            (
                |it| it.plant(WRITER, ", \"iam:ListUserTags\"", ""),
                "and its job may not",
            ),
        ],
    );
}

#[test]
fn the_simulator_can_enforce_each_of_them() {
    let content = Content::from_yaml("content.yaml", "{}").unwrap();
    let sim = AwsSim::start(content, Options::default()).unwrap();
    let documents = Documents::committed().unwrap();
    let policies = documents
        .0
        .iter()
        .filter(|(path, _)| path.ends_with("/policy.json") || path.ends_with("/boundary.json"));
    let mut count = 0;
    for (path, policy) in policies {
        sim.set_policy("AKIASANDBOX000000000", policy)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        // Each with a defect is refused, so it does judge what it takes.
        for (right, wrong) in [
            ("\"Action\":", "\"Actions\":"),
            ("\"Action\":", "\"NotAction\":"),
            ("\"Allow\"", "\"Permit\""),
            ("\"2012-10-17\"", "\"2008-10-17\""),
        ] {
            let planted = policy.replacen(right, wrong, 1);
            assert_ne!(planted, *policy, "{path} has no {right}");
            let taken = sim.set_policy("AKIASANDBOX000000000", &planted);
            assert!(taken.is_err(), "{path} with {wrong} was taken");
        }
        count += 1;
    }
    assert!(count >= 8, "{count}");
}
