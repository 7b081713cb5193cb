//! Whatever ends in an installed cluster looks at it in the end as `doctor` does.

use anyhow::{Context as _, Result};
use sandbox::aws::{AwsSim, Content, Options};
use sandbox::monitoring::NAMESPACE;
use serde_json::{Value, json};

use super::scene::{OPERATOR, Scene, check_of};

#[tokio::test]
async fn what_is_installed_and_unwell_is_told_once_the_lock_is_free() -> Result<()> {
    let scene = Scene::start().await?;
    scene.write_facts()?;
    scene.helm_upgrade(&scene.files().join("chart")).await?;
    let aws = AwsSim::start(
        Content::from_yaml("account", &account())?,
        Options::default(),
    )?;
    // No kubelet makes anything ready, so what is to be done is not waited for.
    let run = scene
        .installer(&aws, &["--take-fields", "--no-wait"])
        .await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);

    // What no installation changes, and time alone does not mend.
    let monitor = format!(
        "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\n\
         metadata: {{name: external-dns, namespace: {NAMESPACE}, \
         labels: {{services: toolchain-monitoring}}}}\n\
         spec: {{selector: {{matchLabels: {{app: nobody}}}}, endpoints: [{{port: http}}]}}\n"
    );
    let cluster = scene.cluster()?;
    cluster.apply(&[&monitor]).await?;
    let mark = cluster.audit_mark()?;
    let run = scene.installer(&aws, &["-o", "json"]).await?;
    assert_eq!(run.status, 3, "{}\n{}", run.stdout, run.stderr);
    let code = "installed-and-unhealthy";
    assert!(run.stderr.contains(code), "{}", run.stderr);
    let document: Value = serde_json::from_str(&run.stdout)?;
    assert_eq!(document["plan"]["helm"]["does"], "nothing", "{document:#}");
    assert_eq!(document["problem"]["code"], code, "{document:#}");
    assert!(document["ending"]["key"].is_object(), "{document:#}");
    assert_eq!(document["report"]["verdict"], "wrong", "{document:#}");
    let others = check_of(&document["report"], "others");
    assert_eq!(others["standing"], "wrong", "{document:#}");

    // Whoever installs next need not wait for the look, which asks what the jobs may do.
    let entries = cluster.audit_since(mark)?.into_iter();
    let own: Vec<_> = entries.filter(|entry| entry.user == OPERATOR).collect();
    let is_write = |verb: &str| !["get", "list", "watch"].contains(&verb);
    let released = own
        .iter()
        .rposition(|entry| entry.resource == "leases" && is_write(&entry.verb));
    let looked = own
        .iter()
        .position(|entry| entry.resource == "subjectaccessreviews");
    let (released, looked) = (released.context("no lock")?, looked.context("no look")?);
    assert!(released < looked, "{released} {looked}");
    Box::pin(gone_back(&scene, &aws)).await
}

/// After a rollback what should be there is what the revision says, not what the checkout does.
async fn gone_back(scene: &Scene, aws: &AwsSim) -> Result<()> {
    let older = scene.older_chart()?;
    scene.helm_upgrade(&older).await?;
    scene.helm_upgrade(&scene.files().join("chart")).await?;
    let run = scene.changer(aws, &["rollback"], &["--no-wait"]).await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);

    // There already, so Helm has nothing to wait for.
    let run = scene.changer(aws, &["rollback"], &["-o", "json"]).await?;
    assert_eq!(run.status, 3, "{}\n{}", run.stdout, run.stderr);
    let document: Value = serde_json::from_str(&run.stdout)?;
    assert_eq!(document["plan"]["helm"]["does"], "nothing", "{document:#}");
    let code = "installed-and-unhealthy";
    assert_eq!(document["problem"]["code"], code, "{document:#}");
    let from = document["report"]["expected_from"].as_str();
    let from = from.context("nothing is expected")?;
    assert!(from.starts_with("revision "), "{from}");
    Ok(())
}

/// The account, with a pair in the secret.
fn account() -> String {
    let (id, secret) = (
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    );
    let created = "2026-01-02T03:04:05Z";
    let document = json!({
        "email_access_key_id": id,
        "email_secret_access_key": secret,
        "slack-webhook": "https://hooks.slack.com/services/T0/B0/slack",
        "deadmanssnitch": "https://nosnch.in/snitch",
        "pagerduty_integration_key": "pagerduty0123456789abcdef",
    });
    json!({
        "region": "us-east-1",
        "accounts": [{"id": "123456789012"}],
        "users": [{
            "name": "prod-monitoring-email-user",
            "access_keys": [{"id": id, "secret": secret, "created": created}],
        }],
        "secrets": [{
            "name": "prod/monitoring",
            "versions": [{
                "created": created, "stages": ["AWSCURRENT"], "text": document.to_string(),
            }],
        }],
    })
    .to_string()
}
