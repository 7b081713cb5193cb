//! The configuration: one strict YAML file, read completely and checked before anything else
//! happens.
//!
//! A [`Config`] that exists is valid: names have the form that their owners accept, every cluster
//! has a mail server and the region that its passwords depend on, and no duration lies below the
//! value under which the rotation would be unsafe. All mistakes of a file are reported at once.
//! Nothing here connects to anything.

mod clusters;
mod mail;
mod policy;

use std::path::Path;

use common::cluster::{Access, ClusterName};
pub use common::config_file::ConfigError;
use common::config_file::{self, names};
use common::ses::{Region, Smarthost};
use common::yaml::{Cursor, Dialect, Document, Fields};

use crate::document::FieldNames;
use crate::policy::Policy;
use crate::smtp::Mailbox;

pub use common::config_file::duration::parse_duration;

/// A valid configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What this runner may do.
    pub role: Role,
    /// The IAM user whose keys are rotated.
    pub user: String,
    /// Where the pair is kept.
    pub secret: SecretConfig,
    /// How the probes write.
    pub mail: MailConfig,
    /// The cluster that this runner runs in: its Lease is there.
    pub home: ClusterName,
    /// Which Lease keeps two runs apart.
    pub lease: LeaseConfig,
    /// The clusters in the order in which they are rolled; at least one, and [`Self::home`] is
    /// among them.
    pub clusters: Vec<ClusterConfig>,
    /// How patient and how strict to be.
    pub policy: Policy,
}

/// What a runner may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything. There is one.
    Writer,
    /// It reads the secret and brings its own cluster to it; IAM is none of its business.
    Follower,
}

/// The secret in Secrets Manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretConfig {
    /// Its name.
    pub name: String,
    /// Its region; absent: that of the environment.
    pub region: Option<String>,
    /// The members that hold the pair.
    pub fields: FieldNames,
}

/// What the probes' mails say of themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailConfig {
    /// The sender that Alertmanager uses, as it stands in a mail's header.
    pub from: Mailbox,
}

/// The Lease of single flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseConfig {
    /// Its namespace, which is also that of the runs' pods.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// One cluster's Alertmanager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterConfig {
    /// What it is called everywhere.
    pub name: ClusterName,
    /// How its API server is reached.
    pub access: Access,
    /// Where Alertmanager runs.
    pub namespace: String,
    /// Its custom resource.
    pub alertmanager: String,
    /// The `ConfigMap` with the template of its configuration.
    pub template: String,
    /// The mail server that it uses.
    pub smarthost: Smarthost,
    /// The region that passwords for this server are derived with.
    pub region: Region,
}

impl Default for SecretConfig {
    fn default() -> Self {
        Self {
            name: "prod/monitoring".to_owned(),
            region: None,
            fields: FieldNames {
                access_key_id: "email_access_key_id".to_owned(),
                secret_access_key: "email_secret_access_key".to_owned(),
            },
        }
    }
}

impl Default for LeaseConfig {
    fn default() -> Self {
        Self {
            namespace: "monitoring-credentials".to_owned(),
            name: "rotate-credentials".to_owned(),
        }
    }
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it cannot be read, or with everything that is wrong in it.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = config_file::read(path)?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Checks the text of a file; `file` is its name in messages.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let document = Document::parse(file, text, Dialect::Strict)?;
        let config = read(&document);
        document.finish()?;
        #[expect(
            clippy::expect_used,
            reason = "what is missing was reported as an error"
        )]
        Ok(config.expect("the file has no error"))
    }

    /// The cluster that this runner runs in.
    pub fn home_cluster(&self) -> &ClusterConfig {
        let home = self.clusters.iter().find(|it| it.name == self.home);
        #[expect(
            clippy::expect_used,
            reason = "a file that does not list its own cluster is refused"
        )]
        home.expect("`home` is among the clusters")
    }
}

