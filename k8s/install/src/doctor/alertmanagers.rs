//! Whether every replica of Alertmanager runs the configuration that was written for it.
//!
//! Hashes are compared and never shown: the file holds passwords.

use std::cmp::Ordering;

use common::alertmanager::{ConfigHash, Metrics};

use super::installation::Server;
use super::report::{Area, Check, Finding};
use crate::mend::Mend;
use crate::screen::count;
use crate::secret::KEY;
use crate::seen::alertmanager::{Replica, Written, generated_secret};
use crate::seen::{NAMESPACE, Seen};

/// What is known of the Secrets that the replicas should run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Secrets {
    /// A pod has no right to them.
    NotAsked,
    Asked(Seen<Written>),
}

/// Holds what is written against what runs.
pub(super) fn judge(
    server: &Server,
    replicas: &Seen<Vec<Replica>>,
    secrets: &Secrets,
    mend: Mend<'_>,
) -> Check {
    let title = format!("Alertmanager {}/{}", server.namespace, server.name);
    let replicas = match replicas {
        Ok(replicas) => replicas,
        Err(why) => return Check::unseen(Area::Alertmanager, title, why),
    };
    let mut findings = Vec::new();
    let wanted = usize::try_from(server.replicas).unwrap_or(usize::MAX);
    findings.extend(number(&title, server, replicas, mend));
    findings.extend(replicas.iter().filter_map(|it| judge_replica(it, mend)));
    let written = match secrets {
        Secrets::NotAsked => None,
        Secrets::Asked(Ok(written)) => {
            findings.extend(judge_secrets(server, *written, mend));
            written.generated
        }
        Secrets::Asked(Err(why)) => {
            findings.push(Finding::unseen("the Secrets of Alertmanager", why));
            None
        }
    };
    match written {
        Some(written) => findings.extend(astray(replicas, written, mend)),
        None => findings.extend(disagreement(&title, replicas, mend)),
    }
    let beside = match (secrets, written) {
        (Secrets::NotAsked, _) => "the same file; a pod may not look at the Secret",
        (Secrets::Asked(_), Some(_)) => "the file of the Secret",
        (Secrets::Asked(_), None) => "the same file",
    };
    Check {
        area: Area::Alertmanager,
        well: if findings.is_empty() {
            format!("{} run {beside}", count(replicas.len(), "replica"))
        } else {
            format!("{} of {wanted} replicas seen", replicas.len())
        },
        details: Vec::new(),
        findings,
    }
}

/// Whether so many run as are declared. One too many mails too, by a file that nobody looks after.
fn number(title: &str, server: &Server, replicas: &[Replica], mend: Mend<'_>) -> Option<Finding> {
    let set = server.stateful_set();
    let wanted = usize::try_from(server.replicas).unwrap_or(usize::MAX);
    let (text, command) = match replicas.len().cmp(&wanted) {
        Ordering::Equal => return None,
        Ordering::Less => (
            format!("{} of {wanted} replicas run", replicas.len()),
            format!("describe statefulset {set}"),
        ),
        Ordering::Greater => {
            let members: Vec<_> = (0..server.replicas)
                .map(|ordinal| format!("{set}-{ordinal}"))
                .collect();
            let pods = replicas.iter().map(|it| &it.pod);
            let surplus: Vec<_> = pods
                .filter(|pod| !members.contains(pod))
                .map(String::as_str)
                .collect();
            let stranger = surplus
                .iter()
                .find(|pod| !pod.starts_with(&format!("{set}-")));
            let command = match stranger {
                Some(stranger) => format!("describe pod {stranger}"),
                // Somebody has asked the operator for more.
                None => format!(
                    "patch alertmanager {} --type merge --patch '{{\"spec\":{{\"replicas\":{wanted}}}}}'",
                    server.name
                ),
            };
            let text = format!(
                "{} replicas run, and {wanted} are declared; too many: {}",
                replicas.len(),
                surplus.join(", ")
            );
            (text, command)
        }
    };
    Some(Finding::wrong(
        title,
        text,
        mend.kubectl(NAMESPACE, command),
    ))
}

fn pod(replica: &Replica) -> String {
    format!("Pod {NAMESPACE}/{}", replica.pod)
}

fn logs(replica: &Replica, container: &str, mend: Mend<'_>) -> String {
    let pod = &replica.pod;
    mend.kubectl(
        NAMESPACE,
        format!("logs {pod} --container {container} --tail 20"),
    )
}

