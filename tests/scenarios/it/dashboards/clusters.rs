//! Clusters that are not as the job would like them: foreign owners, missing rights, busy or absent
//! servers. One that fails stops no other.

use anyhow::Result;
use sandbox::dashboards::{self, GROUP, NAMESPACE, USER, generation};
use sandbox::kubernetes::Change;
use serde_json::{Value, json};

use super::{World, assert_ended, path};

fn owned_by_helm(name: &str, text: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {
            "name": format!("monitoring-dashboard-{name}"), "namespace": NAMESPACE,
            "labels": {"grafana_dashboard": "1", "app.kubernetes.io/managed-by": "Helm"},
            "annotations": {"meta.helm.sh/release-name": "prod-grafana"},
        },
        "data": {format!("{name}.json"): text},
    })
}

/// A policy against one dashboard, and what puts it in force.
fn policy() -> [(&'static str, Value); 2] {
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "no-kubelet"},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [{
                "apiGroups": [""], "apiVersions": ["v1"],
                "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"],
            }]},
            "validations": [{
                "expression": "!has(object.data) || !('kubelet.json' in object.data)",
                "message": "no kubelet here",
            }],
        },
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "no-kubelet"},
        "spec": {"policyName": "no-kubelet", "validationActions": ["Deny"]},
    });
    [
        (
            "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
            policy,
        ),
        (
            "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
            binding,
        ),
    ]
}

