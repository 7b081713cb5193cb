//! The other commands, the forms of the report, and what must never be in any of them.

use anyhow::Result;
use sandbox::monitoring::{HOME, rule};
use scenarios::job::Job;
use serde_json::json;

use super::{OTHER, World, assert_ended, told};

#[tokio::test]
async fn a_configuration_is_proposed_and_what_differs_is_explained_and_declared() -> Result<()> {
    let world = World::start().await?;
    let kubeconfig = world.stage.kubeconfig().display().to_string();

    // A proposal that is a configuration, under which nothing differs but what it lists as comments.
    let words = [
        "init",
        "--kubeconfig",
        &kubeconfig,
        "--context",
        HOME,
        "--context",
        OTHER,
    ];
    let proposed = Job::consistency(words)?.run().await?;
    assert_ended(&proposed, 0, None);
    for part in [
        "\"PrometheusRule/monitoring/toolchain-alert-rules\"",
        "value: \"arn:aws:iam::123456789012:role/k8s.{{cluster}}.monitoring.external-dns.service\"",
        "value: \"{{cluster}}\"",
    ] {
        assert!(
            proposed.stdout.contains(part),
            "no {part} in {}",
            proposed.stdout
        );
    }
    let file = world.file(&proposed.stdout)?;
    let (document, finished) = world.look(&file).await?;
    assert_eq!(told(&document), [], "{}", proposed.stdout);
    assert_ended(&finished, 0, None);
    let checked = world.run(&["config", "check"], &file).await?;
    assert_ended(&checked, 0, None);
    assert!(checked.stdout.contains("2 clusters"), "{}", checked.stdout);

    // One object, explained.
    let core = rule("core-alerts-rules");
    let mut groups = world.stage.get(OTHER, &core).await?["spec"]["groups"].clone();
    groups[0]["rules"][2]["for"] = json!("10m");
    let changed = json!({
        "metadata": {"annotations": {"odd": "\u{1b}[31m<script>alert(1)</script>|`x`"}},
        "spec": {"groups": groups},
    });
    world.stage.patch(OTHER, &core, &changed).await?;
    let config = world.configured("")?;
    let explained = world
        .run(
            &["explain", "PrometheusRule/monitoring/core-alerts-rules"],
            &config,
        )
        .await?;
    assert_ended(&explained, 0, None);
    for part in [
        "different",
        "/spec/groups[name=./core-dns]/rules[alert=CoreDNSDown]/for",
        "as it is compared in prod-e1-1",
        "alert: CoreDNSLatencyHigh",
    ] {
        assert!(
            explained.stdout.contains(part),
            "no {part} in {}",
            explained.stdout
        );
    }
    let account = world
        .run(
            &["explain", "ServiceAccount/monitoring/external-dns"],
            &config,
        )
        .await?;
    assert!(account.stdout.contains("template[2]"), "{}", account.stdout);
    assert!(
        account
            .stdout
            .contains("every cluster has roles of its own"),
        "{}",
        account.stdout
    );

    // 37: whatever stands in an object, nothing of it is obeyed.
    for form in ["text", "markdown", "json", "html"] {
        let shown = world.run(&["run", "-o", form], &config).await?;
        assert_ended(&shown, 3, Some("drift"));
        assert!(!shown.stdout.contains('\u{1b}'), "{form}");
        if form == "html" || form == "markdown" {
            assert!(
                !shown.stdout.contains("<script>alert"),
                "{form}: {}",
                shown.stdout
            );
        }
        assert!(shown.stdout.contains("CoreDNSDown"), "{form}");
    }

    // Declared, with a reason; expired, it is not applied; without use, it is told and can be refused.
    let rules = |expires: &str| {
        format!(
            "  ignore:\n    - objects: [PrometheusRule/monitoring/core-alerts-rules]\n      path: \
             /spec/groups[name=./core-dns]/rules[alert=CoreDNSDown]/for\n      reason: slow DNS there\n{expires}    \
             - objects: [PrometheusRule/monitoring/core-alerts-rules]\n      path: \
             /metadata/annotations/odd\n      reason: somebody's note\n"
        )
    };
    let declared = world.configured(&rules(""))?;
    assert_ended(
        &world.run(&["run", "--strict-rules"], &declared).await?,
        0,
        None,
    );
    let expired = world.configured(&rules("      expires: 2020-01-31\n"))?;
    let (document, finished) = world.look(&expired).await?;
    assert_ended(&finished, 3, Some("drift"));
    let rule = document["rules"].as_array().unwrap().iter();
    assert_eq!(
        rule.clone().filter(|rule| rule["expired"] == true).count(),
        1
    );
    let none = json!({"metadata": {"annotations": {"odd": null}}});
    world.stage.patch(OTHER, &core, &none).await?;
    let run = world.run(&["run"], &declared).await?;
    assert_ended(&run, 0, None);
    assert!(run.stdout.contains("ignore[2]"), "{}", run.stdout);
    let strict = world.run(&["run", "--strict-rules"], &declared).await?;
    assert_ended(&strict, 2, Some("unused-rules"));

    // Slips.
    let slip = world
        .run(
            &["explain", "PrometheusRule/monitoring/core-alert-rules"],
            &config,
        )
        .await?;
    assert_ended(&slip, 2, Some("no-such-object"));
    let hint = slip.termination["hint"].as_str().unwrap();
    assert!(hint.contains("core-alerts-rules"), "{hint}");
    let slip = world.run(&["run", "--only", "rule"], &config).await?;
    assert_ended(&slip, 2, Some("no-such-selection"));
    let slip = world.run(&["cluster", "prod-e1-2"], &config).await?;
    assert_ended(&slip, 2, Some("no-such-cluster"));
    Ok(())
}

