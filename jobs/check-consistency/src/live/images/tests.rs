use serde_json::{Value, json};

use super::{Digest, Images, judge, workload};
use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::live::gap;
use crate::live::reading::Reading;

const A: &str =
    "quay.io/p/prometheus@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str =
    "quay.io/p/prometheus@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const BARE: &str = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";

/// As a kubelet reports it.
fn pod(workload: &str, containers: &[(&str, &str)]) -> Value {
    let statuses: Vec<_> = containers
        .iter()
        .map(|(name, id)| {
            json!({"name": name, "image": "quay.io/p/prometheus:v2.42.0", "imageID": id,
                "ready": true, "restartCount": 0, "containerID": "containerd://1", "state": {}})
        })
        .collect();
    json!({
        "metadata": {"name": format!("{workload}-0"), "labels": {"app.kubernetes.io/name": workload}},
        "spec": {"containers": []},
        "status": {"phase": "Running", "containerStatuses": statuses},
    })
}

fn images(pods: &[Value]) -> Reading<Images> {
    let mut images = Images::default();
    for pod in pods {
        images.pods += 1;
        images.add(serde_json::from_value(pod.clone()).unwrap());
    }
    Reading::Seen(images)
}

fn found(readings: &[Reading<Images>]) -> Vec<Finding> {
    let (findings, parts, _) = judge(readings, &["e1", "e2", "e3"], "monitoring");
    assert_eq!(parts.len(), readings.len());
    findings
}

fn standing(one: &[(&str, &str)], other: &[(&str, &str)]) -> Standing {
    let readings = [images(&[pod("p", one)]), images(&[pod("p", other)])];
    found(&readings)[0].standing
}

#[test]
fn images_are_compared_by_digest_whatever_the_runtime_puts_before_it() {
    let pullable = format!("docker-pullable://{A}");
    let table = [
        (A, A, Standing::Equal),
        (A, pullable.as_str(), Standing::Equal),
        (A, B, Standing::Different),
        (A, BARE, Standing::Unknown(Unknown::NotComparable)),
        (BARE, BARE, Standing::Unknown(Unknown::NotComparable)),
        (A, "", Standing::Unknown(Unknown::NotComparable)),
    ];
    for (one, other, expected) in table {
        assert_eq!(
            standing(&[("p", one)], &[("p", other)]),
            expected,
            "{one} {other}"
        );
    }
}

#[test]
fn each_container_is_held_against_its_namesakes() {
    // A container that only one side has is the objects' business.
    assert_eq!(
        standing(&[("p", A)], &[("p", A), ("sidecar", B)]),
        Standing::Equal
    );
    // A difference is told although of another container nobody knows.
    assert_eq!(
        standing(&[("p", A), ("q", BARE)], &[("p", B), ("q", A)]),
        Standing::Different
    );
}

#[test]
fn a_container_without_a_status_runs_nobody_knows_what() {
    let with = |container: &str, statuses: &[(&str, &str)]| {
        let mut pod = pod("p", statuses);
        pod["spec"] = json!({"containers": [{"name": container, "image": "x:1"}]});
        images(&[pod])
    };
    let unknown = Standing::Unknown(Unknown::NotComparable);
    let known = || with("p", &[("p", A)]);
    assert_eq!(found(&[known(), known()])[0].standing, Standing::Equal);
    assert_eq!(found(&[known(), with("p", &[])])[0].standing, unknown);
    assert_eq!(
        found(&[with("p", &[]), with("p", &[])])[0].standing,
        unknown
    );
    // A sidecar that is not started, beside a container that is.
    let sidecar = || with("sidecar", &[("p", A)]);
    assert_eq!(found(&[sidecar(), sidecar()])[0].standing, unknown);
    // No pod is without containers; one that seems to be is not the same as any.
    let mut nothing = pod("p", &[]);
    nothing["status"] = json!({"phase": "Running"});
    let nothing = || images(std::slice::from_ref(&nothing));
    assert_eq!(found(&[nothing(), nothing()])[0].standing, unknown);
    assert_eq!(found(&[known(), nothing()])[0].standing, unknown);
}

