//! People on call may type what the guide and the alerts' mails say: what each kubectl of them, and
//! `install-monitoring status`, asks of the API server is held against `k8s/rbac/operators.yaml`. Nothing is granted
//! there that no line of them needs.
//!
//! What kubectl asks is written down here as its sources of 1.32 to 1.34 have it; nothing is sent anywhere. That
//! `status` needs no more is tried in `doctor/screen.rs`.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, bail};
use sandbox::checkout;
use serde_json::Value;

use super::commands::{Words, commands, has, plain, planted, value};
use super::mails::mails;
use super::{GUIDE, page};
use crate::chart::documents::documents;

const ROLES: &str = "k8s/rbac/operators.yaml";

/// Whom an access entry makes of the AWS role of people on call.
const GROUP: &str = "monitoring-jobs:operators";

/// The chapter for whoever administers the cluster.
const ADMINISTRATION: &str = "\n## Permissions\n";

/// What `status` reads of the gateway goes by this name.
const GATEWAY: &str = "http:prod-monitoring-prometheus-pushgateway:9091";

/// A right, to one object or to all, in a namespace or in all of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Right {
    verb: String,
    group: String,
    resource: String,
    name: Option<String>,
    namespace: Option<String>,
}

impl Right {
    fn new(verb: &str, (group, resource): (&str, &str), namespace: Option<&str>) -> Self {
        Self {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            name: None,
            namespace: namespace.map(str::to_owned),
        }
    }

    /// The same to one object alone.
    fn only(self, name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..self
        }
    }

    fn is_in(&self, granted: &BTreeSet<Self>) -> bool {
        let everywhere = Self {
            namespace: None,
            ..self.clone()
        };
        let any = |it: &Self| Self {
            name: None,
            ..it.clone()
        };
        let wider = [any(self), any(&everywhere), everywhere];
        granted.contains(self) || wider.iter().any(|it| granted.contains(it))
    }
}

const PODS: (&str, &str) = ("", "pods");
const JOBS: (&str, &str) = ("batch", "jobs");

/// The group and resource of a kind as people type it.
fn resource(kind: &str) -> Result<(&'static str, &'static str)> {
    Ok(match kind {
        "pod" | "pods" => PODS,
        "job" | "jobs" => JOBS,
        "svc" | "service" | "services" => ("", "services"),
        "node" | "nodes" => ("", "nodes"),
        "secret" | "secrets" => ("", "secrets"),
        "cronjob" | "cronjobs" => ("batch", "cronjobs"),
        "deployment" | "deployments" => ("apps", "deployments"),
        "podmonitor" | "podmonitors" => ("monitoring.coreos.com", "podmonitors"),
        other => bail!("which resource is {other}?"),
    })
}

/// Whether it is the one command of the installer that is for people on call.
fn is_status(words: &[String]) -> bool {
    words.first().is_some_and(|it| it == "install-monitoring")
        && plain(words).first() == Some(&"status")
}

/// What `install-monitoring status` reads, as `k8s/install/src/status/look.rs` has it.
fn of_status() -> Vec<Right> {
    let home = Some("monitoring");
    let mut asked = Vec::new();
    for namespace in [home, Some("monitoring-credentials")] {
        for resource in [("batch", "cronjobs"), JOBS, PODS] {
            asked.push(Right::new("list", resource, namespace));
        }
    }
    let rules = ("monitoring.coreos.com", "prometheusrules");
    asked.push(Right::new("list", rules, home));
    asked.push(Right::new("get", ("", "services/proxy"), home).only(GATEWAY));
    asked
}

