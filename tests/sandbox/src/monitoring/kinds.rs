//! The kinds of the Prometheus operator, as it defines them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::kubernetes::{Client, Cluster};

/// Those that the job may read. The other five would only cost memory.
const PLURALS: [&str; 5] = [
    "alertmanagers",
    "podmonitors",
    "prometheuses",
    "prometheusrules",
    "servicemonitors",
];

/// A definition that is not in force by then never will be.
const DEADLINE: Duration = Duration::from_secs(30);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Installs the definitions in `directory` and waits until they are in force.
pub(super) async fn install(cluster: &Cluster, directory: &Path) -> Result<()> {
    let files = PLURALS.map(|plural| {
        let name = format!("monitoring.coreos.com_{plural}.yaml");
        format!("--filename={}", directory.join(name).display())
    });
    // Not `apply`: its annotation, a second copy of the whole, would be too large.
    let mut arguments = vec!["create", "--validate=false"];
    arguments.extend(files.iter().map(String::as_str));
    cluster.kubectl(&arguments, "").await?;
    let admin = cluster.client().await?;
    for plural in PLURALS {
        in_force(&admin, plural).await?;
    }
    Ok(())
}

async fn in_force(admin: &Client, plural: &str) -> Result<()> {
    let path = format!(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.monitoring.coreos.com"
    );
    let served = format!("/apis/monitoring.coreos.com/v1/{plural}?limit=1");
    let started = Instant::now();
    loop {
        let definition = admin.get(&path).await?;
        // Established, and a moment later really served.
        if is_established(&definition) && admin.status(&served).await? == 200 {
            return Ok(());
        }
        if started.elapsed() > DEADLINE {
            bail!("the definition of {plural} is not in force: {definition}")
        }
        sleep(PAUSE).await;
    }
}

fn is_established(definition: &Value) -> bool {
    let conditions = definition.pointer("/status/conditions");
    conditions
        .and_then(Value::as_array)
        .is_some_and(|conditions| {
            conditions
                .iter()
                .any(|it| it["type"] == "Established" && it["status"] == "True")
        })
}

/// The labels that an operator's `selector` (`matchLabels` only) asks for are all there.
pub(super) fn selects(selector: &Value, object: &Value) -> Result<bool> {
    let wanted = selector.pointer("/matchLabels").and_then(Value::as_object);
    let wanted = wanted.context("a selector without matchLabels")?;
    let labels = object.pointer("/metadata/labels");
    Ok(wanted
        .iter()
        .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::super::content;
    use super::{PLURALS, is_established, selects};

    #[test]
    fn the_kinds_are_those_that_the_job_may_read() {
        let rights = content::rights("elsewhere").unwrap().concat();
        let (_, rule) = rights
            .split_once("apiGroups: [monitoring.coreos.com]")
            .unwrap();
        let (_, list) = rule.split_once("resources: [").unwrap();
        let (list, _) = list.split_once(']').unwrap();
        let allowed: BTreeSet<_> = list.split(", ").collect();
        assert_eq!(allowed, BTreeSet::from(PLURALS));
    }

    #[test]
    fn a_definition_is_established_when_its_condition_says_so() {
        for (conditions, established) in [
            (json!([{"type": "Established", "status": "True"}]), true),
            (json!([{"type": "Established", "status": "False"}]), false),
            (json!([{"type": "NamesAccepted", "status": "True"}]), false),
            (json!(null), false),
        ] {
            let definition = json!({"status": {"conditions": conditions}});
            assert_eq!(is_established(&definition), established, "{definition}");
        }
    }

    #[test]
    fn a_selector_wants_every_label_it_names() {
        let selector = json!({"matchLabels": {"release": "prod-monitoring"}});
        for (labels, selected) in [
            (json!({"release": "prod-monitoring", "team": "x"}), true),
            (json!({"release": "other"}), false),
            (json!({}), false),
        ] {
            let object = json!({"metadata": {"labels": labels}});
            assert_eq!(selects(&selector, &object).unwrap(), selected, "{object}");
        }
        assert!(!selects(&selector, &json!({"metadata": {}})).unwrap());
    }
}
