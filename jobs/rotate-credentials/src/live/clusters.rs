//! A cluster's Alertmanager through its API server: what is written, what runs, and the one write.
//!
//! A look makes every call that the proof of a roll rests on, between two lists of the pods: one
//! that was replaced meanwhile proves nothing. What cannot be read is an error of the cluster or of
//! the replica, never a default.

mod mail_flow;
mod objects;
mod pods;
mod replica;
mod resource;
mod write;

use common::alertmanager::{ConfigHash, smtp_users};
use common::cluster::Cluster;
use common::exit::Exit;
use common::lease::Guard;
use common::process::Context;
use common::secret::ExposeSecret;
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::config::ClusterConfig;
use crate::outside::Fill;
use crate::verdict;
use crate::wanted::Wanted;
use crate::world::{ClusterState, Generated, MailFlow, Replica, Source};
use common::trouble::Trouble;
use mail_flow::{Baseline, Counted, judge, note_name};
use objects::Written;
use pods::Pods;
use replica::Look;
use resource::Resource;

/// One configured cluster. A connection that could not be set up is told whenever it is needed, so
/// that the others are served meanwhile.
#[derive(Debug)]
pub(super) struct ManagedCluster {
    config: ClusterConfig,
    api: Result<Cluster, Trouble>,
}

/// Where a look's count of mails begins and ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counting<'a> {
    /// Holds the note of the moment from which on mails are counted.
    pub(super) lease: Option<&'a Guard>,
    /// The time to note.
    pub(super) now: Timestamp,
}

impl ManagedCluster {
    /// Prepares the client. Makes no call yet.
    pub(super) async fn connect(config: &ClusterConfig, context: &Context) -> Self {
        let api = context.connect(&config.name, &config.access).await;
        Self {
            api: api.map_err(|error| Trouble::of(&error)),
            config: config.clone(),
        }
    }

    pub(super) fn config(&self) -> &ClusterConfig {
        &self.config
    }

    fn api(&self) -> Result<&Cluster, Trouble> {
        self.api.as_ref().map_err(Clone::clone)
    }

    /// Looks at everything, compared with what `fill` gives.
    pub(super) async fn read(
        &self,
        fill: Fill<'_>,
        counting: Counting<'_>,
    ) -> Result<ClusterState, Trouble> {
        let resource = self.resource().await?;
        let (template, source, generated, before) = tokio::try_join!(
            self.template(),
            self.source(&resource),
            self.generated(&resource),
            self.pods(&resource),
        )?;
        let wanted = self.wanted(&template, fill)?;
        let source = self.compare(&source, &wanted)?;
        let file = generated.as_ref().map(ExposeSecret::expose_secret);
        let users = file.map(|text| smtp_users(text, &self.config.smarthost));
        let users = users.transpose().map_err(|error| Trouble::of(&error))?;
        let hash = file.map(|text| ConfigHash::of(text.as_bytes()));

        let looks = join_all(
            resource
                .pods()
                .map(|pod| self.look(&resource, &before, pod)),
        );
        let looks = looks.await;
        if let Some(denied) = denied(&looks) {
            // The others' answers would hide who has to grant what.
            return Err(denied.clone());
        }
        let after = self.pods(&resource).await?;
        let mail = self.mail(&looks, &after, fill.soaking_since, counting);
        let asked_for = looks.into_iter().map(|(pod, look)| {
            let ready = before.stays_ready(&after, &pod);
            let state = look.map(|look| look.state(hash, ready));
            Replica { pod, state }
        });
        let beyond = after.beyond(&resource).map(|pod| Replica {
            pod: pod.to_owned(),
            state: Err(surplus(resource.replicas)),
        });
        Ok(ClusterState {
            paused: resource.paused,
            source,
            generated: users.map(|users| Generated { users }),
            replicas: asked_for.chain(beyond).collect(),
            mail,
        })
    }

    /// The template with what it is filled with.
    fn wanted(&self, template: &str, fill: Fill<'_>) -> Result<Wanted, Trouble> {
        Wanted::fill(template, fill.pair, fill.document, &self.config)
            .map_err(|refused| refused.under(verdict::TEMPLATE))
    }

    fn compare(&self, source: &Written, wanted: &Wanted) -> Result<Source, Trouble> {
        let live = source.text()?;
        let fit = wanted.fit(live)?;
        let users = smtp_users(live, &self.config.smarthost);
        Ok(Source {
            revision: source.revision().to_owned(),
            users: users.map_err(|error| Trouble::of(&error))?,
            fit,
            manager: source.manager().map(str::to_owned),
        })
    }

    async fn look(
        &self,
        resource: &Resource,
        pods: &Pods,
        pod: String,
    ) -> (String, Result<Look, Trouble>) {
        if pods.get(&pod).is_none() {
            let trouble = verdict::NOT_CONVERGED.because("its pod does not exist");
            return (pod, Err(trouble));
        }
        let ClusterConfig {
            namespace,
            smarthost,
            ..
        } = &self.config;
        let look = match self.api() {
            Ok(api) => replica::look(api, namespace, resource, &pod, smarthost).await,
            Err(trouble) => Err(trouble),
        };
        (pod, look)
    }

    /// How many mails went out, over all replicas. Notes where the count begins, if it begins now.
    fn mail(
        &self,
        looks: &[(String, Result<Look, Trouble>)],
        pods: &Pods,
        soaking_since: Option<Timestamp>,
        counting: Counting<'_>,
    ) -> MailFlow {
        let Some(lease) = counting.lease else {
            return MailFlow::Unknown;
        };
        let counters = looks.iter().map(|(pod, look)| {
            let uid = pods.get(pod)?.uid.as_str();
            Some((uid, look.as_ref().ok()?.counters?))
        });
        let Some(counters) = counters.collect::<Option<Vec<_>>>() else {
            return MailFlow::Unknown;
        };
        let name = note_name(&self.config.name);
        let before = lease
            .notes()
            .get(&name)
            .and_then(|note| note.parse::<Baseline>().ok());
        let counted = Counted::of(counters);
        let (flow, note) = judge(before, counted, counting.now, soaking_since);
        if let Some(note) = note {
            lease.note(&name, note.to_string());
        }
        flow
    }
}

/// A replica that may not be asked.
fn denied(looks: &[(String, Result<Look, Trouble>)]) -> Option<&Trouble> {
    let troubles = looks.iter().filter_map(|(_, look)| look.as_ref().err());
    troubles
        .into_iter()
        .find(|trouble| trouble.exit == Exit::Denied)
}

fn surplus(replicas: usize) -> Trouble {
    let text = format!("it is beyond the {replicas} that the custom resource asks for");
    verdict::NOT_CONVERGED.because(text)
}
