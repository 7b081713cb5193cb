//! All checks of all clusters, each cluster by itself.

use common::cluster::Cluster;
use common::process::Context;
use common::trouble::Trouble;
use futures_util::future::join_all;
use tokio::time::Instant;

use super::alertmanager::{self, Replicas};
use super::cron_jobs::{self, Jobs};
use super::images::{self, Images};
use super::prometheus::{self, Server};
use super::pushgateway::{self, Groups};
use super::reader::Reader;
use super::reading::Reading;
use super::rules::{self, About, Rules};
use super::versions::{self, Definitions, Releases};
use super::watchdog::{self, State, Watchdog};
use super::{LiveLook, NormalForm, gap};
use crate::config::{Config, Live, ServiceRef};
use crate::finding::Finding;
use crate::survey::{Gap, Part, PeerFacts};

/// What was read of one cluster.
#[derive(Debug)]
struct Readings {
    prometheus: Reading<Server>,
    rules: Reading<Rules>,
    watchdog: Reading<Watchdog>,
    alertmanager: Reading<Replicas>,
    cron_jobs: Reading<Jobs>,
    definitions: Reading<Definitions>,
    images: Reading<Images>,
    pushgateway: Reading<Option<Groups>>,
}

/// Looks at everything that the configuration asks about. One cluster never waits for another; whatever
/// could not be read of one is a gap. `clusters` and `troubles` are in the order of the configuration:
/// of a cluster without a connection its trouble is told. `home` is the cluster that this runs in, if it
/// is one of them; `normal` gives expressions of the same meaning the same text.
pub async fn look(
    config: &Config,
    clusters: &[Option<Cluster>],
    troubles: &[Option<Trouble>],
    home: Option<usize>,
    normal: NormalForm<'_>,
    context: &Context,
) -> LiveLook {
    let live = &config.live;
    let begun = Instant::now();
    let deadline = begun.checked_add(config.limits.per_cluster);
    let reads = clusters.iter().enumerate().map(|(index, cluster)| {
        let is_home = home == Some(index);
        let trouble = troubles.get(index).and_then(Option::as_ref);
        let reader = cluster.as_ref().map(|cluster| Reader {
            cluster,
            context,
            namespace: &live.namespace,
            page: config.limits.page,
            deadline: deadline.unwrap_or(begun),
        });
        async move {
            let reader = reader.ok_or_else(|| gap::not_connected(trouble));
            // On the heap: all that is asked of a cluster makes a large future.
            Box::pin(read(live, reader.as_ref(), is_home)).await
        }
    });
    let readings = join_all(reads).await;
    let names: Vec<_> = config
        .clusters
        .iter()
        .map(|cluster| cluster.name.as_str())
        .collect();
    Columns::of(readings).judge(live, &names, home, normal)
}

