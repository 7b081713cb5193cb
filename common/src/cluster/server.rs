//! What an API server says about itself and about who asks.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Request};
use kube::core::request::Error as RequestError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Cluster;
use super::answer::Answer;
use super::ask::{Ask, Verb};
use super::call::LIST_LIMIT_BYTES;
use super::error::ClusterError;

pub(super) const JSON: &str = "application/json";

/// What a review is answered with.
#[derive(Deserialize)]
struct Reviewed<S> {
    status: S,
}

impl Cluster {
    /// The server's version, such as `v1.34.1-eks-113cf36`.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn server_version(&self) -> Result<String, ClusterError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            git_version: String,
        }
        let what = document("/version", None);
        let answer = self.document(&what, JSON).await?;
        let Version { git_version } = self.decode(&what, &answer)?;
        Ok(git_version)
    }

    /// The schemas of all kinds of a group (empty for the core) and version, as an `OpenAPI` document
    /// of version 3.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn open_api(&self, group: &str, version: &str) -> Result<Value, ClusterError> {
        let (place, names) = match group {
            "" => (format!("api/{version}"), vec![version]),
            _ => (format!("apis/{group}/{version}"), vec![group, version]),
        };
        let what = document("/openapi/v3", Some(place));
        self.check_segments(&what, names)?;
        let answer = self.document(&what, JSON).await?;
        self.decode(&what, &answer)
    }

    /// The name under which the server knows who asks.
    ///
    /// # Errors
    /// When the call fails: [`Kind::NotFound`](super::Kind::NotFound) before Kubernetes 1.28.
    pub async fn who_am_i(&self) -> Result<String, ClusterError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Status {
            user_info: User,
        }
        #[derive(Deserialize)]
        struct User {
            username: String,
        }
        let group = "authentication.k8s.io";
        let review = json!({"apiVersion": format!("{group}/v1"), "kind": "SelfSubjectReview"});
        let Status { user_info } = self.review(group, "selfsubjectreviews", &review).await?;
        Ok(user_info.username)
    }

    /// Whether RBAC lets this identity make a call. Nothing is done to the object.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn may(&self, what: &Ask) -> Result<bool, ClusterError> {
        #[derive(Deserialize)]
        struct Status {
            allowed: bool,
        }
        let group = "authorization.k8s.io";
        let review = json!({
            "apiVersion": format!("{group}/v1"),
            "kind": "SelfSubjectAccessReview",
            "spec": attributes(what),
        });
        let review = self.review(group, "selfsubjectaccessreviews", &review);
        let Status { allowed } = review.await?;
        Ok(allowed)
    }

    /// Asks for what is no object.
    pub(super) async fn document(
        &self,
        what: &Ask,
        accept: &'static str,
    ) -> Result<Answer, ClusterError> {
        let request = Request::get(what.path().unwrap_or_default());
        let request = request.header(ACCEPT, accept).body(Vec::new());
        let request = self.request(what, request.map_err(RequestError::BuildRequest))?;
        self.exchange_up_to(LIST_LIMIT_BYTES, what, request).await
    }

    /// Reviews are created, and nothing of them stays.
    pub(super) async fn review<S: DeserializeOwned>(
        &self,
        group: &str,
        resource: &str,
        review: &Value,
    ) -> Result<S, ClusterError> {
        let what = Ask {
            verb: Verb::Create,
            group: group.to_owned(),
            resource: resource.to_owned(),
            name: None,
            namespace: String::new(),
        };
        let body = self.encode(&what, review)?;
        let request = Request::post(format!("/apis/{group}/v1/{resource}"));
        let request = request.header(CONTENT_TYPE, HeaderValue::from_static(JSON));
        let request = request.body(body).map_err(RequestError::BuildRequest);
        let Reviewed { status } = self.call(&what, request).await?;
        Ok(status)
    }
}

/// Something that is no object, by its path; `place` continues it.
pub(super) fn document(path: &str, place: Option<String>) -> Ask {
    Ask {
        verb: Verb::Get,
        group: String::new(),
        resource: path.to_owned(),
        name: place,
        namespace: String::new(),
    }
}

fn attributes(what: &Ask) -> Value {
    let verb = what.verb.word();
    if let Some(path) = what.path() {
        return json!({"nonResourceAttributes": {"path": path, "verb": verb}});
    }
    let (resource, subresource) = match what.resource.split_once('/') {
        Some((resource, subresource)) => (resource, subresource),
        None => (what.resource.as_str(), ""),
    };
    json!({"resourceAttributes": {
        "namespace": what.namespace,
        "verb": verb,
        "group": what.group,
        "resource": resource,
        "subresource": subresource,
        "name": what.name.as_deref().unwrap_or(""),
    }})
}
