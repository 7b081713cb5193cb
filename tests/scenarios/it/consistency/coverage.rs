//! What could not be looked at is never taken for equal, and what else could be seen is told.

use std::time::Duration;

use anyhow::Result;
use sandbox::monitoring::{HOME, object, rule};
use scenarios::job::Job;
use scenarios::wait;
use serde_json::{Value, json};

use super::{OTHER, World, assert_ended, told};

/// The words of the parts that were not read: family, cluster and reason.
fn gaps(document: &Value) -> Vec<String> {
    let parts = document["parts"].as_array().unwrap().iter();
    let text = |part: &Value, key: &str| part[key].as_str().unwrap().to_owned();
    parts
        .filter(|part| !part["reason"].is_null())
        .map(|part| {
            format!(
                "{} {} {}",
                text(part, "kind"),
                text(part, "cluster"),
                text(part, "reason")
            )
        })
        .collect()
}

#[tokio::test]
async fn what_could_not_be_looked_at_is_never_equal() -> Result<()> {
    let world = World::start().await?;
    let config = world.configured("")?;
    let role = "/apis/rbac.authorization.k8s.io/v1/namespaces/monitoring/roles/check-consistency";
    assert_ended(&world.run(&["run"], &config).await?, 0, None);

    // 3: one kind that may not be listed in one cluster.
    let rights = world.stage.get(OTHER, role).await?["rules"].clone();
    let fewer: Vec<Value> = rights
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            let mut rule = rule.clone();
            if let Some(resources) = rule["resources"].as_array_mut() {
                resources.retain(|it| it != "prometheusrules");
            }
            rule
        })
        .collect();
    world
        .stage
        .patch(OTHER, role, &json!({"rules": fewer}))
        .await?;
    wait::until("the right is gone", async || {
        Ok(world.run(&["run"], &config).await?.status != 0)
    })
    .await?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 4, Some("incomplete-denied"));
    assert_eq!(
        gaps(&document),
        [format!(
            "monitoring.coreos.com/PrometheusRule {OTHER} forbidden"
        )]
    );
    let unknown = told(&document);
    assert!(unknown.len() >= 7, "{unknown:?}");
    for (object, standing, _) in &unknown {
        assert!(object.starts_with("PrometheusRule/"), "{object}");
        assert_eq!(standing, "unknown forbidden");
    }
    let hint = finished.termination["hint"].as_str().unwrap();
    assert!(
        hint.contains("resources: [prometheusrules], verbs: [list]"),
        "{hint}"
    );
    // Drift that is seen beside it is told, and the verdict stays that of an incomplete look.
    let account = object("api/v1", "serviceaccounts", "external-dns");
    let label = json!({"metadata": {"labels": {"odd": "one"}}});
    world.stage.patch(HOME, &account, &label).await?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 4, Some("incomplete-denied"));
    assert!(told(&document).contains(&(
        "ServiceAccount/external-dns".to_owned(),
        "different".to_owned(),
        vec!["/metadata/labels".to_owned()]
    )));
    // A CronJob that forgives drift does not forgive that.
    let run = world.run(&["run", "--drift-exit-code=0"], &config).await?;
    assert_ended(&run, 4, Some("incomplete-denied"));
    let none = json!({"metadata": {"labels": null}});
    world.stage.patch(HOME, &account, &none).await?;
    world
        .stage
        .patch(OTHER, role, &json!({"rules": rights}))
        .await?;
    wait::until("the right is back", async || {
        Ok(world.run(&["run"], &config).await?.status == 0)
    })
    .await?;

    // 28: a Secret that may not be read.
    let secret = "  same_secret:\n    - {name: alertmanager-prod-monitoring, key: alertmanager.yaml, \
                  reason: one login}\n";
    let (document, finished) = world.look(&world.configured(secret)?).await?;
    assert_ended(&finished, 4, Some("incomplete-denied"));
    let (object, standing, _) = &told(&document)[0];
    assert_eq!(
        (object.as_str(), standing.as_str()),
        ("Secret/alertmanager-prod-monitoring", "unknown forbidden")
    );

    // 9: an object beyond the limit. The others of its list are compared.
    let long = json!({"metadata": {"annotations": {"long": "x".repeat(8_000)}}});
    let core = rule("core-alerts-rules");
    world.stage.patch(OTHER, &core, &long).await?;
    let small = world.configured("limits: {object_bytes: 8000}\n")?;
    let (document, finished) = world.look(&small).await?;
    assert_ended(&finished, 1, Some("incomplete"));
    let expected = ("PrometheusRule/core-alerts-rules", "unknown too-large");
    let (object, standing, _) = &told(&document)[0];
    assert_eq!((object.as_str(), standing.as_str()), expected);
    let shorter = json!({"metadata": {"annotations": null}});
    world.stage.patch(OTHER, &core, &shorter).await?;

    // 40: more objects differ than are read in full. Those are counted, and not taken for equal.
    let few = world.configured("limits: {details: 6}\n")?;
    for name in ["core-alerts-rules", "external-dns-alerts-rules"] {
        world.stage.patch(OTHER, &rule(name), &label).await?;
    }
    let (document, finished) = world.look(&few).await?;
    assert_ended(&finished, 3, Some("drift"));
    assert!(document["undetailed"].as_u64().unwrap() > 0, "{document:#}");
    for name in ["core-alerts-rules", "external-dns-alerts-rules"] {
        let none = json!({"metadata": {"labels": {"odd": null}}});
        world.stage.patch(OTHER, &rule(name), &none).await?;
    }

    // 12: an object that is being deleted is not there as it should be.
    let held = json!({"metadata": {"finalizers": ["toolchain.private/held"]}});
    world.stage.patch(OTHER, &account, &held).await?;
    world.stage.delete(OTHER, &account).await?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 3, Some("drift"));
    let (object, standing, _) = &told(&document)[0];
    assert_eq!(
        (object.as_str(), standing.as_str()),
        ("ServiceAccount/external-dns", "terminating")
    );

    // 21: two names for one cluster.
    let text = world.stage.configuration("")?;
    let twice = text.replace(
        &format!("context: {OTHER}"),
        &format!("context: {HOME}, vars: {{a: b}}"),
    );
    let same = world.file(&twice.replacen("kubeconfig: \"", "kubeconfig: \"/../", 1))?;
    let run = world.run(&["run"], &same).await?;
    assert_ended(&run, 2, Some("same-cluster"));

    // 23: nothing is found anywhere: that proves nothing.
    let nothing = text.replace(
        "kinds: [batch/CronJob]",
        "kinds: [batch/CronJob], labels: no=such",
    );
    let nothing = world.file(&nothing)?;
    let run = world.run(&["run", "--only", "jobs"], &nothing).await?;
    assert_ended(&run, 1, Some("nothing-compared"));

    // Nobody can say which cluster it is: it may be the first one under a second name.
    let cluster_role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/check-consistency";
    let rights = world.stage.get(OTHER, cluster_role).await?["rules"].clone();
    let fewer: Vec<&Value> = rights
        .as_array()
        .unwrap()
        .iter()
        .filter(|rule| rule["resources"] != json!(["namespaces"]))
        .collect();
    let fewer = json!({"rules": fewer});
    world.stage.patch(OTHER, cluster_role, &fewer).await?;
    wait::until("who it is may not be asked", async || {
        let (document, _) = world.look(&config).await?;
        Ok(gaps(&document) == [format!("Namespace {OTHER} forbidden")])
    })
    .await?;
    let back = json!({"rules": rights});
    world.stage.patch(OTHER, cluster_role, &back).await?;

    // 2: a login that the cluster does not know.
    let kubeconfig = std::fs::read_to_string(world.stage.kubeconfig())?;
    let strangers = world.stage.directory().join("strangers");
    std::fs::write(&strangers, with_a_stranger(&kubeconfig)?)?;
    let unknown = world.file(&world.stage.configuration_with(&strangers, "")?)?;
    let (document, finished) = world.look(&unknown).await?;
    assert_ended(&finished, 4, Some("incomplete-denied"));
    assert!(
        gaps(&document)
            .iter()
            .all(|gap| gap.ends_with("unauthorized")),
        "{:?}",
        gaps(&document)
    );

    // 38: a cluster that says nothing has its own time; the other one is read and reported.
    let patient = world.configured("limits: {per_cluster: 3s}\n")?;
    world.stage.cluster(OTHER)?.pause()?;
    let (document, finished) = world.look(&patient).await?;
    assert_ended(&finished, 1, Some("incomplete"));
    assert!(gaps(&document).iter().all(|gap| gap.ends_with("timeout")));
    assert_eq!(document["coverage"]["clusters"]["complete"], 1);
    let read = document["parts"].as_array().unwrap().iter();
    let read = read.filter(|part| part["cluster"] == HOME);
    assert!(read.clone().count() > 5 && read.clone().all(|part| part["reason"].is_null()));

    // 35: told to stop in the middle, the report says what was seen and that it is not all.
    let slow = world.configured("")?.display().to_string();
    let running = Job::consistency(["run", "--config", &slow])?.start()?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    running.signal("TERM")?;
    let stopped = running.finish().await?;
    assert_ended(&stopped, 1, Some("interrupted"));
    assert!(stopped.stdout.contains("incomplete"), "{}", stopped.stdout);
    world.stage.cluster(OTHER)?.resume()?;

    // 1: a cluster that is gone.
    world.stage.cluster(OTHER)?.stop_api().await?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 1, Some("incomplete"));
    assert_eq!(
        document["clusters"][1]["trouble"]["code"],
        "cluster-unreachable"
    );
    assert!(
        gaps(&document)
            .iter()
            .all(|gap| gap.ends_with("unreachable"))
    );
    let hint = finished.termination["hint"].as_str().unwrap();
    assert!(hint.contains(OTHER), "{hint}");
    Ok(())
}

