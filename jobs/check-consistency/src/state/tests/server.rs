//! A loopback API server that answers by a script and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use common::cluster::Cluster;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::testing::{cluster, context};

/// One request: `GET /api/v1/…` with the query, and its body.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) line: String,
    pub(super) body: Value,
}

/// A running server. It ends with its test's runtime.
pub(super) struct Server {
    pub(super) cluster: Cluster,
    asked: Arc<Mutex<Vec<Asked>>>,
    script: Arc<Mutex<VecDeque<(u16, Value)>>>,
}

impl Server {
    /// With a status and a body for each request to come, in order.
    pub(super) async fn start(script: Vec<(u16, Value)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(VecDeque::from(script)));
        let server = Self {
            cluster: cluster(&url, "prod-e1-1", &context("2026-03-01T08:00:00Z")).await,
            asked: Arc::clone(&asked),
            script: Arc::clone(&script),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut stream = BufReader::new(stream);
                let request = read(&mut stream).await;
                asked.lock().unwrap().push(request);
                let next = script.lock().unwrap().pop_front();
                let (status, body) =
                    next.unwrap_or((500, json!({ "reason": "not in the script" })));
                let body = body.to_string();
                let answer = format!(
                    "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n\
                     content-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        server
    }

    /// What was asked, once all of the script has been played.
    pub(super) fn asked(&self) -> Vec<Asked> {
        assert!(self.script.lock().unwrap().is_empty(), "never asked for");
        self.asked.lock().unwrap().clone()
    }

    /// The methods of all requests.
    pub(super) fn methods(&self) -> Vec<String> {
        let method = |asked: &Asked| asked.line.split(' ').next().unwrap().to_owned();
        self.asked().iter().map(method).collect()
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Asked {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.unwrap();
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let line = line.trim().strip_suffix(" HTTP/1.1").unwrap();
    Asked {
        line: line.to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }
}
