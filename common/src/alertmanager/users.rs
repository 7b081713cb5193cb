//! Whom Alertmanager is to its mail server.

use std::collections::BTreeSet;

use super::template::{Placeholder, Template};
use super::tree::{self, Path, Unreadable};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::ses::Smarthost;
use crate::yaml::{Dialect, Kind, Node, Value, resolve};

/// The SMTP users that a configuration names. The empty name means that mail is sent without a login.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct SmtpUsers {
    /// Those with which e-mails go to one mail server.
    pub managed: BTreeSet<String>,
    /// Every one that stands there, for whatever server and whether it is used or not.
    pub anywhere: BTreeSet<String>,
}

impl SmtpUsers {
    /// One user for everything.
    pub fn one(user: &str) -> Self {
        Self {
            managed: [user.to_owned()].into(),
            anywhere: [user.to_owned()].into(),
        }
    }

    /// Whether mail goes to the server as `user` and as nobody else.
    pub fn are_only(&self, user: &str) -> bool {
        self.managed.len() == 1 && self.managed.contains(user)
    }

    /// Whether `user` stands anywhere.
    pub fn names(&self, user: &str) -> bool {
        self.managed.contains(user) || self.anywhere.contains(user)
    }
}

/// The user names with which e-mails go to `smarthost`, as Alertmanager works them out: a
/// receiver's own `auth_username`, or else the global one, for every e-mail receiver whose own
/// smarthost, or else the global one, is this server. Beside them every user name that stands in
/// the configuration at all.
///
/// Reads a configuration file as well as the text of a running Alertmanager, in which secrets are
/// masked. The empty name means that mail is sent without a login. No e-mail receiver, no names.
///
/// # Errors
/// When the text is not YAML, or is no Alertmanager configuration where it matters.
pub fn smtp_users(config: &str, smarthost: &Smarthost) -> Result<SmtpUsers, IdentityError> {
    let root = tree::read(config).map_err(|Unreadable(at)| IdentityError::Unreadable {
        line: at.line,
        column: at.column,
    })?;
    let senders = senders(&root)?;
    let managed = senders.iter().filter(|sender| smarthost.is(sender.host));
    let users = |sender: &Sender<'_>| sender.user.unwrap_or_default().to_owned();
    let global = match member(&root, "global", Path::ROOT)? {
        Some(global) => text(global, "smtp_auth_username", Path::ROOT.key("global"))?,
        None => None,
    };
    Ok(SmtpUsers {
        managed: managed.map(users).collect(),
        anywhere: senders
            .iter()
            .map(users)
            .chain(global.map(str::to_owned))
            .collect(),
    })
}

impl Template {
    /// The e-mail receivers that send to `smarthost` and neither carry nor inherit exactly the
    /// login's placeholders, as JSON pointers: the next rotation would not reach them.
    ///
    /// # Errors
    /// When the template is no Alertmanager configuration where it matters.
    pub fn mail_without_login(&self, smarthost: &Smarthost) -> Result<Vec<String>, IdentityError> {
        let (user, password) = (Placeholder::SmtpUsername, Placeholder::SmtpPassword);
        let (user, password) = (user.to_string(), password.to_string());
        let without = |sender: &Sender<'_>| {
            (sender.user, sender.password) != (Some(user.as_str()), Some(password.as_str()))
        };
        let senders = senders(self.root())?.into_iter();
        let managed = senders.filter(|sender| smarthost.is(sender.host));
        Ok(managed.filter(without).map(|sender| sender.path).collect())
    }
}

/// An e-mail receiver with what it uses, its own or inherited. A password from a file is none.
struct Sender<'n> {
    path: String,
    host: &'n str,
    user: Option<&'n str>,
    password: Option<&'n str>,
}