/// What a command asks for. Where it reads what it creates from a pipe, that is a Job in the namespace `piped`.
fn rights(words: &[String], piped: Option<&str>) -> Result<Vec<Right>> {
    if has(words, "--local") {
        return Ok(Vec::new());
    }
    if is_status(words) {
        return Ok(of_status());
    }
    let namespace = value(words, &["--namespace"]).filter(|_| !has(words, "--all-namespaces"));
    let plain = plain(words);
    let (verb, rest) = plain.split_first().context("no verb")?;
    let (kind, name) = match rest.first().map(|it| it.split_once('/')) {
        Some(Some((kind, name))) => (Some(kind), Some(name)),
        Some(None) => (rest.first().copied(), rest.get(1).copied()),
        None => (None, None),
    };
    let of_kind = || resource(kind.context("no kind")?);
    let asked: Vec<(&str, (&str, &str))> = match *verb {
        "get" if name.is_some() => vec![("get", of_kind()?)],
        "get" => vec![("list", of_kind()?)],
        "describe" => {
            let kind = of_kind()?;
            let list = name.is_none().then_some(("list", kind));
            let events = [("get", kind), ("list", ("", "events"))];
            events.into_iter().chain(list).collect()
        }
        "logs" => {
            let log = ("get", ("", "pods/log"));
            match (kind, name) {
                (None, _) => vec![("list", PODS), log],
                // It waits for the first pod of whatever it is.
                (Some(_), Some(_)) => {
                    vec![("get", of_kind()?), ("list", PODS), ("watch", PODS), log]
                }
                (Some(_), None) => vec![("get", PODS), log],
            }
        }
        "create" if kind == Some("job") => {
            let read = ("get", ("batch", "cronjobs"));
            if has(words, "--dry-run=client") {
                vec![read]
            } else {
                vec![read, ("create", JOBS)]
            }
        }
        "create" if value(words, &["--filename"]) == Some("-") => {
            let piped = piped.context("nothing is piped in")?;
            return Ok(vec![Right::new("create", JOBS, Some(piped))]);
        }
        "patch" => vec![("get", of_kind()?), ("patch", of_kind()?)],
        "delete" => {
            let list = name.is_none().then_some(("list", of_kind()?));
            list.into_iter().chain([("delete", of_kind()?)]).collect()
        }
        "port-forward" => {
            let forward = ("", "pods/portforward");
            vec![
                ("get", of_kind()?),
                ("list", PODS),
                ("get", PODS),
                ("get", forward),
                ("create", forward),
            ]
        }
        other => bail!("what does {other} ask for?"),
    };
    let right = |(verb, resource)| Right::new(verb, resource, namespace);
    Ok(asked.into_iter().map(right).collect())
}

/// What the roles of these documents give to people on call.
fn granted(documents: &[Value]) -> BTreeSet<Right> {
    let is_bound = |role: &Value| {
        documents.iter().any(|it| {
            it["roleRef"]["kind"] == role["kind"]
                && it["roleRef"]["name"] == role["metadata"]["name"]
                && it["metadata"]["namespace"] == role["metadata"]["namespace"]
                && it["subjects"][0]["kind"] == "Group"
                && it["subjects"][0]["name"] == GROUP
        })
    };
    let mut found = BTreeSet::new();
    for role in documents.iter().filter(|it| is_bound(it)) {
        let namespace = role["metadata"]["namespace"].as_str();
        for rule in role["rules"].as_array().into_iter().flatten() {
            let names = texts(&rule["resourceNames"]);
            for group in texts(&rule["apiGroups"]) {
                for resource in texts(&rule["resources"]) {
                    for verb in texts(&rule["verbs"]) {
                        let right = Right::new(verb, (group, resource), namespace);
                        found.extend(names.iter().map(|name| right.clone().only(name)));
                        if names.is_empty() {
                            found.insert(right);
                        }
                    }
                }
            }
        }
    }
    found
}

fn texts(list: &Value) -> Vec<&str> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

fn roles() -> Result<Vec<Value>> {
    documents(&fs::read_to_string(checkout::file(ROLES)).context(ROLES)?)
}

