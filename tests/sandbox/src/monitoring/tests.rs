//! The stage is what it says: its objects, its servers, and the ways to them.

use anyhow::Result;
use serde_json::{Value, json};

use super::{CLUSTERS, Stage, collection, object, rule};
use crate::tools::Tools;

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

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| item["metadata"]["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_stage_holds_the_company_and_its_servers_run_what_the_objects_say() -> Result<()> {
    let t = std::time::Instant::now();
    let stage = Stage::start(&Tools::from_process()?).await?;
    eprintln!("start {:?}", t.elapsed());
    let stage = Box::pin(stage.with_alertmanagers()).await?;
    eprintln!("am {:?}", t.elapsed());
    let stage = Box::pin(stage.with_prometheus()).await?;
    eprintln!("prom {:?}", t.elapsed());
    let stage = Box::pin(stage.with_pushgateways()).await?;
    eprintln!("pg {:?}", t.elapsed());
    let [prod, remoting] = CLUSTERS;

    let rules = collection("apis/monitoring.coreos.com/v1", "prometheusrules");
    let there = stage.get(prod, &rules).await?;
    assert_eq!(there["items"].as_array().unwrap().len(), 7);
    let there = stage.get(remoting, &rules).await?;
    assert!(names(&there).contains(&"remoting-alert-rules"));
    assert!(!names(&there).contains(&"aws-alert-rules"));
    // The operator's own schema: it fills in defaults and refuses what it does not know.
    let alertmanager = object(
        "apis/monitoring.coreos.com/v1",
        "alertmanagers",
        "prod-monitoring-prometheus-alertmanager",
    );
    let alertmanager = stage.get(prod, &alertmanager).await?;
    assert_eq!(alertmanager["spec"]["portName"], "web");

    for (name, alerts) in [(prod, 35), (remoting, 15)] {
        let prometheus = stage.prometheus(name)?;
        assert_eq!(prometheus.alerts().await?.len(), alerts, "{name}");
        let admin = stage.admin(name).await?;
        let proxy = prometheus.proxy_path();
        let answer = admin.get(&format!("{proxy}/api/v1/status/config")).await?;
        let text = answer["data"]["yaml"].as_str().unwrap();
        assert!(text.contains(&format!("cluster: {name}\n")), "{text}");
        let gateway = stage.pushgateway(name)?.proxy_path();
        assert!(
            admin
                .text(&format!("{gateway}/metrics"))
                .await?
                .contains("pushgateway_build_info")
        );
        let set = stage.alertmanagers(name)?;
        let proxy = set.proxy_path(1);
        admin.get(&format!("{proxy}/api/v2/status")).await?;
        for _ in 0..200 {
            let alerts = admin.get(&format!("{proxy}/api/v2/alerts")).await?;
            if alerts.to_string().contains("Watchdog") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert!(
            admin
                .get(&format!("{proxy}/api/v2/alerts"))
                .await?
                .to_string()
                .contains("Watchdog")
        );
    }
    eprintln!("checked {:?}", t.elapsed());

    // What changes in the cluster reaches Prometheus when the operator has had its turn.
    let path = rule("core-alerts-rules");
    stage.delete(remoting, &path).await?;
    let prometheus = stage.prometheus(remoting)?;
    assert_eq!(prometheus.alerts().await?.len(), 15);
    prometheus.sync().await?;
    assert_eq!(prometheus.alerts().await?.len(), 12);
    let bad = json!({"metadata": {"labels": null}});
    stage
        .patch(remoting, &rule("external-dns-alerts-rules"), &bad)
        .await?;
    prometheus.sync().await?;
    assert_eq!(prometheus.alerts().await?.len(), 8, "no longer selected");
    Ok(())
}
