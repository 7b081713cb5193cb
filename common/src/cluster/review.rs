//! What others may do: questions about identities that are not the caller's.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Cluster;
use super::error::ClusterError;

const GROUP: &str = "authorization.k8s.io";

/// Somebody whom rights are given to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// A service account.
    ServiceAccount {
        /// Where it is.
        namespace: String,
        /// What it is called.
        name: String,
    },
    /// Whoever is a member of a group.
    Group(String),
}

/// One call as a rule of RBAC names it, with any verb that Kubernetes has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// Such as `watch`.
    pub verb: String,
    /// API group; empty for the core group.
    pub group: String,
    /// Plural, with the subresource behind a slash: `pods/proxy`. Or, with a slash before it, the path of
    /// something that is no object: `/metrics`.
    pub resource: String,
    /// Absent for every object.
    pub name: Option<String>,
    /// Absent for what lives in no namespace, and for every namespace.
    pub namespace: Option<String>,
}

impl Grantee {
    fn spec(&self) -> Value {
        match self {
            Self::ServiceAccount { namespace, name } => json!({
                "user": format!("system:serviceaccount:{namespace}:{name}"),
                "groups": [
                    "system:serviceaccounts",
                    format!("system:serviceaccounts:{namespace}"),
                    "system:authenticated",
                ],
            }),
            Self::Group(group) => json!({"groups": [group]}),
        }
    }
}

impl Right {
    fn attributes(&self) -> (&'static str, Value) {
        if self.resource.starts_with('/') {
            let attributes = json!({"path": self.resource, "verb": self.verb});
            return ("nonResourceAttributes", attributes);
        }
        let split = self.resource.split_once('/');
        let (resource, below) = split.unwrap_or((&self.resource, ""));
        let attributes = json!({
            "namespace": self.namespace.as_deref().unwrap_or(""),
            "verb": self.verb,
            "group": self.group,
            "resource": resource,
            "subresource": below,
            "name": self.name.as_deref().unwrap_or(""),
        });
        ("resourceAttributes", attributes)
    }
}

impl Cluster {
    /// Whether the API server would let somebody make a call. Nothing is done to the object.
    ///
    /// # Errors
    /// When the call fails: the caller needs the right to create `subjectaccessreviews`.
    pub async fn lets(&self, who: &Grantee, right: &Right) -> Result<bool, ClusterError> {
        #[derive(Deserialize)]
        struct Status {
            allowed: bool,
        }
        let mut spec = who.spec();
        let (member, attributes) = right.attributes();
        if let Some(spec) = spec.as_object_mut() {
            spec.insert(member.to_owned(), attributes);
        }
        let review = json!({
            "apiVersion": format!("{GROUP}/v1"), "kind": "SubjectAccessReview", "spec": spec,
        });
        let review = self.review(GROUP, "subjectaccessreviews", &review);
        let Status { allowed } = review.await?;
        Ok(allowed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Grantee, Right};

    fn right(resource: &str, namespace: Option<&str>) -> Right {
        Right {
            verb: "get".to_owned(),
            group: String::new(),
            resource: resource.to_owned(),
            name: Some("a:1".to_owned()),
            namespace: namespace.map(str::to_owned),
        }
    }

    #[test]
    fn a_right_is_asked_for_as_the_api_server_knows_it() {
        let (member, asked) = right("pods/proxy", Some("monitoring")).attributes();
        assert_eq!(member, "resourceAttributes");
        assert_eq!(
            asked,
            json!({"namespace": "monitoring", "verb": "get", "group": "", "resource": "pods",
                   "subresource": "proxy", "name": "a:1"})
        );
        let (member, asked) = right("/metrics", None).attributes();
        assert_eq!(member, "nonResourceAttributes");
        assert_eq!(asked, json!({"path": "/metrics", "verb": "get"}));
    }

    #[test]
    fn a_service_account_comes_with_the_groups_that_it_is_always_in() {
        let account = Grantee::ServiceAccount {
            namespace: "monitoring".to_owned(),
            name: "job".to_owned(),
        };
        let spec = account.spec();
        assert_eq!(spec["user"], "system:serviceaccount:monitoring:job");
        assert_eq!(spec["groups"].as_array().unwrap().len(), 3);
        let group = Grantee::Group("g".to_owned()).spec();
        assert_eq!(group, json!({"groups": ["g"]}));
    }
}
