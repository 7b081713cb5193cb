use std::collections::BTreeSet;

use common::alertmanager::{ConfigHash, Metrics};
use serde_json::json;

use super::read::{Replica, Replicas, Running, Users, running};
use super::{Judged, judge};
use crate::config::AlertmanagerRef;
use crate::finding::{Standing, Unknown};
use crate::live::gap;
use crate::live::reading::Reading;

const METRICS: &str = "\
# TYPE alertmanager_config_hash gauge
alertmanager_config_hash 6.3657913343414e+13
# TYPE alertmanager_config_last_reload_successful gauge
alertmanager_config_last_reload_successful 1
";

const CONFIG: &str = "\
global:
  smtp_smarthost: email-smtp.us-east-1.amazonaws.com:587
  smtp_from: alerts@example.com
  smtp_auth_username: AKIAEXAMPLE
  smtp_auth_password: <secret>
route:
  receiver: mail
receivers:
- name: mail
  email_configs:
  - to: a@example.com
";

/// As a real server answers `GET /api/v2/status`.
fn status(config: &str) -> String {
    json!({
        "cluster": {"name": "01H", "peers": [{"address": "10.0.0.1:9094", "name": "01H"}], "status": "ready"},
        "config": {"original": config},
        "uptime": "2026-11-20T10:00:00.000Z",
        "versionInfo": {"branch": "HEAD", "buildDate": "20230101", "buildUser": "root@x",
            "goVersion": "go1.19.4", "revision": "258fab7", "version": "0.25.0"},
    })
    .to_string()
}

#[test]
fn a_replica_is_read_and_its_user_is_printed_nowhere() {
    let metrics = Metrics::parse(METRICS.as_bytes()).unwrap();
    let running = running("x", metrics, &status(CONFIG)).unwrap();
    assert_eq!(running.version, "0.25.0");
    assert_eq!(running.reloaded, Some(true));
    assert!(running.hash.is_some());
    assert_eq!(running.users.0, BTreeSet::from(["AKIAEXAMPLE".to_owned()]));
    assert!(!format!("{running:?}").contains("AKIAEXAMPLE"));
}

#[test]
fn what_is_no_answer_of_an_alertmanager_is_a_gap_that_quotes_nothing() {
    let pages = [
        String::new(),
        "<html>hunter2</html>".to_owned(),
        json!({"config": {"original": CONFIG}}).to_string(),
        status("a: [hunter2"),
        status("receivers: hunter2"),
    ];
    for page in pages {
        let gap = running("x", Metrics::default(), &page).unwrap_err();
        assert_eq!(gap.reason, Unknown::Garbled, "{page}");
        assert!(
            !gap.trouble.text.contains("hunter2"),
            "{}",
            gap.trouble.text
        );
    }
}

fn replica(pod: &str, file: &str, user: &str) -> Replica {
    Replica {
        pod: pod.to_owned(),
        running: Ok(Running {
            hash: Some(ConfigHash::of(file.as_bytes())),
            reloaded: Some(true),
            users: Users([user.to_owned()].into()),
            version: "0.25.0".to_owned(),
        }),
    }
}

fn silent(pod: &str) -> Replica {
    Replica {
        pod: pod.to_owned(),
        running: Err(gap::late(pod)),
    }
}

fn seen(replicas: Vec<Replica>) -> Reading<Replicas> {
    Reading::Seen(Replicas(replicas))
}

fn judged(readings: &[Reading<Replicas>], home: Option<usize>) -> Judged {
    let config = AlertmanagerRef {
        selector: "app=am".to_owned(),
        port: 9093,
        same_file: true,
        same_user: true,
    };
    judge(readings, &["e1", "e2", "e3"], "monitoring", &config, home)
}

/// All but the pods that are well.
fn told(judged: &Judged) -> Vec<(String, Standing, String)> {
    let told = judged.findings.iter().map(|finding| {
        let text = finding.text.clone().unwrap_or_default();
        (finding.object.kind.kind.clone(), finding.standing, text)
    });
    told.filter(|(kind, standing, _)| kind != "Pod" || *standing != Standing::Equal)
        .collect()
}

fn equal(kind: &str) -> (String, Standing, String) {
    (kind.to_owned(), Standing::Equal, String::new())
}

#[test]
fn replicas_that_run_one_file_as_one_user_everywhere_are_well() {
    let judged = judged(
        &[
            seen(vec![replica("am-0", "f", "u"), replica("am-1", "f", "u")]),
            seen(vec![replica("am-0", "f", "u")]),
        ],
        Some(0),
    );
    assert_eq!(told(&judged), [equal("SmtpUser"), equal("Alertmanager")]);
    assert_eq!(judged.same_user, [vec![], vec![("am-0".to_owned(), true)]]);
    assert!(judged.parts.iter().all(|part| part.read.is_ok()));
}

