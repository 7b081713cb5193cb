//! MAIL, RCPT and DATA: from an envelope to a mail in the mailbox, or to a refusal.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

use super::{Session, data};
use crate::mail::fault::Stage;
use crate::mail::message::{Mail, subject};
use crate::mail::reply::Reply;

/// Who sends to whom, before there is a message.
pub(super) struct Envelope {
    from: String,
    to: Vec<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    pub(super) async fn mail(&mut self, from: &str, size: Option<usize>) -> io::Result<()> {
        let reply = match self.turn(Stage::Mail).await? {
            Some(reply) => reply,
            None if !self.greeted => Reply::BAD_SEQUENCE,
            None if self.in_the_clear() => Reply::STARTTLS_REQUIRED,
            None if self.user.is_none() => Reply::AUTH_REQUIRED,
            None if self.envelope.is_some() => Reply::BAD_SEQUENCE,
            None if size.is_some_and(|size| size > self.state.options.size_limit) => {
                Reply::TOO_LONG
            }
            None => {
                let (from, to) = (from.to_owned(), Vec::new());
                self.envelope = Some(Envelope { from, to });
                Reply::OK
            }
        };
        self.answer(Stage::Mail, &reply).await
    }

    pub(super) async fn recipient(&mut self, to: &str) -> io::Result<()> {
        let turn = self.turn(Stage::Recipient).await?;
        let reply = match (turn, &mut self.envelope) {
            (Some(reply), _) => reply,
            (None, None) => Reply::BAD_SEQUENCE,
            (None, Some(envelope)) => {
                envelope.to.push(to.to_owned());
                Reply::OK
            }
        };
        self.answer(Stage::Recipient, &reply).await
    }

    pub(super) async fn data(&mut self) -> io::Result<()> {
        if let Some(reply) = self.turn(Stage::Data).await? {
            return self.answer(Stage::Data, &reply).await;
        }
        let ready = |envelope: &Envelope| !envelope.to.is_empty();
        let Some(envelope) = self.envelope.take_if(|envelope| ready(envelope)) else {
            return self.answer(Stage::Data, &Reply::BAD_SEQUENCE).await;
        };
        let go_ahead = Reply::new(354, "End data with <CR><LF>.<CR><LF>");
        self.answer(Stage::Data, &go_ahead).await?;
        let data = data::read(&mut self.stream, self.state.options.size_limit).await?;
        let reply = match (self.turn(Stage::Message).await?, data) {
            (Some(reply), _) => reply,
            (None, None) => Reply::TOO_LONG,
            (None, Some(_)) if !self.state.options.senders.verified(&envelope.from) => {
                Reply::not_verified(&envelope.from, &self.state.options.region)
            }
            (None, Some(data)) => Reply::accepted(self.state.deliver(Mail {
                from: envelope.from,
                to: envelope.to,
                subject: subject(&data),
                data,
                user: self.user.clone().unwrap_or_default(),
                at: self.state.options.clock.now(),
            })),
        };
        self.answer(Stage::Message, &reply).await
    }
}
