use common::cluster::Cluster;
use common::exit::Exit;
use common::trouble::Trouble;
use serde_json::{Value, json};

use super::{FamilyLook, Looked, look, serves};
use crate::config::{Config, Family, Limits, Live, Settle};
use crate::finding::Unknown;
use crate::object::Kind;
use crate::observe::testing::{Reply, SOON, Server, cluster_config, context, family, page};

/// A group's kinds as discovery tells them; `freshness` is `Current` or `Stale`.
fn group(name: &str, freshness: &str, versions: &[&str], kind: &str, plural: &str) -> Value {
    let versions: Vec<_> = versions
        .iter()
        .map(|version| {
            json!({"version": version, "freshness": freshness, "resources": [{
                "resource": plural, "scope": "Namespaced", "verbs": ["list"],
                "responseKind": {"group": name, "version": version, "kind": kind},
            }]})
        })
        .collect();
    json!({"metadata": {"name": name}, "versions": versions})
}

fn discovery(groups: &[Value]) -> Reply {
    Reply::json(&json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": groups,
    }))
}

/// A whole API server: `things` are the versions of `example.com/Thing`.
fn api(line: &str, things: &Value) -> Reply {
    match line.split('?').next().unwrap() {
        "/version" => Reply::json(&json!({"gitVersion": "v1.34.0"})),
        "/api" => discovery(&[group("", "Current", &["v1"], "ConfigMap", "configmaps")]),
        "/apis" => discovery(std::slice::from_ref(things)),
        "/api/v1/namespaces/kube-system" => Reply::json(&json!({
            "metadata": {"name": "kube-system", "uid": "u-1"},
        })),
        "/api/v1/namespaces/monitoring/configmaps" => Reply::json(&page("", &["a"])),
        path if path.starts_with("/apis/example.com/") => Reply::json(&page("", &["t"])),
        path => panic!("{path}"),
    }
}

async fn server(things: Value) -> Server {
    Server::start(move |line| api(line, &things)).await
}

fn things(versions: &[&str]) -> Value {
    group("example.com", "Current", versions, "Thing", "things")
}

fn config(families: Vec<Family>, clusters: usize) -> Config {
    let names = ["one", "two", "three"];
    Config {
        clusters: names[..clusters]
            .iter()
            .map(|name| cluster_config(name))
            .collect(),
        baseline: None,
        settle: Settle {
            recheck: std::time::Duration::ZERO,
            min_age: std::time::Duration::ZERO,
        },
        families,
        rules: Vec::new(),
        live: Live::default(),
        state: None,
        limits: Limits::default(),
    }
}

fn maps() -> Family {
    family(Kind::new("", "ConfigMap"))
}

fn thing() -> Family {
    family(Kind::new("example.com", "Thing"))
}

async fn all(config: &Config, servers: &[&Server]) -> Vec<Looked> {
    let mut clusters: Vec<Result<Cluster, Trouble>> = Vec::new();
    for (server, of) in servers.iter().zip(&config.clusters) {
        clusters.push(Ok(server.cluster(of.name.as_str()).await));
    }
    look(config, &clusters, &context()).await
}

/// What was seen of each family: the number of objects, or a word.
fn words(looked: &Looked) -> Vec<String> {
    let word = |look: &FamilyLook| match look {
        FamilyLook::Read(census) => census.objects.len().to_string(),
        FamilyLook::KindMissing => "missing".to_owned(),
        FamilyLook::Gap(gap) => gap.reason.word().to_owned(),
        FamilyLook::NotAsked => "-".to_owned(),
    };
    looked.census.iter().map(word).collect()
}

#[tokio::test]
async fn every_cluster_says_what_it_is_and_what_it_has() {
    let (one, two) = (
        server(things(&["v1"])).await,
        server(things(&["v2", "v1"])).await,
    );
    let mut only_first = maps();
    only_first.clusters = vec![0];
    let config = config(vec![maps(), thing(), only_first], 2);
    let looked = all(&config, &[&one, &two]).await;
    for (looked, name) in looked.iter().zip(["one", "two"]) {
        assert_eq!(looked.facts.name, name);
        assert_eq!(looked.facts.version.as_deref(), Some("v1.34.0"));
        assert_eq!(looked.facts.identity.as_deref(), Some("u-1"));
        assert_eq!(looked.facts.trouble, None);
        assert_eq!(looked.warnings, []);
        let kind = looked.kinds[1].as_ref().unwrap();
        assert_eq!(kind.resource.api_version, "example.com/v1");
    }
    assert_eq!(words(&looked[0]), ["1", "1", "1"]);
    assert_eq!(words(&looked[1]), ["1", "1", "-"]);
    assert_eq!(looked[1].kinds[2], None);
    // Version, identity, two documents of discovery, and one page of each family.
    assert_eq!(one.lines().len(), 7);
    assert_eq!(two.lines().len(), 6);
}

#[tokio::test]
async fn one_object_in_two_clusters_has_one_digest() {
    let (one, two) = (server(things(&["v1"])).await, server(things(&["v1"])).await);
    let config = config(vec![maps()], 2);
    let looked = all(&config, &[&one, &two]).await;
    assert_eq!(looked[0].census, looked[1].census);
}

#[tokio::test]
async fn a_kind_is_missing_skewed_or_unknown_by_what_the_servers_say_they_serve() {
    let stale = group("example.com", "Stale", &["v1"], "Thing", "things");
    let other = group("other.com", "Current", &["v1"], "Other", "others");
    let table = [
        (things(&["v1"]), other.clone(), ["1", "missing"]),
        (other.clone(), other, ["not-comparable", "not-comparable"]),
        (
            things(&["v1"]),
            things(&["v2"]),
            ["version-skew", "version-skew"],
        ),
        (stale, things(&["v2"]), ["stale-discovery", "1"]),
    ];
    for (first, second, expected) in table {
        let (one, two) = (server(first).await, server(second).await);
        let config = config(vec![maps(), thing()], 2);
        let looked = all(&config, &[&one, &two]).await;
        let things = [&words(&looked[0])[1], &words(&looked[1])[1]];
        assert_eq!(things, expected);
        // The other families are read all the same.
        assert_eq!([&words(&looked[0])[0], &words(&looked[1])[0]], ["1", "1"]);
    }
}

