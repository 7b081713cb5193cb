//! An HTTP server of a few lines that answers, and fails, as a test tells it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// Names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

/// What the server does about a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Answer(u16, String),
    /// Promises more bytes than it sends.
    Truncated(String),
    /// Closes the connection without a word.
    Close,
    /// Says nothing and keeps the connection.
    Hang,
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
    /// Serves on a free port of the loopback interface.
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
                    Reply::Answer(status, body) => answer(stream, status, body.len(), &body).await,
                    Reply::Truncated(body) => answer(stream, 200, body.len() + 1, &body).await,
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
    let [method, path, _] = first.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{first:?}")
    };
    let (method, path) = (method.to_owned(), path.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    Request {
        method,
        path,
        headers,
        body,
    }
}

async fn answer(mut stream: BufReader<TcpStream>, status: u16, length: usize, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    // The client may have gone: it reads no more of a reason than it keeps.
    drop(stream.write_all((head + body).as_bytes()).await);
    drop(stream.shutdown().await);
}
