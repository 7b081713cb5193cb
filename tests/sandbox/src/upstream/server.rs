//! The HTTP side: connections, and answers that arrive late, cut off or never.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{AUTHORIZATION, IF_NONE_MATCH};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::answer::{Answer, answer};
use super::fault::Fault;
use super::state::{Seen, State};

/// Serves until `stop` is cancelled. Connections end with the runtime.
pub(super) async fn serve(listener: TcpListener, state: Arc<State>, stop: CancellationToken) {
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
    let service = service_fn(|request| respond(request, Arc::clone(&state)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
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
) -> Result<Response<Payload>, Broken> {
    let (parts, _) = request.into_parts();
    let (wait, answer) = {
        let mut inner = state.lock();
        let fault = inner.fault();
        let answer = answer(&state.options, &mut inner, &parts, fault.as_ref());
        inner.seen.push(Seen {
            method: parts.method.to_string(),
            path: parts.uri.to_string(),
            conditional: parts.headers.contains_key(IF_NONE_MATCH),
            authorized: parts.headers.contains_key(AUTHORIZATION),
            status: answer.as_ref().map_or(0, |answer| answer.status),
        });
        let wait = match fault {
            Some(Fault::Slow(time)) => Some(time),
            _ => None,
        };
        (wait, answer)
    };
    if let Some(time) = wait {
        sleep(time).await;
    }
    answer.map(response).ok_or(Broken)
}

fn response(answer: Answer) -> Response<Payload> {
    let payload = Payload {
        declared: answer.body.len(),
        rest: Some(answer.body),
        truncated: answer.truncated,
        flushed: false,
    };
    let mut response = Response::new(payload);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let ours = answer.headers.into_iter();
    let ours = ours.map(|(name, value)| (name.to_owned(), value));
    for (name, value) in ours.chain(answer.others) {
        let name = HeaderName::try_from(name);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
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
        !self.truncated && self.rest.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.declared).unwrap_or(u64::MAX))
    }
}
