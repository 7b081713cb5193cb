//! The company's clusters are consistent as declared, and every difference that is planted is found at its
//! exact place.

use anyhow::Result;
use sandbox::monitoring::{HOME, object, rule};
use serde_json::{Value, json};

use super::{OTHER, World, assert_ended, told};

/// A change of one object in one cluster, and what has to be told of it.
struct Planted {
    what: &'static str,
    cluster: &'static str,
    path: String,
    change: fn(&mut Value),
    told: &'static [(&'static str, &'static str, &'static [&'static str])],
}

const CORE: &str = "PrometheusRule/core-alerts-rules";
const OPERATOR: &str = "Deployment/prod-monitoring-prometheus-operator";
const PROMETHEUS: &str = "Prometheus/prod-monitoring-prometheus-prometheus";

fn planted() -> Vec<Planted> {
    let crd = |plural: &str, name: &str| object("apis/monitoring.coreos.com/v1", plural, name);
    let prometheus = || crd("prometheuses", "prod-monitoring-prometheus-prometheus");
    let operator = || {
        object(
            "apis/apps/v1",
            "deployments",
            "prod-monitoring-prometheus-operator",
        )
    };
    let cron_job = || object("apis/batch/v1", "cronjobs", "check-consistency");
    vec![
        Planted {
            what: "a rule waits for another time",
            cluster: OTHER,
            path: rule("core-alerts-rules"),
            change: |it| it["spec"]["groups"][0]["rules"][2]["for"] = json!("10m"),
            told: &[(
                CORE,
                "different",
                &["/spec/groups[name=./core-dns]/rules[alert=CoreDNSDown]/for"],
            )],
        },
        Planted {
            what: "the same time in other words",
            cluster: OTHER,
            path: rule("core-alerts-rules"),
            change: |it| it["spec"]["groups"][0]["rules"][2]["for"] = json!("1200s"),
            told: &[],
        },
        Planted {
            what: "an expression with another threshold",
            cluster: HOME,
            path: rule("core-alerts-rules"),
            change: |it| {
                it["spec"]["groups"][0]["rules"][1]["expr"] = json!(
                    "histogram_quantile(0.99, sum(rate(coredns_dns_request_duration_seconds_bucket[5m])) by (le)) > 5"
                );
            },
            told: &[(
                CORE,
                "different",
                &["/spec/groups[name=./core-dns]/rules[alert=CoreDNSLatencyHigh]/expr"],
            )],
        },
        Planted {
            what: "an expression that means the same",
            cluster: HOME,
            path: rule("core-alerts-rules"),
            change: |it| {
                it["spec"]["groups"][0]["rules"][1]["expr"] = json!(
                    "histogram_quantile(0.99,\n  sum by (le) (rate(coredns_dns_request_duration_seconds_bucket[300s]))) > 4"
                );
            },
            told: &[],
        },
        Planted {
            what: "rules in another order",
            cluster: OTHER,
            path: rule("core-alerts-rules"),
            change: |it| {
                let rules = it["spec"]["groups"][0]["rules"].as_array_mut().unwrap();
                rules.swap(0, 1);
            },
            told: &[(CORE, "different", &["/spec/groups[name=./core-dns]/rules"])],
        },
        Planted {
            what: "a rule that only one has",
            cluster: OTHER,
            path: rule("core-alerts-rules"),
            change: |it| {
                let rules = it["spec"]["groups"][0]["rules"].as_array_mut().unwrap();
                rules.remove(0);
            },
            told: &[(
                CORE,
                "different",
                &["/spec/groups[name=./core-dns]/rules[alert=CoreDNSErrorsHigh]"],
            )],
        },
        Planted {
            what: "a label of an object",
            cluster: OTHER,
            path: rule("core-alerts-rules"),
            change: |it| it["metadata"]["labels"]["release"] = json!("other"),
            told: &[(CORE, "different", &["/metadata/labels/release"])],
        },
        Planted {
            what: "another retention",
            cluster: OTHER,
            path: prometheus(),
            change: |it| it["spec"]["retention"] = json!("8w"),
            told: &[(PROMETHEUS, "different", &["/spec/retention"])],
        },
        Planted {
            what: "the same retention in other units",
            cluster: OTHER,
            path: prometheus(),
            change: |it| {
                it["spec"]["retention"] = json!("112d");
                it["spec"]["retentionSize"] = json!("150GB");
                it["spec"]["resources"]["requests"] = json!({"cpu": "0.5", "memory": "2048Mi"});
            },
            told: &[],
        },
        Planted {
            what: "a Prometheus under the other cluster's name",
            cluster: OTHER,
            path: prometheus(),
            change: |it| it["spec"]["externalLabels"]["cluster"] = json!("prod-e1-1"),
            told: &[(
                PROMETHEUS,
                "not-distinct",
                &["/spec/externalLabels/cluster"],
            )],
        },
        Planted {
            what: "more memory for a container",
            cluster: HOME,
            path: operator(),
            change: |it| {
                it["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] =
                    json!("512Mi");
            },
            told: &[(
                OPERATOR,
                "different",
                &["/spec/template/spec/containers[name=operator]/resources/limits/memory"],
            )],
        },
        Planted {
            what: "another image",
            cluster: HOME,
            path: operator(),
            change: |it| {
                it["spec"]["template"]["spec"]["containers"][0]["image"] =
                    json!("quay.io/prometheus-operator/prometheus-operator:v0.84.0");
            },
            told: &[(
                OPERATOR,
                "different",
                &["/spec/template/spec/containers[name=operator]/image"],
            )],
        },
        Planted {
            what: "a suspended job",
            cluster: HOME,
            path: cron_job(),
            change: |it| it["spec"]["suspend"] = json!(true),
            told: &[("CronJob/check-consistency", "different", &["/spec/suspend"])],
        },
        Planted {
            what: "a suspended rotation: its namespace is not looked at",
            cluster: HOME,
            path: "/apis/batch/v1/namespaces/monitoring-credentials/cronjobs/rotate-credentials"
                .to_owned(),
            change: |it| it["spec"]["suspend"] = json!(true),
            told: &[],
        },
        Planted {
            what: "the same minutes in another spelling",
            cluster: HOME,
            path: cron_job(),
            change: |it| it["spec"]["schedule"] = json!("37,7 */1 * * *"),
            told: &[],
        },
        Planted {
            what: "another time zone",
            cluster: HOME,
            path: cron_job(),
            change: |it| it["spec"]["timeZone"] = json!("America/New_York"),
            // The schedule means other hours then.
            told: &[(
                "CronJob/check-consistency",
                "different",
                &["/spec/schedule", "/spec/timeZone"],
            )],
        },
        Planted {
            what: "a role of the other cluster",
            cluster: OTHER,
            path: object("api/v1", "serviceaccounts", "external-dns"),
            change: |it| {
                it["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] = json!(
                    "arn:aws:iam::123456789012:role/k8s.prod-e1-1.monitoring.external-dns.service"
                );
            },
            told: &[(
                "ServiceAccount/external-dns",
                "different",
                &["/metadata/annotations/eks.amazonaws.com~1role-arn"],
            )],
        },
        Planted {
            what: "another port of a service",
            cluster: OTHER,
            path: object(
                "api/v1",
                "services",
                "prod-monitoring-prometheus-alertmanager",
            ),
            change: |it| it["spec"]["ports"][0]["targetPort"] = json!(9094),
            told: &[(
                "Service/prod-monitoring-prometheus-alertmanager",
                "different",
                &["/spec/ports[port=9093,protocol=TCP]/targetPort"],
            )],
        },
    ]
}

#[tokio::test]
async fn the_clusters_are_consistent_as_declared_and_what_is_planted_is_found_at_its_place()
-> Result<()> {
    let world = World::start().await?;
    let config = world.configured("")?;
    let (document, finished) = world.look(&config).await?;
    assert_eq!(told(&document), [], "{:#}", document["objects"]);
    assert_ended(&finished, 0, None);
    assert_eq!(document["verdict"]["word"], "consistent");
    let unused = document["rules"].as_array().unwrap().iter();
    let unused: Vec<_> = unused.filter(|rule| rule["used"] == 0).collect();
    assert!(
        unused.is_empty(),
        "every rule explains something: {unused:?}"
    );

    let mut wrong = Vec::new();
    for planted in planted() {
        let before = world.stage.get(planted.cluster, &planted.path).await?;
        let mut after = before.clone();
        (planted.change)(&mut after);
        assert_ne!(before, after, "{}", planted.what);
        let spec = json!({"metadata": {
            "labels": after["metadata"]["labels"], "annotations": after["metadata"]["annotations"]},
            "spec": after["spec"]});
        world
            .stage
            .patch(planted.cluster, &planted.path, &spec)
            .await?;
        let (document, finished) = world.look(&config).await?;
        let expected: Vec<_> = planted
            .told
            .iter()
            .map(|(object, standing, paths)| {
                let paths = paths.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
                ((*object).to_owned(), (*standing).to_owned(), paths)
            })
            .collect();
        let status = if planted.told.is_empty() { 0 } else { 3 };
        if (told(&document), finished.status) != (expected.clone(), status) {
            wrong.push((planted.what, told(&document), finished.status, expected));
        }
        let back = json!({"metadata": {
            "labels": before["metadata"]["labels"], "annotations": before["metadata"]["annotations"]},
            "spec": before["spec"]});
        world
            .stage
            .patch(planted.cluster, &planted.path, &back)
            .await?;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}