/// The kubeconfig with a token for the second cluster that nobody has issued.
fn with_a_stranger(kubeconfig: &str) -> Result<String> {
    let mut config: Value = serde_json::from_str(kubeconfig)?;
    let contexts = config["contexts"].as_array().unwrap();
    let of_other = contexts.iter().find(|it| it["name"] == OTHER).unwrap();
    let user = of_other["context"]["user"].clone();
    for known in config["users"].as_array_mut().unwrap() {
        if known["name"] == user {
            known["user"] = json!({"token": "nobody-issued-this"});
        }
    }
    Ok(config.to_string())
}

#[tokio::test]
async fn a_kind_that_one_cluster_lacks_is_told_once() -> Result<()> {
    let world = World::start().await?;
    let config = world.configured("")?;
    let probes = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/servicemonitors.monitoring.coreos.com";
    world.stage.delete(OTHER, probes).await?;
    wait::until("the kind is gone", async || {
        let list = object("apis/monitoring.coreos.com/v1", "servicemonitors", "");
        Ok(world
            .stage
            .get(OTHER, list.trim_end_matches('/'))
            .await
            .is_err())
    })
    .await?;
    // All that there are of it are declared to be elsewhere only.
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 0, None);
    assert_eq!(told(&document), []);
    // Three that are not.
    for number in 0..3 {
        let monitor = json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor",
            "metadata": {"name": format!("more-{number}"), "namespace": "monitoring"},
            "spec": {"selector": {}, "endpoints": [{"port": "web"}]},
        });
        let all = "/apis/monitoring.coreos.com/v1/namespaces/monitoring/servicemonitors";
        world.stage.create(HOME, all, &monitor).await?;
    }
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 3, Some("drift"));
    let told = told(&document);
    assert_eq!(told.len(), 1, "{told:?}");
    let (object, standing, _) = &told[0];
    assert!(object.contains("ServiceMonitor"), "{object}");
    assert_eq!(standing, "missing");
    Ok(())
}
