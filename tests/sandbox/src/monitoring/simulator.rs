//! A light stand-in for an API server with many `PrometheusRule`s, for benchmarks only.
//!
//! It answers what a reader of one kind asks: discovery, the version, the namespace that identifies a
//! cluster, the kind's definition, pages of a list, and single objects. Each answer waits for as long as
//! a distant server would. There is no TLS and nobody is asked for a name; large answers are compressed
//! like a real server's when the client takes that, each page once and for all, so that the stand-in
//! takes little of the processor that the measured program needs.

mod answer;
mod fleet;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use answer::{Answer, Answers};
pub use fleet::Fleet;

/// A running stand-in with a thread of its own. Dropping it ends its connections.
#[derive(Debug)]
pub struct ApiSimulator {
    addr: SocketAddr,
    requests: Arc<AtomicUsize>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl ApiSimulator {
    /// Starts one called `name`, which makes its identity, with the objects of `fleet`. Every answer
    /// comes `latency` after its request.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(name: &str, fleet: Arc<Fleet>, latency: Duration) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = {
            let _guard = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let requests = Arc::new(AtomicUsize::new(0));
        let stop = CancellationToken::new();
        let serving = serve(
            listener,
            Arc::new(Served {
                answers: Answers::new(name, fleet),
                latency,
                requests: Arc::clone(&requests),
            }),
            stop.clone(),
        );
        let thread = thread::Builder::new()
            .name(format!("API {name}"))
            .spawn(move || runtime.block_on(serving))?;
        Ok(Self {
            addr,
            requests,
            stop,
            thread: Some(thread),
        })
    }

    /// Its address for a kubeconfig.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// How many requests have come since the last call.
    pub fn take_requests(&self) -> usize {
        self.requests.swap(0, Ordering::Relaxed)
    }
}

impl Drop for ApiSimulator {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic there has printed its own message.
            thread.join().unwrap_or_default();
        }
    }
}

#[derive(Debug)]
struct Served {
    answers: Answers,
    latency: Duration,
    requests: Arc<AtomicUsize>,
}

/// Serves until `stop` is cancelled. Connections end with the runtime.
async fn serve(listener: TcpListener, served: Arc<Served>, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        // A failed accept is the client's loss: it went away, or descriptors ran out for a moment.
        let Ok((stream, _)) = accepted else { continue };
        tokio::spawn(serve_connection(stream, Arc::clone(&served)));
    }
}

async fn serve_connection(stream: TcpStream, served: Arc<Served>) {
    // Without it small answers wait for the client's delayed acknowledgement: 40 ms a request.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(|request| respond(request, Arc::clone(&served)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    // Ends in an error when the client goes away.
    drop(connection.await);
}

async fn respond(
    request: Request<Incoming>,
    served: Arc<Served>,
) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    served.requests.fetch_add(1, Ordering::Relaxed);
    let (parts, _) = request.into_parts();
    let answer = served.answers.to(&parts);
    sleep(served.latency).await;
    let Answer {
        status,
        content_type,
        compressed,
        body,
    } = answer;
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

#[cfg(test)]
mod tests;
