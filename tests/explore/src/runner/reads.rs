//! What a run reads of the model, and where its readings lie.

use std::collections::BTreeMap;

use common::alertmanager::SmtpUsers;
use common::secret::ExposeSecret as _;
use common::trouble::Trouble;
use jiff::Timestamp;
use rotate_credentials::key::{AccessKeyId, KeyStatus, LastUsed};
use rotate_credentials::marks::name_of;
use rotate_credentials::outside::{Fill, IamReading, Label, SecretReading};
use rotate_credentials::pair::Pair;
use rotate_credentials::world::{
    ClusterState, Fit, Generated, MailFlow, ProbeAnswer, ProbeKind, Replica, ReplicaState, Source,
};

use super::Runner;
use crate::faults::Blind;
use crate::lies::Lie;
use crate::model::{By, Cluster, Note, Seconds, World, at};

/// More looks than any run needs.
const LOOKS_AT_MOST: u32 = 1_000;

impl Runner<'_> {
    /// Whether a read is answered.
    pub(crate) fn alive(&self, blind: Blind) -> Result<(), Trouble> {
        for blind in [blind, blind.denied()] {
            if self.is_blind(blind) {
                return Err(blind.trouble());
            }
        }
        if self.is_dead() {
            return Err(blind.trouble());
        }
        Ok(())
    }

    /// A run that looks for ever is ended, and that it did is a finding.
    fn count_look(&self) {
        self.looks.set(self.looks.get() + 1);
        if self.looks.get() > LOOKS_AT_MOST {
            let text = format!("a run looked {LOOKS_AT_MOST} times and did not end");
            self.world.borrow_mut().ledger.blame("I8", text);
            self.dead.set(true);
        }
    }

    pub(crate) fn lies(&self, lie: Lie) -> bool {
        self.lies.contains(&lie)
    }

    pub(crate) fn see_iam(&self) -> Result<IamReading, Trouble> {
        self.alive(Blind::Iam)?;
        self.count_look();
        let looks_again = self.looks_again.replace(false);
        self.struck_early.set(false);
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
            let current = world.current_key().is_some_and(|it| it.id == key.id);
            if self.lies(Lie::KeyIsActive) || (current && self.lies(Lie::CurrentIsActive)) {
                key.status = KeyStatus::Active;
            }
            if self.lies(Lie::KeyIsInactive) && !current {
                key.status = KeyStatus::Inactive;
            }
        }
        if self.lies(Lie::KeyIsOurs) {
            crate::lies::mark_all(&world, &keys, &mut tags);
        }
        if self.lies(Lie::PendingIsMarked) {
            crate::lies::mark_pending(&world, &mut tags);
        }
        if self.lies(Lie::Announced) && self.would_announce(&world) {
            crate::lies::announce(&world, &self.name, &mut tags);
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

    /// Whether a key is due and the run has tried all that it must before it announces one.
    fn would_announce(&self, world: &World) -> bool {
        let current = world.current_key();
        let tried = current.is_some_and(|it| self.logged_in.borrow().contains(&it.id));
        let old = current.is_some_and(|it| world.now - it.created > 40 * crate::model::DAY);
        tried && old && world.iam.present().count() == 1
    }

    pub(crate) fn see_secret(&self) -> Result<SecretReading, Trouble> {
        self.alive(Blind::Secret)?;
        if self.looks_again.get() && !self.struck_early.replace(true) {
            self.strike_early();
        }
        let time = self.time();
        let world = self.world.borrow();
        let secret = &world.secret;
        if let Some(why) = secret.closed {
            return Err(why.trouble());
        }
        let mut labels = BTreeMap::from([(Label::Current, &secret.current)]);
        labels.extend(secret.previous.iter().map(|it| (Label::Previous, it)));
        let marked = |key: &AccessKeyId| world.iam.tags.contains_key(&name_of(key));
        let pending = secret.pending.as_ref().and_then(|it| secret.key_in(it));
        if !(self.lies(Lie::NothingPending) && pending.is_some_and(|key| marked(&key))) {
            labels.extend(secret.pending.iter().map(|it| (Label::Pending, it)));
        }
        if self.lies(Lie::CurrentNeverMovesBack)
            && world.ledger.went_back_from.is_some()
            && let Some(previous) = &secret.previous
        {
            labels.insert(Label::Current, previous);
            labels.insert(Label::Previous, &secret.current);
        }
        let first = secret.versions.keys().next();
        if self.lies(Lie::NobodyEdits)
            && secret.edits > 0
            && let Some(first) = first
            && secret.current.as_str().starts_with("00000000")
        {
            labels.insert(Label::Current, first);
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
        let hidden = self.lies(Lie::NowhereNamed);
        let current = world.current_key().map(|it| it.id.to_string());
        let users = |key: usize| {
            let named = user(key).filter(|user| !hidden || Some(user) == current.as_ref());
            named.map_or_else(SmtpUsers::default, |user| SmtpUsers::one(&user))
        };
        let wanted = SmtpUsers::one(fill.pair.id.as_str());
        let Some(cluster) = world.clusters.get(index) else {
            return Err(crate::model::unreachable());
        };
        let restored = cluster.source_by == By::Other && self.lies(Lie::NobodyRestores);
        if restored || self.lies(Lie::EveryReplicaRunsIt) {
            return Ok(Self::pretended(cluster, &wanted, world.now));
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
            return Ok(cluster.map_or(state, |it| Self::pretended(it, &wanted, now)));
        }
        Ok(state)
    }

    /// A cluster that runs what it should, whatever it runs.
    fn pretended(cluster: &Cluster, wanted: &SmtpUsers, now: Seconds) -> ClusterState {
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

    pub(crate) fn ask_mail_server(&self, pair: &Pair, kind: ProbeKind) -> ProbeAnswer {
        if self.is_dead() {
            return ProbeAnswer::Failed(Blind::MailBusy.trouble());
        }
        if self.is_blind(Blind::MailBusy) {
            return ProbeAnswer::Failed(Blind::MailBusy.trouble());
        }
        // SES asks for the right to send at the mail, not at the login.
        if self.is_blind(Blind::MailDenied) && kind == ProbeKind::Send {
            return ProbeAnswer::Failed(Blind::MailDenied.trouble());
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

    pub(crate) fn lie_about_probe(&self, answer: ProbeAnswer, kind: ProbeKind) -> ProbeAnswer {
        let lie = match kind {
            ProbeKind::Auth => Lie::LoginWorks,
            ProbeKind::Send => Lie::MailWorks,
        };
        if self.lies(lie) {
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
    let soaking_since = fill
        .soaking_since
        .map_or(Seconds::MIN, Timestamp::as_second);
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