#[tokio::test]
async fn a_cluster_says_as_whom_it_is_seen_and_what_is_missing() -> Result<()> {
    let world = World::start().await?;
    let config = world.configured("")?;
    let seen = world.run(&["cluster", OTHER], &config).await?;
    assert_ended(&seen, 0, None);
    assert!(
        seen.stdout.contains("as check-consistency"),
        "{}",
        seen.stdout
    );
    assert!(!seen.stdout.contains("MAY NOT"), "{}", seen.stdout);
    let home = world.run(&["cluster", HOME], &config).await?;
    assert!(
        home.stdout
            .contains("system:serviceaccount:monitoring:check-consistency"),
        "{}",
        home.stdout
    );
    let secret = "  same_secret:\n    - {name: alertmanager-prod-monitoring, key: alertmanager.yaml, \
                  reason: one login}\n";
    let more = world.configured(secret)?;
    let lacking = world.run(&["cluster", OTHER], &more).await?;
    assert_ended(&lacking, 4, Some("incomplete-denied"));
    let hint = lacking.termination["hint"].as_str().unwrap();
    assert!(hint.contains("resources: [secrets]"), "{hint}");
    Ok(())
}

#[tokio::test]
async fn secrets_are_compared_and_never_shown() -> Result<()> {
    const PASSWORD: &str = "Tr0ub4dor&3-one";
    let world = World::start().await?;
    let role = "/apis/rbac.authorization.k8s.io/v1/namespaces/monitoring/roles/check-consistency";
    for (cluster, end) in [(HOME, ""), (OTHER, "\n")] {
        let mut rights = world.stage.get(cluster, role).await?["rules"].clone();
        rights.as_array_mut().unwrap().push(json!({
            "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"],
            "resourceNames": ["login"]}));
        world
            .stage
            .patch(cluster, role, &json!({"rules": rights}))
            .await?;
        let text = format!("global:\n  smtp_auth_password: {PASSWORD}\n{end}");
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "login", "namespace": "monitoring"},
            "stringData": {"alertmanager.yaml": text, "word": format!("{PASSWORD}{end}")},
        });
        let all = "/api/v1/namespaces/monitoring/secrets";
        world.stage.create(cluster, all, &secret).await?;
        // Where a secret does not belong.
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "buildsense-odd", "namespace": "monitoring"},
            "data": {"alertmanager.yaml": text.replace("one", if end.is_empty() { "one" } else { "two" }),
                "password": format!("{PASSWORD}{end}")},
        });
        let all = "/api/v1/namespaces/monitoring/configmaps";
        world.stage.create(cluster, all, &map).await?;
    }
    let rule = |key: &str, more: &str| {
        format!("    - {{name: login, key: {key}, {more}reason: one login}}\n")
    };
    let in_document = "path: /global/smtp_auth_password, ";
    let config = world.configured(&format!(
        "  same_secret:\n{}{}",
        rule("alertmanager.yaml", in_document),
        rule("word", "")
    ))?;
    assert_ended(&world.run(&["config", "check"], &config).await?, 0, None);
    scenarios::wait::until("the Secrets may be read", async || {
        Ok(world.run(&["run"], &config).await?.status == 3)
    })
    .await?;
    let (document, _) = world.look(&config).await?;
    let drift: Vec<_> = told(&document);
    // 29: the word differs by its last line break, and nobody is told that it is only that.
    let secrets = drift.iter().filter(|(object, ..)| object == "Secret/login");
    assert_eq!(secrets.count(), 1, "{drift:?}");
    assert!(
        drift
            .iter()
            .any(|(object, ..)| object == "ConfigMap/buildsense-odd"),
        "{drift:?}"
    );
    let mut everything = String::new();
    for words in [
        &["run", "--all"][..],
        &["run", "--all", "-o", "markdown"],
        &["run", "--all", "-o", "json"],
        &["run", "--all", "-o", "html"],
        &["explain", "ConfigMap/monitoring/buildsense-odd"],
        &["run", "-vv"],
    ] {
        let finished = world.run(words, &config).await?;
        everything += &finished.stdout;
        everything += &finished.stderr;
        everything += &finished.termination_text;
    }
    for secret in [PASSWORD, "Tr0ub4dor", "VHIwdWI0ZG9y"] {
        assert!(!everything.contains(secret), "{secret} is shown");
    }
    Ok(())
}
