//! The company's monitoring, whole: two clusters with nodes, the chart installed in both, a simulated
//! AWS and a mail server that pods reach under their real names.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::{NodeCluster, Pair};
use crate::aws::AwsSim;
use crate::company::{self, REGION};
use crate::kubernetes::Passage;
use crate::mail::{self, Ca, MailServer};
use crate::tools::Tools;

mod account;
mod chart;
mod images;
mod install;
mod listener;
mod receivers;
mod tokens;

pub use images::Images;
pub use receivers::{Receivers, Told};

use listener::Listener;

/// The mail server's real name, which its certificate has.
const MAIL_HOST: &str = "email-smtp.us-east-1.amazonaws.com";

/// All pods, with nothing else going on, take half a minute.
const DEADLINE: Duration = Duration::from_mins(4);

/// Pause between two looks at all pods.
const PAUSE: Duration = Duration::from_millis(500);

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
    /// Whom Alertmanagers tell by other ways than mail.
    pub receivers: Receivers,
    /// Who knows the holders of tokens, in each cluster.
    authenticators: [Listener; 2],
    /// What runs in the pods.
    pub images: Images,
    chart: PathBuf,
    _directory: TempDir,
}

impl Estate {
    /// Starts two clusters from nothing and installs the chart in both. `said` hears of each step.
    ///
    /// # Errors
    /// When something does not start or install; a machine or a user that cannot have nodes gives
    /// [`NoNodes`](super::NoNodes).
    pub async fn start(tools: &Tools, mut said: impl FnMut(&str)) -> Result<Self> {
        super::possible()?;
        let directory = TempDir::new().context("a directory for the chart")?;
        let chart = chart::hasty_copy(directory.path())?;
        let aws = Arc::new(AwsSim::start(account::content()?, account::options())?);
        let ca = Ca::generate()?;
        let options = mail::Options {
            names: vec![MAIL_HOST.to_owned()],
            ca: Some(ca),
            ..mail::Options::default()
        };
        let mail = MailServer::start(company::authority(&aws, REGION), options)?;
        said("building the images");
        let images = Images::make(tools, tools.env(), mail.ca_pem()).await?;
        said("starting the clusters");
        let names = chart::names();
        let pair = Pair::start(tools, names, &images.archives()).await?;
        let [a, b] = names;
        let mut estate = Self {
            passages: Vec::new(),
            pair,
            mail,
            aws,
            receivers: Receivers::start()?,
            authenticators: [tokens::authenticator(a)?, tokens::authenticator(b)?],
            images,
            chart,
            _directory: directory,
        };
        estate.open_passages()?;
        said("installing the chart");
        let [a, b] = estate.pair.both();
        let (a, b) = tokio::join!(estate.install(tools, a), estate.install(tools, b));
        a.context("installing in the first cluster")?;
        b.context("installing in the second cluster")?;
        Ok(estate)
    }

    /// What pods reach outside: AWS and the mail server.
    fn open_passages(&mut self) -> Result<()> {
        for (whole, authenticator) in self.pair.both().into_iter().zip(&self.authenticators) {
            let outside = IpAddr::V4(whole.side().outside());
            let servers = [
                (80, self.aws.addr()),
                (587, self.mail.addr()),
                (8080, self.receivers.address()),
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

/// In each: Prometheus, two Alertmanagers, the Pushgateway, kube-state-metrics.
const EXPECTED: usize = 10;

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
