//! The company's monitoring, whole: two clusters with nodes, installed by `install-monitoring`; a simulated
//! AWS, a GitHub, a mail server and others who are told, which pods reach as they reach the real ones.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::SignedDuration;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsAcceptor;

use super::{NodeCluster, Pair};
use crate::aws::AwsSim;
use crate::company::{self, CLUSTERS, REGION};
use crate::dashboards::{self, generation};
use crate::kubernetes::Passage;
use crate::mail::{self, Ca, MailServer, Senders};
use crate::tools::Tools;
use crate::upstream::{self, Upstream, hex};

mod account;
mod chart;
mod ground;
mod identity;
mod images;
mod installer;
mod listener;
mod receivers;
mod tokens;
mod values;

pub use images::Images;
pub use installer::Outcome;
pub use receivers::{Receivers, Told};

use installer::Installer;

use listener::Listener;

/// The mail server's real name, which its certificate has.
const MAIL_HOST: &str = "email-smtp.us-east-1.amazonaws.com";

/// All pods, with nothing else going on, take half a minute.
const DEADLINE: Duration = Duration::from_mins(4);

/// Pause between two looks at all pods.
const PAUSE: Duration = Duration::from_millis(500);

/// Outside ports that pods reach besides the mail server's: those of AWS, of whoever is told by HTTP, and of
/// GitHub.
const PORTS: [u16; 3] = [80, 8080, 8443];

/// How the company is to be.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Age of the mail user's only key.
    pub key_age: SignedDuration,
}

impl Default for Setup {
    /// A key of a day.
    fn default() -> Self {
        Self {
            key_age: SignedDuration::from_hours(24),
        }
    }
}

/// Everything that runs. It ends when this is dropped.
#[derive(Debug)]
pub struct Estate {
    // Passages lead into the clusters, and go first.
    passages: Vec<Passage>,
    /// The two clusters: the home of the jobs, and the other one.
    pub pair: Pair,
    /// The mail server.
    pub mail: MailServer,
    /// The simulated AWS.
    pub aws: Arc<AwsSim>,
    /// Where dashboards come from.
    pub upstream: Upstream,
    /// What speaks TLS for it.
    github: Listener,
    /// Whom Alertmanagers tell by other ways than mail.
    pub receivers: Receivers,
    /// Who knows the holders of tokens, in each cluster.
    authenticators: [Listener; 2],
    /// What runs in the pods.
    pub images: Images,
    installer: Installer,
    /// What stands for `k8s`.
    _files: TempDir,
}

impl Estate {
    /// Starts two clusters, each with the operator and what else an installation finds, and none of ours.
    /// `said` hears of each step.
    ///
    /// # Errors
    /// When something does not start; a machine or a user that cannot have nodes gives
    /// [`NoNodes`](super::NoNodes).
    pub async fn start(tools: &Tools, setup: Setup, mut said: impl FnMut(&str)) -> Result<Self> {
        super::possible()?;
        let content = account::content(setup.key_age)?;
        let aws = Arc::new(AwsSim::start(content, account::options())?);
        let ca = Ca::generate()?;
        let options = mail::Options {
            names: vec![MAIL_HOST.to_owned()],
            ca: Some(ca.clone()),
            senders: Senders::Verified(vec![account::sender()?]),
            ..mail::Options::default()
        };
        let mail = MailServer::start(company::authority(&aws, REGION), options)?;
        said("building the images");
        let images = Images::make(tools, tools.env(), mail.ca_pem()).await?;
        said("starting the clusters");
        let [other, home] = CLUSTERS;
        let names = [home, other];
        let pair = Pair::start(tools, names, &images.archives()).await?;
        let files = TempDir::new().context("a directory for the chart")?;
        let upstream = Upstream::start(upstream::Options::default()).context("an upstream")?;
        let tls = TlsAcceptor::from(ca.server_config(&GITHUB.map(str::to_owned))?);
        let github = Listener::before("github", tls, upstream.addr())?;
        let source = publish(&upstream);
        chart::lay(&files.path().join("chart"), &source)?;
        let values = files.path().join("values");
        fs::create_dir(&values).context("a directory for values")?;
        for whole in pair.both() {
            values::write(&values, &pair, whole, &images)?;
        }
        let installer = Installer::prepare(tools, tools.env(), &pair, files.path()).await?;
        let mut estate = Self {
            passages: Vec::new(),
            pair,
            mail,
            aws,
            upstream,
            github,
            receivers: Receivers::start()?,
            authenticators: [tokens::authenticator(home)?, tokens::authenticator(other)?],
            images,
            installer,
            _files: files,
        };
        estate.open_passages()?;
        said("bringing the operator and what else an installation finds");
        let [a, b] = estate.pair.both();
        let images = &estate.images;
        let (a, b) = tokio::join!(ground::lay(a, images), ground::lay(b, images));
        a.context("preparing the first cluster")?;
        b.context("preparing the second cluster")?;
        Ok(estate)
    }

