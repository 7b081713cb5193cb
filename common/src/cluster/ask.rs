//! What a call wants of which object: error texts, permissions and counts are made of it.

use std::fmt;

/// What is done to an object, in the words of RBAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Reads one object.
    Get,
    /// Reads all objects that match.
    List,
    /// Makes an object.
    Create,
    /// Replaces an object.
    Update,
    /// Changes some fields of an object.
    Patch,
    /// Removes an object.
    Delete,
}

impl Verb {
    /// All of them.
    pub(super) const ALL: [Self; 6] = [
        Self::Get,
        Self::List,
        Self::Create,
        Self::Update,
        Self::Patch,
        Self::Delete,
    ];

    /// The word in a Role.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// One call, as RBAC sees it. `Display`: `get secrets/alertmanager-main in monitoring`, and without a
/// namespace `list customresourcedefinitions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What is done.
    pub verb: Verb,
    /// API group; empty for the core group.
    pub group: String,
    /// Plural, with the subresource behind a slash: `secrets`, `pods/proxy`. Or, with a slash before
    /// it, the path of something that is no object: `/version`; a `name` continues it.
    pub resource: String,
    /// Absent for all objects of the namespace, and for an object whose name the server chooses.
    pub name: Option<String>,
    /// Where it is; empty for what lives in no namespace, and for objects of all namespaces.
    pub namespace: String,
}

impl Ask {
    /// Whether the server's words about it hold nothing that must be kept secret.
    pub(super) fn may_be_quoted(&self) -> bool {
        let (resource, below) = self
            .resource
            .split_once('/')
            .unwrap_or((&self.resource, ""));
        resource != "secrets" && below != "proxy"
    }

    /// The count's label: verb and resource, without names, so that there are few of them.
    pub fn operation(&self) -> String {
        format!("{} {}", self.verb.word(), self.resource)
    }

    /// The whole path of what is no object of any kind.
    pub(super) fn path(&self) -> Option<String> {
        let path = self.resource.starts_with('/').then_some(&self.resource)?;
        Some(match &self.name {
            Some(name) => format!("{path}/{name}"),
            None => path.clone(),
        })
    }

    /// The rule that a Role needs for this call, ready to be pasted.
    pub fn rule(&self) -> String {
        if let Some(path) = self.path() {
            let verb = self.verb.word();
            return format!("{{nonResourceURLs: [\"{path}\"], verbs: [{verb}]}}");
        }
        let group = match self.group.as_str() {
            "" => "\"\"",
            group => group,
        };
        let names = match &self.name {
            // Quoted, because the name of a proxied pod has a colon in it.
            Some(name) => format!(", resourceNames: [\"{name}\"]"),
            None => String::new(),
        };
        format!(
            "{{apiGroups: [{group}], resources: [{}]{names}, verbs: [{}]}}",
            self.resource,
            self.verb.word()
        )
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb.word(), self.resource)?;
        if let Some(name) = &self.name {
            write!(f, "/{name}")?;
        }
        if !self.namespace.is_empty() {
            write!(f, " in {}", self.namespace)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Ask, Verb};

    #[test]
    fn a_call_reads_as_a_sentence_as_a_label_and_as_the_rule_that_allows_it() {
        let ask_in = |namespace: &str, verb, group: &str, resource: &str, name: Option<&str>| {
            let ask = Ask {
                verb,
                group: group.into(),
                resource: resource.into(),
                name: name.map(Into::into),
                namespace: namespace.into(),
            };
            [ask.to_string(), ask.operation(), ask.rule()]
        };
        let ask = |verb, group, resource, name| ask_in("monitoring", verb, group, resource, name);
        let table = [
            (
                ask(Verb::Get, "", "pods/proxy", Some("alertmanager-0:9093")),
                [
                    "get pods/proxy/alertmanager-0:9093 in monitoring",
                    "get pods/proxy",
                    r#"{apiGroups: [""], resources: [pods/proxy], resourceNames: ["alertmanager-0:9093"], verbs: [get]}"#,
                ],
            ),
            (
                ask(Verb::List, "", "pods", None),
                [
                    "list pods in monitoring",
                    "list pods",
                    r#"{apiGroups: [""], resources: [pods], verbs: [list]}"#,
                ],
            ),
            (
                ask(Verb::Update, "coordination.k8s.io", "leases", Some("x")),
                [
                    "update leases/x in monitoring",
                    "update leases",
                    r#"{apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: ["x"], verbs: [update]}"#,
                ],
            ),
            (
                ask_in("", Verb::Get, "", "namespaces", Some("kube-system")),
                [
                    "get namespaces/kube-system",
                    "get namespaces",
                    r#"{apiGroups: [""], resources: [namespaces], resourceNames: ["kube-system"], verbs: [get]}"#,
                ],
            ),
            (
                ask_in("", Verb::Get, "", "/version", None),
                [
                    "get /version",
                    "get /version",
                    r#"{nonResourceURLs: ["/version"], verbs: [get]}"#,
                ],
            ),
            (
                ask_in("", Verb::Get, "", "/openapi/v3", Some("apis/apps/v1")),
                [
                    "get /openapi/v3/apis/apps/v1",
                    "get /openapi/v3",
                    r#"{nonResourceURLs: ["/openapi/v3/apis/apps/v1"], verbs: [get]}"#,
                ],
            ),
        ];
        for (said, expected) in table {
            assert_eq!(said, expected);
        }
    }
}
