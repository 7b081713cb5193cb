//! RBAC, right by right: what a Role allows, what an API server saw somebody ask for, and a Role that
//! lacks one of them.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Context as _, Result};
use sandbox::kubernetes::{AuditEntry, Change, Cluster, Mark};
use serde_json::{Value, json};

use crate::job::Finished;
use crate::wait;

/// One verb on one object, or on all of a kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// Empty for what lives in no namespace.
    pub namespace: String,
    /// As RBAC has it.
    pub verb: String,
    /// Empty for the core group.
    pub group: String,
    /// The plural, with the subresource behind a slash.
    pub resource: String,
    /// Empty for all of them.
    pub name: String,
}

impl fmt::Display for Right {
    /// As the jobs' messages have it: `get secrets/x in monitoring`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.name.is_empty() {
            write!(f, "/{}", self.name)?;
        }
        if !self.namespace.is_empty() {
            write!(f, " in {}", self.namespace)?;
        }
        Ok(())
    }
}

impl Right {
    /// Whether a text tells that this right is missing: as a call, as the rule that allows it, or in the
    /// API server's words. Of a right to all objects any one of them may be told.
    pub fn is_named_in(&self, text: &str) -> bool {
        let Self { verb, resource, .. } = self;
        let rule = [
            format!("resources: [{resource}]"),
            format!("verbs: [{verb}]"),
        ];
        text.contains(&self.to_string())
            || (self.name.is_empty()
                && (rule.iter().all(|part| text.contains(part))
                    || text.contains(&format!("{verb} {resource}/"))
                    || text.contains(&format!("cannot {verb} resource \"{resource}\""))))
    }

    /// Whether a run's last word names it.
    pub fn is_named_by(&self, run: &Finished) -> bool {
        ["error", "hint"].iter().any(|field| {
            let text = run.termination.get(field).and_then(Value::as_str);
            text.is_some_and(|text| self.is_named_in(text))
        })
    }

    /// Whether it allows what `used` is.
    fn covers(&self, used: &Self) -> bool {
        let all = Self {
            name: String::new(),
            ..used.clone()
        };
        self == used || *self == all
    }

    /// Every right that a rule gives.
    fn all_of<'r>(rule: &'r Value, namespace: &'r str) -> impl Iterator<Item = Self> + 'r {
        let texts = |field: &str| -> Vec<String> {
            let texts = rule.get(field).and_then(Value::as_array);
            let texts = texts.into_iter().flatten().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        };
        let mut names = texts("resourceNames");
        if names.is_empty() {
            names.push(String::new());
        }
        let (groups, resources) = (texts("apiGroups"), texts("resources"));
        let mut rights = Vec::new();
        for verb in texts("verbs") {
            for group in &groups {
                for resource in &resources {
                    rights.extend(names.iter().map(|name| Self {
                        namespace: namespace.to_owned(),
                        verb: verb.clone(),
                        group: group.clone(),
                        resource: resource.clone(),
                        name: name.clone(),
                    }));
                }
            }
        }
        rights.into_iter()
    }

    /// What a request needs.
    fn of(entry: AuditEntry) -> Self {
        let resource = match entry.subresource.as_str() {
            "" => entry.resource,
            subresource => format!("{}/{subresource}", entry.resource),
        };
        // The log has a namespace in itself.
        let is_namespace = entry.group.is_empty() && resource == "namespaces";
        Self {
            namespace: if is_namespace {
                String::new()
            } else {
                entry.namespace
            },
            verb: entry.verb,
            group: entry.group,
            resource,
            name: entry.name,
        }
    }

    fn rule(&self) -> Value {
        let names = Some(&self.name).filter(|name| !name.is_empty());
        json!({
            "apiGroups": [self.group], "resources": [self.resource], "verbs": [self.verb],
            "resourceNames": names.into_iter().collect::<Vec<_>>(),
        })
    }
}

/// Somebody who asks an API server.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'c> {
    /// Whom he asks.
    pub cluster: &'c Cluster,
    /// His name in the audit log.
    pub user: &'c str,
    /// The group that his rights are bound to; absent where they are bound to his name.
    pub group: Option<&'c str>,
}

