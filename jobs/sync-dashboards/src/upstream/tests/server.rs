//! An HTTP server of a few lines that answers, and fails, as a test tells it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) path: String,
    /// Names in lower case.
    pub(super) headers: BTreeMap<String, String>,
}

/// What the server does about a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// These bytes, after a head with status, own headers and the true length.
    Answer(u16, String, Vec<u8>),
    /// The same, but it promises that many bytes more.
    Short(Vec<u8>),
    /// Closes the connection without a word.
    Close,
    /// Says nothing and keeps the connection.
    Hang,
}

pub(super) fn ok(body: &[u8]) -> Reply {
    Reply::Answer(200, String::new(), body.to_vec())
}

/// Headers as `name: value` lines.
pub(super) fn with(status: u16, headers: &str, body: &[u8]) -> Reply {
    let headers = headers.lines().flat_map(|line| [line, "\r\n"]).collect();
    Reply::Answer(status, headers, body.to_vec())
}

/// Stops with its value.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    task: AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(super) async fn start(mut reply: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            let mut hanging = Vec::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let mut stream = BufReader::new(stream);
                let request = read(&mut stream).await;
                let reply = reply(&request);
                log.lock().unwrap().push(request);
                match reply {
                    Reply::Answer(status, headers, body) => {
                        answer(stream, status, &headers, body.len(), &body).await;
                    }
                    Reply::Short(body) => answer(stream, 200, "", body.len() + 5, &body).await,
                    Reply::Close => drop(stream),
                    Reply::Hang => hanging.push(stream),
                }
            }
        });
        Self {
            url,
            requests,
            task: task.abort_handle(),
        }
    }

    /// Serves `replies`, the last of them for ever.
    pub(super) async fn script(replies: &[Reply]) -> Self {
        let mut replies = replies.to_vec();
        replies.reverse();
        Self::start(move |_| {
            if replies.len() > 1 {
                replies.pop().unwrap()
            } else {
                replies[0].clone()
            }
        })
        .await
    }

    /// Everything that has arrived.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Request {
    let mut first = String::new();
    stream.read_line(&mut first).await.unwrap();
    let path = first.split_whitespace().nth(1).unwrap_or_default();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Request {
        path: path.to_owned(),
        headers,
    }
}

async fn answer(
    mut stream: BufReader<TcpStream>,
    status: u16,
    headers: &str,
    length: usize,
    body: &[u8],
) {
    let head = format!(
        "HTTP/1.1 {status} Status\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    // The client may have gone: it reads no more than its limits.
    drop(stream.write_all(head.as_bytes()).await);
    drop(stream.write_all(body).await);
    drop(stream.shutdown().await);
}