    /// Runs `install-monitoring` with these words, and the files and clusters of this estate.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn install_monitoring(&self, words: &[&str]) -> Result<Outcome> {
        self.installer.run(words).await
    }

    /// Installs the monitoring in both clusters, at the same time. What each said of it.
    ///
    /// # Errors
    /// When one of the installations does not end well.
    pub async fn install(&self) -> Result<[Outcome; 2]> {
        let one = async |whole: &NodeCluster| {
            let cluster = whole.cluster().name();
            // The operator is a process, as whose Deployment nobody stands in.
            let words = ["--cluster", cluster, "--stack", "kinds"];
            let run = self
                .install_monitoring(&words)
                .await
                .and_then(Outcome::good);
            run.with_context(|| format!("installing in {cluster}"))
        };
        let [a, b] = self.pair.both();
        let (a, b) = tokio::join!(one(a), one(b));
        Ok([a?, b?])
    }

    /// What pods reach outside.
    fn open_passages(&mut self) -> Result<()> {
        let [aws, receivers, github] = PORTS;
        for (whole, authenticator) in self.pair.both().into_iter().zip(&self.authenticators) {
            let outside = IpAddr::V4(whole.side().outside());
            let servers = [
                (aws, self.aws.addr()),
                (587, self.mail.addr()),
                (receivers, self.receivers.address()),
                (github, self.github.address()),
                (whole.side().authenticator().port(), authenticator.address()),
            ];
            for (port, server) in servers {
                let inside = SocketAddr::new(outside, port);
                self.passages.push(whole.cluster().expose(inside, server)?);
            }
        }
        Ok(())
    }

    /// Waits until every pod of both clusters is ready, or has done what it was for. Returns how many
    /// there are that go on.
    ///
    /// # Errors
    /// When that takes more than a few minutes; the text names those that are not.
    pub async fn ready(&self) -> Result<usize> {
        let started = Instant::now();
        loop {
            let (mut ready, mut late) = (0, Vec::new());
            for whole in self.pair.both() {
                match pods(whole).await {
                    Ok((some, others)) => {
                        ready += some;
                        late.extend(others);
                    }
                    // Too busy to answer: it will be asked again.
                    Err(error) => late.push(format!("{}: {error:#}", whole.cluster().name())),
                }
            }
            if late.is_empty() && ready >= EXPECTED {
                return Ok(ready);
            }
            if started.elapsed() > DEADLINE {
                bail!(
                    "{ready} pods are ready, and these are not: {}",
                    late.join(", ")
                )
            }
            sleep(PAUSE).await;
        }
    }
}

/// In each: Prometheus, two Alertmanagers, the Pushgateway, kube-state-metrics; and four workers in one.
const EXPECTED: usize = 14;

/// GitHub's hosts: for raw files, and for its API.
const GITHUB: [&str; 2] = ["raw.githubusercontent.com", "api.github.com"];

/// Lets upstream have dashboards. What the job's configuration says of them.
fn publish(upstream: &Upstream) -> String {
    const COMMIT: &str = "5f0e4a8c1d6b3297e0a4c8d2b6f1e3a5c7d9b0e2";
    let text = generation(0).text();
    let digest = hex(&Sha256::digest(text.as_bytes()));
    upstream.publish("main", COMMIT, dashboards::PATH, text);
    let [_, _, port] = PORTS;
    let [raw, api] = GITHUB;
    format!(
        "  ref: {COMMIT}\n  sha256: {digest}\n  from:\n    - github: {{raw: \"https://{raw}:{port}\", api: \"https://{api}:{port}\"}}\n"
    )
}

/// How many pods of a cluster are ready, and which are not though they should be.
async fn pods(whole: &NodeCluster) -> Result<(usize, Vec<String>)> {
    let list = whole.cluster().client().await?.get("/api/v1/pods").await?;
    let (mut ready, mut late) = (0, Vec::new());
    let items = list.get("items").and_then(Value::as_array);
    for pod in items.into_iter().flatten() {
        let of_a_job = pod.pointer("/metadata/labels/batch.kubernetes.io~1job-name");
        if of_a_job.is_some() {
            continue;
        }
        if super::node_cluster::condition(pod, "Ready") {
            ready += 1;
        } else {
            let name = pod.pointer("/metadata/name").and_then(Value::as_str);
            late.push(name.unwrap_or_default().to_owned());
        }
    }
    Ok((ready, late))
}
