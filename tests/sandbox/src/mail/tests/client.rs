//! A client without manners of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::mail::MailServer;

#[derive(Debug)]
pub(super) struct Client<S>(BufReader<S>);

impl Client<TcpStream> {
    pub(super) async fn connect(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    pub(super) async fn greeted(address: SocketAddr) -> Self {
        let mut client = Self::connect(address).await;
        client.reply().await;
        client
    }

    /// After STARTTLS and EHLO.
    pub(super) async fn secured(server: &MailServer) -> Client<TlsStream<TcpStream>> {
        let mut client = Self::greeted(server.addr()).await;
        client.ask("EHLO test").await;
        let mut client = client.start_tls(server).await;
        client.ask("EHLO test").await;
        client
    }

    pub(super) async fn start_tls(mut self, server: &MailServer) -> Client<TlsStream<TcpStream>> {
        assert_eq!(self.ask("STARTTLS").await, "220 Ready to start TLS");
        self.handshake(server.ca_pem(), "localhost").await.unwrap()
    }

    pub(super) async fn handshake(
        self,
        ca: &str,
        name: &str,
    ) -> io::Result<Client<TlsStream<TcpStream>>> {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(ca.as_bytes()).unwrap();
        roots.add(ca).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, self.0.into_inner())
            .await?;
        Ok(Client(BufReader::new(stream)))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// One answer, its lines joined; empty when the server has gone.
    pub(super) async fn reply(&mut self) -> String {
        let mut lines: Vec<String> = Vec::new();
        while lines.last().is_none_or(|line| line.as_bytes()[3] == b'-') {
            let mut line = String::new();
            if self.0.read_line(&mut line).await.unwrap_or(0) == 0 {
                break;
            }
            lines.push(line.strip_suffix("\r\n").unwrap().to_owned());
        }
        lines.join("\n")
    }

    pub(super) async fn ask(&mut self, line: &str) -> String {
        self.0.write_all(line.as_bytes()).await.unwrap();
        self.0.write_all(b"\r\n").await.unwrap();
        self.0.flush().await.unwrap();
        self.reply().await
    }

    pub(super) async fn transcript(&mut self, dialogue: &[(&str, &str)]) {
        for (line, answer) in dialogue {
            assert_eq!(self.ask(line).await, *answer, "{line}");
        }
    }

    /// Logs in, sends a mail, and returns the last answer.
    pub(super) async fn deliver(&mut self, login: &str, from: &str) -> String {
        self.ask(login).await;
        self.ask(&format!("MAIL FROM:<{from}>")).await;
        self.ask("RCPT TO:<to@example.com>").await;
        self.ask("DATA").await;
        self.ask("Subject: s\r\n\r\nbody\r\n.").await
    }
}