/// The calls of kubectl and of `status` in the guide, but for those of the chapter that is not for people on call.
fn guide() -> Result<Vec<Words>> {
    let page = page(GUIDE)?;
    let (before, rest) = page.split_once(ADMINISTRATION).context("no chapter")?;
    let (_, after) = rest.split_once("\n## ").context("no chapter behind it")?;
    let mut found = commands(before);
    found.extend(commands(after));
    found.retain(|words| is_status(words) || words.first().is_some_and(|it| it == "kubectl"));
    Ok(found)
}

/// The commands that somebody with these rights cannot type, with the right that is missing.
fn refused(page: &[Words], granted: &BTreeSet<Right>) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut piped = None;
    for words in page {
        let line = words.join(" ");
        let asked = rights(words, piped).with_context(|| line.clone())?;
        let missing = asked.iter().filter(|it| !it.is_in(granted));
        wrong.extend(missing.map(|it| format!("{line}: {it:?}")));
        if has(words, "--dry-run=client") {
            piped = value(words, &["--namespace"]);
        }
    }
    Ok(wrong)
}

#[test]
fn people_on_call_may_type_what_they_are_told_and_no_more() -> Result<()> {
    let (guide, mails, granted) = (guide()?, mails()?, granted(&roles()?));
    assert!(guide.len() > 80, "{}", guide.len());
    assert!(mails.len() > 80, "{}", mails.len());
    let told = [guide, mails].concat();
    assert_eq!(refused(&told, &granted)?, Vec::<String>::new());
    for right in &granted {
        let mut less = granted.clone();
        less.remove(right);
        let missed = refused(&told, &less)?;
        assert!(!missed.is_empty(), "nothing needs {right:?}");
    }
    Ok(())
}

#[test]
fn a_right_to_one_object_is_none_to_another() {
    let proxy = |name: Option<&str>| {
        let right = Right::new("get", ("", "services/proxy"), Some("monitoring"));
        match name {
            Some(name) => right.only(name),
            None => right,
        }
    };
    let granted = BTreeSet::from([proxy(Some(GATEWAY))]);
    assert!(proxy(Some(GATEWAY)).is_in(&granted));
    assert!(!proxy(Some("http:other:80")).is_in(&granted));
    assert!(!proxy(None).is_in(&granted));
    assert!(proxy(Some(GATEWAY)).is_in(&BTreeSet::from([proxy(None)])));
}

#[test]
fn what_nobody_on_call_shall_do_is_refused() -> Result<()> {
    let granted = granted(&roles()?);
    for line in [
        "kubectl --namespace monitoring get secret alertmanager-prod-monitoring",
        "kubectl --namespace monitoring-credentials delete pods --selector a=b",
        "kubectl --namespace monitoring-credentials patch job rotate-credentials --patch {}",
        "kubectl --namespace monitoring-credentials port-forward svc/a 1:2",
        "kubectl --namespace prod logs a",
        "kubectl --namespace prod create job $job --from=cronjob/a",
        "kubectl delete nodes a",
    ] {
        assert!(!refused(&[planted(line)], &granted)?.is_empty(), "{line}");
    }
    let piped = [
        "create job a --from=cronjob/b --dry-run=client",
        "create --filename -",
    ];
    let piped = piped.map(|it| planted(&format!("kubectl --namespace prod {it}")));
    assert_eq!(refused(&piped, &granted)?.len(), 2);
    assert!(rights(&planted("kubectl --namespace monitoring exec a"), None).is_err());
    for right in &granted {
        let words = [&right.verb, &right.group, &right.resource];
        let is_wide = words.iter().any(|it| it.contains('*'));
        assert!(!is_wide && right.resource != "secrets", "{right:?}");
    }
    Ok(())
}

#[test]
fn a_role_that_is_bound_to_nobody_gives_nothing() -> Result<()> {
    let guide = guide()?;
    for index in 0..roles()?.len() {
        let mut less = roles()?;
        let gone = less.remove(index);
        assert!(!refused(&guide, &granted(&less))?.is_empty(), "{gone}");
    }
    Ok(())
}