#[tokio::test]
async fn what_others_own_is_left_and_everything_else_goes_on() -> Result<()> {
    let world = World::start().await?;
    let set = generation(0);
    let pin = world.publish(1, &set);
    let config = world.configured(&pin, "")?;
    let maps = format!("/api/v1/namespaces/{NAMESPACE}/configmaps");
    let admin = world.admin(0).await?;

    // 22: a Helm release's object of the same name.
    admin.create(&maps, &owned_by_helm("kubelet", "{}")).await?;
    // 16: somebody's dashboard with the uid of one of ours.
    let mut twin = owned_by_helm(
        "own",
        r#"{"uid": "4aa6447917c0599aba81ccfd2bbb4aa4", "title": "Mine"}"#,
    );
    twin["metadata"]["name"] = json!("team-board");
    admin.create(&maps, &twin).await?;
    // An object of our name that the sidecar's label does not show.
    let bare = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "monitoring-dashboard-apiserver", "namespace": NAMESPACE},
        "data": {"other.txt": "x"},
    });
    admin.create(&maps, &bare).await?;
    let run = world.run(&["apply"], &config).await?;
    assert_ended(&run, 3, Some("dashboard-collision"));
    for said in [
        "the Helm release prod-grafana",
        "team-board",
        "a person made it",
    ] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    assert_eq!(
        world.names(1).await?.len(),
        5,
        "the other cluster is served"
    );
    assert_eq!(
        world.names(0).await?,
        ["k8s-resources-cluster", "kubelet", "node-rsrc-use"]
    );
    assert_eq!(
        admin.get(&path("apiserver")).await?["data"],
        json!({"other.txt": "x"})
    );
    admin.delete(&path("apiserver")).await?;
    admin.delete(&path("kubelet")).await?;
    admin.delete(&format!("{maps}/team-board")).await?;
    assert_ended(&world.run(&["apply"], &config).await?, 0, None);

    // 28: immutable, and the text is not today's.
    let pin = world.publish(2, &generation(2));
    let config = world.configured(&pin, "")?;
    admin
        .patch(
            &path("apiserver"),
            Change::Merge,
            &json!({"immutable": true}),
        )
        .await?;
    let run = world.run(&["apply"], &config).await?;
    assert_ended(&run, 3, Some("immutable-object"));
    let run = world
        .run(&["apply", "--replace-immutable"], &config)
        .await?;
    assert_ended(&run, 0, None);
    assert!(
        admin
            .get(&path("apiserver"))
            .await?
            .get("immutable")
            .is_none()
    );

    // 28: an admission policy says no to one. The others are written, and it is told in its own words.
    let policies = policy();
    for (path, object) in &policies {
        admin.create(path, object).await?;
    }
    let denied = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"kubelet.json": "x"},
        "metadata": {"name": "probe", "namespace": NAMESPACE},
    });
    scenarios::wait::until("the policy is in force", async || {
        let made = admin.create(&maps, &denied).await;
        if made.is_ok() {
            admin.delete(&format!("{maps}/probe")).await?;
        }
        Ok(made.is_err())
    })
    .await?;
    let pin = world.publish(3, &generation(3));
    let config = world.configured(&pin, "")?;
    let run = world.run(&["apply"], &config).await?;
    assert_ended(&run, 3, Some("object-refused"));
    assert!(run.stdout.contains("no kubelet here"), "{}", run.stdout);
    for (path, object) in &policies {
        let name = object["metadata"]["name"].as_str().unwrap();
        admin.delete(&format!("{path}/{name}")).await?;
    }

    // 27: a namespace that is not there is not made.
    let elsewhere = world.configured(&pin, "")?;
    let text = std::fs::read_to_string(&elsewhere)?;
    std::fs::write(
        &elsewhere,
        text.replace("kubeconfig: ", "namespace: nowhere, kubeconfig: "),
    )?;
    let run = world.run(&["apply"], &elsewhere).await?;
    // Who may not look there does not learn that it is not there.
    assert_ended(&run, 4, Some("cluster-denied"));

    // 26: the right to look and to delete, and none to write. Told for the object, and nothing is removed.
    let role = "/apis/rbac.authorization.k8s.io/v1/namespaces/monitoring/roles/sync-dashboards";
    let rules = admin.get(role).await?["rules"].clone();
    let fewer = json!({"rules": [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "delete"]},
    ]});
    admin.patch(role, Change::Merge, &fewer).await?;
    let renamed = generation(3).after(&[dashboards::Change::Renamed]);
    let config = world.configured(&world.publish(5, &renamed), "")?;
    let first = ["apply", "--only", "remoting-prod-e1-1"];
    scenarios::wait::until("the right to write is gone", async || {
        let probe = world.stage.clusters()[0]
            .client_for(USER, Some(GROUP))
            .await?;
        let made = probe.create(&maps, &owned_by_helm("probe", "{}")).await;
        if made.is_ok() {
            admin.delete(&path("probe")).await?;
        }
        Ok(made.is_err())
    })
    .await?;
    let before = world.names(0).await?;
    let run = world.run(&first, &config).await?;
    assert_ended(&run, 4, Some("cluster-denied"));
    assert!(
        run.stdout.contains("! refuse   k8s-resources-overview"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("nothing is removed"), "{}", run.stdout);
    assert_eq!(world.names(0).await?, before);
    admin
        .patch(role, Change::Merge, &json!({"rules": rules}))
        .await?;

    // 25: no right to look. The other cluster is brought to the pin all the same.
    let pin = world.publish(4, &generation(5));
    let config = world.configured(&pin, "")?;
    let rights =
        "/apis/rbac.authorization.k8s.io/v1/namespaces/monitoring/rolebindings/sync-dashboards";
    admin.delete(rights).await?;
    scenarios::wait::until("the rights are gone", async || {
        let run = world
            .run(&["plan", "--only", "remoting-prod-e1-1"], &config)
            .await?;
        Ok(run.status == 4)
    })
    .await?;
    let run = world.run(&["apply"], &config).await?;
    // Something was written, and the rest could not be.
    assert_ended(&run, 5, Some("cluster-denied"));
    assert!(
        run.stderr.contains("resources: [configmaps]"),
        "the missing rule is told: {}",
        run.stderr
    );
    let run = world.run(&["apply"], &config).await?;
    assert_ended(&run, 4, Some("cluster-denied"));

    // An API server that is gone.
    world.stage.clusters()[0].stop_api().await?;
    let run = world.run(&["apply"], &config).await?;
    assert_ended(&run, 1, Some("cluster-unreachable"));
    let document = world.run(&["plan", "-o", "json"], &config).await?;
    let document: Value = serde_json::from_str(&document.stdout)?;
    assert_eq!(document["targets"][0]["seen"], false);
    assert_eq!(document["targets"][1]["seen"], true);
    Ok(())
}
