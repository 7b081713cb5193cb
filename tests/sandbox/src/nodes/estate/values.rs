//! The values of a cluster that only this machine has: addresses, images, how often the jobs run, and that
//! alerts do not let people wait.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::yaml::{Dialect, Document};
use serde_json::{Value, json};

use super::images::Images;
use crate::checkout;
use crate::company::HOME;
use crate::images::Reference;
use crate::nodes::{NodeCluster, Pair};

/// Writes the file of a cluster's values to `directory`: what `k8s/values` has, and over it what is other
/// here.
pub(super) fn write(
    directory: &Path,
    pair: &Pair,
    whole: &NodeCluster,
    images: &Images,
) -> Result<()> {
    let name = format!("{}.yaml", whole.cluster().name());
    let production = checkout::file("k8s/values").join(&name);
    let text = fs::read_to_string(&production);
    let text = text.with_context(|| format!("reading {}", production.display()))?;
    let mut values = Document::parse(&name, &text, Dialect::Strict)?.to_json();
    lay_over(&mut values, own(pair, whole, images));
    let path = directory.join(name);
    // JSON is YAML.
    fs::write(&path, format!("{values:#}")).with_context(|| format!("writing {}", path.display()))
}

/// As Helm does with a second file: objects are merged, and anything else takes the place of what was there.
fn lay_over(values: &mut Value, over: Value) {
    match (values, over) {
        (Value::Object(values), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(values.entry(key).or_insert(Value::Null), value);
            }
        }
        (values, over) => *values = over,
    }
}

fn own(pair: &Pair, whole: &NodeCluster, images: &Images) -> Value {
    let side = whole.side();
    let peer = pair.both().into_iter().find(|it| it.side() != side);
    let image = |reference: &Reference| {
        json!({
            "repository": reference.name.repository(), "digest": reference.digest.to_string(),
        })
    };
    let outside = side.outside();
    let peer_address = peer.map(|it| format!("{}/32", it.side().node()));
    let peers: Vec<Value> = peer.into_iter().map(server).collect();
    let mut jobs = json!({
        "check-consistency": every(2),
        // A roll of two clusters takes some minutes.
        "rotate-credentials": every(5),
    });
    if whole.cluster().name() == HOME
        && let Some(jobs) = jobs.as_object_mut()
    {
        jobs.insert("export-cloudwatch".to_owned(), every(2));
        jobs.insert("sync-dashboards".to_owned(), every(2));
    }
    json!({
        "api": {
            "server": format!("https://{}", side.node()),
            "certificateAuthority": STANDARD.encode(whole.cluster().ca_pem()),
        },
        "apiServerCidrs": {
            "service": format!("{}/32", side.services()),
            "own": [format!("{}/32", side.node())],
            "peers": [peer_address],
        },
        "peers": peers,
        "image": image(&images.suite),
        "pushgateway": {"image": image(&images.pushgateway)},
        "prometheus": {"image": image(&images.prometheus), "resources": small("256Mi")},
        "alertmanager": {"image": image(&images.alertmanager), "resources": small("64Mi")},
        "environment": {
            "AWS_ENDPOINT_URL": format!("http://{outside}"),
            "AWS_SECRET_ACCESS_KEY": "sandbox-secret-access-key",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        "networkPolicies": {
            "dnsCidrs": [format!("{}/32", side.node())],
            "outside": [{"cidr": format!("{outside}/32")}],
            "outsidePorts": super::PORTS,
        },
        "waits": waits(),
        "jobs": jobs,
    })
}

/// Hours and minutes of production become seconds.
fn waits() -> Value {
    json!({
        "scrapeInterval": "5s", "evaluationInterval": "5s", "alertFor": "5s", "ruleInterval": "5s",
        "groupWait": "1s", "groupInterval": "5s", "canaryRepeatInterval": "5s",
    })
}

/// A run every so many minutes, which may take almost as long: the chart wants its end before the next.
fn every(minutes: u16) -> Value {
    json!({
        "schedule": format!("*/{minutes} * * * *"), "startingDeadlineSeconds": 60,
        "activeDeadlineSeconds": 60 * minutes - 1,
        "resources": {"requests": {"cpu": "20m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}},
    })
}

fn small(memory: &str) -> Value {
    json!({"requests": {"cpu": "20m", "memory": memory}, "limits": {"memory": "2Gi"}})
}

fn server(peer: &NodeCluster) -> Value {
    json!({
        "name": peer.cluster().name(),
        "server": format!("https://{}", peer.side().node()),
        "certificateAuthority": STANDARD.encode(peer.cluster().ca_pem()),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::{lay_over, waits};
    use crate::checkout;

    #[test]
    fn objects_are_merged_and_anything_else_is_replaced() {
        let mut values = json!({"a": {"b": 1, "c": [1, 2]}, "d": "x"});
        lay_over(&mut values, json!({"a": {"c": [3]}, "d": {"e": null}}));
        assert_eq!(values, json!({"a": {"b": 1, "c": [3]}, "d": {"e": null}}));
    }

    #[test]
    fn every_wait_that_the_chart_knows_is_shortened() {
        let schema = checkout::file("k8s/chart/values.schema.json");
        let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
        let known = &schema["properties"]["waits"]["properties"];
        let known: Vec<_> = known.as_object().unwrap().keys().collect();
        let waits = waits();
        let shortened: Vec<_> = waits.as_object().unwrap().keys().collect();
        assert_eq!(shortened, known);
    }
}
