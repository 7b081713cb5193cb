//! The dialogue with one client, from greeting to QUIT or STARTTLS.

use std::future::pending;
use std::io;

use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::time::sleep;

use super::Mechanism;
use super::command::{AuthMechanism, Command};
use super::fault::{FaultKind, Stage, Struck, Turn};
use super::reply::Reply;
use super::state::State;

use self::transaction::Envelope;

mod data;
mod login;
mod transaction;

/// Longer lines than any client of ours sends, short enough to bound memory.
const LONGEST_LINE: u64 = 64 * 1024;

/// Whether the client's words can be read on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    Clear,
    Tls,
}

/// How a session ended, other than by an error of the connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Quit,
    /// The client was told to begin with TLS.
    StartTls,
}

pub(super) struct Session<'a, S> {
    stream: BufReader<S>,
    security: Security,
    state: &'a State,
    struck: Struck,
    greeted: bool,
    user: Option<String>,
    envelope: Option<Envelope>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Session<'a, S> {
    pub(super) fn new(stream: S, security: Security, state: &'a State, struck: Struck) -> Self {
        Self {
            stream: BufReader::new(stream),
            security,
            state,
            struck,
            greeted: false,
            user: None,
            envelope: None,
        }
    }

    pub(super) fn into_stream(self) -> S {
        self.stream.into_inner()
    }

    /// The server speaks first.
    pub(super) async fn greet(&mut self) -> io::Result<()> {
        let host = self.host();
        let greeting = format!("{host} ESMTP SimpleEmailService sandbox");
        let reply = match self.turn(Stage::Greeting).await? {
            Some(reply) => reply,
            None => Reply {
                code: 220,
                text: greeting.into(),
            },
        };
        self.answer(Stage::Greeting, &reply).await
    }

    /// Answers commands until the client quits or wants TLS.
    pub(super) async fn run(&mut self) -> io::Result<End> {
        loop {
            let line = self.line().await?;
            match Command::parse(&line) {
                Command::Hello => self.hello().await?,
                Command::StartTls => {
                    if self.start_tls().await? {
                        return Ok(End::StartTls);
                    }
                }
                Command::Auth(mechanism, initial) => self.auth(mechanism, initial).await?,
                Command::Mail(from, size) => self.mail(from, size).await?,
                Command::Recipient(to) => self.recipient(to).await?,
                Command::Data => self.data().await?,
                Command::Reset => {
                    self.envelope = None;
                    self.say(&Reply::OK).await?;
                }
                Command::NoOperation => self.say(&Reply::OK).await?,
                Command::Quit => {
                    self.say(&Reply::new(221, "Bye")).await?;
                    self.stream.shutdown().await?;
                    return Ok(End::Quit);
                }
                Command::Malformed => self.say(&Reply::SYNTAX).await?,
                Command::NoAddress => self.answer(Stage::Mail, &Reply::INVALID_ADDRESS).await?,
                Command::Unknown => self.say(&Reply::NOT_IMPLEMENTED).await?,
            }
        }
    }

    async fn hello(&mut self) -> io::Result<()> {
        if let Some(reply) = self.turn(Stage::Hello).await? {
            return self.answer(Stage::Hello, &reply).await;
        }
        self.greeted = true;
        self.envelope = None;
        let mut lines = vec![self.host(), "8BITMIME".to_owned()];
        lines.push(format!("SIZE {}", self.state.options.size_limit));
        if self.security == Security::Clear && self.offers_start_tls() {
            lines.push("STARTTLS".to_owned());
        }
        if !self.struck.has(&FaultKind::WithoutAuth) {
            let names = self.state.options.mechanisms.iter().map(|it| it.name());
            lines.push(format!("AUTH {}", names.collect::<Vec<_>>().join(" ")));
        }
        let lines: Vec<_> = lines
            .into_iter()
            .map(|line| format!("250-{line}\r\n"))
            .collect();
        self.write(&format!("{}250 Ok\r\n", lines.concat())).await?;
        self.end_of(Stage::Hello)
    }

    /// Whether TLS is to begin.
    async fn start_tls(&mut self) -> io::Result<bool> {
        if let Some(reply) = self.turn(Stage::StartTls).await? {
            self.answer(Stage::StartTls, &reply).await?;
            return Ok(false);
        }
        if !self.offers_start_tls() {
            self.answer(Stage::StartTls, &Reply::NOT_IMPLEMENTED)
                .await?;
            return Ok(false);
        }
        if self.security == Security::Tls || !self.greeted {
            self.answer(Stage::StartTls, &Reply::BAD_SEQUENCE).await?;
            return Ok(false);
        }
        let ready = "220 Ready to start TLS\r\n";
        if self.struck.has(&FaultKind::ForgedAnswers) {
            let forged = format!(
                "{ready}250-forged\r\n250 AUTH PLAIN LOGIN\r\n{}\r\n",
                Reply::AUTHENTICATED
            );
            self.write(&forged).await?;
        } else {
            self.write(ready).await?;
        }
        self.end_of(Stage::StartTls)?;
        Ok(true)
    }

    /// The answer that a fault puts in place of the due one. Does not return when there is none.
    async fn turn(&mut self, stage: Stage) -> io::Result<Option<Reply>> {
        match self.struck.turn(stage) {
            Turn::Due => Ok(None),
            Turn::Instead(reply) => Ok(Some(reply)),
            Turn::Silence => {
                self.state.refuse(stage, self.user.as_deref(), None);
                pending().await
            }
            Turn::Cut => {
                self.state.refuse(stage, self.user.as_deref(), None);
                Err(io::ErrorKind::ConnectionAborted.into())
            }
        }
    }

    /// Says what belongs to a stage, and remembers it when it is a refusal.
    async fn answer(&mut self, stage: Stage, reply: &Reply) -> io::Result<()> {
        if reply.is_refusal() {
            self.state.refuse(stage, self.user.as_deref(), Some(reply));
        }
        self.say(reply).await?;
        if reply.code == 421 {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.end_of(stage)
    }

    fn end_of(&self, stage: Stage) -> io::Result<()> {
        if self.struck.cut_after(stage) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }

    async fn say(&mut self, reply: &Reply) -> io::Result<()> {
        self.write(&format!("{reply}\r\n")).await
    }

    async fn write(&mut self, text: &str) -> io::Result<()> {
        sleep(self.struck.delay()).await;
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await
    }

    /// The next line without its end; an error when the client has gone.
    async fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.stream).take(LONGEST_LINE);
        bounded.read_until(b'\n', &mut line).await?;
        let Some(line) = line.strip_suffix(b"\n") else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Ok(String::from_utf8_lossy(line).into_owned())
    }

    fn host(&self) -> String {
        format!("email-smtp.{}.amazonaws.com", self.state.options.region)
    }

    fn offers_start_tls(&self) -> bool {
        !self.struck.has(&FaultKind::WithoutStartTls) && !self.struck.has(&FaultKind::Stripped)
    }

    /// Whether SES would not listen, because everybody could.
    fn in_the_clear(&self) -> bool {
        self.security == Security::Clear && !self.struck.has(&FaultKind::Stripped)
    }
}

impl Mechanism {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }

    fn is(self, named: AuthMechanism) -> bool {
        match named {
            AuthMechanism::Plain => self == Self::Plain,
            AuthMechanism::Login => self == Self::Login,
            AuthMechanism::Other => false,
        }
    }
}
