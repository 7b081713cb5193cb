//! Endpoints in the values: every cluster knows its own, and its peers' as they know them.

use std::fs;

use sandbox::checkout;
use serde_json::Value;

use super::super::documents::documents;
use super::super::{CLUSTERS, Rendered};
use super::{holds_of, items, text};

/// The values of every cluster, one document each.
pub(super) fn values() -> Vec<Rendered> {
    let read = |cluster: &str| {
        let file = checkout::file(&format!("k8s/values/{cluster}.yaml"));
        Rendered {
            cluster: cluster.to_owned(),
            documents: documents(&fs::read_to_string(file).unwrap()).unwrap(),
        }
    };
    CLUSTERS.into_iter().map(read).collect()
}

fn endpoints(values: &[Rendered]) -> Vec<String> {
    const FIELDS: [&str; 2] = ["server", "certificateAuthority"];
    let of = |name: &str| {
        let file = values.iter().find(|file| file.cluster == name);
        file.map(|file| &file.documents[0])
    };
    let mut wrong = Vec::new();
    for file in values {
        let own = &file.documents[0];
        if own["cluster"] != file.cluster {
            wrong.push(format!("{}: the file is called otherwise", file.cluster));
        }
        let peers = items(&own["peers"]);
        for other in values.iter().filter(|other| other.cluster != file.cluster) {
            if !peers.iter().any(|peer| peer["name"] == other.cluster) {
                wrong.push(format!("{}: no peer {}", file.cluster, other.cluster));
            }
        }
        let theirs = peers.iter().filter_map(|peer| of(text(&peer["name"])));
        let theirs: Vec<_> = theirs
            .flat_map(|it| items(&it["apiServerCidrs"]["own"]))
            .collect();
        for network in items(&own["apiServerCidrs"]["peers"]) {
            if !theirs.contains(&network) {
                wrong.push(format!("{}: {network} is no peer's", file.cluster));
            }
        }
        for peer in peers {
            let name = text(&peer["name"]);
            let Some(theirs) = of(name) else {
                wrong.push(format!("{}: {name} has no file", file.cluster));
                continue;
            };
            for field in FIELDS {
                if peer[field] != theirs["api"][field] || !theirs["api"][field].is_string() {
                    wrong.push(format!(
                        "{}: the {field} of {name} is not what {name}'s own file says",
                        file.cluster
                    ));
                }
            }
            // What a policy must let through is where that cluster says that its servers are.
            let networks = items(&theirs["apiServerCidrs"]["own"]);
            let known = items(&own["apiServerCidrs"]["peers"]);
            if networks.is_empty() || networks.iter().any(|it| !known.contains(it)) {
                wrong.push(format!(
                    "{}: the networks of {name} are not what {name}'s own file says",
                    file.cluster
                ));
            }
            // Two names for one cluster would always be found equal.
            if peer["server"] == own["api"]["server"] {
                wrong.push(format!("{}: {name} is this cluster itself", file.cluster));
            }
        }
    }
    wrong
}

#[test]
fn every_cluster_knows_its_peers_as_they_know_themselves() {
    fn api(values: &mut [Rendered]) -> &mut Value {
        &mut values[0].documents[0]["api"]
    }
    fn peer(values: &mut [Rendered]) -> &mut Value {
        &mut values[0].documents[0]["peers"][0]
    }
    holds_of(
        &values(),
        endpoints,
        &[
            (
                |it| api(it)["server"] = "https://other.eks.amazonaws.com".into(),
                "the server of prod-e1-1",
            ),
            (
                |it| api(it)["certificateAuthority"] = "LS0t".into(),
                "the certificateAuthority of prod-e1-1",
            ),
            (
                |it| it[0].documents[0]["api"] = Value::Null,
                "the server of prod-e1-1",
            ),
            (
                |it| peer(it)["server"] = "https://other.eks.amazonaws.com".into(),
                "the server of remoting-prod-e1-1",
            ),
            (
                |it| peer(it)["name"] = "staging".into(),
                "staging has no file",
            ),
            (
                |it| it[0].documents[0]["peers"] = Value::Null,
                "no peer remoting-prod-e1-1",
            ),
            (
                |it| {
                    let own = api(it)["server"].clone();
                    peer(it)["server"] = own;
                },
                "this cluster itself",
            ),
            (
                |it| it[0].documents[0]["cluster"] = "staging".into(),
                "called otherwise",
            ),
            (
                |it| it[0].documents[0]["apiServerCidrs"]["own"][0] = "10.9.0.0/20".into(),
                "remoting-prod-e1-1: the networks of prod-e1-1",
            ),
            (
                |it| it[0].documents[0]["apiServerCidrs"]["own"] = Value::Null,
                "remoting-prod-e1-1: the networks of prod-e1-1",
            ),
            (
                |it| it[0].documents[0]["apiServerCidrs"]["peers"][0] = "10.9.0.0/20".into(),
                "10.9.0.0/20\" is no peer's",
            ),
        ],
    );
}
