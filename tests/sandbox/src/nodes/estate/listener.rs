//! Small servers outside the cells, each with a thread of its own: one answer to each HTTP request, or TLS
//! for another server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, Result};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// What is answered to a path and a body.
pub(super) type Answer = dyn Fn(&str, &[u8]) -> (StatusCode, String) + Send + Sync;

/// A running server on a free loopback port. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Listener {
    address: SocketAddr,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Starts one that answers; it accepts connections when this returns.
    pub(super) fn start(name: &str, answer: Arc<Answer>) -> Result<Self> {
        Self::run(name, |listener, stop| serve(listener, answer, stop))
    }

    /// Starts one that speaks TLS for a server that does not.
    pub(super) fn before(name: &str, tls: TlsAcceptor, server: SocketAddr) -> Result<Self> {
        Self::run(name, |listener, stop| {
            stand_before(listener, tls, server, stop)
        })
    }

    fn run<F: Future<Output = ()> + Send + 'static>(
        name: &str,
        work: impl FnOnce(TcpListener, CancellationToken) -> F,
    ) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("a runtime for a server")?;
        let listener = {
            // Started from within another runtime, which may not be blocked.
            let _guard = runtime.enter();
            let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
                .and_then(TcpListener::from_std);
            listener.context("listening on a free port")?
        };
        let address = listener.local_addr().context("an address")?;
        let stop = CancellationToken::new();
        let serving = work(listener, stop.clone());
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || runtime.block_on(serving))
            .context("starting a thread")?;
        Ok(Self {
            address,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed by then.
            drop(thread.join());
        }
    }
}

async fn serve(listener: TcpListener, answer: Arc<Answer>, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        // A failed accept is the client's loss: it went away in the meantime.
        let Ok((stream, _)) = accepted else { continue };
        tokio::spawn(serve_connection(stream, Arc::clone(&answer)));
    }
}

async fn stand_before(
    listener: TcpListener,
    tls: TlsAcceptor,
    server: SocketAddr,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        tokio::spawn(pass_on(stream, tls.clone(), server));
    }
}

async fn pass_on(stream: TcpStream, tls: TlsAcceptor, server: SocketAddr) {
    // Ends in an error when either side goes away.
    let Ok(mut client) = tls.accept(stream).await else {
        return;
    };
    if let Ok(mut server) = TcpStream::connect(server).await {
        drop(copy_bidirectional(&mut client, &mut server).await);
    }
}

async fn serve_connection(stream: TcpStream, answer: Arc<Answer>) {
    let service = service_fn(|request| respond(request, Arc::clone(&answer)));
    // Ends in an error when the client goes away.
    drop(
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

async fn respond(
    request: Request<Incoming>,
    answer: Arc<Answer>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?;
    let (status, text) = answer(parts.uri.path(), &body.to_bytes());
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    Ok(response)
}
