//! HTTP servers for tests: a closure answers, and what was asked is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::cluster::{Access, Cluster};
use common::process::Context;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::config::{ClusterConfig, Config, Limits, Live, Settle};
use crate::testing;

/// Status, content type and text.
pub(super) type Reply = (u16, &'static str, String);

/// A page of a server that answers as it should.
pub(super) fn json(text: impl Into<String>) -> Reply {
    (200, "application/json", text.into())
}

/// A refusal in the words of an API server.
pub(super) fn refusal(status: u16, reason: &str) -> Reply {
    let body = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": reason,
    });
    (status, "application/json", body.to_string())
}

/// A running server. It ends with its test's runtime.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `answer` gets method and path with the query: `GET /api/v1/pods?limit=5`. `None`: it says nothing
    /// and keeps the connection open.
    pub(super) async fn start(answer: impl FnMut(&str) -> Option<Reply> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&asked);
        let answer = Arc::new(Mutex::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                tokio::spawn(async move {
                    let answer = |line: &str| {
                        log.lock().unwrap().push(line.to_owned());
                        (answer.lock().unwrap())(line)
                    };
                    serve(stream, answer).await.unwrap_or_default();
                });
            }
        });
        Self { url, asked }
    }

    /// What was asked so far, in order.
    pub(super) fn lines(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Access to this server as to an API server.
    pub(super) async fn cluster(&self, name: &str, context: &Context) -> Cluster {
        testing::cluster(&self.url, name, context).await
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: impl Fn(&str) -> Option<Reply>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let line = head.lines().next().unwrap();
    let line = line.strip_suffix(" HTTP/1.1").unwrap();
    let Some((status, kind, text)) = answer(line) else {
        return std::future::pending().await;
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        text.len()
    );
    stream.write_all((head + &text).as_bytes()).await?;
    stream.shutdown().await
}

/// With a clock that stands still at six in the morning of the first Advent Sunday of 2026.
pub(super) fn context() -> Context {
    testing::context("2026-11-29T06:00:00Z")
}

/// Clusters of these names, of which nothing is compared.
pub(super) fn config(names: &[&str], live: Live) -> Config {
    let clusters = names.iter().map(|name| ClusterConfig {
        name: name.parse().unwrap(),
        access: Access::InCluster,
        vars: BTreeMap::new(),
    });
    Config {
        clusters: clusters.collect(),
        baseline: None,
        settle: Settle {
            recheck: Duration::ZERO,
            min_age: Duration::ZERO,
        },
        families: Vec::new(),
        rules: Vec::new(),
        live,
        state: None,
        limits: Limits::default(),
    }
}
