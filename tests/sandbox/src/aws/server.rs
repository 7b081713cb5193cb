//! The HTTP side: connections, and answers that arrive late, broken or never.

use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::admin;
use super::dispatch::{self, Reply};
use super::faults::Transport;
use super::protocol::Encoded;
use super::state::State;

/// Serves until `stop` is cancelled. Connections end with the runtime.
pub(crate) async fn serve(listener: TcpListener, state: Arc<State>, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        // A failed accept is the client's loss: it went away, or descriptors ran out for a moment.
        let Ok((stream, _)) = accepted else { continue };
        tokio::spawn(serve_connection(stream, Arc::clone(&state)));
    }
}

async fn serve_connection(stream: TcpStream, state: Arc<State>) {
    // Without it small answers wait for the client's delayed acknowledgement.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let reset = Arc::new(AtomicBool::new(false));
    let wire = Wire {
        stream,
        reset: Arc::clone(&reset),
    };
    let service = service_fn(|request| respond(request, Arc::clone(&state), Arc::clone(&reset)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(wire), service);
    // Ends in an error when the client goes away or a fault breaks the connection on purpose.
    drop(connection.await);
}

/// The connection is to be broken.
#[derive(Debug, thiserror::Error)]
#[error("broken on purpose")]
struct Broken;

async fn respond(
    request: Request<Incoming>,
    state: Arc<State>,
    reset: Arc<AtomicBool>,
) -> Result<Response<Payload>, Broken> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    if parts.uri.path().starts_with(admin::PREFIX) {
        let answer = admin::answer(&state, &parts, &body);
        return Ok(response(answer, false, state.now()));
    }
    let Reply {
        encoded,
        transport,
        due,
    } = dispatch::answer(&state, &parts, &body, Instant::now());
    sleep_until(due).await;
    match transport {
        Transport::Whole => Ok(response(encoded, false, state.now())),
        Transport::Truncated => Ok(response(encoded, true, state.now())),
        Transport::Reset => {
            reset.store(true, Ordering::Relaxed);
            Err(Broken)
        }
        Transport::Never => pending().await,
    }
}

/// The form of the `Date` header.
const IMF_FIXDATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

fn response(encoded: Encoded, truncated: bool, now: Timestamp) -> Response<Payload> {
    let Encoded {
        status,
        headers,
        body,
    } = encoded;
    let payload = Payload {
        declared: body.len(),
        rest: Some(Bytes::from(body)),
        truncated,
        flushed: false,
    };
    let mut response = Response::new(payload);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // The simulator's time instead of the one that hyper would add: clients measure skew by it.
    let date = ("date", now.strftime(IMF_FIXDATE).to_string());
    for (name, value) in headers.into_iter().chain([date]) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// A body of known length, of which a truncated one delivers only half.
struct Payload {
    declared: usize,
    rest: Option<Bytes>,
    truncated: bool,
    /// Whether hyper had a chance to send the half that was handed out before the error came.
    flushed: bool,
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let truncated = self.truncated;
        if truncated && self.rest.is_none() && !self.flushed {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(match self.rest.take() {
            Some(bytes) if truncated => Some(Ok(Frame::data(bytes.slice(..bytes.len() / 2)))),
            Some(bytes) => Some(Ok(Frame::data(bytes))),
            None if truncated => Some(Err(Broken)),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && !self.truncated
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.declared).unwrap_or(u64::MAX))
    }
}

/// A TCP stream that can end with a reset instead of an orderly close.
struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // Fails only when the client has closed already, and then there is nothing to reset.
            drop(self.stream.set_zero_linger());
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
