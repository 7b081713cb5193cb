//! HTTP servers in the cluster, through the API server's proxy: their pages, and what is handed to them.
//!
//! What comes back was said by whoever runs there, not by the API server: its refusals are not
//! RBAC's, and its words are never repeated.

use http::{HeaderMap, Request, header};
use kube::core::request::Error as RequestError;
use serde_json::Value;

use super::Cluster;
use super::answer::Answer;
use super::ask::{Ask, Verb};
use super::call::LIST_LIMIT_BYTES;
use super::error::{ClusterError, Kind};

/// Who stands behind the proxy.
#[derive(Clone, Copy)]
enum Behind {
    Pod,
    Service,
}

impl Cluster {
    /// Reads a page of a pod's HTTP server through the API server. `path` may have a query.
    ///
    /// # Errors
    /// When the call fails, and for any answer but 200 with text; redirects are not followed. A
    /// status that the pod itself has sent is never [`Kind::Denied`].
    pub async fn pod_proxy_get(
        &self,
        namespace: &str,
        pod: &str,
        port: u16,
        path: &str,
    ) -> Result<String, ClusterError> {
        let target = format!("{pod}:{port}");
        self.proxy_get(Behind::Pod, namespace, target, path).await
    }

    /// The same of a service, whose `port` is a number or a name. The right to it is that to get
    /// `services/proxy` with the name `http:SERVICE:PORT`.
    ///
    /// # Errors
    /// As those of [`Self::pod_proxy_get`]. A web page is [`Kind::Undecodable`]: it may be that of a
    /// login, and is no data.
    pub async fn service_proxy_get(
        &self,
        namespace: &str,
        service: &str,
        port: &str,
        path: &str,
    ) -> Result<String, ClusterError> {
        let target = format!("http:{service}:{port}");
        self.proxy_get(Behind::Service, namespace, target, path)
            .await
    }

    /// Posts a JSON document to a pod's HTTP server through the API server, and returns its answer. The
    /// right to it is that to create `pods/proxy` with the name `POD:PORT`.
    ///
    /// # Errors
    /// As those of [`Self::pod_proxy_get`].
    pub async fn pod_proxy_post(
        &self,
        namespace: &str,
        pod: &str,
        port: u16,
        path: &str,
        document: &Value,
    ) -> Result<String, ClusterError> {
        let (what, url) = Self::behind(Behind::Pod, namespace, format!("{pod}:{port}"), path);
        let what = Ask {
            verb: Verb::Create,
            ..what
        };
        self.check_target(&what)?;
        let body = self.encode(&what, document)?;
        let request = Request::post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT_ENCODING, "identity");
        let request = request.body(body).map_err(RequestError::BuildRequest);
        let request = self.request(&what, request)?;
        let answer = self.exchange(&what, request).await?;
        self.text(Behind::Pod, &what, answer)
    }

    async fn proxy_get(
        &self,
        behind: Behind,
        namespace: &str,
        target: String,
        path: &str,
    ) -> Result<String, ClusterError> {
        let (what, url) = Self::behind(behind, namespace, target, path);
        self.check_target(&what)?;
        // The client reads only the first of several compressed parts. Text would not show that its end
        // is missing, as JSON does.
        let request = Request::get(url).header(header::ACCEPT_ENCODING, "identity");
        let request = request.body(Vec::new());
        let request = self.request(&what, request.map_err(RequestError::BuildRequest))?;
        let answer = self
            .exchange_up_to(LIST_LIMIT_BYTES, &what, request)
            .await?;
        self.text(behind, &what, answer)
    }

    /// What is asked, to read, and the way to it.
    fn behind(behind: Behind, namespace: &str, target: String, path: &str) -> (Ask, String) {
        let resource = behind.resource();
        let path = path.trim_start_matches('/');
        let url = format!("/api/v1/namespaces/{namespace}/{resource}/{target}/proxy/{path}");
        let what = Ask {
            verb: Verb::Get,
            group: String::new(),
            resource: format!("{resource}/proxy"),
            name: Some(target),
            namespace: namespace.to_owned(),
        };
        (what, url)
    }

    fn check_target(&self, what: &Ask) -> Result<(), ClusterError> {
        let names = [what.namespace.as_str()].into_iter();
        self.check_segments(what, names.chain(what.name.as_deref()))
    }

    /// Takes a proxied answer as it is: 200 and text, or an error.
    fn text(&self, behind: Behind, what: &Ask, answer: Answer) -> Result<String, ClusterError> {
        let garbled = |why: &str| self.failure(what, Kind::Undecodable, why.to_owned());
        match Kind::of_status(answer.status) {
            None if answer.status != 200 => Err(self.refusal(what, &answer, Kind::Undecodable)),
            None if is_web_page(&answer.headers) => Err(garbled("a web page")),
            None => String::from_utf8(answer.body).map_err(|_| garbled("not text")),
            Some(kind) if answer.reason().is_some() => Err(self.refusal(what, &answer, kind)),
            // Not the API server has spoken but who stands behind it, whose refusals are not RBAC's.
            Some(kind) => {
                let kind = match kind {
                    Kind::Unauthorized | Kind::Denied | Kind::Conflict | Kind::Expired => {
                        Kind::Invalid
                    }
                    Kind::Unreachable
                    | Kind::Untrusted
                    | Kind::Timeout
                    | Kind::NotFound
                    | Kind::Invalid
                    | Kind::Throttled
                    | Kind::Server
                    | Kind::Undecodable
                    | Kind::TooLarge => kind,
                };
                let mut error = self.refusal(what, &answer, kind);
                error.reason += behind.said();
                Err(error)
            }
        }
    }
}

impl Behind {
    const fn resource(self) -> &'static str {
        match self {
            Self::Pod => "pods",
            Self::Service => "services",
        }
    }

    const fn said(self) -> &'static str {
        match self {
            Self::Pod => ", said by the pod",
            Self::Service => ", said by the service",
        }
    }
}

fn is_web_page(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = value.split(';').next().unwrap_or(value).trim();
    ["text/html", "application/xhtml+xml"]
        .iter()
        .any(|page| kind.eq_ignore_ascii_case(page))
}
