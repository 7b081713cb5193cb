//! The chart's configuration of Alertmanager, with dummies in the place of secrets.

use std::fs;

use anyhow::Result;
use common::alertmanager::{Filled, SmtpLogin, Template};
use common::secret::SecretString;
use sandbox::checkout;

/// Where the chart has it.
pub const TEMPLATE: &str = "k8s/chart/files/alertmanager-template.yaml";

/// The user and the password that its mail goes out with.
pub const LOGIN: (&str, &str) = ("AKIAEXAMPLE", "dummy");

/// Its text, with placeholders.
///
/// # Errors
/// When the file cannot be read.
pub fn template() -> Result<String> {
    Ok(fs::read_to_string(checkout::file(TEMPLATE))?)
}

/// What this text in its place becomes.
///
/// # Errors
/// When it is no template.
pub fn filled(template: &str) -> Result<Filled> {
    let (username, password) = LOGIN;
    let login = SmtpLogin {
        username: username.to_owned(),
        password: password.into(),
    };
    // They lead nowhere.
    let secret = |field: &str| Some(SecretString::from(format!("https://{field}.invalid/x")));
    Ok(Template::parse(TEMPLATE, template)?.fill(&login, secret)?)
}