/// What a replica says of itself.
fn judge_replica(replica: &Replica, mend: Mend<'_>) -> Option<Finding> {
    let metrics = match &replica.metrics {
        Ok(metrics) => metrics,
        Err(why) => return Some(Finding::unseen(pod(replica), why)),
    };
    if !replica.ready {
        let describe = mend.kubectl(NAMESPACE, format!("describe pod {}", replica.pod));
        return Some(Finding::wrong(pod(replica), "it is not ready", describe));
    }
    match (metrics.last_reload_successful, metrics.config_hash) {
        (Some(false), _) => {
            let text = "its last reload failed: it runs the file before";
            let logs = logs(replica, "alertmanager", mend);
            Some(Finding::wrong(pod(replica), text, logs))
        }
        (None, _) | (_, None) => {
            let text = "it does not say which file it runs";
            let logs = logs(replica, "alertmanager", mend);
            Some(Finding::warning(pod(replica), text, logs))
        }
        (Some(true), Some(_)) => None,
    }
}

/// Whether there is something to run, and the operator has taken it.
fn judge_secrets(server: &Server, written: Written, mend: Mend<'_>) -> Option<Finding> {
    let (namespace, name) = (&server.namespace, &server.name);
    let source = server.config_secret.clone();
    let source = source.unwrap_or_else(|| format!("alertmanager-{name}"));
    match (written.source, written.generated) {
        (None, _) => {
            let title = format!("Secret {namespace}/{source}");
            let text = format!("it is missing, or has no {KEY}: alerts reach nobody");
            Some(Finding::wrong(title, text, mend.install()))
        }
        (Some(source), Some(generated)) if source == generated => None,
        (Some(_), generated) => {
            let title = format!("Secret {namespace}/{}", generated_secret(name));
            let text = match generated {
                Some(_) => "the operator has not taken over what is written",
                None => "the operator has not made it, so the replicas have nothing to run",
            };
            let events = format!("describe alertmanager {name}");
            Some(Finding::wrong(title, text, mend.kubectl(namespace, events)))
        }
    }
}

/// Replicas that say which file they run, and that it is another one.
fn astray(replicas: &[Replica], written: ConfigHash, mend: Mend<'_>) -> Vec<Finding> {
    let astray = running(replicas).filter(|(_, hash)| *hash != written);
    astray
        .map(|(replica, _)| {
            let text = "it runs another file than the operator has written for it; a new one may \
                        take two minutes to arrive";
            Finding::wrong(pod(replica), text, logs(replica, "config-reloader", mend))
        })
        .collect()
}

/// Without the file, only that they run different ones can be said.
fn disagreement(title: &str, replicas: &[Replica], mend: Mend<'_>) -> Option<Finding> {
    let mut running = running(replicas);
    let (first, hash) = running.next()?;
    let (other, _) = running.find(|(_, other)| *other != hash)?;
    let text = format!("{} and {} run different files", first.pod, other.pod);
    Some(Finding::wrong(
        title,
        text,
        logs(other, "config-reloader", mend),
    ))
}

fn running(replicas: &[Replica]) -> impl Iterator<Item = (&Replica, ConfigHash)> {
    replicas.iter().filter_map(|replica| {
        let metrics: &Metrics = replica.metrics.as_ref().ok()?;
        Some((replica, metrics.config_hash?))
    })
}

#[cfg(test)]
mod tests {
    use common::exit::Exit;
    use common::trouble::Trouble;

    use super::*;
    use crate::doctor::report::Severity;

    const MEND: Mend<'_> = Mend::of("c");

    fn server() -> Server {
        Server {
            kind: "Alertmanager".to_owned(),
            namespace: "monitoring".to_owned(),
            name: "am".to_owned(),
            replicas: 2,
            config_secret: Some("written".to_owned()),
        }
    }

    fn hash(file: &str) -> ConfigHash {
        ConfigHash::of(file.as_bytes())
    }

    fn replica(number: usize, file: &str) -> Replica {
        Replica {
            pod: format!("am-{number}"),
            ready: true,
            metrics: Ok(Metrics {
                config_hash: Some(hash(file)),
                last_reload_successful: Some(true),
                ..Metrics::default()
            }),
        }
    }

    fn written(source: Option<&str>, generated: Option<&str>) -> Secrets {
        Secrets::Asked(Ok(Written {
            source: source.map(hash),
            generated: generated.map(hash),
        }))
    }

    fn check(replicas: Vec<Replica>, secrets: &Secrets) -> Check {
        judge(&server(), &Ok(replicas), secrets, MEND)
    }

    /// What is found, by object.
    fn found(check: &Check) -> Vec<(Severity, &str)> {
        let findings = check.findings.iter();
        findings
            .map(|it| (it.severity, it.object.as_str()))
            .collect()
    }

