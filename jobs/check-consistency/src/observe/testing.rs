//! An HTTP server that plays an API server in tests: a closure answers, and what was asked is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::cluster::{Access, Cluster, ServedKind};
use common::process::Context;
use kube::api::ApiResource;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::config::{ClusterConfig, Family};
use crate::object::Kind;
use crate::testing;

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// Status, more header lines (each with its `\r\n`), and text.
    Text(u16, &'static str, String),
    /// Promises more than it sends, and closes the connection.
    Cut(String),
    /// Closes the connection without a word.
    Hangup,
    /// Keeps the connection open and says nothing.
    Silence,
}

impl Reply {
    pub(super) fn json(value: &Value) -> Self {
        Self::Text(200, "", value.to_string())
    }

    pub(super) fn refusal(status: u16, reason: &str) -> Self {
        Self::refusal_with(status, reason, "")
    }

    pub(super) fn refusal_with(status: u16, reason: &str, headers: &'static str) -> Self {
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status,
            "reason": reason, "message": "as the server says",
        });
        Self::Text(status, headers, body.to_string())
    }
}

/// A running server. It ends with its test's runtime.
#[derive(Debug)]
pub(super) struct Server {
    url: String,
    asked: Arc<Mutex<Asked>>,
}

#[derive(Debug, Default)]
struct Asked {
    lines: Vec<String>,
    open: usize,
    most_open: usize,
}

impl Server {
    /// `answer` gets the path with its query, as in `/api/v1/pods?limit=5`.
    pub(super) async fn start(answer: impl FnMut(&str) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
        };
        let asked = Arc::clone(&server.asked);
        let answer = Arc::new(Mutex::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, asked) = (Arc::clone(&answer), Arc::clone(&asked));
                tokio::spawn(async move {
                    let answer = |line: &str| (answer.lock().unwrap())(line);
                    // A client that goes away in the middle of an answer is part of some tests.
                    serve(stream, answer, &asked).await.unwrap_or_default();
                });
            }
        });
        server
    }

    /// What was asked so far, in order.
    pub(super) fn lines(&self) -> Vec<String> {
        self.asked.lock().unwrap().lines.clone()
    }

    /// The most requests that were open at the same time.
    pub(super) fn most_open(&self) -> usize {
        self.asked.lock().unwrap().most_open
    }

    pub(super) async fn cluster(&self, name: &str) -> Cluster {
        testing::cluster(&self.url, name, &context()).await
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: impl Fn(&str) -> Reply,
    asked: &Mutex<Asked>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let line = head.split(' ').nth(1).unwrap();
    {
        let mut asked = asked.lock().unwrap();
        asked.lines.push(line.to_owned());
        asked.open += 1;
        asked.most_open = asked.most_open.max(asked.open);
    }
    // Whoever else is about to ask comes first.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    let reply = answer(line);
    asked.lock().unwrap().open -= 1;
    let (status, headers, text, promised) = match reply {
        Reply::Text(status, headers, text) => {
            let bytes = text.len();
            (status, headers, text, bytes)
        }
        Reply::Cut(text) => {
            let bytes = text.len() + 100;
            (200, "", text, bytes)
        }
        Reply::Hangup => return Ok(()),
        Reply::Silence => std::future::pending().await,
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {promised}\r\n\
         connection: close\r\n{headers}\r\n"
    );
    stream.write_all((head + &text).as_bytes()).await?;
    stream.shutdown().await
}

/// With a clock that stands still: pauses take no time.
pub(super) fn context() -> Context {
    testing::context("2026-11-24T12:00:00Z")
}

pub(super) fn config_maps() -> ServedKind {
    ServedKind {
        resource: ApiResource::erase::<k8s_openapi::api::core::v1::ConfigMap>(&()),
        namespaced: true,
    }
}

pub(super) fn family(kind: Kind) -> Family {
    Family {
        id: "maps".to_owned(),
        kind,
        namespaces: vec!["monitoring".to_owned()],
        labels: String::new(),
        names: Vec::new(),
        name_templates: Vec::new(),
        clusters: vec![0, 1, 2],
        owned: false,
    }
}

pub(super) fn cluster_config(name: &str) -> ClusterConfig {
    ClusterConfig {
        name: name.parse().unwrap(),
        access: Access::InCluster,
        vars: BTreeMap::new(),
    }
}

/// A page of a list; an empty token ends it.
pub(super) fn page(token: &str, names: &[&str]) -> Value {
    let items: Vec<_> = names.iter().map(|name| object(name)).collect();
    json!({"metadata": {"resourceVersion": "9", "continue": token}, "items": items})
}

pub(super) fn object(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "monitoring", "resourceVersion": "5"},
        "data": {"a": "b"},
    })
}

/// The time of a cluster that does not answer.
pub(super) const SOON: Duration = Duration::from_secs(2);