#[test]
fn the_text_names_the_container_the_tag_and_both_digests() {
    let readings = [
        images(&[pod("p", &[("p", A)])]),
        images(&[pod("p", &[("p", B)])]),
    ];
    let findings = found(&readings);
    assert_eq!(
        findings[0].text.as_deref().unwrap(),
        "containers run different images: p; as p e1 runs quay.io/p/prometheus:v2.42.0 \
         (aaaaaaaaaaaa), e2 runs quay.io/p/prometheus:v2.42.0 (bbbbbbbbbbbb)"
    );
    assert_eq!(findings[0].object.to_string(), "Pod monitoring/p");
}

#[test]
fn replicas_that_run_two_images_differ_from_those_that_run_one() {
    let two = images(&[pod("p", &[("p", A)]), pod("p", &[("p", B)])]);
    let one = images(&[pod("p", &[("p", A)])]);
    assert_eq!(found(&[two, one])[0].standing, Standing::Different);
}

#[test]
fn pods_that_end_or_have_ended_are_left_out() {
    let mut deleted = pod("p", &[("p", B)]);
    deleted["metadata"]["deletionTimestamp"] = json!("2026-11-29T06:00:00Z");
    let mut ended = pod("p", &[("p", B)]);
    ended["status"]["phase"] = json!("Succeeded");
    let one = images(&[pod("p", &[("p", A)]), deleted, ended]);
    let other = images(&[pod("p", &[("p", A)])]);
    assert_eq!(found(&[one, other])[0].standing, Standing::Equal);
}

#[test]
fn what_runs_in_one_cluster_only_is_not_compared() {
    let one = images(&[pod("p", &[("p", A)]), pod("q", &[("q", A)])]);
    let findings = found(&[one, images(&[pod("p", &[("p", A)])])]);
    let names: Vec<_> = findings
        .iter()
        .map(|finding| finding.object.name.as_str())
        .collect();
    assert_eq!(names, ["p"]);
}

#[test]
fn with_a_cluster_unread_equality_is_unknown_and_a_difference_is_told() {
    let late = || Reading::Gap(gap::late("x"));
    let with = |id: &str| images(&[pod("p", &[("p", id)])]);
    let unknown = found(&[with(A), with(A), late()]);
    assert_eq!(unknown[0].standing, Standing::Unknown(Unknown::Timeout));
    assert_eq!(unknown[0].presence[2], Presence::Unknown);
    assert_eq!(
        found(&[with(A), late(), with(B)])[0].standing,
        Standing::Different
    );
}

#[test]
fn a_pod_belongs_to_its_label_or_to_what_its_owner_named_it_after() {
    let labels = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let table = [
        (labels(&[("app.kubernetes.io/name", "p")]), "x-7d4b9-", "p"),
        (
            labels(&[("pod-template-hash", "7d4b9")]),
            "grafana-7d4b9-",
            "grafana",
        ),
        (labels(&[]), "node-exporter-", "node-exporter"),
        (labels(&[]), "alone", "alone"),
    ];
    for (labels, name, expected) in table {
        assert_eq!(workload(&labels, name), expected);
    }
}

#[test]
fn only_a_digest_with_its_repository_can_be_compared() {
    assert_eq!(Digest::of(A), Digest::Repository(A.to_owned()));
    for id in [
        "",
        BARE,
        "docker://sha256:cc",
        "@sha256:aa",
        "a@md5:aa",
        "a:v1",
    ] {
        assert_eq!(Digest::of(id), Digest::Unknown, "{id}");
    }
}

#[test]
fn a_selector_that_no_cluster_has_a_pod_for_is_a_warning() {
    let with = |unused: &[&str]| {
        Reading::Seen(Images {
            unused: unused
                .iter()
                .map(|selector| (*selector).to_owned())
                .collect(),
            ..Images::default()
        })
    };
    let warnings = |readings: &[Reading<Images>]| judge(readings, &["a", "b"], "monitoring").2;
    assert_eq!(
        warnings(&[with(&["a=b", "c=d"]), with(&["c=d"])]),
        ["no cluster has a pod that `c=d` selects"]
    );
    let unread = Reading::Gap(gap::late("x"));
    assert_eq!(warnings(&[with(&["c=d"]), unread]), [""; 0]);
}
