//! The company in small, as far as its e-mail goes: a simulated AWS with the mail user and the secret,
//! a mail server that knows the user's keys, and two real clusters with two real Alertmanagers each
//! that send through it. Time runs by one clock for all of them and for the jobs.
//!
//! The policies and roles are the files in `k8s/iam` and `k8s/rbac`: what they lack is refused.

mod alerts;
pub(crate) mod content;
mod job;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use common::alertmanager::{SmtpLogin, Template};
use common::clock::driven::Crown;
use common::secret::{ExposeSecret as _, SecretString};
use common::ses::smtp_password;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tempfile::TempDir;

use crate::aws::{AwsSim, Content, IamDelays, KeyStatus, Limits, Options};
use crate::checkout;
use crate::kubernetes::{AlertmanagerSet, AlertmanagersOptions, Cluster, ClusterOptions, Passage};
use crate::mail::{self, Ca, KeyState, MailServer, SesAuthority};
use crate::tools::Tools;

/// The clusters, in the order in which they are rolled.
pub const CLUSTERS: [&str; 2] = ["remoting-prod-e1-1", "prod-e1-1"];
/// Where the job's Lease is.
pub const HOME: &str = "prod-e1-1";
/// The IAM user.
pub const USER: &str = "prod-monitoring-email-user";
/// Another user, who has no key.
pub const OTHER_USER: &str = "prod-backup-user";
/// The secret.
pub const SECRET: &str = "prod/monitoring";
/// Region of everything.
pub const REGION: &str = "us-east-1";
/// The key that the job signs with.
pub const CALLER: &str = "AKIAROTATOR000000000";
/// The group that a cluster maps the job's role to.
pub const GROUP: &str = "monitoring-jobs:rotate-credentials";

const NAMESPACE: &str = "monitoring";
const ALERTMANAGER: &str = "prod-monitoring-prometheus-alertmanager";
const SOURCE: &str = "alertmanager-prod-monitoring";

/// How the company is to be.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What time it is at the beginning.
    pub start: Timestamp,
    /// Seconds of the company's time in a real one.
    pub rate: f64,
    /// Age of the user's only key.
    pub key_age: SignedDuration,
    /// How late IAM is.
    pub delays: IamDelays,
    /// Where the clusters send their mail, in the order of [`CLUSTERS`]. Passwords differ from region
    /// to region.
    pub mail_regions: [&'static str; 2],
}

impl Default for Setup {
    /// A noon in August, twenty seconds in one, a key of 41 days, and an IAM as late as in production.
    fn default() -> Self {
        Self {
            start: Timestamp::from_second(1_785_585_600).unwrap_or_default(),
            rate: 20.0,
            key_age: SignedDuration::from_hours(41 * 24),
            delays: IamDelays {
                key_valid_after: Duration::from_secs(10),
                ..IamDelays::default()
            },
            mail_regions: [REGION; 2],
        }
    }
}

/// What the job may do where it runs, bound to its name here: it logs in with a certificate, and not as the
/// service account that a pod of it is.
///
/// # Errors
/// When the file cannot be read, or binds somebody else.
pub fn home_rights() -> Result<String> {
    const FILE: &str = "k8s/rbac/rotate-credentials-home.yaml";
    const ACCOUNT: &str = "  - kind: ServiceAccount\n    name: rotate-credentials\n    \
                           namespace: monitoring-credentials\n";
    const NAME: &str = "  - apiGroup: rbac.authorization.k8s.io\n    kind: User\n    \
                        name: rotate-credentials\n";
    let rights = read(FILE)?;
    ensure!(rights.contains(ACCOUNT), "{FILE} binds somebody else");
    Ok(rights.replace(ACCOUNT, NAME))
}

/// The running company. Everything ends when it is dropped.
#[derive(Debug)]
pub struct Company {
    /// The clusters, in the order in which they are rolled.
    pub clusters: Vec<Site>,
    /// The mail server of [`HOME`], and of every cluster that has none of its own.
    pub mail: MailServer,
    /// The mail server of the first cluster, if its mail goes to another region.
    pub mail_elsewhere: Option<MailServer>,
    /// The simulated AWS.
    pub aws: Arc<AwsSim>,
    /// The time.
    pub clock: Crown,
    mail_regions: [&'static str; 2],
    directory: TempDir,
}

/// One cluster with its Alertmanagers.
#[derive(Debug)]
pub struct Site {
    /// What runs there.
    pub alertmanagers: AlertmanagerSet,
    /// The API server.
    pub cluster: Cluster,
    _to_mail: Passage,
}

impl Company {
    /// Starts everything; both clusters send with the user's key when this returns.
    ///
    /// # Errors
    /// When a server does not start.
    pub async fn start(tools: &Tools, setup: Setup) -> Result<Self> {
        let directory = TempDir::new()?;
        let clock = Crown::start(directory.path().join("clock"), setup.start, setup.rate)?;
        let created = setup.start - setup.key_age;
        let content = Content::from_yaml("company", &content::company(created)?)?;
        let options = Options {
            clock: clock.clock(),
            iam: setup.delays,
            // Time runs fast, and quotas are counted in real seconds.
            limits: Limits::NONE,
            ..Options::default()
        };
        let aws = Arc::new(AwsSim::start(content, options)?);
        let ca = Ca::generate()?;
        let serve = |region: &str| {
            let options = mail::Options {
                clock: clock.clock(),
                region: region.to_owned(),
                ca: Some(ca.clone()),
                ..mail::Options::default()
            };
            MailServer::start(authority(&aws, region), options)
        };
        let [elsewhere, home] = setup.mail_regions;
        let mail = serve(home)?;
        let mail_elsewhere = (elsewhere != home).then(|| serve(elsewhere)).transpose()?;
        fs::write(directory.path().join("mail-ca.pem"), mail.ca_pem())?;
        let mut company = Self {
            clusters: Vec::new(),
            mail,
            mail_elsewhere,
            mail_regions: setup.mail_regions,
            aws,
            clock,
            directory,
        };
        let (first, second) = CLUSTERS.into();
        let (first, second) = tokio::join!(company.site(tools, first), company.site(tools, second));
        company.clusters = vec![first?, second?];
        company.write_files()?;
        Ok(company)
    }

