//! AUTH: PLAIN (RFC 4616), and LOGIN with the two challenges that Alertmanager and SES agree on.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Session;
use crate::mail::authority::Login;
use crate::mail::command::AuthMechanism;
use crate::mail::fault::{FaultKind, Stage};
use crate::mail::reply::Reply;

/// What a client sends as its name and password.
struct Pair {
    user: String,
    password: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    pub(super) async fn auth(
        &mut self,
        mechanism: AuthMechanism,
        initial: Option<&str>,
    ) -> io::Result<()> {
        if let Some(refusal) = self.no_login(mechanism) {
            return self.answer(Stage::Auth, &refusal).await;
        }
        let pair = match mechanism {
            AuthMechanism::Plain => self.plain(initial).await?,
            AuthMechanism::Login | AuthMechanism::Other => self.login(initial).await?,
        };
        let Some(Pair { user, password }) = pair else {
            return self.answer(Stage::Auth, &Reply::SYNTAX).await;
        };
        self.user = Some(user.clone());
        let reply = match self.turn(Stage::Auth).await? {
            Some(reply) => reply,
            None => match self.state.authority.login(&user, &password) {
                Login::Granted => Reply::AUTHENTICATED,
                Login::Refused => Reply::INVALID_CREDENTIALS,
                Login::NotSubscribed => Reply::NOT_SUBSCRIBED,
                Login::Temporary => Reply::AUTH_UNAVAILABLE,
            },
        };
        let answered = self.answer(Stage::Auth, &reply).await;
        if reply.is_refusal() {
            self.user = None;
        }
        answered
    }

    /// Why a login is not even listened to.
    fn no_login(&self, mechanism: AuthMechanism) -> Option<Reply> {
        let offered = &self.state.options.mechanisms;
        if self.struck.has(&FaultKind::WithoutAuth) {
            Some(Reply::NOT_IMPLEMENTED)
        } else if !self.greeted || self.user.is_some() || self.envelope.is_some() {
            Some(Reply::BAD_SEQUENCE)
        } else if self.in_the_clear() {
            Some(Reply::STARTTLS_REQUIRED)
        } else if !offered.iter().any(|it| it.is(mechanism)) {
            Some(Reply::new(504, "Unrecognized authentication type"))
        } else {
            None
        }
    }

    async fn plain(&mut self, initial: Option<&str>) -> io::Result<Option<Pair>> {
        let response = match initial {
            Some(initial) => decoded(initial),
            None => self.ask("").await?,
        };
        Ok(response.and_then(|response| {
            // The identity to act as, which SES ignores, comes first.
            let mut parts = response.split('\0').skip(1).map(str::to_owned);
            let (user, password) = (parts.next()?, parts.next()?);
            parts.next().is_none().then_some(Pair { user, password })
        }))
    }

    async fn login(&mut self, initial: Option<&str>) -> io::Result<Option<Pair>> {
        let user = match initial {
            Some(initial) => decoded(initial),
            None => self.ask("Username:").await?,
        };
        let Some(user) = user else { return Ok(None) };
        let password = self.ask("Password:").await?;
        Ok(password.map(|password| Pair { user, password }))
    }

    /// Sends a challenge and returns the response; `None` when the client gives up (`*`) or sends no
    /// base64.
    async fn ask(&mut self, challenge: &str) -> io::Result<Option<String>> {
        self.write(&format!("334 {}\r\n", STANDARD.encode(challenge)))
            .await?;
        let response = self.line().await?;
        Ok(decoded(&response))
    }
}

fn decoded(base64: &str) -> Option<String> {
    // RFC 4954: an empty initial response is sent as a lone equals sign.
    if base64 == "=" {
        return Some(String::new());
    }
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
}