#[tokio::test]
async fn a_cluster_that_is_away_or_silent_takes_nothing_from_the_others() {
    let good = server(things(&["v1"])).await;
    let silent = Server::start(|_| Reply::Silence).await;
    let mut config = config(vec![maps(), thing()], 3);
    config.limits.per_cluster = SOON;
    let no_key = Trouble {
        exit: Exit::Config,
        code: "cluster-config",
        text: "no such file".to_owned(),
        hint: None,
    };
    let clusters = [
        Err(no_key.clone()),
        Ok(silent.cluster("two").await),
        Ok(good.cluster("three").await),
    ];
    let looked = look(&config, &clusters, &context()).await;
    let names: Vec<_> = looked
        .iter()
        .map(|looked| looked.facts.name.as_str())
        .collect();
    assert_eq!(names, ["one", "two", "three"]);
    assert_eq!(words(&looked[0]), ["unreachable", "unreachable"]);
    assert_eq!(looked[0].facts.trouble, Some(no_key));
    assert_eq!(words(&looked[1]), ["timeout", "timeout"]);
    assert_eq!(
        looked[1].facts.trouble.as_ref().unwrap().code,
        "cluster-timeout"
    );
    // It has waited for the silent one as long as its own time is, and that was not counted.
    assert_eq!(words(&looked[2]), ["1", "1"]);
    assert_eq!(looked[2].facts.trouble, None);
}

#[tokio::test]
async fn what_is_not_known_of_a_cluster_is_told_and_its_objects_are_read() {
    let things = things(&["v1"]);
    let shy = Server::start(move |line| match line.split('?').next().unwrap() {
        "/version" | "/api/v1/namespaces/kube-system" => Reply::refusal(403, "Forbidden"),
        _ => api(line, &things),
    })
    .await;
    let config = config(vec![maps()], 1);
    let looked = all(&config, &[&shy]).await;
    assert_eq!(words(&looked[0]), ["1"]);
    assert_eq!(looked[0].facts.identity, None);
    assert_eq!(looked[0].facts.version, None);
    assert_eq!(looked[0].facts.trouble, None);
    let codes: Vec<_> = looked[0]
        .warnings
        .iter()
        .map(|trouble| trouble.code)
        .collect();
    assert_eq!(codes, ["cluster-denied"]);
    let unidentified = looked[0].unidentified.as_ref().unwrap();
    assert_eq!(unidentified.reason, Unknown::Forbidden);
}

#[tokio::test]
async fn without_its_kinds_nothing_of_a_cluster_can_be_read() {
    let broken = Server::start(|line| match line.split('?').next().unwrap() {
        "/apis" => Reply::refusal(403, "Forbidden"),
        _ => api(line, &json!(null)),
    })
    .await;
    let good = server(things(&["v1"])).await;
    let config = config(vec![maps(), thing()], 2);
    let looked = all(&config, &[&broken, &good]).await;
    assert_eq!(words(&looked[0]), ["forbidden", "forbidden"]);
    assert_eq!(
        looked[0].facts.trouble.as_ref().unwrap().code,
        "cluster-denied"
    );
    assert_eq!(words(&looked[1]), ["1", "1"]);
}

#[tokio::test]
async fn secrets_are_not_read_even_when_they_are_asked_for() {
    let server = server(things(&["v1"])).await;
    let config = config(vec![family(Kind::new("", "Secret"))], 1);
    let looked = all(&config, &[&server]).await;
    assert_eq!(words(&looked[0]), ["-"]);
    assert!(server.lines().iter().all(|line| !line.contains("secrets")));
}

#[tokio::test]
async fn a_server_is_asked_anew_whether_it_serves_a_kind() {
    let stale = group("example.com", "Stale", &["v1"], "Thing", "things");
    let other = group("other.com", "Current", &["v1"], "Other", "others");
    for (groups, expected) in [
        (things(&["v1"]), Ok(true)),
        (other, Ok(false)),
        (stale, Err(Unknown::StaleDiscovery)),
    ] {
        let server = server(groups).await;
        let cluster = server.cluster("one").await;
        let kind = Kind::new("example.com", "Thing");
        let said = serves(&kind, &cluster, &Limits::default(), &context()).await;
        assert_eq!(said.map_err(|gap| gap.reason), expected);
    }
    let broken = Server::start(|_| Reply::refusal(403, "Forbidden")).await;
    let cluster = broken.cluster("one").await;
    let said = serves(&thing().kind, &cluster, &Limits::default(), &context()).await;
    assert_eq!(said.unwrap_err().reason, Unknown::Forbidden);
}

#[tokio::test]
async fn the_identity_of_another_namespace_is_none() {
    let things = things(&["v1"]);
    let wrong = Server::start(move |line| match line.split('?').next().unwrap() {
        "/api/v1/namespaces/kube-system" => {
            Reply::json(&json!({"metadata": {"name": "default", "uid": "u-1"}}))
        }
        _ => api(line, &things),
    })
    .await;
    let looked = all(&config(vec![maps()], 1), &[&wrong]).await;
    assert_eq!(looked[0].facts.identity, None);
    let unidentified = looked[0].unidentified.as_ref().unwrap();
    assert_eq!(unidentified.reason, Unknown::Garbled);
}
