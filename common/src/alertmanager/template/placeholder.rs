//! `@@name@@`: the grammar of placeholders inside one value.

use std::fmt;

use crate::yaml::did_you_mean;

/// What opens and closes a placeholder.
pub(in super::super) const MARK: &str = "@@";

const USERNAME: &str = "smtp_username";
const PASSWORD: &str = "smtp_password";
const SECRET: &str = "secret/";

/// Something to be filled in. Displays as it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Placeholder {
    SmtpUsername,
    SmtpPassword,
    /// A member of the secret.
    Secret(String),
}

impl Placeholder {
    fn parse(name: &str) -> Option<Self> {
        match name {
            USERNAME => Some(Self::SmtpUsername),
            PASSWORD => Some(Self::SmtpPassword),
            _ => {
                let field = name.strip_prefix(SECRET)?;
                is_field(field).then(|| Self::Secret(field.to_owned()))
            }
        }
    }

    /// Whether it belongs to the login.
    pub(in super::super) fn is_login(&self) -> bool {
        match self {
            Self::SmtpUsername | Self::SmtpPassword => true,
            Self::Secret(_) => false,
        }
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SmtpUsername => write!(f, "{MARK}{USERNAME}{MARK}"),
            Self::SmtpPassword => write!(f, "{MARK}{PASSWORD}{MARK}"),
            Self::Secret(field) => write!(f, "{MARK}{SECRET}{field}{MARK}"),
        }
    }
}

/// A run of a value's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Piece {
    Literal(String),
    Placeholder(Placeholder),
}

impl Piece {
    pub(in super::super) fn placeholder(&self) -> Option<&Placeholder> {
        match self {
            Self::Literal(_) => None,
            Self::Placeholder(placeholder) => Some(placeholder),
        }
    }
}

/// Cuts a value's text at its placeholders.
pub(in super::super) fn pieces(text: &str) -> Result<Vec<Piece>, Wrong> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once(MARK) {
        let (name, after) = after.split_once(MARK).ok_or(Wrong::Unclosed)?;
        let placeholder =
            Placeholder::parse(name).ok_or_else(|| Wrong::Unknown(name.to_owned()))?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.to_owned()));
        }
        pieces.push(Piece::Placeholder(placeholder));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    Ok(pieces)
}

/// Names of members: what secrets are called in practice, and nothing that YAML would notice.
fn is_field(field: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !field.is_empty() && field.chars().all(fits)
}

/// Why a value's text cannot be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Wrong {
    /// A mark without its partner.
    Unclosed,
    /// No such placeholder.
    Unknown(String),
}

impl Wrong {
    pub(super) fn hint(&self) -> String {
        match self {
            Self::Unclosed => format!("close it: `{}`", Placeholder::SmtpPassword),
            Self::Unknown(name) => match did_you_mean(name, [USERNAME, PASSWORD]) {
                Some(known) => format!("did you mean `{MARK}{known}{MARK}`?"),
                None => Self::closest_field(name),
            },
        }
    }

    fn closest_field(name: &str) -> String {
        let field = name.rsplit_once('/').map_or(name, |(_, field)| field);
        if is_field(field) {
            return format!("did you mean `{MARK}{SECRET}{field}{MARK}`?");
        }
        format!(
            "write `{}`, `{}` or `{MARK}{SECRET}FIELD{MARK}` with a field of letters, digits, `_`, `-` and `.`",
            Placeholder::SmtpUsername,
            Placeholder::SmtpPassword,
        )
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed => write!(f, "`{MARK}` opens a placeholder that does not end"),
            Self::Unknown(name) => write!(f, "unknown placeholder `{MARK}{name}{MARK}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, Placeholder, Wrong, pieces};

    #[test]
    fn a_value_is_cut_at_its_placeholders() {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        let secret = |field: &str| Piece::Placeholder(Placeholder::Secret(field.to_owned()));
        assert_eq!(pieces("a@b.example"), Ok(vec![literal("a@b.example")]));
        assert_eq!(
            pieces("@@smtp_username@@@@smtp_password@@"),
            Ok(vec![
                Piece::Placeholder(Placeholder::SmtpUsername),
                Piece::Placeholder(Placeholder::SmtpPassword)
            ])
        );
        assert_eq!(
            pieces("https://x/@@secret/a-b.c_1@@?q\n"),
            Ok(vec![
                literal("https://x/"),
                secret("a-b.c_1"),
                literal("?q\n")
            ])
        );
    }

    #[test]
    fn a_wrong_placeholder_comes_with_the_right_one() {
        for (text, hint) in [
            ("@@smtp_pasword@@", "did you mean `@@smtp_password@@`?"),
            (
                "@@slack-webhook@@",
                "did you mean `@@secret/slack-webhook@@`?",
            ),
            ("@@secrets/token@@", "did you mean `@@secret/token@@`?"),
            (
                "@@secret/@@",
                "write `@@smtp_username@@`, `@@smtp_password@@` or `@@secret/FIELD@@` with a field of letters, digits, `_`, `-` and `.`",
            ),
            ("@@smtp_password@", "close it: `@@smtp_password@@`"),
        ] {
            assert_eq!(pieces(text).unwrap_err().hint(), hint, "{text}");
        }
        assert_eq!(pieces("a @@"), Err(Wrong::Unclosed));
    }
}
