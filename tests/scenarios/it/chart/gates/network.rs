//! Network policies: each job reaches what it needs and nothing else, and servers are reached by those who
//! should.

mod reach;
mod servers;

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::super::Rendered;
use super::endpoints::values;
use super::{CronJob, holds, text};
use reach::{Direction, Party, may};

const DOMAIN: &str = "monitoring-jobs.toolchain.private";

/// Somewhere in AWS, or at GitHub.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(52, 94, 228, 167);
/// Hands out the role of the node.
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
/// Some other machine of the company, in no control plane.
const INSIDE: Ipv4Addr = Ipv4Addr::new(10, 200, 3, 4);

fn labels_of(job: CronJob<'_>) -> &Value {
    &job.job_spec()["template"]["metadata"]["labels"]
}

fn of_server(name: &str) -> Value {
    match name {
        "pushgateway" => {
            json!({"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "monitoring-jobs"})
        }
        _ => json!({
            "app.kubernetes.io/name": name,
            name: format!("prod-monitoring-prometheus-{name}"),
        }),
    }
}

/// The first address of a list of networks in a cluster's values.
fn first(cluster: &str, list: &str) -> Ipv4Addr {
    let files = values();
    let file = files.iter().find(|file| file.cluster == cluster).unwrap();
    let base = base(text(&file.documents[0]["apiServerCidrs"][list][0]));
    Ipv4Addr::from(u32::from(base) + 5)
}

/// The address of the Service `kubernetes`, by which pods reach their own API server.
fn service(cluster: &str) -> Ipv4Addr {
    let files = values();
    let file = files.iter().find(|file| file.cluster == cluster).unwrap();
    base(text(&file.documents[0]["apiServerCidrs"]["service"]))
}

fn base(network: &str) -> Ipv4Addr {
    network.split_once('/').unwrap().0.parse().unwrap()
}

fn jobs(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        let gateway = of_server("pushgateway");
        let dns = json!({"k8s-app": "kube-dns"});
        let (own, peer) = (
            first(&render.cluster, "own"),
            first(&render.cluster, "peers"),
        );
        let service = service(&render.cluster);
        for job in CronJob::within(render) {
            let pod = (job.namespace(), labels_of(job));
            let config = render.object("ConfigMap", &format!("{}-config", job.job()));
            let reaches_peers = config["data"].get("kubeconfig").is_some();
            let has_token = job.pod()["automountServiceAccountToken"] == true;
            let rotates = job.job() == "rotate-credentials";
            let address = Party::Address;
            let cases = [
                ("names", Party::Pod("kube-system", &dns), ("UDP", 53), true),
                ("names", Party::Pod("kube-system", &dns), ("TCP", 53), true),
                (
                    "another port of the name server",
                    Party::Pod("kube-system", &dns),
                    ("TCP", 9153),
                    false,
                ),
                (
                    "the Pushgateway",
                    Party::Pod("monitoring", &gateway),
                    ("TCP", 9091),
                    true,
                ),
                ("AWS or GitHub", address(OUTSIDE), ("TCP", 443), true),
                (
                    "what is not encrypted",
                    address(OUTSIDE),
                    ("TCP", 80),
                    false,
                ),
                ("mail servers", address(OUTSIDE), ("TCP", 587), rotates),
                ("mail servers", address(OUTSIDE), ("TCP", 2465), rotates),
                (
                    "mail servers without a login",
                    address(OUTSIDE),
                    ("TCP", 25),
                    false,
                ),
                ("its API server", address(own), ("TCP", 443), has_token),
                (
                    "the Service of its API server",
                    address(service),
                    ("TCP", 443),
                    has_token,
                ),
                (
                    "the peer's API server",
                    address(peer),
                    ("TCP", 443),
                    reaches_peers,
                ),
                (
                    "another port of its API server",
                    address(own),
                    ("TCP", 10250),
                    false,
                ),
                ("the node's metadata", address(METADATA), ("TCP", 80), false),
                (
                    "the node's metadata",
                    address(METADATA),
                    ("TCP", 443),
                    false,
                ),
                ("another machine", address(INSIDE), ("TCP", 443), false),
            ];
            for (whom, party, port, expected) in cases {
                if may(render, pod, Direction::Out, party, port) != expected {
                    let word = if expected {
                        "does not reach"
                    } else {
                        "reaches"
                    };
                    wrong.push(job.says(format!("it {word} {whom} at {port:?}")));
                }
            }
            for party in [Party::Pod(job.namespace(), labels_of(job)), address(own)] {
                if may(render, pod, Direction::In, party, ("TCP", 8080)) {
                    wrong.push(job.says(format!("{party:?} reaches it")));
                }
            }
            // The gateway lets in runs, and no twins.
            let (from, to) = (Party::Pod(pod.0, pod.1), ("monitoring", &gateway));
            if may(render, to, Direction::In, from, ("TCP", 9091)) == job.is_plan() {
                wrong.push(job.says("the Pushgateway admits twins, or does not admit it"));
            }
        }
    }
    wrong
}

/// The chart's own test sees everything by way of the API server, and reaches nobody else.
fn doctor(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        let labels = &render.object("Pod", "doctor")["metadata"]["labels"];
        let pod = ("monitoring", labels);
        let own = first(&render.cluster, "own");
        for (address, expected) in [
            (own, true),
            (service(&render.cluster), true),
            (first(&render.cluster, "peers"), false),
            (OUTSIDE, false),
            (INSIDE, false),
        ] {
            let party = Party::Address(address);
            if may(render, pod, Direction::Out, party, ("TCP", 443)) != expected {
                wrong.push(format!(
                    "{}: the test reaches {address}, or does not and should",
                    render.cluster
                ));
            }
        }
    }
    wrong
}

