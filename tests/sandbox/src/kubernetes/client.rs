//! A client that speaks in paths and JSON, as a person with `kubectl get --raw` does.
//!
//! The jobs have typed clients of their own; this one must not share their mistakes.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use http::header::CONTENT_TYPE;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use kube::Error;
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::Value;

/// Longer than any answer takes, shorter than the patience of a test.
const PATIENCE: Duration = Duration::from_secs(5);

/// A user of one API server. It lives no longer than the runtime that it was made in.
#[derive(Clone)]
pub struct Client(kube::Client);

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// How a change is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// The fields that shall be so, owned by this field manager (server-side apply, forced).
    Apply(&'a str),
    /// The fields that differ; `null` removes one.
    Merge,
    /// A list of JSON patch operations, tests among them.
    Json,
}

impl Client {
    pub(super) async fn new(kubeconfig: &str) -> Result<Self> {
        let kubeconfig = Kubeconfig::from_yaml(kubeconfig).context("reading a kubeconfig")?;
        let options = KubeConfigOptions::default();
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &options)
            .await
            .context("using a kubeconfig")?;
        config.connect_timeout = Some(PATIENCE);
        config.read_timeout = Some(PATIENCE);
        config.reset_reader_on_write = true;
        config.default_retry = false;
        let client = kube::Client::try_from(config).context("setting up a client")?;
        Ok(Self(client))
    }

    /// For typed calls.
    pub fn kube(&self) -> kube::Client {
        self.0.clone()
    }

    /// The object or list at `path`.
    ///
    /// # Errors
    /// When there is none, or none for this user; the text has the server's words.
    pub async fn get(&self, path: &str) -> Result<Value> {
        json(&self.text(path).await?)
    }

    /// The object at `path`, if there is one.
    ///
    /// # Errors
    /// When the server says anything but yes or "not found".
    pub async fn find(&self, path: &str) -> Result<Option<Value>> {
        match self.send(Method::GET, path, None).await {
            Ok(text) => json(&text).map(Some),
            Err(Error::Api(status)) if status.code == StatusCode::NOT_FOUND.as_u16() => Ok(None),
            Err(error) => Err(explain(error, &Method::GET, path)),
        }
    }

    /// Whatever text is at `path`.
    ///
    /// # Errors
    /// When the server does not answer with success.
    pub async fn text(&self, path: &str) -> Result<String> {
        let answer = self.send(Method::GET, path, None).await;
        answer.map_err(|error| explain(error, &Method::GET, path))
    }

    /// The HTTP status of `GET path`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn status(&self, path: &str) -> Result<u16> {
        let asking = async {
            let request = Request::get(path).body(Body::empty())?;
            let answer = self.0.send(request).await?;
            let status = answer.status().as_u16();
            // To its end: then it is in the audit log.
            answer.into_body().collect().await?;
            anyhow::Ok(status)
        };
        asking.await.with_context(|| format!("GET {path}"))
    }

    /// Creates an object in the collection at `path`. Returns it as the server completed it.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn create(&self, path: &str, object: &Value) -> Result<Value> {
        let body = Some(("application/json", object.to_string()));
        let answer = self.send(Method::POST, path, body).await;
        json(&answer.map_err(|error| explain(error, &Method::POST, path))?)
    }

    /// Changes the object at `path`. Returns it as it is then.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn patch(&self, path: &str, change: Change<'_>, body: &Value) -> Result<Value> {
        let (content, path) = match change {
            Change::Apply(manager) => (
                "application/apply-patch+yaml",
                format!("{path}?fieldManager={manager}&force=true"),
            ),
            Change::Merge => ("application/merge-patch+json", path.to_owned()),
            Change::Json => ("application/json-patch+json", path.to_owned()),
        };
        let body = Some((content, body.to_string()));
        let answer = self.send(Method::PATCH, &path, body).await;
        json(&answer.map_err(|error| explain(error, &Method::PATCH, &path))?)
    }

    /// Deletes the object at `path` at once. One that is not there is fine.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn delete(&self, path: &str) -> Result<()> {
        let at_once = r#"{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0}"#;
        let body = Some(("application/json", at_once.to_owned()));
        match self.send(Method::DELETE, path, body).await {
            Ok(_) => Ok(()),
            Err(Error::Api(status)) if status.code == StatusCode::NOT_FOUND.as_u16() => Ok(()),
            Err(error) => Err(explain(error, &Method::DELETE, path)),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
    ) -> Result<String, Error> {
        let mut request = Request::builder().method(method).uri(path);
        let mut bytes = Vec::new();
        if let Some((content, text)) = body {
            request = request.header(CONTENT_TYPE, content);
            bytes = text.into_bytes();
        }
        let request = request.body(bytes).map_err(Error::HttpError)?;
        self.0.request_text(request).await
    }
}

fn json(text: &str) -> Result<Value> {
    serde_json::from_str(text).context("reading the answer of the API server")
}

/// The server's own words, without the debug output that `kube` adds.
fn explain(error: Error, method: &Method, path: &str) -> anyhow::Error {
    if let Error::Api(status) = error {
        return anyhow!("{method} {path}: {} {}", status.code, status.message);
    }
    anyhow::Error::new(error).context(format!("{method} {path}"))
}