    fn both(first: &str, second: &str) -> Vec<Replica> {
        vec![replica(0, first), replica(1, second)]
    }

    #[test]
    fn replicas_that_run_the_file_of_the_secret_are_well() {
        let check = check(both("a", "a"), &written(Some("a"), Some("a")));
        assert_eq!(check.findings, []);
        assert_eq!(check.well, "2 replicas run the file of the Secret");
    }

    #[test]
    fn a_replica_with_another_file_is_named_and_no_hash_is_shown() {
        let wrong = Severity::Wrong;
        let other = check(both("a", "b"), &written(Some("a"), Some("a")));
        assert_eq!(found(&other), [(wrong, "Pod monitoring/am-1")]);
        // Both agree, and on a file that was replaced.
        let old = check(both("b", "b"), &written(Some("a"), Some("a")));
        assert_eq!(found(&old).len(), 2);
        let shown = format!("{old:?}");
        assert!(!shown.contains(&hash("a").to_string()), "{shown}");
    }

    #[test]
    fn what_is_not_written_or_not_taken_over_is_wrong() {
        let nothing = check(both("a", "a"), &written(None, Some("a")));
        assert_eq!(
            found(&nothing),
            [(Severity::Wrong, "Secret monitoring/written")]
        );
        assert!(nothing.findings[0].mend.starts_with("install-monitoring"));
        for generated in [None, Some("a")] {
            let behind = check(both("a", "a"), &written(Some("b"), generated));
            assert_eq!(
                found(&behind),
                [(
                    Severity::Wrong,
                    "Secret monitoring/alertmanager-am-generated"
                )]
            );
        }
    }

    #[test]
    fn without_the_secret_replicas_are_held_against_each_other_and_it_is_said() {
        let why = Trouble {
            exit: Exit::Denied,
            code: "cluster-denied",
            text: "403".to_owned(),
            hint: None,
        };
        let refused = Secrets::Asked(Err(why));
        let same = check(both("a", "a"), &refused);
        assert_eq!(
            found(&same),
            [(Severity::Unseen, "the Secrets of Alertmanager")]
        );
        let different = check(both("a", "b"), &refused);
        assert_eq!(different.worst(), Some(Severity::Wrong));
        let pod = check(both("a", "a"), &Secrets::NotAsked);
        assert_eq!(pod.findings, []);
        assert!(pod.well.contains("may not look"), "{}", pod.well);
    }

    #[test]
    fn replicas_beyond_those_that_are_declared_are_named_with_whoever_made_them() {
        let named = |names: &[&str]| {
            let replicas = names.iter().map(|name| Replica {
                pod: (*name).to_owned(),
                ..replica(0, "a")
            });
            check(replicas.collect(), &written(Some("a"), Some("a")))
        };
        let asked_for = named(&[
            "alertmanager-am-0",
            "alertmanager-am-1",
            "alertmanager-am-2",
        ]);
        assert_eq!(
            found(&asked_for),
            [(Severity::Wrong, "Alertmanager monitoring/am")]
        );
        let finding = &asked_for.findings[0];
        assert_eq!(
            finding.text,
            "3 replicas run, and 2 are declared; too many: alertmanager-am-2"
        );
        assert!(
            finding
                .mend
                .ends_with(r#"--patch '{"spec":{"replicas":2}}'"#),
            "{}",
            finding.mend
        );
        let of_others = named(&[
            "alertmanager-am-0",
            "alertmanager-am-1",
            "alertmanager-old-0",
        ]);
        let mend = &of_others.findings[0].mend;
        assert!(mend.ends_with("describe pod alertmanager-old-0"), "{mend}");
    }

    #[test]
    fn a_replica_that_is_missing_silent_or_refused_its_file_is_told() {
        let all = written(Some("a"), Some("a"));
        let one = check(vec![replica(0, "a")], &all);
        assert_eq!(one.findings[0].text, "1 of 2 replicas run");
        let mut refused = both("a", "a");
        refused[1].metrics.as_mut().unwrap().last_reload_successful = Some(false);
        assert!(
            check(refused, &all).findings[0]
                .text
                .starts_with("its last reload failed")
        );
        let mut silent = both("a", "a");
        silent[0].metrics = Err(Trouble {
            exit: Exit::Transient,
            code: "x",
            text: "503".to_owned(),
            hint: None,
        });
        let silent = check(silent, &all);
        assert_eq!(found(&silent), [(Severity::Unseen, "Pod monitoring/am-0")]);
    }
}
