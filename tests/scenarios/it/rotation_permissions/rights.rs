//! RBAC, right by right: what a Role allows, what an API server saw the job ask for, and a Role that
//! lacks one of them.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Context as _, Result};
use sandbox::company::{GROUP, Site};
use sandbox::kubernetes::{Change, Mark};
use scenarios::wait;
use serde_json::{Value, json};

/// As whom the job asks.
const USER: &str = "rotate-credentials";

/// One verb on one object, or on all of a kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Right {
    pub(super) namespace: String,
    pub(super) verb: String,
    pub(super) group: String,
    /// With the subresource behind a slash.
    pub(super) resource: String,
    /// Empty for all of them.
    pub(super) name: String,
}

impl fmt::Display for Right {
    /// As the job's messages have it: `get secrets/x in monitoring`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.name.is_empty() {
            write!(f, "/{}", self.name)?;
        }
        write!(f, " in {}", self.namespace)
    }
}

impl Right {
    /// Whether it allows what `used` is.
    fn covers(&self, used: &Self) -> bool {
        let all = Self {
            name: String::new(),
            ..used.clone()
        };
        self == used || *self == all
    }

    fn rule(&self) -> Value {
        let mut rule = json!({
            "apiGroups": [self.group], "resources": [self.resource], "verbs": [self.verb],
        });
        if !self.name.is_empty() {
            rule["resourceNames"] = json!([self.name]);
        }
        rule
    }
}

/// Every right that the job's Role in `namespace` gives.
pub(super) async fn allowed(site: &Site, namespace: &str) -> Result<BTreeSet<Right>> {
    let role = site.cluster.client().await?.get(&path(namespace)).await?;
    let rules = role["rules"].as_array().context("a Role without rules")?;
    let mut rights = BTreeSet::new();
    for rule in rules {
        let texts = |field: &str| {
            let texts = rule[field].as_array().into_iter().flatten();
            texts.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let mut names: Vec<String> = texts("resourceNames");
        if names.is_empty() {
            names.push(String::new());
        }
        for verb in texts("verbs") {
            for group in texts("apiGroups") {
                for resource in texts("resources") {
                    rights.extend(names.iter().map(|name| Right {
                        namespace: namespace.to_owned(),
                        verb: verb.clone(),
                        group: group.clone(),
                        resource: resource.clone(),
                        name: name.clone(),
                    }));
                }
            }
        }
    }
    Ok(rights)
}

/// What the job has asked for since `mark`.
pub(super) fn used(site: &Site, mark: Mark) -> Result<BTreeSet<Right>> {
    let entries = site.cluster.audit_since(mark)?.into_iter();
    let own = entries.filter(|entry| entry.user == USER);
    let rights = own.map(|entry| {
        assert_ne!(entry.code, 403, "{entry}");
        let resource = match entry.subresource.as_str() {
            "" => entry.resource,
            subresource => format!("{}/{subresource}", entry.resource),
        };
        Right {
            namespace: entry.namespace,
            verb: entry.verb,
            group: entry.group,
            resource,
            name: entry.name,
        }
    });
    Ok(rights.collect())
}

/// Fails unless each of `allowed` was used, and nothing else was.
#[track_caller]
pub(super) fn assert_exact(cluster: &str, allowed: &BTreeSet<Right>, used: &BTreeSet<Right>) {
    let texts = |rights: Vec<&Right>| rights.iter().map(ToString::to_string).collect::<Vec<_>>();
    let beyond = used
        .iter()
        .filter(|it| !allowed.iter().any(|right| right.covers(it)));
    let unused = allowed
        .iter()
        .filter(|it| !used.iter().any(|used| it.covers(used)));
    let (beyond, unused) = (texts(beyond.collect()), texts(unused.collect()));
    assert_eq!(
        (beyond, unused),
        (vec![], vec![]),
        "{cluster}: beyond, unused"
    );
}

/// Gives the job's Role in the namespace of `missing` all of `rights` but that one, and waits until
/// the API server knows.
pub(super) async fn take_away(
    site: &Site,
    rights: &BTreeSet<Right>,
    missing: &Right,
) -> Result<()> {
    let kept = rights.iter().filter(|right| *right != missing);
    set(site, &missing.namespace, kept, missing, false).await
}

/// Gives the Role all of `rights` again.
pub(super) async fn give_back(
    site: &Site,
    rights: &BTreeSet<Right>,
    missing: &Right,
) -> Result<()> {
    set(site, &missing.namespace, rights.iter(), missing, true).await
}

async fn set(
    site: &Site,
    namespace: &str,
    rights: impl Iterator<Item = &Right>,
    changed: &Right,
    shall: bool,
) -> Result<()> {
    let admin = site.cluster.client().await?;
    let rules: Vec<Value> = rights.map(Right::rule).collect();
    let change = json!({ "rules": rules });
    admin
        .patch(&path(namespace), Change::Merge, &change)
        .await?;
    let (resource, subresource) = changed
        .resource
        .split_once('/')
        .unwrap_or((&changed.resource, ""));
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
        "spec": {
            "user": USER, "groups": [GROUP],
            "resourceAttributes": {
                "namespace": namespace, "verb": changed.verb, "group": changed.group,
                "resource": resource, "subresource": subresource, "name": changed.name,
            },
        },
    });
    let reviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    wait::until("the Role is in force", async || {
        let answer = admin.create(reviews, &review).await?;
        Ok(answer["status"]["allowed"].as_bool() == Some(shall))
    })
    .await
}

fn path(namespace: &str) -> String {
    format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles/rotate-credentials")
}
