//! An IAM user, a secret and a mail server in memory, for commands that bring no cluster into it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use common::cluster::ClusterName;
use common::exit::Exit;
use common::secret::{ExposeSecret as _, SecretString};
use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::document::FieldNames;
use crate::key::{AccessKeyId, Key, KeyStatus, LastUsed};
use crate::marks::{Marks, Tag};
use crate::outside::{
    Effect, EffectError, Fill, IamReading, Label, Outside, SecretReading, ServerTime,
};
use crate::pair::Pair;
use crate::sample::{id, now, trouble, version};
use crate::version::VersionId;
use crate::world::{ClusterState, ProbeAnswer, ProbeKind};
use common::trouble::Trouble;

/// The secret of every key that is created here.
pub(super) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// What becomes of the call at which the process dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Crash {
    Before,
    After,
}

/// What the account holds and how it behaves.
#[derive(Default)]
pub(super) struct State {
    pub(super) seconds: i64,
    pub(super) keys: BTreeMap<AccessKeyId, Key>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) versions: BTreeMap<VersionId, String>,
    pub(super) labels: BTreeMap<Label, VersionId>,
    pub(super) created: u32,
    pub(super) logins: u32,
    /// Effects so far, and after how many the process dies.
    pub(super) effects: usize,
    pub(super) dies: Option<(usize, Crash)>,
    pub(super) create_refused: bool,
    pub(super) fresh_logins: u32,
    /// Our clock minus AWS's.
    pub(super) skew_seconds: i64,
    /// What somebody does right after the first tag.
    pub(super) meanwhile: Option<fn(&mut State)>,
}

/// An account in memory.
pub(super) struct Account {
    pub(super) names: FieldNames,
    pub(super) state: RefCell<State>,
}

impl Account {
    /// Without keys; its secret holds `text`.
    pub(super) fn with(text: &str) -> Self {
        let state = State {
            versions: [(version('1'), text.to_owned())].into(),
            labels: [(Label::Current, version('1'))].into(),
            ..State::default()
        };
        Self {
            names: config().secret.fields,
            state: RefCell::new(state),
        }
    }

    /// Makes one effect, or dies before or after it: then nothing of the answer is heard.
    fn effect<T>(&self, make: impl FnOnce(&mut State) -> Effect<T>) -> Effect<T> {
        let dead = || EffectError::Unclear(trouble("dead", Exit::Transient));
        let mut state = self.state.borrow_mut();
        state.effects += 1;
        match state.dies {
            Some((at, _)) if state.effects > at => Err(dead()),
            Some((at, Crash::Before)) if state.effects == at => Err(dead()),
            Some((at, Crash::After)) if state.effects == at => {
                drop(make(&mut state));
                Err(dead())
            }
            Some(_) | None => make(&mut state),
        }
    }

    /// The text that readers get.
    pub(super) fn current(&self) -> String {
        let state = self.state.borrow();
        state.versions[&state.labels[&Label::Current]].clone()
    }