/// The mail server of the rotation's configuration is at a port that the policy lets through.
fn mail(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for job in CronJob::all(renders).filter(|job| job.job() == "rotate-credentials") {
        let render = renders.iter().find(|it| it.cluster == job.cluster).unwrap();
        let config = render.object("ConfigMap", "rotate-credentials-config");
        let config = text(&config["data"]["config.yaml"]).lines();
        let smarthost = config.filter_map(|line| line.trim().strip_prefix("smarthost: "));
        for smarthost in smarthost {
            let port = smarthost.rsplit_once(':').unwrap().1.parse().unwrap();
            let (pod, out) = ((job.namespace(), labels_of(job)), Party::Address(OUTSIDE));
            if !may(render, pod, Direction::Out, out, ("TCP", port)) {
                wrong.push(job.says(format!("it does not reach {smarthost}")));
            }
        }
    }
    wrong
}

/// A rule of a policy in the first cluster, by the comment's order in the template.
fn egress<'a>(renders: &'a mut [Rendered], name: &str) -> &'a mut Vec<Value> {
    let policy = renders[0].object_mut("NetworkPolicy", name);
    policy["spec"]["egress"].as_array_mut().unwrap()
}

#[test]
fn a_job_reaches_what_it_needs_and_nobody_else() {
    holds(
        jobs,
        &[
            (
                |it| {
                    it[0].documents.retain(|it| {
                        it["kind"] != "NetworkPolicy" || it["metadata"]["name"] != "sync-dashboards"
                    });
                },
                "reaches another machine",
            ),
            (
                |it| egress(it, "sync-dashboards")[2]["to"] = json!([]),
                "reaches the node's metadata",
            ),
            (
                |it| egress(it, "export-cloudwatch")[2]["to"][0]["ipBlock"]["except"] = json!([]),
                "export-cloudwatch: it reaches the node's metadata",
            ),
            (
                |it| egress(it, "export-cloudwatch")[2]["ports"] = json!([]),
                "reaches what is not encrypted",
            ),
            (
                |it| {
                    let servers = egress(it, "check-consistency").last().unwrap().clone();
                    egress(it, "export-cloudwatch").push(servers);
                },
                "export-cloudwatch: it reaches its API server",
            ),
            // What judges at the pod sees that address and none of the servers behind it.
            (
                |it| {
                    egress(it, "sync-dashboards").last_mut().unwrap()["to"]
                        .as_array_mut()
                        .unwrap()
                        .pop();
                },
                "does not reach the Service of its API server",
            ),
            (
                |it| {
                    egress(it, "check-consistency").last_mut().unwrap()["to"]
                        .as_array_mut()
                        .unwrap()
                        .pop();
                },
                "does not reach the peer's API server",
            ),
            (
                |it| {
                    let mail = egress(it, "rotate-credentials")[3].clone();
                    egress(it, "export-cloudwatch").push(mail);
                },
                "export-cloudwatch: it reaches mail servers",
            ),
            (
                |it| {
                    egress(it, "rotate-credentials")[1]["to"][0]
                        .as_object_mut()
                        .unwrap()
                        .remove("namespaceSelector");
                },
                "rotate-credentials: it does not reach the Pushgateway",
            ),
            (
                |it| {
                    egress(it, "check-consistency").remove(0);
                },
                "does not reach names",
            ),
            (
                |it| {
                    it[0].object_mut("NetworkPolicy", "check-consistency")["spec"]["policyTypes"] =
                        json!(["Egress"]);
                },
                "reaches it",
            ),
            (
                |it| {
                    let all = &mut it[0]
                        .object_mut("NetworkPolicy", "prod-monitoring-prometheus-pushgateway")["spec"];
                    for from in all["ingress"][0]["from"].as_array_mut().unwrap() {
                        if let Some(labels) = from["podSelector"]["matchLabels"].as_object_mut() {
                            labels.remove(&format!("{DOMAIN}/variant"));
                        }
                    }
                },
                "admits twins",
            ),
            (
                |it| {
                    it[0].object_mut("NetworkPolicy", "rotate-credentials")["spec"]["podSelector"]
                        ["matchLabels"]["app.kubernetes.io/name"] = "rotate".into();
                },
                "does not reach",
            ),
        ],
    );
}

#[test]
fn the_charts_test_reaches_its_api_server_and_nobody_else() {
    holds(
        doctor,
        &[
            (
                |it| {
                    egress(it, "doctor").last_mut().unwrap()["to"]
                        .as_array_mut()
                        .unwrap()
                        .pop();
                },
                "the test reaches 172.20.0.1",
            ),
            (
                |it| egress(it, "doctor").last_mut().unwrap()["to"] = json!([]),
                "the test reaches 52.94.228.167",
            ),
        ],
    );
}

#[test]
fn the_rotation_reaches_the_mail_server_that_it_is_configured_with() {
    holds(
        mail,
        &[(
            |it| {
                let config = it[0].object_mut("ConfigMap", "rotate-credentials-config");
                let text = config["data"]["config.yaml"].as_str().unwrap();
                config["data"]["config.yaml"] = text.replace(":587", ":26").into();
            },
            "does not reach",
        )],
    );
}
