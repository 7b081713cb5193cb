//! What a client says, one line at a time (RFC 5321 §4.1.1, RFC 4954 §4, RFC 3207 §4).

/// A command with its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command<'a> {
    /// EHLO or HELO.
    Hello,
    StartTls,
    /// With the initial response, still encoded.
    Auth(AuthMechanism, Option<&'a str>),
    /// The sender, and the size that the client announces.
    Mail(&'a str, Option<usize>),
    Recipient(&'a str),
    Data,
    Reset,
    NoOperation,
    Quit,
    /// A known command whose arguments cannot be read.
    Malformed,
    /// An address without a domain.
    NoAddress,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthMechanism {
    Plain,
    Login,
    Other,
}

impl<'a> Command<'a> {
    /// `line` without its end.
    pub(super) fn parse(line: &'a str) -> Self {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" if rest.is_empty() => Self::Malformed,
            "EHLO" | "HELO" => Self::Hello,
            "STARTTLS" => Self::StartTls,
            "AUTH" => auth(rest),
            "MAIL" => mail(rest),
            "RCPT" => recipient(rest),
            "DATA" => Self::Data,
            "RSET" => Self::Reset,
            "NOOP" => Self::NoOperation,
            "QUIT" => Self::Quit,
            _ => Self::Unknown,
        }
    }
}

fn auth(rest: &str) -> Command<'_> {
    let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
    let mechanism = match mechanism.to_ascii_uppercase().as_str() {
        "" => return Command::Malformed,
        "PLAIN" => AuthMechanism::Plain,
        "LOGIN" => AuthMechanism::Login,
        _ => AuthMechanism::Other,
    };
    Command::Auth(mechanism, Some(initial.trim()).filter(|it| !it.is_empty()))
}

fn mail(rest: &str) -> Command<'_> {
    let Some((path, parameters)) = path(rest, "FROM:") else {
        return Command::Malformed;
    };
    // The empty path of a bounce is legal, but SES sends for somebody.
    if !is_address(path) {
        return Command::NoAddress;
    }
    let size = parameters
        .split_whitespace()
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("SIZE"));
    match size.map(|(_, size)| size.parse()).transpose() {
        Ok(size) => Command::Mail(path, size),
        Err(_) => Command::Malformed,
    }
}

fn recipient(rest: &str) -> Command<'_> {
    match path(rest, "TO:") {
        None => Command::Malformed,
        Some((path, _)) if is_address(path) => Command::Recipient(path),
        Some(_) => Command::NoAddress,
    }
}

/// `KEYWORD<path> parameters`, as path and parameters.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let (start, rest) = rest.split_at_checked(keyword.len())?;
    let (path, parameters) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    start
        .eq_ignore_ascii_case(keyword)
        .then_some((path, parameters))
}

fn is_address(path: &str) -> bool {
    path.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !path.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::{AuthMechanism, Command};

    #[test]
    fn commands_are_read_as_clients_write_them() {
        let table = [
            ("EHLO pod", Command::Hello),
            ("EHLO", Command::Malformed),
            ("starttls", Command::StartTls),
            ("AUTH LOGIN", Command::Auth(AuthMechanism::Login, None)),
            (
                "auth plain AGEAYg==",
                Command::Auth(AuthMechanism::Plain, Some("AGEAYg==")),
            ),
            (
                "AUTH XOAUTH2 x",
                Command::Auth(AuthMechanism::Other, Some("x")),
            ),
            ("AUTH", Command::Malformed),
            ("MAIL FROM:<a@b>", Command::Mail("a@b", None)),
            (
                "MAIL FROM:<a@b> BODY=8BITMIME SIZE=12",
                Command::Mail("a@b", Some(12)),
            ),
            ("MAIL FROM:<a@b> SIZE=x", Command::Malformed),
            ("MAIL FROM: a@b", Command::Malformed),
            ("MAIL FROM:<>", Command::NoAddress),
            ("RCPT TO:<c@d>", Command::Recipient("c@d")),
            ("RCPT TO:<c>", Command::NoAddress),
            ("RCPT FROM:<c@d>", Command::Malformed),
            ("DATA", Command::Data),
            ("RSET", Command::Reset),
            ("NOOP", Command::NoOperation),
            ("QUIT", Command::Quit),
            ("HELP", Command::Unknown),
            ("", Command::Unknown),
        ];
        for (line, command) in table {
            assert_eq!(Command::parse(line), command, "{line}");
        }
    }
}