/// The e-mail receivers.
fn senders(root: &Node) -> Result<Vec<Sender<'_>>, IdentityError> {
    let global_path = Path::ROOT.key("global");
    let global = member(root, "global", Path::ROOT)?;
    let inherited = |key| match global {
        Some(global) => text(global, key, global_path),
        None => Ok(None),
    };
    let host = inherited("smtp_smarthost")?;
    let user = inherited("smtp_auth_username")?;
    let password = inherited("smtp_auth_password")?;

    let mut senders = Vec::new();
    let receivers_path = Path::ROOT.key("receivers");
    for (index, receiver) in (0..).zip(items(root, "receivers", Path::ROOT)?) {
        let receiver_path = receivers_path.index(index);
        let emails_path = receiver_path.key("email_configs");
        for (index, email) in (0..).zip(items(receiver, "email_configs", receiver_path)?) {
            let path = emails_path.index(index);
            let own = |key| text(email, key, path);
            let host = own("smarthost")?.or(host);
            let host = host.ok_or_else(|| shape(path, "a mail receiver with a smarthost"))?;
            let inherited = own("auth_password_file")?.map_or(password, |_| None);
            senders.push(Sender {
                path: path.to_string(),
                host,
                user: own("auth_username")?.or(user),
                password: own("auth_password")?.or(inherited),
            });
        }
    }
    Ok(senders)
}

/// The value of `key`, unless it is absent or null. `node` must be a mapping.
fn member<'n>(
    node: &'n Node,
    key: &str,
    path: Path<'_>,
) -> Result<Option<&'n Node>, IdentityError> {
    if is_null(node) {
        return Ok(None);
    }
    tree::entries(node).ok_or_else(|| shape(path, "a mapping"))?;
    Ok(tree::child(node, key).filter(|value| !is_null(value)))
}

/// The text of `key`; an empty one is as good as none to Alertmanager.
fn text<'n>(node: &'n Node, key: &str, path: Path<'_>) -> Result<Option<&'n str>, IdentityError> {
    match member(node, key, path)?.map(|value| &value.kind) {
        None => Ok(None),
        Some(Kind::Scalar(scalar)) => {
            Ok(Some(scalar.text.as_str()).filter(|text| !text.is_empty()))
        }
        Some(Kind::Sequence(_) | Kind::Mapping(_)) => Err(shape(path.key(key), "text")),
    }
}

/// The items of the list `key`; none if it is absent or null.
fn items<'n>(node: &'n Node, key: &str, path: Path<'_>) -> Result<&'n [Node], IdentityError> {
    match member(node, key, path)?.map(|value| &value.kind) {
        None => Ok(&[]),
        Some(Kind::Sequence(items)) => Ok(items),
        Some(Kind::Scalar(_) | Kind::Mapping(_)) => Err(shape(path.key(key), "a list")),
    }
}

fn is_null(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(scalar) => resolve(scalar, Dialect::Yaml11) == Value::Null,
        Kind::Sequence(_) | Kind::Mapping(_) => false,
    }
}

fn shape(path: Path<'_>, expected: &'static str) -> IdentityError {
    IdentityError::Shape {
        path: path.to_string(),
        expected,
    }
}

/// Why the users of a configuration are not known. Never quotes the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Not YAML, or YAML that no Alertmanager loads.
    #[error("the Alertmanager configuration is not valid YAML at line {line}, column {column}")]
    Unreadable {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
    },
    /// Something else stands where the configuration has a known part.
    #[error("`{path}` of the Alertmanager configuration is not {expected}")]
    Shape {
        /// A JSON pointer.
        path: String,
        /// What belongs there.
        expected: &'static str,
    },
}

impl Fault for IdentityError {
    fn exit(&self) -> Exit {
        Exit::Drift
    }

    fn code(&self) -> &'static str {
        "alertmanager-identity"
    }

    fn hint(&self) -> Option<String> {
        Some("look at the configuration there: this Alertmanager may not be loading it".to_owned())
    }
}

#[cfg(test)]
mod tests;
