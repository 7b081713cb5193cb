//! Takes the login out of what a server says, in case it echoes what it was told.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::secret::ExposeSecret as _;
use zeroize::Zeroizing;

use super::Login;
use super::reply::Reply;

/// Characters of a text that is shown.
const LONGEST: usize = 200;

/// Characters of a text that is looked at. Replies that matter are a tenth of it.
const READ: usize = 4000;

/// So many characters in a row of something secret are never shown.
const TELLING: usize = 8;

/// Stands for what was taken out.
const GAP: char = '…';

/// What must not be shown, in every form in which the protocol carries it.
pub(super) struct Redaction {
    /// Also parts of these.
    secrets: Vec<Zeroizing<String>>,
    /// Not a secret, yet of no use in a message.
    user: String,
}

impl Redaction {
    pub(super) fn of(login: &Login<'_>) -> Self {
        let (user, password) = (login.user, login.password.expose_secret());
        let encoded = |text: &str| Zeroizing::new(STANDARD.encode(text));
        let plain = Zeroizing::new(format!("\0{user}\0{password}"));
        Self {
            secrets: vec![
                Zeroizing::new(password.to_owned()),
                encoded(password),
                encoded(&plain),
                encoded(user),
            ],
            user: user.to_owned(),
        }
    }

    /// The reply with a text that may be logged.
    pub(super) fn apply(&self, mut reply: Reply) -> Reply {
        reply.text = self.shown(&reply.text);
        reply
    }

    fn shown(&self, text: &str) -> String {
        let text: Vec<char> = text.chars().take(READ).collect();
        let mut hidden = vec![false; text.len()];
        for secret in &self.secrets {
            hide(&text, &mut hidden, secret, TELLING);
        }
        hide(&text, &mut hidden, &self.user, usize::MAX);
        let mut shown = String::new();
        for (c, hidden) in text.into_iter().zip(hidden) {
            let c = match c {
                _ if hidden => GAP,
                c if c.is_control() || c.is_whitespace() => ' ',
                c => c,
            };
            // One space, and one mark for what was taken out.
            if !(matches!(c, ' ' | GAP) && shown.ends_with(c)) {
                shown.push(c);
            }
        }
        shortened(shown.trim())
    }
}

/// Marks every part of `text` that is also in `secret` and at least `telling` long, or all of it.
fn hide(text: &[char], hidden: &mut [bool], secret: &str, telling: usize) {
    let secret: Vec<char> = secret.chars().collect();
    let size = secret.len().min(telling);
    if size == 0 {
        return;
    }
    for (start, part) in text.windows(size).enumerate() {
        if secret.windows(size).any(|window| window == part) {
            let marks = hidden.iter_mut().skip(start).take(size);
            marks.for_each(|mark| *mark = true);
        }
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut shown: String = text.chars().take(LONGEST - 1).collect();
    shown.push(GAP);
    shown
}

#[cfg(test)]
mod tests {
    use common::secret::SecretString;
    use proptest::prelude::*;

    use super::{LONGEST, Redaction};
    use crate::smtp::Login;

    const USER: &str = "AKIAIOSFODNN7EXAMPLE";
    const PASSWORD: &str = "BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9";

    fn shown(text: &str) -> String {
        let password = SecretString::from(PASSWORD);
        let login = Login {
            user: USER,
            password: &password,
        };
        Redaction::of(&login).shown(text)
    }

    #[test]
    fn echoes_of_the_login_are_taken_out_whole_or_cut_off() {
        // base64 of "\0AKIAIOSFODNN7EXAMPLE\0BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9".
        let plain = "AEFLSUFJT1NGT0ROTjdFWEFNUExFAEJMQk0vOWhTVUVMZnE4R3crclUxWWNCamtPeEdiaFQyWEc3NjN4VkxHV0w5";
        let table = [
            (
                "Authentication Credentials Invalid",
                "Authentication Credentials Invalid",
            ),
            (
                &*format!("bad command: AUTH PLAIN {plain}"),
                "bad command: AUTH PLAIN …",
            ),
            (
                &*format!("bad command: {}", plain.split_at(40).0),
                "bad command: …",
            ),
            (
                &*format!("bad command: {}", plain.split_at(40).1),
                "bad command: …",
            ),
            (&*format!("user {USER} unknown"), "user … unknown"),
            (&*format!("'{PASSWORD}'"), "'…'"),
            (&*format!("starts {}", PASSWORD.split_at(8).0), "starts …"),
            (&*format!("ends {}", PASSWORD.split_at(36).1), "ends …"),
            (
                "QkxCTS85aFNVRUxmcThHdytyVTFZY0Jqa094R2JoVDJYRzc2M3hWTEdXTDk=",
                "…",
            ),
            ("QUtJQUlPU0ZPRE5ON0VYQU1QTEU=", "…"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_becomes_one_line_of_bounded_length() {
        assert_eq!(shown("a\r\n\x1b[31mb\t\u{85} c\0"), "a [31mb c");
        let long = shown(&"ä".repeat(10_000));
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with("ä…"));
        assert_eq!(shown(&"x".repeat(LONGEST)), "x".repeat(LONGEST));
    }

    #[test]
    fn an_empty_password_hides_nothing_and_a_short_one_is_hidden_whole() {
        for (password, expected) in [("", "no pass today"), ("pass", "no … today")] {
            let password = SecretString::from(password);
            let login = Login {
                user: "",
                password: &password,
            };
            assert_eq!(Redaction::of(&login).shown("no pass today"), expected);
        }
    }

    proptest! {
        #[test]
        fn no_eight_characters_of_the_password_survive(
            before in ".{0,30}", from in 0_usize..36, to in 8_usize..44, after in ".{0,30}",
        ) {
            let part = PASSWORD.get(from..to.max(from + 8)).unwrap_or_default();
            let shown = shown(&format!("{before}{part}{after}"));
            for window in PASSWORD.as_bytes().windows(8) {
                let window = std::str::from_utf8(window).unwrap();
                prop_assert!(!shown.contains(window), "{shown}");
            }
        }
    }
}
