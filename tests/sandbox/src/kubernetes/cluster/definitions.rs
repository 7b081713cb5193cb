//! Kinds that others define.

use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::super::client::Client;
use super::Cluster;

/// The group of the Prometheus operator.
const OPERATOR: &str = "monitoring.coreos.com";

/// A busy machine takes a while over large definitions.
const DEADLINE: Duration = Duration::from_mins(3);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

impl Cluster {
    /// Defines kinds of the Prometheus operator, by their plurals, and waits until they are served.
    ///
    /// # Errors
    /// When the definitions are not to be had, or are refused, or are not served.
    pub async fn define(&self, plurals: &[&str]) -> Result<()> {
        let directory = self.tools().definitions().await?;
        let mut arguments = vec!["create".to_owned(), "--validate=false".to_owned()];
        for plural in plurals {
            let file = directory.join(format!("{OPERATOR}_{plural}.yaml"));
            arguments.push(format!("--filename={}", file.display()));
        }
        // Not `apply`: its annotation, a second copy of the whole, would be too large.
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.kubectl(&arguments, "").await?;
        let admin = self.client().await?;
        for plural in plurals {
            served(&admin, plural).await?;
        }
        Ok(())
    }
}

async fn served(admin: &Client, plural: &str) -> Result<()> {
    let path =
        format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{OPERATOR}");
    let started = Instant::now();
    loop {
        let definition = admin.get(&path).await?;
        // Established, and a moment later really served.
        if is_established(&definition)
            && let Some(version) = definition
                .pointer("/spec/versions/0/name")
                .and_then(Value::as_str)
            && admin
                .status(&format!("/apis/{OPERATOR}/{version}/{plural}?limit=1"))
                .await?
                == 200
        {
            return Ok(());
        }
        if started.elapsed() > DEADLINE {
            bail!("the kind {plural} is not served: {definition}")
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_established;

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
}