    async fn site(&self, tools: &Tools, name: &str) -> Result<Site> {
        let cluster = Cluster::start(tools, ClusterOptions::new(name)).await?;
        let (server, region) = self.mail_of(name);
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, server.addr().port()));
        let to_mail = cluster.expose(here, server.addr())?;
        let template = content::template(server.addr().port());
        let document = self.aws.secrets().current_text(SECRET)?;
        let ca = self.mail_ca().to_string_lossy().into_owned();
        let options = AlertmanagersOptions {
            namespace: NAMESPACE.to_owned(),
            name: ALERTMANAGER.to_owned(),
            config_secret: Some(SOURCE.to_owned()),
            environment: vec![("SSL_CERT_FILE".to_owned(), ca)],
            ..AlertmanagersOptions::new(fill(&template, &document, region)?)
        };
        let alertmanagers = cluster.alertmanagers(options).await?;
        let template = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "alertmanager-template", "namespace": NAMESPACE},
            "data": {"alertmanager.yaml": template},
        });
        let mut documents = vec![read("k8s/rbac/rotate-credentials.yaml")?];
        if name == HOME {
            documents.push(home_rights()?);
        }
        documents.push(template.to_string());
        let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
        cluster.apply(&documents).await?;
        Ok(Site {
            alertmanagers,
            cluster,
            _to_mail: to_mail,
        })
    }

    /// The mail server of a cluster, and its region.
    fn mail_of(&self, cluster: &str) -> (&MailServer, &'static str) {
        let [elsewhere, home] = self.mail_regions;
        match &self.mail_elsewhere {
            Some(server) if cluster != HOME => (server, elsewhere),
            Some(_) | None => (&self.mail, home),
        }
    }

    /// The template of Alertmanager's configuration: the company's routes for mail, in seconds.
    pub fn template(&self) -> String {
        content::template(self.mail.addr().port())
    }

    /// The template filled with what the secret holds now, as an installation writes it.
    ///
    /// # Errors
    /// When the secret holds no pair.
    pub fn configuration(&self) -> Result<String> {
        let document = self.aws.secrets().current_text(SECRET)?;
        self.configuration_for(&document)
    }

    /// The template filled with what `document` holds.
    ///
    /// # Errors
    /// When it holds no pair.
    pub fn configuration_for(&self, document: &str) -> Result<String> {
        fill(&self.template(), document, REGION)
    }

    /// What the job may do in AWS, as its documentation has it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn policy(&self) -> Result<String> {
        content::policy()
    }

    /// Where temporary files of this company may lie.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The certificate that the mail server is trusted by.
    pub(crate) fn mail_ca(&self) -> PathBuf {
        self.directory.path().join("mail-ca.pem")
    }

    /// The ids and secrets of the user's keys, oldest first.
    ///
    /// # Errors
    /// When the user does not exist.
    pub fn keys(&self) -> Result<Vec<crate::aws::KeyView>> {
        Ok(self.aws.iam().keys(USER)?)
    }

    /// Id of the key in the secret.
    ///
    /// # Errors
    /// When the secret holds none.
    pub fn current_key(&self) -> Result<String> {
        let document = self.aws.secrets().current_text(SECRET)?;
        let document: serde_json::Value = serde_json::from_str(&document)?;
        let id = document
            .get("email_access_key_id")
            .and_then(|it| it.as_str());
        Ok(id.context("no key id in the secret")?.to_owned())
    }
}

/// A template filled with what `document` holds, for a mail server in `region`.
pub(crate) fn fill(template: &str, document: &str, region: &str) -> Result<String> {
    let document: serde_json::Value = serde_json::from_str(document)?;
    let member = |name: &str| document.get(name).and_then(|value| value.as_str());
    let id = member("email_access_key_id").context("no key id in the secret")?;
    let secret = member("email_secret_access_key").context("no key in the secret")?;
    let login = SmtpLogin {
        username: id.to_owned(),
        password: smtp_password(&SecretString::from(secret), region),
    };
    let template = Template::parse("template", template)?;
    let filled = template.fill(&login, |name| member(name).map(SecretString::from))?;
    Ok(filled.expose().to_owned())
}

/// SES knows the keys that IAM has, and each login counts as a use.
pub(crate) fn authority(aws: &Arc<AwsSim>, region: &str) -> Arc<SesAuthority> {
    let (lookup, record) = (Arc::clone(aws), Arc::clone(aws));
    let used_in = region.to_owned();
    Arc::new(SesAuthority::new(
        region,
        move |id| {
            let key = lookup.iam().key(id)?;
            Some(KeyState {
                secret: key.secret.expose_secret().into(),
                active: key.status == KeyStatus::Active,
                usable: key.usable,
            })
        },
        move |id| record.iam().record_use(id, "ses", &used_in),
    ))
}

fn read(path: &str) -> Result<String> {
    let path = checkout::file(path);
    fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}
