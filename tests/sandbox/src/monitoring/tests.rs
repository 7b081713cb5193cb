//! The stage is what it says: its objects, its servers, and the ways to them.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{CLUSTERS, Stage, collection, object, rule};
use crate::kubernetes::Client;
use crate::tools::{Tool, Tools};

const API: &str = "apis/monitoring.coreos.com/v1";

#[test]
fn paths_are_those_of_the_api() {
    assert_eq!(
        rule("core-alerts-rules"),
        "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheusrules/core-alerts-rules"
    );
    assert_eq!(
        collection("api/v1", "configmaps"),
        "/api/v1/namespaces/monitoring/configmaps"
    );
}

#[tokio::test]
async fn a_stage_holds_the_company_and_its_servers_run_what_the_objects_say() -> Result<()> {
    let stage = Stage::start(&Tools::from_process()?).await?;
    let stage = Box::pin(stage.with_alertmanagers()).await?;
    let stage = Box::pin(stage.with_prometheus()).await?;
    let stage = Box::pin(stage.with_pushgateways()).await?;
    let [prod, remoting] = CLUSTERS;

    let rules = collection(API, "prometheusrules");
    let stack = [
        "prod-monitoring-prometheus-general.rules",
        "prod-monitoring-prometheus-node-exporter.rules",
    ];
    let everywhere = [
        "aws-alb-ingress-controller-rules",
        "core-alerts-rules",
        "external-dns-alerts-rules",
    ];
    for (name, own) in [
        (prod, &["aws-alert-rules", "toolchain-alert-rules"][..]),
        (remoting, &["remoting-alert-rules"]),
    ] {
        let mut expected = [&stack[..], &everywhere, own].concat();
        expected.sort_unstable();
        assert_eq!(names(&stage.get(name, &rules).await?), expected, "{name}");
    }
    let ingresses = collection("apis/networking.k8s.io/v1", "ingresses");
    assert!(names(&stage.get(prod, &ingresses).await?).is_empty());
    let ingress = &stage.get(remoting, &ingresses).await?["items"][0];
    assert_eq!(
        ingress["spec"]["rules"][0]["host"],
        "prometheus.remoting-prod-e1-1.toolchain.private"
    );
    // Its schema is the operator's own, also after the Alertmanagers have come: it fills in defaults.
    let name = "prod-monitoring-prometheus-alertmanager";
    let alertmanager = stage.get(prod, &object(API, "alertmanagers", name)).await?;
    assert_eq!(alertmanager["spec"]["portName"], "web");

    // The job may look, and write its memory at home.
    let kubeconfig = stage.kubeconfig().to_string_lossy().into_owned();
    let can = async |name: &str, what: &[&str]| -> Result<bool> {
        let arguments = [
            &["auth", "can-i", "--namespace=monitoring", "--context", name][..],
            what,
        ];
        let program = Tools::from_process()?.locate(Tool::Kubectl).await?;
        let status = tokio::process::Command::new(program)
            .args(arguments.concat())
            .env("KUBECONFIG", &kubeconfig)
            .stdout(std::process::Stdio::null())
            .status();
        Ok(status.await?.success())
    };
    for (name, writes) in [(prod, true), (remoting, false)] {
        assert!(can(name, &["list", "prometheusrules"]).await?, "{name}");
        assert!(!can(name, &["list", "secrets"]).await?, "{name}");
        let memory = can(name, &["update", "configmaps/check-consistency"]).await?;
        assert_eq!(memory, writes, "{name}");
    }

    for (name, alerts) in [(prod, 35), (remoting, 15)] {
        let admin = stage.admin(name).await?;
        let prometheus = stage.prometheus(name)?;
        assert_eq!(prometheus.alerts().await?.len(), alerts, "{name}");
        let path = format!("{}/api/v1/status/config", prometheus.proxy_path());
        let answer = admin.get(&path).await?;
        let text = answer["data"]["yaml"].as_str().unwrap();
        assert!(text.contains(&format!("cluster: {name}\n")), "{text}");
        let path = format!("{}/metrics", stage.pushgateway(name)?.proxy_path());
        let metrics = admin.text(&path).await?;
        assert!(metrics.contains("pushgateway_build_info"), "{metrics}");
        let alerts = format!("{}/api/v2/alerts", stage.alertmanagers(name)?.proxy_path(1));
        timeout(Duration::from_secs(30), watchdog(&admin, &alerts)).await??;
    }

    // What changes in the cluster reaches Prometheus when the operator has had its turn.
    let prometheus = stage.prometheus(remoting)?;
    stage.delete(remoting, &rule("core-alerts-rules")).await?;
    assert_eq!(prometheus.alerts().await?.len(), 15);
    prometheus.sync().await?;
    assert_eq!(prometheus.alerts().await?.len(), 12);
    let unselected = json!({"metadata": {"labels": {"release": "other"}}});
    let path = rule("external-dns-alerts-rules");
    stage.patch(remoting, &path, &unselected).await?;
    prometheus.sync().await?;
    assert_eq!(prometheus.alerts().await?.len(), 8);
    let broken =
        json!({"spec": {"groups": [{"name": "x", "rules": [{"alert": "X", "expr": "("}]}]}});
    let path = rule("remoting-alert-rules");
    stage.patch(remoting, &path, &broken).await?;
    let refused = prometheus.sync().await.unwrap_err();
    assert!(format!("{refused:#}").contains("reload"), "{refused:#}");
    assert_eq!(
        prometheus.alerts().await?.len(),
        8,
        "it goes on with what it had"
    );
    Ok(())
}

/// Waits until the alert that always fires has arrived.
async fn watchdog(admin: &Client, path: &str) -> Result<()> {
    while !admin.get(path).await?.to_string().contains("Watchdog") {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap().iter();
    let names = items.map(|item| item["metadata"]["name"].as_str().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}
