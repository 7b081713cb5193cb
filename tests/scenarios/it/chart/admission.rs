//! What the chart's admission policies refuse and let through, on a real API server: each case is judged without
//! the policies first, so that it is the policy that refuses and nothing else.

mod cases;

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use sandbox::kubernetes::{Cluster, ClusterOptions};
use sandbox::tools::Tools;
use scenarios::wait;
use serde_json::{Value, json};

use super::documents::Rendered;
use super::server::NAMESPACES;
use cases::{
    Case, container, earlier, map, of_dashboards, of_earlier_pods, of_jobs, of_rotation, pod,
};

/// What the API server says; nothing if it has no objection.
async fn objection(cluster: &Cluster, case: &Case) -> Option<String> {
    let arguments: Vec<&str> = case.arguments.iter().map(String::as_str).collect();
    let asked = cluster.kubectl(&arguments, &case.input.to_string()).await;
    asked.err().map(|error| format!("{error:#}"))
}

/// The policies with their bindings.
fn policies(render: &Rendered) -> String {
    let kinds = [
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    ];
    let of = kinds.iter().flat_map(|kind| render.of(kind));
    of.fold(String::new(), |mut text, object| {
        writeln!(text, "---\n{object}").unwrap();
        text
    })
}

/// The rotation's pod is there, with a container that somebody adds to look around.
async fn added(cluster: &Cluster) -> Result<()> {
    let place = "/api/v1/namespaces/monitoring-credentials/pods/running";
    let pod = cluster.kubectl(&["get", "--raw", place], "").await?;
    let mut pod: Value = serde_json::from_str(&pod)?;
    pod["spec"]["ephemeralContainers"] = json!([{
        "name": "look",
        "image": container(&mut pod)["image"],
        "command": ["/bin/rotate-credentials"],
        "securityContext": container(&mut pod)["securityContext"],
    }]);
    let place = format!("{place}/ephemeralcontainers?dryRun=All");
    let replace = ["replace", "--raw", &place, "--filename=-"];
    cluster.kubectl(&replace, &pod.to_string()).await.map(drop)
}

/// Somebody enters a pod, which need not be there: it is decided before.
async fn entered(cluster: &Cluster, namespace: &str, how: &str) -> String {
    let place = format!("/api/v1/namespaces/{namespace}/pods/nobody/{how}");
    let create = ["create", "--raw", &place, "--filename=-"];
    let answer = cluster.kubectl(&create, "{}").await;
    answer.map_or_else(|error| format!("{error:#}"), |_| String::new())
}

#[tokio::test]
async fn the_policies_refuse_what_is_not_ours_and_let_through_what_is() -> Result<()> {
    // Pods and ConfigMaps are judged, and nothing of the operator's, whose kinds take seconds to define.
    let options = ClusterOptions::new("admission");
    let cluster = Cluster::start(&Tools::from_process()?, options).await?;
    cluster.apply(&[NAMESPACES]).await?;
    let renders = Rendered::all()?;
    let render = &renders[0];
    let needed = ["ServiceAccount", "Role", "RoleBinding"];
    let needed = needed.iter().flat_map(|kind| render.of(kind));
    let mut installed: Vec<String> = needed.map(ToString::to_string).collect();
    for namespace in ["monitoring", "monitoring-credentials"] {
        let account = json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": namespace},
        });
        installed.push(account.to_string());
    }
    installed.push(map("alertmanager-template", &json!({})).to_string());
    installed.push(
        map(
            "monitoring-dashboard-there",
            &json!({"grafana_dashboard": "1"}),
        )
        .to_string(),
    );
    let running = pod(render, "rotate-credentials", |it| {
        it["metadata"]["name"] = "running".into();
    });
    installed.push(running.to_string());
    installed.extend(earlier(render).iter().map(ToString::to_string));
    // For `replace`, which the job itself does by patches.
    installed.push(
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "more-than-it-has", "namespace": "monitoring"},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}],
        })
        .to_string(),
    );
    installed.push(
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "more-than-it-has", "namespace": "monitoring"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "more-than-it-has",
            },
            "subjects": [
                {"kind": "ServiceAccount", "name": "sync-dashboards", "namespace": "monitoring"},
            ],
        })
        .to_string(),
    );
    cluster.apply(&[&installed.join("\n---\n")]).await?;

    let mut cases = of_rotation(render);
    cases.extend(of_jobs(render));
    cases.extend(of_dashboards());
    cases.extend(of_earlier_pods());
    for case in &cases {
        assert_eq!(
            objection(&cluster, case).await,
            None,
            "{} without policies",
            case.what
        );
    }
    added(&cluster).await.context("without policies")?;
    let doors = [
        "exec?command=x&stdout=true",
        "attach?stdout=true",
        "portforward?ports=80",
        "proxy/",
    ];
    for how in doors {
        let answer = entered(&cluster, "monitoring-credentials", how).await;
        assert!(answer.contains("\"nobody\" not found"), "{how}: {answer}");
    }

    cluster.apply(&[&policies(render)]).await?;
    // A policy takes effect a moment after it was made, each for itself.
    for case in cases.iter().filter(|case| case.refused.is_some()) {
        let what = format!("a policy refuses this: {}", case.what);
        wait::until(&what, async || {
            Ok(objection(&cluster, case).await.is_some())
        })
        .await?;
    }
    wait::until("nobody enters", async || {
        let answer = entered(&cluster, "monitoring-credentials", doors[0]).await;
        Ok(!answer.contains("not found"))
    })
    .await?;
    for case in &cases {
        let told = objection(&cluster, case).await;
        match (case.refused, told) {
            (None, None) => {}
            (Some(word), Some(told)) => {
                assert!(told.contains(word), "{}: {told}", case.what);
                assert!(told.contains("ValidatingAdmissionPolicy"), "{told}");
            }
            (expected, told) => panic!("{}: {told:?}, and not {expected:?}", case.what),
        }
    }
    let told = added(&cluster).await.unwrap_err();
    let told = format!("{told:#}");
    assert!(told.contains("no container may be added"), "{told}");
    for how in doors {
        let told = entered(&cluster, "monitoring-credentials", how).await;
        assert!(
            told.contains("nobody enters a pod of the rotation"),
            "{how}: {told}"
        );
        // Elsewhere it is as before.
        let elsewhere = entered(&cluster, "monitoring", how).await;
        assert!(
            elsewhere.contains("\"nobody\" not found"),
            "{how}: {elsewhere}"
        );
    }
    Ok(())
}
