//! What a run reads of the model, and where its readings lie.

use std::collections::{BTreeMap, BTreeSet};

use common::secret::ExposeSecret as _;
use rotate_credentials::key::{KeyStatus, LastUsed};
use rotate_credentials::outside::{Fill, IamReading, Label, SecretReading};
use rotate_credentials::pair::Pair;
use rotate_credentials::trouble::Trouble;
use rotate_credentials::world::{
    ClusterState, Fit, Generated, MailFlow, ProbeAnswer, Replica, ReplicaState, Source,
};

use super::Runner;
use crate::faults::Blind;
use crate::lies::Lie;
use crate::model::{Cluster, Note, Seconds, World, at};

impl Runner<'_> {
    /// Whether a read is answered.
    pub(crate) fn alive(&self, blind: Blind) -> Result<(), Trouble> {
        let denied = match blind {
            Blind::Iam => Some(Blind::IamDenied),
            Blind::Secret => Some(Blind::SecretDenied),
            Blind::Cluster(index) => Some(Blind::ClusterDenied(index)),
            _ => None,
        };
        let struck = [Some(blind), denied].into_iter().flatten();
        for blind in struck {
            if self.is_blind(blind) {
                return Err(blind.trouble());
            }
        }
        if self.is_dead() {
            return Err(blind.trouble());
        }
        Ok(())
    }

    pub(crate) fn lies(&self, lie: Lie) -> bool {
        self.lies.contains(&lie)
    }

    pub(crate) fn see_iam(&self) -> Result<IamReading, Trouble> {
        self.alive(Blind::Iam)?;
        let looks_again = self.looks_again.replace(false);
        if looks_again
            && self.lies(Lie::NothingChangedSince)
            && let Some(before) = self.last_iam.borrow().clone()
        {
            return Ok(before);
        }
        let time = self.time();
        let world = self.world.borrow();
        self.looked.set(world.now);
        let then = world.now - world.terms.iam_lag;
        let mut keys = world.iam.list(then, world.terms);
        let mut tags = world.iam.tags(then);
        for key in &mut keys {
            if self.is_blind(Blind::LastUsed) {
                key.last_used = LastUsed::Unknown;
            }
            if self.lies(Lie::NeverUsed) {
                key.last_used = LastUsed::Never;
            }
            if self.lies(Lie::KeyIsActive) {
                key.status = KeyStatus::Active;
            }
            if self.lies(Lie::KeyIsInactive) && world.current_key().is_none_or(|it| it.id != key.id)
            {
                key.status = KeyStatus::Inactive;
            }
        }
        if self.lies(Lie::KeyIsOurs) {
            crate::lies::mark_all(&world, &keys, &mut tags);
        }
        if self.lies(Lie::NoHold) {
            tags.remove(rotate_credentials::marks::HOLD);
        }
        if self.lies(Lie::CurrentIsOld) {
            crate::lies::age_current(&world, &mut keys);
        }
        if self.lies(Lie::NoOtherKey) {
            keys.retain(|key| world.current_key().is_some_and(|it| it.id == key.id));
        }
        let reading = IamReading { time, keys, tags };
        if self.lies(Lie::NothingChangedSince) {
            self.last_iam.replace(Some(reading.clone()));
        }
        Ok(reading)
    }

    pub(crate) fn see_secret(&self) -> Result<SecretReading, Trouble> {
        self.alive(Blind::Secret)?;
        let time = self.time();
        let world = self.world.borrow();
        let secret = &world.secret;
        if let Some(why) = secret.closed {
            return Err(why.trouble());
        }
        let mut labels = BTreeMap::from([(Label::Current, &secret.current)]);
        labels.extend(secret.previous.iter().map(|it| (Label::Previous, it)));
        if !self.lies(Lie::NothingPending) {
            labels.extend(secret.pending.iter().map(|it| (Label::Pending, it)));
        }
        if self.lies(Lie::CurrentNeverMovesBack)
            && world.ledger.went_back_from.is_some()
            && let Some(previous) = &secret.previous
        {
            labels.insert(Label::Current, previous);
            labels.insert(Label::Previous, &secret.current);
        }
        let labelled = labels.into_iter().map(|(label, version)| {
            let text = secret.versions.get(version);
            let text = text.map(|text| text.to_string().into());
            (label, (version.clone(), text))
        });
        Ok(SecretReading {
            time,
            labelled: labelled.collect(),
        })
    }

    pub(crate) fn see_cluster(
        &self,
        index: usize,
        fill: Fill<'_>,
    ) -> Result<ClusterState, Trouble> {
        let blind = self.alive(Blind::Cluster(index));
        let mut world = self.world.borrow_mut();
        check_fill(&mut world, fill);
        let user = |key: usize| world.iam.keys.get(key).map(|it| it.id.to_string());
        let users = |key: usize| -> BTreeSet<String> { user(key).into_iter().collect() };
        let wanted: BTreeSet<String> = [fill.pair.id.to_string()].into();
        let Some(cluster) = world.clusters.get(index) else {
            return Err(crate::model::unreachable());
        };
        if self.lies(Lie::EveryReplicaRunsIt) {
            return Ok(self.pretended(cluster, &wanted));
        }
        blind?;
        if cluster.unreachable {
            return Err(crate::model::unreachable());
        }
        let fit = if cluster.edited && !self.lies(Lie::OnlyLoginDiffers) {
            Fit::Beyond(vec!["/route/receiver".to_owned()])
        } else if users(cluster.source) == wanted && !cluster.edited {
            Fit::Same
        } else {
            Fit::Login
        };
        let replicas = cluster
            .replicas
            .iter()
            .enumerate()
            .map(|(place, it)| Replica {
                pod: format!("alertmanager-{place}"),
                state: Ok(ReplicaState {
                    loaded: Some(it.runs == cluster.generated),
                    reload_ok: Some(true),
                    users: users(it.runs),
                    ready: true,
                }),
            });
        let mut state = ClusterState {
            paused: cluster.paused,
            source: Source {
                revision: cluster.revision.to_string(),
                users: users(cluster.source),
                fit,
                manager: None,
            },
            generated: Some(Generated {
                users: users(cluster.generated),
            }),
            replicas: replicas.collect(),
            mail: MailFlow::Unknown,
        };
        let now = world.now;
        if let Some(cluster) = world.clusters.get_mut(index) {
            state.mail = mail_flow(cluster, fill, now);
        }
        if self.lies(Lie::MailWasCounted) {
            state.mail = MailFlow::Flowing {
                since: at(now),
                sent: 1,
            };
        }
        if self.lies(Lie::EarlierClustersAreProven) && index == 0 {
            let cluster = world.clusters.get(index);
            return Ok(cluster.map_or(state, |it| self.pretended(it, &wanted)));
        }
        Ok(state)
    }

    /// A cluster that runs what it should, whatever it runs.
    fn pretended(&self, cluster: &Cluster, wanted: &BTreeSet<String>) -> ClusterState {
        let now = self.world.try_borrow().map_or(0, |world| world.now);
        let replica = |place: usize| Replica {
            pod: format!("alertmanager-{place}"),
            state: Ok(ReplicaState {
                loaded: Some(true),
                reload_ok: Some(true),
                users: wanted.clone(),
                ready: true,
            }),
        };
        ClusterState {
            paused: false,
            source: Source {
                revision: cluster.revision.to_string(),
                users: wanted.clone(),
                fit: Fit::Same,
                manager: None,
            },
            generated: Some(Generated {
                users: wanted.clone(),
            }),
            replicas: vec![replica(0), replica(1)],
            mail: MailFlow::Flowing {
                since: at(now),
                sent: 1,
            },
        }
    }

    pub(crate) fn ask_mail_server(&self, pair: &Pair) -> ProbeAnswer {
        if self.is_dead() {
            return ProbeAnswer::Failed(Blind::MailBusy.trouble());
        }
        for blind in [Blind::MailBusy, Blind::MailDenied] {
            if self.is_blind(blind) {
                return ProbeAnswer::Failed(blind.trouble());
            }
        }
        if self.is_blind(Blind::MailRefuses) {
            return ProbeAnswer::Refused;
        }
        let mut world = self.world.borrow_mut();
        let now = world.now;
        let key = world.iam.keys.iter_mut().find(|key| key.id == pair.id);
        match key.filter(|key| key.is_usable(now) && *key.secret == *pair.secret.expose_secret()) {
            Some(key) => {
                key.use_at(now);
                ProbeAnswer::Accepted
            }
            None => ProbeAnswer::Refused,
        }
    }

    pub(crate) fn lie_about_probe(&self, answer: ProbeAnswer) -> ProbeAnswer {
        if self.lies(Lie::LoginWorks) {
            ProbeAnswer::Accepted
        } else {
            answer
        }
    }
}

/// A login that is filled in must be the one that the key has.
fn check_fill(world: &mut World, fill: Fill<'_>) {
    let secret = fill.pair.secret.expose_secret();
    let key = world.key(&fill.pair.id);
    if key.is_some_and(|key| *key.secret != *secret) {
        world
            .ledger
            .blame("I1", "a login is filled in with another key's secret");
    }
}

/// Counts mails since a note, as the job's own record does: the count begins anew when there is no
/// note, a key began to soak since, or a mail was refused.
fn mail_flow(cluster: &mut Cluster, fill: Fill<'_>, now: Seconds) -> MailFlow {
    let soaking_since = fill.soaking_since.map_or(Seconds::MIN, |it| it.as_second());
    let before = cluster.note.filter(|note| note.at >= soaking_since);
    if let Some(note) = before
        && cluster.refused == note.refused
    {
        return MailFlow::Flowing {
            since: at(note.at),
            sent: cluster.sent - note.sent,
        };
    }
    cluster.note = Some(Note {
        at: now,
        sent: cluster.sent,
        refused: cluster.refused,
    });
    before.map_or(MailFlow::Unknown, |note| MailFlow::Refused {
        since: at(note.at),
    })
}
