//! Stands between the exporter and a server, and does to requests and answers what networks, proxies
//! and sick servers do.
//!
//! It knows as much HTTP as the exporter sends: one request a connection, bodies of a stated length.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request that came by.
#[derive(Debug, Clone)]
pub struct Request {
    /// Such as `PUT`.
    pub method: String,
    /// Such as `/metrics/job/aws_es`.
    pub path: String,
    /// Request line and headers, as they came.
    pub head: String,
    /// The body, if it is text.
    pub body: String,
}

impl Request {
    /// Whether it would change what the Pushgateway holds.
    pub fn writes(&self) -> bool {
        self.method != "GET"
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
pub enum Verdict {
    /// It is handed on.
    Pass,
    /// It is handed on after this time.
    PassAfter(Duration),
    /// It is handed on with another body.
    PassSpoilt(fn(&str) -> String),
    /// It is handed on; of the answer's body only the first half comes back before the connection
    /// ends.
    PassHalfTheAnswer,
    /// It is answered with this status and text, and goes nowhere.
    Answer(u16, &'static str),
    /// The same with a header, such as `Retry-After: 1`: status, header, text.
    AnswerWith(u16, &'static str, &'static str),
}

/// A running proxy; dropping it ends it.
pub struct Proxy {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    serving: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free loopback port in front of `upstream`; `judge` decides on each request.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(
        upstream: SocketAddr,
        judge: impl Fn(&Request) -> Verdict + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let serving = tokio::spawn({
            let (seen, judge) = (Arc::clone(&seen), Arc::new(judge));
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let (seen, judge) = (Arc::clone(&seen), Arc::clone(&judge));
                    // A connection that breaks is closed, which is all that its client can learn.
                    tokio::spawn(async move {
                        serve(client, upstream, &*judge, &seen)
                            .await
                            .unwrap_or_default();
                    });
                }
            }
        });
        Ok(Self {
            address,
            seen,
            serving,
        })
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its base URL with `user:password`, both already percent-encoded.
    pub fn url_as(&self, user: &str) -> String {
        format!("http://{user}@{}", self.address)
    }

    /// All requests so far, in the order of their arrival.
    pub fn seen(&self) -> Vec<Request> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", self.address)
    }
}

async fn serve(
    client: TcpStream,
    upstream: SocketAddr,
    judge: &(dyn Fn(&Request) -> Verdict + Send + Sync),
    seen: &Mutex<Vec<Request>>,
) -> Result<()> {
    let mut client = BufReader::new(client);
    let (request, body) = receive(&mut client).await?;
    seen.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(request.clone());
    let verdict = judge(&request);
    let body = match verdict {
        Verdict::Pass | Verdict::PassHalfTheAnswer => body,
        Verdict::PassAfter(time) => {
            tokio::time::sleep(time).await;
            body
        }
        Verdict::PassSpoilt(spoil) => spoil(&request.body).into_bytes(),
        Verdict::Answer(status, text) => {
            client
                .write_all(answer(status, "", text).as_bytes())
                .await?;
            return Ok(());
        }
        Verdict::AnswerWith(status, header, text) => {
            let header = format!("{header}\r\n");
            client
                .write_all(answer(status, &header, text).as_bytes())
                .await?;
            return Ok(());
        }
    };
    let mut server = TcpStream::connect(upstream).await?;
    server
        .write_all(head(&request.head, body.len()).as_bytes())
        .await?;
    server.write_all(&body).await?;
    if matches!(verdict, Verdict::PassHalfTheAnswer) {
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        client.write_all(without_half_the_body(&answer)).await?;
    } else {
        tokio::io::copy(&mut server, &mut client).await?;
    }
    Ok(())
}

/// An answer; `headers` end in a line break each.
fn answer(status: u16, headers: &str, text: &str) -> String {
    let length = text.len();
    format!(
        "HTTP/1.1 {status} {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    )
}

fn without_half_the_body(answer: &[u8]) -> &[u8] {
    const END_OF_HEAD: &[u8] = b"\r\n\r\n";
    let head = answer
        .windows(END_OF_HEAD.len())
        .position(|bytes| bytes == END_OF_HEAD)
        .map_or(answer.len(), |at| at + END_OF_HEAD.len());
    let half = head + (answer.len() - head) / 2;
    answer.get(..half).unwrap_or(answer)
}

async fn receive(client: &mut BufReader<TcpStream>) -> Result<(Request, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let read = client.read_line(&mut head).await?;
        anyhow::ensure!(read > 0, "the connection ended within the request's head");
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>())
    });
    let mut body = vec![0; length.transpose()?.unwrap_or(0)];
    client.read_exact(&mut body).await?;
    let mut words = head.split(' ').map(str::to_owned);
    let request = Request {
        method: words.next().context("a request has a method")?,
        path: words.next().context("a request has a path")?,
        body: String::from_utf8_lossy(&body).into_owned(),
        head,
    };
    Ok((request, body))
}

/// The same head for a body of this length, as the only one of its connection.
fn head(head: &str, length: usize) -> String {
    let mut lines: Vec<&str> = head.trim_end().lines().collect();
    lines.retain(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
    let lines = lines.join("\r\n");
    format!("{lines}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::{answer, head, without_half_the_body};

    #[test]
    fn half_of_an_answer_is_its_head_and_half_of_its_body() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef";
        assert!(without_half_the_body(answer).ends_with(b"\r\n\r\nabc"));
        assert_eq!(without_half_the_body(b"no head"), b"no head");
    }

    #[test]
    fn an_answer_has_its_header_before_the_length() {
        assert_eq!(
            answer(429, "Retry-After: 1\r\n", "{}"),
            "HTTP/1.1 429 429\r\nRetry-After: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        );
    }

    #[test]
    fn the_head_states_the_new_length_once() {
        assert_eq!(
            head("PUT /x HTTP/1.1\r\nHost: a\r\ncontent-length: 3\r\n\r\n", 5),
            "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
        );
    }
}