impl<'c> Subject<'c> {
    /// What the Role of this name in `namespace` allows.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn role(self, namespace: &str, name: &str) -> Result<Grant<'c>> {
        let path = format!("namespaces/{namespace}/roles/{name}");
        self.grant(&path, namespace).await
    }

    /// What the `ClusterRole` of this name allows for what lives in no namespace.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn cluster_role(self, name: &str) -> Result<Grant<'c>> {
        self.grant(&format!("clusterroles/{name}"), "").await
    }

    async fn grant(self, path: &str, namespace: &str) -> Result<Grant<'c>> {
        let path = format!("/apis/rbac.authorization.k8s.io/v1/{path}");
        let role = self.cluster.client().await?.get(&path).await?;
        let rules = role.get("rules").and_then(Value::as_array);
        let rules = rules.with_context(|| format!("{path} has no rules"))?;
        let rights = rules.iter().flat_map(|rule| Right::all_of(rule, namespace));
        Ok(Grant {
            subject: self,
            path,
            rights: rights.collect(),
        })
    }

    /// What he has asked for since `mark`; nothing of it was refused. What is no object, such as the kinds
    /// that are served, may be asked for by everybody who has logged in.
    ///
    /// # Errors
    /// When the audit log cannot be read.
    pub fn used(self, mark: Mark) -> Result<BTreeSet<Right>> {
        let entries = self.cluster.audit_since(mark)?.into_iter();
        let mut rights = BTreeSet::new();
        for entry in entries.filter(|entry| entry.user == self.user) {
            assert_ne!(entry.code, 403, "{entry}");
            if entry.resource.is_empty() {
                continue;
            }
            // An object that is applied and not there is made: that is asked for once more, and not logged.
            let made = entry.verb == "patch" && entry.code == 201;
            let right = Right::of(entry);
            if made {
                rights.insert(Right {
                    verb: "create".to_owned(),
                    ..right.clone()
                });
            }
            rights.insert(right);
        }
        Ok(rights)
    }
}

/// What a Role or a `ClusterRole` allows somebody.
#[derive(Debug)]
pub struct Grant<'c> {
    subject: Subject<'c>,
    path: String,
    /// Right by right.
    pub rights: BTreeSet<Right>,
}

impl Grant<'_> {
    /// Gives the Role all of its rights but one, and waits until the API server knows.
    ///
    /// # Errors
    /// When another Role gives the same right, or the server refuses.
    pub async fn take_away(&self, missing: &Right) -> Result<()> {
        let kept = self.rights.iter().filter(|right| *right != missing);
        self.set(kept, missing, false).await
    }

    /// Gives the Role all of its rights again.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn give_back(&self, missing: &Right) -> Result<()> {
        self.set(self.rights.iter(), missing, true).await
    }

    async fn set(
        &self,
        rights: impl Iterator<Item = &Right>,
        changed: &Right,
        shall: bool,
    ) -> Result<()> {
        let admin = self.subject.cluster.client().await?;
        let rules: Vec<Value> = rights.map(Right::rule).collect();
        let change = json!({ "rules": rules });
        admin.patch(&self.path, Change::Merge, &change).await?;
        let (resource, subresource) = changed
            .resource
            .split_once('/')
            .unwrap_or((&changed.resource, ""));
        let groups: Vec<&str> = self.subject.group.into_iter().collect();
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {
                "user": self.subject.user, "groups": groups,
                "resourceAttributes": {
                    "namespace": changed.namespace, "verb": changed.verb, "group": changed.group,
                    "resource": resource, "subresource": subresource, "name": changed.name,
                },
            },
        });
        let reviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        wait::until(&format!("`{changed}` is allowed: {shall}"), async || {
            let answer = admin.create(reviews, &review).await?;
            let allowed = answer.pointer("/status/allowed").and_then(Value::as_bool);
            Ok(allowed == Some(shall))
        })
        .await
    }
}

/// Fails unless each of `allowed` was used, and nothing else was.
#[track_caller]
pub fn assert_exact(cluster: &str, allowed: &BTreeSet<Right>, used: &BTreeSet<Right>) {
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
