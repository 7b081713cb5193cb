//! An HTTP server that plays an API server in tests: a closure answers, and what was asked is kept.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::Stream;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Access, Cluster, Timeouts};
use crate::aws::CallMeter;
use crate::clock::Clock;
use crate::env::Env;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `GET /api/v1/…`, with the query.
    pub(crate) line: String,
    pub(crate) content_type: Option<String>,
    pub(crate) accept: Option<String>,
    pub(crate) accept_encoding: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Status, headers and text.
    Text(u16, Vec<(&'static str, String)>, String),
    /// Status and bytes that claim to be compressed with gzip.
    Gzip(u16, Vec<u8>),
    /// Status 200 and text, then the end of the connection where more was promised.
    Cut(String),
    /// Keeps the connection open and says nothing.
    Silence,
    /// Answers 200 and then a byte now and then, for ever.
    Dripping,
}

impl Reply {
    pub(crate) fn json(value: &Value) -> Self {
        Self::Text(200, Vec::new(), value.to_string())
    }

    /// A refusal in the words of a real API server, which can quote what it refuses.
    pub(crate) fn refusal(status: u16, reason: &str) -> Self {
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status,
            "reason": reason, "message": "the server quotes hunter2",
        });
        Self::Text(status, Vec::new(), body.to_string())
    }
}

/// A running server. It ends with its test's runtime.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    timeouts: Timeouts,
}

impl Server {
    pub(crate) async fn start(answer: impl FnMut(&Asked) -> Reply + Send + 'static) -> Self {
        Self::listen(None, Arc::new(Mutex::new(answer))).await
    }

    /// The same over TLS.
    pub(crate) async fn start_tls(
        acceptor: TlsAcceptor,
        answer: impl FnMut(&Asked) -> Reply + Send + 'static,
    ) -> Self {
        Self::listen(Some(acceptor), Arc::new(Mutex::new(answer))).await
    }

    async fn listen(acceptor: Option<TlsAcceptor>, answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let server = Self {
            url: format!("{scheme}://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            timeouts: Timeouts::default(),
        };
        let asked = Arc::clone(&server.asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, asked) = (Arc::clone(&answer), Arc::clone(&asked));
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(stream, answer, asked).await,
                        // A client that does not trust us hangs up during the handshake.
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(stream, answer, asked).await;
                            }
                        }
                    }
                });
            }
        });
        server
    }

    /// Clients of this server do not wait for long.
    pub(crate) fn impatient(mut self) -> Self {
        self.timeouts.read = Duration::from_millis(500);
        self.timeouts.call = Duration::from_secs(1);
        self
    }

    /// What was asked so far, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The request lines so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    /// An address at which nobody answers.
    pub(crate) fn absent() -> Self {
        Self {
            url: "http://127.0.0.1:1".to_owned(),
            asked: Arc::default(),
            timeouts: Timeouts::default(),
        }
    }

    /// Access to this server through a kubeconfig without credentials.
    pub(crate) async fn cluster(&self, clock: Clock, meter: CallMeter) -> Cluster {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        std::fs::write(&path, kubeconfig(&self.url, "{}")).unwrap();
        let access = Access::Kubeconfig {
            path: Some(path),
            context: None,
        };
        connect(&access, self.timeouts, clock, meter, &Env::default()).await
    }
}

/// A kubeconfig with one context; `user` is inline YAML.
pub(crate) fn kubeconfig(server: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: home\n\
         clusters: [{{name: c, cluster: {{server: '{server}'}}}}]\n\
         contexts: [{{name: home, context: {{cluster: c, user: u}}}}]\n\
         users: [{{name: u, user: {user}}}]\n"
    )
}

pub(crate) async fn connect(
    access: &Access,
    timeouts: Timeouts,
    clock: Clock,
    meter: CallMeter,
    env: &Env,
) -> Cluster {
    let name = "prod-e1-1".parse().unwrap();
    Cluster::connect(name, access, timeouts, clock, meter, env)
        .await
        .unwrap()
}

type Answer = Arc<Mutex<dyn FnMut(&Asked) -> Reply + Send>>;

async fn serve<S>(stream: S, answer: Answer, asked: Arc<Mutex<Vec<Asked>>>)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let service = service_fn(|request: Request<Incoming>| {
        let (answer, asked) = (Arc::clone(&answer), Arc::clone(&asked));
        async move {
            let request = read(request).await;
            asked.lock().unwrap().push(request.clone());
            let reply = (answer.lock().unwrap())(&request);
            match reply {
                Reply::Text(status, headers, text) => {
                    let mut response = Response::new(Full::<Bytes>::from(text).boxed());
                    *response.status_mut() = StatusCode::from_u16(status).unwrap();
                    for (name, value) in headers {
                        response.headers_mut().insert(name, value.parse().unwrap());
                    }
                    Ok::<_, Infallible>(response)
                }
                Reply::Gzip(status, bytes) => {
                    let mut response = Response::new(Full::from(bytes).boxed());
                    *response.status_mut() = StatusCode::from_u16(status).unwrap();
                    let encoding = http::HeaderValue::from_static("gzip");
                    response.headers_mut().insert("content-encoding", encoding);
                    Ok(response)
                }
                Reply::Cut(text) => {
                    let promised = http::HeaderValue::from(text.len() + 1);
                    let frame = Ok(Frame::data(Bytes::from(text)));
                    let pieces = futures_util::stream::iter([frame]);
                    let mut response = Response::new(StreamBody::new(pieces).boxed());
                    response.headers_mut().insert("content-length", promised);
                    Ok(response)
                }
                Reply::Silence => std::future::pending().await,
                Reply::Dripping => Ok(Response::new(StreamBody::new(drops()).boxed())),
            }
        }
    });
    // A client that goes away in the middle of an answer is part of some tests. Dates are told only
    // where a test tells them.
    hyper::server::conn::http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .await
        .unwrap_or_default();
}

fn drops() -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + Send + Sync {
    let ticks = tokio::time::interval(Duration::from_millis(50));
    futures_util::stream::unfold(ticks, |mut ticks| async {
        ticks.tick().await;
        Some((Ok(Frame::data(Bytes::from_static(b" "))), ticks))
    })
}

async fn read(request: Request<Incoming>) -> Asked {
    let (parts, body) = request.into_parts();
    let header = |name: &str| {
        let value = parts.headers.get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let body = body.collect().await.unwrap().to_bytes();
    Asked {
        line: format!("{} {}", parts.method, parts.uri),
        content_type: header("content-type"),
        accept: header("accept"),
        accept_encoding: header("accept-encoding"),
        authorization: header("authorization"),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }
}
