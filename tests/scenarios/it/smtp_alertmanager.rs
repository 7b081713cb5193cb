//! A real Alertmanager delivers e-mail through the simulated SES, with the login that SES derives.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use common::http::Timeouts;
use common::secret::{ExposeSecret as _, SecretString};
use common::ses::smtp_password;
use sandbox::mail::{KeyState, MailServer, Mechanism, Options, Reply, SesAuthority, Stage};
use sandbox::servers::Alertmanager;
use sandbox::tools::Tools;
use scenarios::wait;
use tempfile::TempDir;

const USER: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const REGION: &str = "us-east-1";
const MINUTE: Duration = Duration::from_mins(1);

/// One access key, which can be switched off, and the mail server that knows it.
struct Ses {
    server: MailServer,
    active: Arc<AtomicBool>,
    uses: Arc<Mutex<Vec<String>>>,
    files: TempDir,
}

impl Ses {
    fn start(mechanisms: Vec<Mechanism>) -> Result<Self> {
        let active = Arc::new(AtomicBool::new(true));
        let uses = Arc::<Mutex<Vec<String>>>::default();
        let key = {
            let active = Arc::clone(&active);
            move |id: &str| {
                (id == USER).then(|| KeyState {
                    secret: SECRET.into(),
                    active: active.load(Ordering::Relaxed),
                    usable: true,
                })
            }
        };
        let record_use = {
            let uses = Arc::clone(&uses);
            move |id: &str| uses.lock().unwrap().push(id.to_owned())
        };
        let options = Options {
            mechanisms,
            ..Options::default()
        };
        let authority = Arc::new(SesAuthority::new(REGION, key, record_use));
        let server = MailServer::start(authority, options)?;
        let files = TempDir::new()?;
        std::fs::write(files.path().join("ca.pem"), server.ca_pem())?;
        Ok(Self {
            server,
            active,
            uses,
            files,
        })
    }

    fn ca(&self) -> std::path::PathBuf {
        self.files.path().join("ca.pem")
    }

    async fn alertmanager(&self, password: &str) -> Result<Alertmanager> {
        let port = self.server.addr().port();
        let configuration = configuration(port, password, &self.ca());
        Alertmanager::start(&Tools::from_process()?, &configuration).await
    }
}

fn configuration(port: u16, password: &str, ca: &Path) -> String {
    let ca = ca.display();
    format!(
        "global:
  smtp_smarthost: localhost:{port}
  smtp_from: prometheus-alerts@example.com
  smtp_auth_username: {USER}
  smtp_auth_password: '{password}'
  smtp_tls_config: {{ca_file: '{ca}'}}
route: {{receiver: email, group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: email
    email_configs: [{{to: ops@example.com, send_resolved: false}}]
"
    )
}

fn right() -> SecretString {
    smtp_password(&SECRET.into(), REGION)
}

async fn fire(alertmanager: &Alertmanager, name: &str) -> Result<()> {
    let alerts = serde_json::json!([{"labels": {"alertname": name}}]);
    let url = format!("{}/api/v2/alerts", alertmanager.url());
    let client = client()?;
    client
        .post(url)
        .json(&alerts)
        .send()
        .await?
        .error_for_status()?;
    Ok(())
}

fn client() -> Result<reqwest::Client> {
    let limit = Duration::from_secs(10);
    Ok(common::http::client(Timeouts {
        connect: limit,
        total: limit,
    })?)
}

/// The value of the first e-mail series of this name.
async fn email_counter(alertmanager: &Alertmanager, name: &str) -> Result<f64> {
    let url = format!("{}/metrics", alertmanager.url());
    let text = client()?.get(url).send().await?.text().await?;
    let series = format!("{name}{{integration=\"email\"");
    let line = text.lines().find(|line| line.starts_with(&series));
    let value = line.and_then(|line| line.rsplit(' ').next());
    Ok(value.unwrap_or("0").parse()?)
}

#[tokio::test]
async fn with_the_derived_password_an_alert_becomes_a_mail() -> Result<()> {
    for mechanisms in [
        vec![Mechanism::Plain, Mechanism::Login],
        vec![Mechanism::Login],
    ] {
        let ses = Ses::start(mechanisms)?;
        let alertmanager = ses.alertmanager(right().expose_secret()).await?;
        fire(&alertmanager, "DiskFull").await?;
        let mails = ses
            .server
            .wait_for(|mails| !mails.is_empty(), MINUTE)
            .await?;
        assert_eq!(mails[0].from, "prometheus-alerts@example.com");
        assert_eq!(mails[0].to, ["ops@example.com"]);
        assert_eq!(mails[0].user, USER);
        assert!(
            mails[0].subject.contains("[FIRING:1] DiskFull"),
            "{}",
            mails[0].subject
        );
        assert_eq!(ses.server.refusals(), []);
        assert_eq!(ses.uses.lock().unwrap().as_slice(), [USER]);
    }
    Ok(())
}

#[tokio::test]
async fn with_another_password_it_is_refused_and_counted() -> Result<()> {
    let ses = Ses::start(vec![Mechanism::Plain])?;
    let elsewhere = smtp_password(&SECRET.into(), "eu-west-1");
    let alertmanager = ses.alertmanager(elsewhere.expose_secret()).await?;
    fire(&alertmanager, "DiskFull").await?;
    let failed = "alertmanager_notification_requests_failed_total";
    wait::until("Alertmanager counts the failure", async || {
        Ok(email_counter(&alertmanager, failed).await? > 0.0)
    })
    .await?;
    let refusals = ses.server.refusals();
    let refusal = refusals.first().unwrap();
    assert_eq!(
        (refusal.stage, refusal.user.as_deref()),
        (Stage::Auth, Some(USER))
    );
    assert_eq!(refusal.reply, Some(Reply::INVALID_CREDENTIALS));
    assert_eq!(ses.server.mails(), []);
    assert!(
        ses.uses.lock().unwrap().is_empty(),
        "a refusal is no use of the key"
    );
    Ok(())
}

#[tokio::test]
async fn a_deactivated_key_stops_mail_and_a_reactivated_one_delivers_what_waited() -> Result<()> {
    let ses = Ses::start(vec![Mechanism::Plain])?;
    let alertmanager = ses.alertmanager(right().expose_secret()).await?;
    ses.active.store(false, Ordering::Relaxed);
    fire(&alertmanager, "DiskFull").await?;
    wait::until("the login is refused", async || {
        Ok(!ses.server.refusals().is_empty())
    })
    .await?;
    assert_eq!(ses.server.mails(), []);
    ses.active.store(true, Ordering::Relaxed);
    let mails = ses
        .server
        .wait_for(|mails| !mails.is_empty(), MINUTE)
        .await?;
    assert!(
        mails[0].subject.contains("DiskFull"),
        "{}",
        mails[0].subject
    );
    Ok(())
}
