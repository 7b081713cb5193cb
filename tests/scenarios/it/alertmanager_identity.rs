//! What a real Alertmanager says about its configuration is what was filled in.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use common::alertmanager::{
    ConfigHash, Filled, Metrics, SmtpLogin, Template, running_config, smtp_users,
};
use common::http::Timeouts;
use common::secret::{ExposeSecret as _, SecretString};
use common::ses::Smarthost;
use sandbox::checkout;
use sandbox::servers::Alertmanager;
use sandbox::tools::Tools;

const CHART: &str = "k8s/chart/files/alertmanager-template.yaml";

/// One receiver inherits the login, one has another server, one a user of its own.
const THREE_SENDERS: &str = "
global:
  smtp_smarthost: email-smtp.us-east-1.amazonaws.com:587
  smtp_from: a@example.com
  smtp_auth_username: '@@smtp_username@@'
  smtp_auth_password: >-
    @@smtp_password@@
route: {receiver: a}
receivers:
- name: a
  email_configs:
  - to: a@example.com
  - {to: b@example.com, smarthost: 'mail.example.com:25', auth_username: elsewhere}
- {name: b, email_configs: [{to: c@example.com, auth_username: \"x @@smtp_username@@\"}]}
";

fn fill(text: &str, username: &str, password: &str) -> Result<Filled> {
    let login = SmtpLogin {
        username: username.to_owned(),
        password: password.into(),
    };
    let secret = |field: &str| Some(SecretString::from(format!("https://{field}.example/x")));
    Ok(Template::parse("template.yaml", text)?.fill(&login, secret)?)
}

fn smarthost() -> Result<Smarthost> {
    Ok("email-smtp.us-east-1.amazonaws.com:587".parse()?)
}

async fn fetch(alertmanager: &Alertmanager, path: &str) -> Result<String> {
    let limit = Duration::from_secs(10);
    let client = common::http::client(Timeouts {
        connect: limit,
        total: limit,
    })?;
    let url = format!("{}{path}", alertmanager.url());
    let response = client.get(url).send().await?.error_for_status()?;
    Ok(response.text().await?)
}

async fn metrics(alertmanager: &Alertmanager) -> Result<Metrics> {
    let text = fetch(alertmanager, "/metrics").await?;
    Ok(Metrics::parse(text.as_bytes())?)
}

async fn users(alertmanager: &Alertmanager) -> Result<Vec<String>> {
    let status = fetch(alertmanager, "/api/v2/status").await?;
    let config = running_config(&status)?;
    let users = smtp_users(config.expose_secret(), &smarthost()?)?;
    Ok(users.managed.into_iter().collect())
}

#[tokio::test]
async fn alertmanager_shows_the_hash_and_the_user_of_the_filled_file() -> Result<()> {
    let tools = Tools::from_process()?;
    let chart = fs::read_to_string(checkout::file(CHART))?;
    let filled = fill(&chart, "AKIAEXAMPLE", "no-word-of-a-mail")?;
    let alertmanager = Alertmanager::start(&tools, filled.expose()).await?;

    let seen = metrics(&alertmanager).await?;
    assert_eq!(seen.config_hash, Some(filled.hash()));
    assert_eq!(seen.last_reload_successful, Some(true));
    let counters = (seen.emails, seen.email_requests, seen.failed_email_requests);
    assert_eq!(
        counters,
        (Some(0), Some(0), Some(0)),
        "they exist before the first mail"
    );
    assert!(seen.started.is_some());
    assert_eq!(users(&alertmanager).await?, ["AKIAEXAMPLE"]);

    let status = fetch(&alertmanager, "/api/v2/status").await?;
    assert!(
        status.contains("<secret>") && !status.contains("no-word-of-a-mail"),
        "{status}"
    );
    Ok(())
}

#[tokio::test]
async fn alertmanager_keeps_hash_and_user_until_a_reload_succeeds() -> Result<()> {
    let tools = Tools::from_process()?;
    let (old, new) = (
        fill(THREE_SENDERS, "AKIAOLD", "p")?,
        fill(THREE_SENDERS, "AKIAOLD", "q")?,
    );
    let alertmanager = Alertmanager::start(&tools, old.expose()).await?;
    let file = alertmanager
        .process()
        .log()
        .with_file_name("alertmanager.yml");
    ensure!(file.is_file(), "no {}", file.display());
    let reload = async |text: &str| -> Result<u16> {
        fs::write(&file, text)?;
        let limit = Duration::from_secs(10);
        let client = common::http::client(Timeouts {
            connect: limit,
            total: limit,
        })?;
        let url = format!("{}/-/reload", alertmanager.url());
        Ok(client.post(url).send().await?.status().as_u16())
    };
    let state = async || -> Result<(Option<ConfigHash>, Option<bool>)> {
        let seen = metrics(&alertmanager).await?;
        Ok((seen.config_hash, seen.last_reload_successful))
    };
    assert_eq!(state().await?, (Some(old.hash()), Some(true)));

    assert_eq!(reload("route: {receiver: nobody}\n").await?, 500);
    assert_eq!(state().await?, (Some(old.hash()), Some(false)));
    assert_eq!(users(&alertmanager).await?, ["AKIAOLD", "x AKIAOLD"]);

    assert_eq!(reload(new.expose()).await?, 200);
    assert_ne!(
        old.hash(),
        new.hash(),
        "the password alone changes the hash"
    );
    assert_eq!(state().await?, (Some(new.hash()), Some(true)));
    assert_eq!(users(&alertmanager).await?, ["AKIAOLD", "x AKIAOLD"]);
    Ok(())
}

#[tokio::test]
async fn alertmanager_reads_every_odd_character_as_it_was_given() -> Result<()> {
    let tools = Tools::from_process()?;
    // What YAML parsers quarrel about: quotes, escapes, comments, types, breaks beyond ASCII.
    for odd in [
        r#"a"b'c\d\n #e: {f}, [g] & *h !i %j @k `l | > - ?"#,
        " é ß 中 🦀 \u{2028}\u{2029}\u{feff}\u{fffe}\u{e000} ",
        "yes",
        "1e3",
        "~",
        "${HOME} {{ .x }} $x",
    ] {
        let filled = fill(THREE_SENDERS, odd, "p")?;
        let alertmanager = Alertmanager::start(&tools, filled.expose())
            .await
            .with_context(|| format!("with {odd:?}"))?;
        let mut expected = [odd.to_owned(), format!("x {odd}")];
        expected.sort();
        assert_eq!(users(&alertmanager).await?, expected);
        assert_eq!(
            metrics(&alertmanager).await?.config_hash,
            Some(filled.hash())
        );
    }
    Ok(())
}

#[tokio::test]
async fn alertmanager_without_a_login_shows_the_empty_user() -> Result<()> {
    let configuration = "
global: {smtp_smarthost: 'email-smtp.us-east-1.amazonaws.com:587', smtp_from: a@example.com}
route: {receiver: a}
receivers: [{name: a, email_configs: [{to: a@example.com}]}]
";
    let alertmanager = Alertmanager::start(&Tools::from_process()?, configuration).await?;
    assert_eq!(users(&alertmanager).await?, [""]);
    let hash = ConfigHash::of(configuration.as_bytes());
    assert_eq!(metrics(&alertmanager).await?.config_hash, Some(hash));
    Ok(())
}
