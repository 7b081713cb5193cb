//! One connection to a mail server, step by step.

use std::time::Duration;

use common::secret::ExposeSecret as _;
use common::ses::TlsMode;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::mail::ProbeMail;
use super::one_line::OneLineAtATime;
use super::reply::{Reply, Step, Verdict};
use super::{Endpoint, Login, Trust};

/// What we speak, best first. The server's order does not matter.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// How long a server may take to say goodbye, by when the answer is known.
const FAREWELL: Duration = Duration::from_secs(1);

/// An encrypted connection that has not failed yet.
pub(super) struct Conversation {
    connection: AsyncSmtpConnection,
    limit: Duration,
}

impl Conversation {
    /// Connects, encrypts, and greets.
    pub(super) async fn open(endpoint: &Endpoint, limit: Duration) -> Result<Self, Reply> {
        let hello = ClientId::Domain(endpoint.hello_name.clone());
        let connection = match endpoint.smarthost.tls() {
            TlsMode::StartTls => upgraded(endpoint, &hello, limit).await?,
            TlsMode::Wrapper => wrapped(endpoint, &hello, limit).await?,
        };
        Ok(Self { connection, limit })
    }

    /// Tries the pair once, with the best mechanism that the server offers.
    pub(super) async fn log_in(&mut self, login: &Login<'_>) -> Reply {
        let offered = self.connection.server_info();
        if offered.get_auth_mechanism(&MECHANISMS).is_none() {
            let text = "neither AUTH PLAIN nor AUTH LOGIN is offered";
            return Reply::unsaid(Step::Auth, Verdict::Protocol, text);
        }
        let password = login.password.expose_secret().to_owned();
        let credentials = Credentials::new(login.user.to_owned(), password);
        let asked = self.connection.auth(&MECHANISMS, &credentials);
        answer(Step::Auth, self.limit, asked).await
    }

    /// Sends a mail after a login. The answer is that of the last step, or of the first that fails.
    pub(super) async fn deliver(&mut self, mail: &ProbeMail<'_>) -> Reply {
        let message = match mail.message() {
            Ok(message) => message,
            Err(error) => return Reply::unsaid(Step::Mail, Verdict::Protocol, error.to_string()),
        };
        let limit = self.limit;
        let from = Mail::new(Some(mail.from.email.clone()), Vec::new());
        let reply = answer(Step::Mail, limit, self.connection.command(from)).await;
        if reply.verdict != Verdict::Accepted {
            return reply;
        }
        let to = Rcpt::new(mail.to.clone(), Vec::new());
        let reply = answer(Step::Recipient, limit, self.connection.command(to)).await;
        if reply.verdict != Verdict::Accepted {
            return reply;
        }
        let reply = answer(Step::Data, limit, self.connection.command(Data)).await;
        if reply.verdict != Verdict::Accepted {
            return reply;
        }
        answer(Step::Message, limit, self.connection.message(&message)).await
    }

    /// Takes leave, if the server still listens. The connection is not used again.
    pub(super) async fn leave(self) {
        leave(self.connection).await;
    }
}

async fn leave(mut connection: AsyncSmtpConnection) {
    // Whatever comes of it, the answer is known.
    timeout(FAREWELL, connection.abort())
        .await
        .unwrap_or_default();
}

/// STARTTLS, or nothing.
async fn upgraded(
    endpoint: &Endpoint,
    hello: &ClientId,
    limit: Duration,
) -> Result<AsyncSmtpConnection, Reply> {
    let server = (endpoint.smarthost.host(), endpoint.smarthost.port());
    let unreachable = |text: String| Reply::unsaid(Step::Connect, Verdict::Unreachable, text);
    let stream = match timeout(limit, TcpStream::connect(server)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(unreachable(error.to_string())),
        Err(_) => {
            let text = format!("no connection within {} s", limit.as_secs_f64());
            return Err(unreachable(text));
        }
    };
    let stream = Box::new(OneLineAtATime::new(stream));
    let greeted = AsyncSmtpConnection::connect_with_transport(stream, hello);
    let mut connection = within(Step::Hello, limit, greeted).await?;
    if !connection.can_starttls() {
        leave(connection).await;
        let text = "STARTTLS is not offered";
        return Err(Reply::unsaid(Step::StartTls, Verdict::Protocol, text));
    }
    let tls = tls(endpoint, Step::StartTls)?;
    within(Step::StartTls, limit, connection.starttls(tls, hello)).await?;
    Ok(connection)
}

/// TLS from the first byte. The library does TCP, TLS and the greeting in one go, so they share the
/// time of two steps, of which TCP may have one.
async fn wrapped(
    endpoint: &Endpoint,
    hello: &ClientId,
    limit: Duration,
) -> Result<AsyncSmtpConnection, Reply> {
    let server = (endpoint.smarthost.host(), endpoint.smarthost.port());
    let tls = tls(endpoint, Step::Connect)?;
    let opened = AsyncSmtpConnection::connect_tokio1(server, Some(limit), hello, Some(tls), None);
    within(Step::Connect, limit * 2, opened).await
}

fn tls(endpoint: &Endpoint, step: Step) -> Result<TlsParameters, Reply> {
    let mut builder = TlsParameters::builder(endpoint.smarthost.host().to_owned());
    if let Trust::SystemAnd(authority) = &endpoint.trust {
        builder = builder.add_root_certificate(authority.clone());
    }
    builder.build().map_err(|error| Reply::failed(step, &error))
}

/// The outcome of a step, unless it fails or takes too long.
async fn within<T>(
    step: Step,
    limit: Duration,
    outcome: impl Future<Output = Result<T, Error>>,
) -> Result<T, Reply> {
    match timeout(limit, outcome).await {
        Ok(outcome) => outcome.map_err(|error| Reply::failed(step, &error)),
        Err(_) => Err(Reply::silent(step, limit)),
    }
}

async fn answer(
    step: Step,
    limit: Duration,
    response: impl Future<Output = Result<Response, Error>>,
) -> Reply {
    within(step, limit, response)
        .await
        .map_or_else(|reply| reply, |response| Reply::answered(step, &response))
}
