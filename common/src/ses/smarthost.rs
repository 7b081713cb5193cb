//! The mail server that Alertmanager hands its messages to.

use std::fmt;
use std::str::FromStr;

use crate::exit::Exit;
use crate::fault::Fault;

/// How a connection to a mail server becomes TLS. Without TLS nothing is ever sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsMode {
    /// Plain text first, then the command `STARTTLS`.
    StartTls,
    /// TLS from the first byte.
    Wrapper,
}

impl TlsMode {
    /// The mode of a port that SES listens on.
    const fn of_port(port: u16) -> Option<Self> {
        match port {
            25 | 587 | 2587 => Some(Self::StartTls),
            465 | 2465 => Some(Self::Wrapper),
            _ => None,
        }
    }
}

/// Host, port and TLS mode of a mail server. Displays as Alertmanager writes it: `host:port`.
///
/// Two are equal when all three are; the host is kept in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Smarthost {
    host: String,
    port: u16,
    tls: TlsMode,
}

impl Smarthost {
    /// Reads `host:port` for a server whose TLS mode its port does not tell.
    ///
    /// # Errors
    /// When a part is missing or the port is no number.
    pub fn with_tls(text: &str, tls: TlsMode) -> Result<Self, SmarthostError> {
        let (host, port) = split(text)?;
        Ok(Self { host, port, tls })
    }

    /// The host's name or address, in lower case; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How the connection becomes TLS.
    pub fn tls(&self) -> TlsMode {
        self.tls
    }

    /// Whether `text`, a `smarthost` of an Alertmanager configuration, names this server.
    pub fn is(&self, text: &str) -> bool {
        split(text).is_ok_and(|(host, port)| host == self.host && port == self.port)
    }
}

/// The port decides the TLS mode.
impl FromStr for Smarthost {
    type Err = SmarthostError;

    fn from_str(text: &str) -> Result<Self, SmarthostError> {
        let (host, port) = split(text)?;
        let tls = TlsMode::of_port(port).ok_or(SmarthostError::UnknownPort { port })?;
        Ok(Self { host, port, tls })
    }
}

impl fmt::Display for Smarthost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

fn split(text: &str) -> Result<(String, u16), SmarthostError> {
    let wrong = || SmarthostError::Malformed {
        text: text.to_owned(),
    };
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let address = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
    let fits = match bracketed {
        Some(host) => !host.is_empty() && host.chars().all(address),
        None => !host.is_empty() && host.chars().all(name),
    };
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(port) if fits && digits && port > 0 => {
            Ok((bracketed.unwrap_or(host).to_ascii_lowercase(), port))
        }
        _ => Err(wrong()),
    }
}

/// Why a text does not name a mail server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmarthostError {
    /// Not `host:port`.
    #[error("`{text}` is not a host and a port")]
    Malformed {
        /// What was given.
        text: String,
    },
    /// A port that SES does not listen on.
    #[error("port {port} does not tell whether TLS begins at once or after STARTTLS")]
    UnknownPort {
        /// The port.
        port: u16,
    },
}

impl Fault for SmarthostError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "smarthost"
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Malformed { .. } => "write it as email-smtp.us-east-1.amazonaws.com:587",
            Self::UnknownPort { .. } => {
                "use 587 (STARTTLS) or 465 (TLS at once), or configure the TLS mode"
            }
        };
        Some(hint.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{Smarthost, SmarthostError, TlsMode};
    use crate::exit::Exit;
    use crate::fault::Fault as _;

    #[test]
    fn the_port_decides_how_tls_begins() {
        for (port, tls) in [
            (25, TlsMode::StartTls),
            (587, TlsMode::StartTls),
            (2587, TlsMode::StartTls),
            (465, TlsMode::Wrapper),
            (2465, TlsMode::Wrapper),
        ] {
            let text = format!("mail.example.com:{port}");
            let smarthost: Smarthost = text.parse().unwrap();
            assert_eq!((smarthost.tls(), smarthost.port()), (tls, port));
            assert_eq!(smarthost.to_string(), text);
        }
    }

    #[test]
    fn another_port_is_refused_until_the_mode_is_given() {
        let error = "127.0.0.1:4025".parse::<Smarthost>().unwrap_err();
        assert_eq!(error, SmarthostError::UnknownPort { port: 4025 });
        assert_eq!((error.exit(), error.code()), (Exit::Config, "smarthost"));
        let smarthost = Smarthost::with_tls("127.0.0.1:4025", TlsMode::Wrapper).unwrap();
        assert_eq!(smarthost.tls(), TlsMode::Wrapper);
    }

    #[test]
    fn only_a_host_and_a_port_are_a_smarthost() {
        for text in [
            "",
            "mail.example.com",
            ":587",
            "mail.example.com:",
            "mail.example.com:smtp",
            "a:0",
            "a:+25",
            "a:65536",
            "a b:25",
            "u@a:25",
            "::1:25",
            "[]:25",
            "[a.example]:25",
            "smtp://a:25",
            "a:25\n",
        ] {
            let error = text.parse::<Smarthost>().unwrap_err();
            assert_eq!(
                error,
                SmarthostError::Malformed {
                    text: text.to_owned()
                }
            );
        }
    }

    #[test]
    fn a_configuration_s_smarthost_is_recognised_whatever_its_case() {
        let smarthost: Smarthost = "Mail.example.com:587".parse().unwrap();
        assert_eq!(smarthost.host(), "mail.example.com");
        assert!(smarthost.is("mail.EXAMPLE.com:587"));
        for other in [
            "mail.example.com:465",
            "example.com:587",
            "mail.example.com",
            "",
        ] {
            assert!(!smarthost.is(other), "{other}");
        }
        let address: Smarthost = "[::1]:25".parse().unwrap();
        assert_eq!(
            (address.host(), address.to_string().as_str()),
            ("::1", "[::1]:25")
        );
    }
}