#[test]
fn replicas_of_a_cluster_that_run_different_files_are_told_apart() {
    let replicas = vec![
        replica("am-0", "f", "u"),
        replica("am-1", "g", "u"),
        replica("am-2", "f", "u"),
    ];
    let told = told(&judged(&[seen(replicas)], None));
    let text = "e1: the replicas run different files: am-0 and am-2 | am-1";
    let expected = (
        "Alertmanager".to_owned(),
        Standing::NotLoaded,
        text.to_owned(),
    );
    assert_eq!(told, [expected]);
}

#[test]
fn clusters_that_differ_are_told_by_name_and_neither_hash_nor_user_is_shown() {
    let judged = judged(
        &[
            seen(vec![replica("am-0", "f", "AKIAONE")]),
            seen(vec![replica("am-0", "g", "AKIATWO")]),
            seen(vec![replica("am-0", "f", "AKIAONE")]),
        ],
        Some(0),
    );
    let text = |what: &str| format!("the clusters do not {what}: e1 and e3 | e2");
    let told = told(&judged);
    assert_eq!(
        told,
        [
            (
                "SmtpUser".to_owned(),
                Standing::Different,
                text("send mail as the same user")
            ),
            (
                "Alertmanager".to_owned(),
                Standing::Different,
                text("run the same file")
            ),
        ]
    );
    let everything = format!("{judged:?}");
    let hash = ConfigHash::of(b"f").to_string();
    assert!(!everything.contains("AKIA") && !everything.contains(&hash));
    let expected = |same| vec![("am-0".to_owned(), same)];
    assert_eq!(judged.same_user, [vec![], expected(false), expected(true)]);
}

#[test]
fn a_replica_that_does_not_answer_makes_equality_unknown_and_hides_no_difference() {
    let one = || seen(vec![replica("am-0", "f", "u"), silent("am-1")]);
    let unknown = judged(&[one(), seen(vec![replica("am-0", "f", "u")])], Some(0));
    let unknown_because = Standing::Unknown(Unknown::Timeout);
    let told_unknown = told(&unknown);
    let standings: Vec<_> = told_unknown
        .iter()
        .map(|(_, standing, _)| *standing)
        .collect();
    assert_eq!(standings, [unknown_because; 2]);
    assert!(unknown.parts[0].read.is_err() && unknown.parts[1].read.is_ok());
    let different = judged(&[one(), seen(vec![replica("am-0", "g", "v")])], Some(0));
    let told = told(&different);
    let told = told.iter().filter(|(_, s, _)| *s == Standing::Different);
    assert_eq!(told.count(), 2);
}

#[test]
fn a_cluster_that_could_not_be_read_is_not_said_to_be_the_same() {
    let fine = || seen(vec![replica("am-0", "f", "u")]);
    let judged = judged(&[fine(), Reading::Gap(gap::late("x")), fine()], Some(1));
    let across: Vec<_> = judged
        .findings
        .iter()
        .filter(|finding| finding.object.kind.kind == "SmtpUser")
        .map(|finding| finding.standing)
        .collect();
    assert_eq!(across, [Standing::Unknown(Unknown::Timeout)]);
    // Nobody knows the home cluster's user.
    assert!(judged.same_user.iter().all(Vec::is_empty));
}

#[test]
fn nobody_is_held_against_a_home_whose_replicas_disagree() {
    let home = seen(vec![replica("am-0", "f", "u"), replica("am-1", "f", "v")]);
    let other = seen(vec![replica("am-0", "f", "u")]);
    let judged = judged(&[home, other], Some(0));
    assert!(judged.same_user.iter().all(Vec::is_empty));
}

#[test]
fn a_failed_reload_and_a_replica_that_says_nothing_are_told_of_the_pod() {
    let with = |change: fn(&mut Running)| {
        let mut replica = replica("am-0", "f", "u");
        change(replica.running.as_mut().unwrap());
        let judged = judged(&[seen(vec![replica])], None);
        let mut pods = judged.findings.iter();
        let pod = pods.find(|finding| finding.object.kind.kind == "Pod");
        pod.unwrap().standing
    };
    let unknown = Standing::Unknown(Unknown::NotComparable);
    assert_eq!(with(|_| {}), Standing::Equal);
    assert_eq!(
        with(|running| running.reloaded = Some(false)),
        Standing::NotLoaded
    );
    assert_eq!(with(|running| running.reloaded = None), unknown);
    assert_eq!(with(|running| running.hash = None), unknown);
}

#[test]
fn a_cluster_without_a_replica_fails() {
    let told = told(&judged(&[seen(vec![])], None));
    assert_eq!(told[0].1, Standing::Failing);
    assert_eq!(told[0].2, "e1: no replica runs");
}

#[test]
fn without_the_wish_for_one_file_and_one_user_clusters_may_differ() {
    let config = AlertmanagerRef {
        selector: "app=am".to_owned(),
        port: 9093,
        same_file: false,
        same_user: false,
    };
    let readings = [
        seen(vec![replica("am-0", "f", "u")]),
        seen(vec![replica("am-0", "g", "v")]),
    ];
    let judged = judge(&readings, &["e1", "e2"], "monitoring", &config, Some(0));
    assert_eq!(told(&judged), [equal("Alertmanager")]);
    assert!(judged.same_user.iter().all(Vec::is_empty));
}
