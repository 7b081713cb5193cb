//! Listeners and connections: TCP, then TLS at once or on request.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use futures_util::future::join_all;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::fault::Stage;
use super::session::{End, Security, Session};
use super::state::State;

/// When TLS begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Encryption {
    StartTls,
    Wrapper,
}

/// Binds `address`, and says which one it became.
pub(super) fn listen(runtime: &Runtime, address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let listener =
        std::net::TcpListener::bind(address).with_context(|| format!("listening on {address}"))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let _guard = runtime.enter();
    Ok((TcpListener::from_std(listener)?, address))
}

/// Serves until `stop` is cancelled. Connections end with the runtime.
pub(super) async fn serve(
    listeners: Vec<(TcpListener, Encryption)>,
    tls: TlsAcceptor,
    state: Arc<State>,
    stop: CancellationToken,
) {
    let accepting = listeners.into_iter().map(|(listener, encryption)| {
        accept(listener, encryption, tls.clone(), Arc::clone(&state))
    });
    stop.run_until_cancelled(join_all(accepting)).await;
}

async fn accept(
    listener: TcpListener,
    encryption: Encryption,
    tls: TlsAcceptor,
    state: Arc<State>,
) {
    loop {
        // A failed accept is the client's loss: it went away, or descriptors ran out for a moment.
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let (tls, state) = (tls.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            // Ends in an error when the client goes away or a fault breaks the connection.
            drop(converse(stream, encryption, tls, &state).await);
        });
    }
}

async fn converse(
    stream: TcpStream,
    encryption: Encryption,
    tls: TlsAcceptor,
    state: &State,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let struck = state.connect();
    match encryption {
        Encryption::Wrapper => {
            let stream = secured(&tls, stream, state).await?;
            let mut session = Session::new(stream, Security::Tls, state, struck);
            session.greet().await?;
            session.run().await.map(drop)
        }
        Encryption::StartTls => {
            let mut session = Session::new(stream, Security::Clear, state, struck.clone());
            session.greet().await?;
            let End::StartTls = session.run().await? else {
                return Ok(());
            };
            // What the client sent ahead in the clear is lost with the old session.
            let stream = secured(&tls, session.into_stream(), state).await?;
            Session::new(stream, Security::Tls, state, struck)
                .run()
                .await
                .map(drop)
        }
    }
}

async fn secured(
    tls: &TlsAcceptor,
    stream: TcpStream,
    state: &State,
) -> io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
    let accepted = tls.accept(stream).await;
    if accepted.is_err() {
        state.refuse(Stage::StartTls, None, None);
    }
    accepted
}