    /// What the tags say.
    pub(super) fn marks(&self) -> Marks {
        let state = self.state.borrow();
        let tags = state.tags.iter();
        Marks::read(tags.map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

impl Outside for Account {
    fn now(&self) -> Timestamp {
        now() + SignedDuration::from_secs(self.state.borrow().seconds)
    }

    async fn sleep(&self, duration: Duration) {
        self.state.borrow_mut().seconds += i64::try_from(duration.as_secs()).unwrap();
    }

    fn is_follower(&self) -> bool {
        false
    }

    fn field_names(&self) -> &FieldNames {
        &self.names
    }

    fn clusters(&self) -> Vec<ClusterName> {
        Vec::new()
    }

    async fn read_iam(&self) -> Result<IamReading, Trouble> {
        let time = ServerTime {
            now: self.now(),
            skew: SignedDuration::from_secs(self.state.borrow().skew_seconds),
        };
        let state = self.state.borrow();
        Ok(IamReading {
            time,
            keys: state.keys.values().cloned().collect(),
            tags: state.tags.clone(),
        })
    }

    async fn owner_of(&self, _key: &AccessKeyId) -> Result<Option<String>, Trouble> {
        Ok(None)
    }

    async fn read_secret(&self) -> Result<SecretReading, Trouble> {
        let time = ServerTime {
            now: self.now(),
            skew: SignedDuration::ZERO,
        };
        let state = self.state.borrow();
        let labelled = state.labels.iter().map(|(label, version)| {
            let text = state.versions.get(version);
            let text = text.map(|text| SecretString::from(text.as_str()));
            (*label, (version.clone(), text))
        });
        Ok(SecretReading {
            time,
            labelled: labelled.collect(),
        })
    }

    async fn read_version(&self, _version: &VersionId) -> Result<Option<SecretString>, Trouble> {
        Ok(None)
    }

    async fn read_cluster(
        &self,
        _cluster: &ClusterName,
        _fill: Fill<'_>,
    ) -> Result<ClusterState, Trouble> {
        Err(trouble("no-cluster", Exit::Transient))
    }

    async fn probe(&self, pair: &Pair, _kind: ProbeKind) -> ProbeAnswer {
        let mut state = self.state.borrow_mut();
        state.logins += 1;
        let known = state.keys.get(&pair.id).is_some_and(Key::is_active);
        if known && state.logins > state.fresh_logins {
            ProbeAnswer::Accepted
        } else {
            ProbeAnswer::Refused
        }
    }

    async fn check_lease(&self) -> Option<Result<(), Trouble>> {
        None
    }

    async fn create_key(&self) -> Effect<Pair> {
        let created = self.now();
        self.effect(|state| {
            if state.create_refused || state.keys.len() >= 2 {
                return Err(EffectError::Refused(trouble("limit", Exit::Drift)));
            }
            state.created += 1;
            let letter = char::from_digit(state.created, 10).unwrap();
            let key = Key {
                id: id(letter),
                status: KeyStatus::Active,
                created,
                last_used: LastUsed::Never,
            };
            state.keys.insert(key.id.clone(), key.clone());
            Ok(Pair {
                id: key.id,
                secret: SECRET.into(),
            })
        })
    }

    async fn set_status(&self, _key: &AccessKeyId, _status: KeyStatus) -> Effect {
        panic!("`init` changes no key's status")
    }

    async fn delete_key(&self, _key: &AccessKeyId) -> Effect {
        panic!("`init` deletes no key")
    }

    async fn tag(&self, tag: &Tag) -> Effect {
        self.effect(|state| {
            state.tags.insert(tag.name.clone(), tag.value.clone());
            if let Some(meanwhile) = state.meanwhile.take() {
                meanwhile(state);
            }
            Ok(())
        })
    }

    async fn untag(&self, name: &str) -> Effect {
        self.effect(|state| {
            state.tags.remove(name);
            Ok(())
        })
    }

    async fn put_pending(&self, version: &VersionId, text: &SecretString) -> Effect {
        self.effect(|state| {
            let text = text.expose_secret().to_owned();
            state.versions.insert(version.clone(), text);
            state.labels.insert(Label::Pending, version.clone());
            Ok(())
        })
    }

    async fn move_current(&self, from: &VersionId, to: &VersionId) -> Effect {
        self.effect(|state| {
            if state.labels.get(&Label::Current) != Some(from) {
                return Err(EffectError::Overtaken);
            }
            state.labels.insert(Label::Current, to.clone());
            state.labels.insert(Label::Previous, from.clone());
            Ok(())
        })
    }

    async fn drop_pending(&self, _version: &VersionId) -> Effect {
        self.effect(|state| {
            state.labels.remove(&Label::Pending);
            Ok(())
        })
    }

    async fn write_cluster(
        &self,
        _cluster: &ClusterName,
        _revision: &str,
        _fill: Fill<'_>,
    ) -> Effect {
        panic!("`init` writes no cluster")
    }
}

/// A configuration of one cluster.
pub(super) fn config() -> Config {
    let text = "{role: writer, home: c, mail: {from: a@example.com, smarthost: 'email-smtp.us-east-1.amazonaws.com:587'}, \
                clusters: [{name: c, in_cluster: true, alertmanager: main}]}";
    Config::parse("f.yaml", text).unwrap()
}
