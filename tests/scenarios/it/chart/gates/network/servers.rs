//! Who reaches the Pushgateway, Alertmanager, Prometheus and what stands among the credentials.

use serde_json::{Value, json};

use super::super::super::Rendered;
use super::super::endpoints::values;
use super::super::{holds, items, text};
use super::reach::{Direction, Party, may};
use super::{OUTSIDE, first, of_server};

fn servers(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        let [gateway, prometheus, alertmanager] =
            ["pushgateway", "prometheus", "alertmanager"].map(of_server);
        let own = Party::Address(first(&render.cluster, "own"));
        let peer = Party::Address(first(&render.cluster, "peers"));
        let nobody = json!({"app": "nobody"});
        let scraper = Party::Pod("monitoring", &prometheus);
        let (neighbour, stranger) = (
            Party::Pod("monitoring", &nobody),
            Party::Pod("prod", &nobody),
        );
        let replica = Party::Pod("monitoring", &alertmanager);
        let mut cases = vec![
            ("pushgateway", &gateway, scraper, ("TCP", 9091), true),
            ("pushgateway", &gateway, own, ("TCP", 9091), true),
            ("pushgateway", &gateway, peer, ("TCP", 9091), false),
            ("pushgateway", &gateway, neighbour, ("TCP", 9091), false),
            ("pushgateway", &gateway, stranger, ("TCP", 9091), false),
            ("pushgateway", &gateway, scraper, ("TCP", 22), false),
            ("alertmanager", &alertmanager, scraper, ("TCP", 9093), true),
            ("alertmanager", &alertmanager, scraper, ("TCP", 8080), true),
            ("alertmanager", &alertmanager, own, ("TCP", 9093), true),
            ("alertmanager", &alertmanager, peer, ("TCP", 9093), false),
            (
                "alertmanager",
                &alertmanager,
                stranger,
                ("TCP", 9093),
                false,
            ),
            ("alertmanager", &alertmanager, replica, ("TCP", 9094), true),
            ("alertmanager", &alertmanager, replica, ("UDP", 9094), true),
            (
                "alertmanager",
                &alertmanager,
                neighbour,
                ("TCP", 9094),
                false,
            ),
            ("prometheus", &prometheus, stranger, ("TCP", 9090), true),
        ];
        let files = values();
        let file = files.iter().find(|file| file.cluster == render.cluster);
        let pushers = items(&file.unwrap().documents[0]["pushgateway"]["pushers"]);
        for it in pushers {
            let pusher = Party::Pod(text(&it["namespace"]), &it["labels"]);
            cases.push(("pushgateway", &gateway, pusher, ("TCP", 9091), true));
            let elsewhere = Party::Pod("default", &it["labels"]);
            cases.push(("pushgateway", &gateway, elsewhere, ("TCP", 9091), false));
        }
        if pushers.is_empty() {
            wrong.push(format!("{}: nobody else pushes", render.cluster));
        }
        for (name, labels, party, port, expected) in cases {
            if may(render, ("monitoring", labels), Direction::In, party, port) != expected {
                let word = if expected {
                    "does not reach"
                } else {
                    "reaches"
                };
                wrong.push(format!(
                    "{}: {party:?} {word} {name} at {port:?}",
                    render.cluster
                ));
            }
        }
        // Whatever else may come to run among the credentials.
        let pod = ("monitoring-credentials", &nobody);
        for (direction, party) in [
            (Direction::In, own),
            (Direction::Out, own),
            (Direction::Out, Party::Address(OUTSIDE)),
        ] {
            if may(render, pod, direction, party, ("TCP", 443)) {
                wrong.push(format!(
                    "{}: the credentials' namespace is open",
                    render.cluster
                ));
            }
        }
    }
    wrong
}

#[test]
fn servers_are_reached_by_those_who_should() {
    fn from<'a>(renders: &'a mut [Rendered], server: &str, rule: usize) -> &'a mut Value {
        let name = format!("prod-monitoring-prometheus-{server}");
        &mut renders[0].object_mut("NetworkPolicy", &name)["spec"]["ingress"][rule]["from"]
    }
    holds(
        servers,
        &[
            (
                |it| *from(it, "pushgateway", 0) = json!([{"namespaceSelector": {}}]),
                "reaches pushgateway",
            ),
            (
                |it| {
                    from(it, "pushgateway", 0).as_array_mut().unwrap().pop();
                },
                "does not reach pushgateway",
            ),
            (
                |it| {
                    it[0]
                        .documents
                        .retain(|it| it["metadata"]["name"] != "default-deny");
                },
                "credentials' namespace is open",
            ),
            (
                |it| *from(it, "alertmanager", 0) = json!([]),
                "reaches alertmanager",
            ),
            (
                |it| *from(it, "alertmanager", 1) = json!([{"podSelector": {}}]),
                "reaches alertmanager",
            ),
            (
                |it| {
                    it[0].object_mut("NetworkPolicy", "prod-monitoring-prometheus-alertmanager")
                        ["spec"]["podSelector"] =
                        json!({"matchLabels": {"app.kubernetes.io/name": "prometheus"}});
                },
                "does not reach prometheus",
            ),
        ],
    );
}