/// Reads what can be read; `None` when an error was reported.
fn read(document: &Document) -> Option<Config> {
    let root = document.root();
    if root.is_null() {
        let problem = root.problem("is empty");
        root.report(problem.hint("`role`, `mail`, `home` and `clusters` are needed"));
        return None;
    }
    let mut fields = root.fields()?;
    let role = role(&mut fields);
    let user = names::or_default(&mut fields, "user", "prod-monitoring-email-user", user_name);
    let secret = secret(&mut fields);
    let mail = mail::read(&mut fields);
    let home = fields.required("home").and_then(|it| names::cluster(&it));
    let lease = lease(&mut fields);
    let listed = fields.required("clusters");
    let clusters = listed.as_ref().and_then(|list| {
        let general = mail.as_ref().map(|mail| &mail.general);
        clusters::read(list, general, home.as_ref())
    });
    let policy = policy::read(&mut fields);
    fields.deny_unknown();
    let config = Config {
        role: role?,
        user: user?,
        secret: secret?,
        mail: mail?.config?,
        home: home?,
        lease: lease?,
        clusters: clusters?,
        policy,
    };
    fits_role(&config, &listed?).then_some(config)
}

fn role(fields: &mut Fields<'_>) -> Option<Role> {
    let cursor = fields.required("role")?;
    let roles = [("writer", Role::Writer), ("follower", Role::Follower)];
    names::choice(&cursor, &roles)
}

fn secret(fields: &mut Fields<'_>) -> Option<SecretConfig> {
    let default = SecretConfig::default();
    let Some(section) = fields.get("secret") else {
        return Some(default);
    };
    let mut fields = section.fields()?;
    let name = names::or_default(&mut fields, "name", &default.name, secret_name);
    let mut text = |key, default: &str| names::or_default(&mut fields, key, default, names::text);
    let access_key_id = text("access_key_id_field", &default.fields.access_key_id);
    let secret_access_key = text("secret_access_key_field", &default.fields.secret_access_key);
    let region = fields.get("region").map(|region| names::region(&region));
    if access_key_id.is_some() && access_key_id == secret_access_key {
        section.error("must name two members, one for each half of the pair");
    }
    fields.deny_unknown();
    let region = match region {
        Some(region) => Some(region?.as_str().to_owned()),
        None => None,
    };
    Some(SecretConfig {
        name: name?,
        region,
        fields: FieldNames {
            access_key_id: access_key_id?,
            secret_access_key: secret_access_key?,
        },
    })
}

fn lease(fields: &mut Fields<'_>) -> Option<LeaseConfig> {
    let default = LeaseConfig::default();
    let Some(section) = fields.get("lease") else {
        return Some(default);
    };
    let mut fields = section.fields()?;
    let mut name = |key, default: &str| names::or_default(&mut fields, key, default, names::object);
    let namespace = name("namespace", &default.namespace);
    let name = name("name", &default.name);
    fields.deny_unknown();
    Some(LeaseConfig {
        namespace: namespace?,
        name: name?,
    })
}

/// The name of a secret as Secrets Manager takes it.
fn secret_name(cursor: &Cursor<'_>) -> Option<String> {
    let name = cursor.string()?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    if (1..=512).contains(&name.len()) && name.chars().all(allowed) {
        return Some(name);
    }
    let problem = cursor.problem("is not the name of a secret");
    cursor.report(problem.hint(
        "write the name alone, such as prod/monitoring, without ARN: letters, digits and `/_+=.@-`, 512 at most",
    ));
    None
}

/// The name of an IAM user, without its path.
fn user_name(cursor: &Cursor<'_>) -> Option<String> {
    let name = cursor.string()?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if (1..=64).contains(&name.len()) && name.chars().all(allowed) {
        return Some(name);
    }
    let problem = cursor.problem("is not the name of an IAM user");
    cursor.report(problem.hint("write the name alone, without ARN or path"));
    None
}

/// A runner's own cluster is listed; a follower's is the only one.
fn fits_role(config: &Config, list: &Cursor<'_>) -> bool {
    let home = &config.home;
    let names: Vec<_> = config.clusters.iter().map(|it| &it.name).collect();
    let problem = match config.role {
        Role::Writer if names.contains(&home) => return true,
        Role::Writer => list
            .problem(format_args!("must contain `{home}`, the cluster in `home`"))
            .hint("the writer rolls its own cluster too"),
        Role::Follower if names == [home] => return true,
        Role::Follower => list.problem(format_args!("must hold `{home}` alone")).hint(
            "a follower brings its own cluster, the one in `home`, to the secret and no other",
        ),
    };
    list.report(problem);
    false
}

#[cfg(test)]
mod tests;