/// Makes one check, if it is asked for.
async fn check<C, T>(
    wanted: Option<C>,
    reader: Result<&Reader<'_>, &Gap>,
    read: impl AsyncFnOnce(&Reader<'_>, C) -> Result<T, Gap>,
) -> Reading<T> {
    let Some(wanted) = wanted else {
        return Reading::NotAsked;
    };
    match reader {
        Ok(reader) => read(reader, wanted).await.into(),
        Err(gap) => Reading::Gap(gap.clone()),
    }
}

fn some<T>(list: &[T]) -> Option<&[T]> {
    Some(list).filter(|list| !list.is_empty())
}

async fn read(live: &Live, reader: Result<&Reader<'_>, &Gap>, is_home: bool) -> Readings {
    let service = live.prometheus.as_ref();
    let watched = service.zip(live.watchdog.as_ref()).filter(|_| !is_home);
    let servers = async {
        let prometheus = check(service, reader, prometheus::read).await;
        let rules = read_rules(service.filter(|_| live.rules), reader, &prometheus).await;
        (prometheus, rules)
    };
    let watchdog = check(watched, reader, async |reader, (service, alert)| {
        watchdog::read(reader, service, alert).await
    });
    let cron_jobs = check(some(&live.cron_jobs), reader, async |reader, _| {
        cron_jobs::read(reader).await
    });
    let ((prometheus, rules), watchdog, alertmanager, cron_jobs, definitions, images, pushgateway) = tokio::join!(
        servers,
        watchdog,
        check(live.alertmanager.as_ref(), reader, alertmanager::read),
        cron_jobs,
        check(some(&live.definitions), reader, versions::read),
        check(some(&live.images), reader, images::read),
        check(live.pushgateway.as_ref(), reader, pushgateway::read),
    );
    Readings {
        prometheus,
        rules,
        watchdog,
        alertmanager,
        cron_jobs,
        definitions,
        images,
        pushgateway,
    }
}

async fn read_rules(
    service: Option<&ServiceRef>,
    reader: Result<&Reader<'_>, &Gap>,
    server: &Reading<Server>,
) -> Reading<Rules> {
    let Some(service) = service else {
        return Reading::NotAsked;
    };
    match (server, reader) {
        (Reading::Seen(server), Ok(reader)) => {
            let about = About {
                version: &server.version,
                resource: server.resource(),
                reload_failed: server.reload_failed(),
            };
            rules::read(reader, service, about).await.into()
        }
        // A server that does not even say which release it is is not asked for its rules.
        (Reading::Gap(gap), _) | (_, Err(gap)) => Reading::Gap(gap.clone()),
        (Reading::NotAsked, Ok(_)) => Reading::NotAsked,
    }
}

/// What was read of all clusters, check by check.
#[derive(Debug, Default)]
struct Columns {
    prometheus: Vec<Reading<Server>>,
    rules: Vec<Reading<Rules>>,
    watchdog: Vec<Reading<Watchdog>>,
    alertmanager: Vec<Reading<Replicas>>,
    cron_jobs: Vec<Reading<Jobs>>,
    definitions: Vec<Reading<Definitions>>,
    images: Vec<Reading<Images>>,
    pushgateway: Vec<Reading<Option<Groups>>>,
}

impl Columns {
    fn of(clusters: Vec<Readings>) -> Self {
        let mut columns = Self::default();
        for cluster in clusters {
            columns.prometheus.push(cluster.prometheus);
            columns.rules.push(cluster.rules);
            columns.watchdog.push(cluster.watchdog);
            columns.alertmanager.push(cluster.alertmanager);
            columns.cron_jobs.push(cluster.cron_jobs);
            columns.definitions.push(cluster.definitions);
            columns.images.push(cluster.images);
            columns.pushgateway.push(cluster.pushgateway);
        }
        columns
    }

    fn judge(
        &self,
        live: &Live,
        names: &[&str],
        home: Option<usize>,
        normal: NormalForm<'_>,
    ) -> LiveLook {
        let namespace = live.namespace.as_str();
        let mut look = LiveLook {
            peers: names.iter().map(|_| PeerFacts::default()).collect(),
            ..LiveLook::default()
        };
        if let Some(service) = &live.prometheus {
            let judged = prometheus::judge(&self.prometheus, names, namespace, service);
            look.add(judged);
        }
        look.add(rules::judge(&self.rules, names, namespace, normal));
        if let Some(alert) = &live.watchdog {
            look.add(watchdog::judge(&self.watchdog, names, namespace, alert));
            look.watched(&self.watchdog);
        }
        let mut alertmanagers = Vec::new();
        if let Some(config) = &live.alertmanager {
            let judged = alertmanager::judge(&self.alertmanager, names, namespace, config, home);
            look.add((judged.findings, judged.parts));
            for (peer, replicas) in look.peers.iter_mut().zip(judged.same_user) {
                peer.replicas = replicas;
            }
            alertmanagers = judged.versions;
        }
        let (findings, parts, warnings) =
            cron_jobs::judge(&self.cron_jobs, names, namespace, &live.cron_jobs);
        look.add((findings, parts));
        look.warnings.extend(warnings);
        let servers = self.prometheus.iter();
        let servers: Vec<_> = servers
            .map(|reading| reading.map(|server| server.version.clone()))
            .collect();
        let releases = Releases {
            prometheus: &servers,
            alertmanager: &alertmanagers,
        };
        look.add(versions::judge(&self.definitions, &releases, names, live));
        let (findings, parts, warnings) = images::judge(&self.images, names, namespace);
        look.add((findings, parts));
        look.warnings.extend(warnings);
        if let Some(config) = &live.pushgateway {
            let (findings, parts, warnings) =
                pushgateway::judge(&self.pushgateway, names, namespace, config);
            look.add((findings, parts));
            look.warnings.extend(warnings);
        }
        look
    }
}

impl LiveLook {
    fn add(&mut self, (findings, parts): (Vec<Finding>, Vec<Part>)) {
        self.findings.extend(findings);
        self.parts.extend(parts);
    }

    fn watched(&mut self, readings: &[Reading<Watchdog>]) {
        for (peer, reading) in self.peers.iter_mut().zip(readings) {
            if let Some(Watchdog { at, state }) = reading.seen()
                && let State::Firing(since) = state
            {
                peer.watchdog_since = *since;
                peer.watchdog_seen = Some(*at);
            }
        }
    }
}
