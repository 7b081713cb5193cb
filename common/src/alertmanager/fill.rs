//! From template and secrets to the file.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::hash::ConfigHash;
use super::template::{Piece, Placeholder, SUBSTITUTION, Template};
use crate::exit::Exit;
use crate::fault::Fault;

mod proof;
mod quote;

/// How Alertmanager shows a secret, and accepts one: a file copied from its status page would be
/// loaded and send nothing.
const MASK: &str = "<secret>";

/// The pair that a mail server knows a sender by.
#[derive(Debug, Clone)]
pub struct SmtpLogin {
    /// For SES, the id of an access key. Not a secret.
    pub username: String,
    /// The password that belongs to it.
    pub password: SecretString,
}

/// A complete configuration, secrets included. Its memory is wiped when it is dropped.
pub struct Filled(SecretString);

impl Filled {
    /// The bytes of the file. Call this only where they are sent or compared.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What an Alertmanager that runs exactly these bytes shows.
    pub fn hash(&self) -> ConfigHash {
        ConfigHash::of(self.expose().as_bytes())
    }
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filled").field(&self.0).finish()
    }
}

impl Template {
    /// Fills in the login and the members of the secret. Same input, same bytes.
    ///
    /// Each value that holds placeholders is replaced by a double-quoted one on a single line;
    /// every other byte stays what it was. The result is parsed again, and it is the template's
    /// tree with exactly the given values, or an error.
    ///
    /// # Errors
    /// When a value is missing or empty, holds a control character such as the line break that an
    /// editor left at its end, or would be read as something else further on.
    pub fn fill(
        &self,
        login: &SmtpLogin,
        secret: impl Fn(&str) -> Option<SecretString>,
    ) -> Result<Filled, FillError> {
        let values = Values::gather(self, login, secret)?;
        let filled = self.splice(&values)?;
        if proof::holds(self, &filled, &values) {
            Ok(filled)
        } else {
            Err(FillError::Structure)
        }
    }

    fn splice(&self, values: &Values<'_>) -> Result<Filled, FillError> {
        let text = self.text();
        let mut scalars = Vec::new();
        for slot in self.slots() {
            scalars.push((&slot.scalar, values.text_of(&slot.pieces)?));
        }
        // Room for the worst case at once: growing would leave copies behind.
        let room: usize = scalars
            .iter()
            .map(|(_, value)| quote::longest(value.len()))
            .sum();
        let mut filled = Zeroizing::new(String::with_capacity(text.len() + room));
        let mut done = 0;
        for (scalar, value) in &scalars {
            filled.push_str(text.get(done..scalar.replaced.start).unwrap_or_default());
            quote::push(&mut filled, value);
            let between = scalar.replaced.end..scalar.removed.start;
            filled.push_str(text.get(between).unwrap_or_default());
            done = scalar.removed.end;
        }
        filled.push_str(text.get(done..).unwrap_or_default());
        Ok(Filled(filled.as_str().into()))
    }
}

/// What every placeholder of a template stands for.
struct Values<'t>(BTreeMap<&'t Placeholder, SecretString>);

impl<'t> Values<'t> {
    fn gather(
        template: &'t Template,
        login: &SmtpLogin,
        secret: impl Fn(&str) -> Option<SecretString>,
    ) -> Result<Self, FillError> {
        let mut values = BTreeMap::new();
        for placeholder in template.placeholders() {
            if values.contains_key(placeholder) {
                continue;
            }
            let value = match placeholder {
                Placeholder::SmtpUsername => login.username.as_str().into(),
                Placeholder::SmtpPassword => login.password.clone(),
                Placeholder::Secret(field) => secret(field).ok_or_else(|| FillError::Missing {
                    field: field.clone(),
                })?,
            };
            check(placeholder, &value)?;
            values.insert(placeholder, value);
        }
        Ok(Self(values))
    }

    /// The text that a value becomes.
    fn text_of(&self, pieces: &[Piece]) -> Result<Zeroizing<String>, FillError> {
        let texts = || {
            pieces.iter().map(|piece| match piece {
                Piece::Literal(text) => text.as_str(),
                Piece::Placeholder(placeholder) => self
                    .0
                    .get(placeholder)
                    .map_or("", |value| value.expose_secret()),
            })
        };
        let length = texts().map(str::len).sum();
        let mut text = Zeroizing::new(String::with_capacity(length));
        text.extend(texts());
        let unsafe_piece = pieces.iter().find_map(Piece::placeholder);
        match unsafe_piece {
            Some(placeholder) if text.contains(SUBSTITUTION) => Err(FillError::Substitution {
                placeholder: placeholder.to_string(),
            }),
            _ => Ok(text),
        }
    }
}

fn check(placeholder: &Placeholder, value: &SecretString) -> Result<(), FillError> {
    let (value, placeholder) = (value.expose_secret(), placeholder.to_string());
    if value.is_empty() {
        Err(FillError::Empty { placeholder })
    } else if value.chars().any(char::is_control) {
        Err(FillError::Control { placeholder })
    } else if value == MASK {
        Err(FillError::Masked { placeholder })
    } else {
        Ok(())
    }
}

/// Why a template was not filled. Names placeholders, never what they stand for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// The secret lacks a member.
    #[error("the secret has no field `{field}`, which the template needs")]
    Missing {
        /// The member's name.
        field: String,
    },
    /// Nothing to fill in. Alertmanager would take an empty user name as "send without a login".
    #[error("the value of `{placeholder}` is empty")]
    Empty {
        /// As the template writes it.
        placeholder: String,
    },
    /// A line break, tab or the like.
    #[error("the value of `{placeholder}` holds a control character")]
    Control {
        /// As the template writes it.
        placeholder: String,
    },
    /// The text that Alertmanager shows in place of secrets.
    #[error("the value of `{placeholder}` is `<secret>`, the mask that Alertmanager shows")]
    Masked {
        /// As the template writes it.
        placeholder: String,
    },
    /// `$(` in a value.
    #[error(
        "the value with `{placeholder}` holds `$(`, which the config reloader would replace from its environment"
    )]
    Substitution {
        /// As the template writes it.
        placeholder: String,
    },
    /// The filled text is not the template's tree.
    #[error("the filled configuration differs from its template in more than the filled values")]
    Structure,
}

impl Fault for FillError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "alertmanager-fill"
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { field } => {
                format!("add `{field}` to the secret, or remove its placeholder from the template")
            }
            Self::Empty { .. } => "put a value into the secret".to_owned(),
            Self::Control { .. } => {
                "store the value again without the line break at its end".to_owned()
            }
            Self::Masked { .. } => "store the real value".to_owned(),
            Self::Substitution { .. } => "choose a value without `$(`".to_owned(),
            Self::Structure => {
                "write the values that hold placeholders in double quotes, each on one line"
                    .to_owned()
            }
        })
    }
}

#[cfg(test)]
mod tests;
