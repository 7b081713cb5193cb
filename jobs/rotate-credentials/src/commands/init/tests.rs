//! The first pair against an IAM user, a secret and a mail server in memory, broken at every call.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use common::cancel::{Cancellation, Cause};
use common::cluster::ClusterName;
use common::events::Recorder;
use common::exit::Exit;
use common::secret::{ExposeSecret as _, SecretString};
use jiff::{SignedDuration, Timestamp};

use super::first::{First, Made, Stop};
use crate::cli::Output;
use crate::commands::narrator::Narrator;
use crate::config::Config;
use crate::document::{Document, FieldNames};
use crate::key::{AccessKeyId, Key, KeyStatus, LastUsed};
use crate::marks::{HOLD, Marks, RunId, Stage, Tag};
use crate::outside::{
    Effect, EffectError, Fill, IamReading, Label, Outside, SecretReading, ServerTime,
};
use crate::pair::Pair;
use crate::sample::{id, key, now, trouble, version};
use crate::trouble::Trouble;
use crate::version::VersionId;
use crate::world::{ClusterState, ProbeAnswer, ProbeKind};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const FOREIGN: &str = r#"{"slack-webhook": "https://x.example/\u0041", "n": 1.50e+02}"#;

/// What becomes of the call at which the process dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Crash {
    Before,
    After,
}

#[derive(Default)]
struct State {
    seconds: i64,
    keys: BTreeMap<AccessKeyId, Key>,
    tags: BTreeMap<String, String>,
    versions: BTreeMap<VersionId, String>,
    labels: BTreeMap<Label, VersionId>,
    created: u32,
    logins: u32,
    /// Effects so far, and after how many the process dies.
    effects: usize,
    dies: Option<(usize, Crash)>,
    create_refused: bool,
    fresh_logins: u32,
}

/// An account in memory.
struct Account {
    names: FieldNames,
    state: RefCell<State>,
}

impl Account {
    fn with(text: &str) -> Self {
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

    fn current(&self) -> String {
        let state = self.state.borrow();
        state.versions[&state.labels[&Label::Current]].clone()
    }

    fn marks(&self) -> Marks {
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
            skew: SignedDuration::ZERO,
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

fn config() -> Config {
    let text = "{role: writer, home: c, mail: {from: a@example.com, smarthost: 'email-smtp.us-east-1.amazonaws.com:587'}, \
                clusters: [{name: c, in_cluster: true, alertmanager: main}]}";
    Config::parse("f.yaml", text).unwrap()
}

async fn init_until(account: &Account, cancel: &Cancellation) -> Result<Made, Stop> {
    let (config, recorder) = (config(), Recorder::silent());
    let mut narrator = Narrator::new("init", &config, &recorder, Output::Json);
    let first = First {
        outside: account,
        policy: &config.policy,
        run: RunId::new("this-run"),
        cancel,
        narrator: &mut narrator,
    };
    first.make().await
}

async fn init(account: &Account) -> Result<Made, Stop> {
    init_until(account, &Cancellation::default()).await
}

fn code(result: Result<Made, Stop>) -> &'static str {
    match result {
        Err(Stop::Trouble(trouble)) => trouble.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_empty_secret_gets_its_first_pair_and_keeps_every_other_byte() {
    let account = Account::with(FOREIGN);
    let made = init(&account).await;
    assert_eq!(made, Ok(Made::Now(id('1'))));
    let text = account.current();
    let rest = FOREIGN.trim_end_matches('}');
    assert!(text.starts_with(rest), "{text}");
    let document = Document::parse(text.into(), &account.names).unwrap();
    assert_eq!(document.pair().id, id('1'));
    let mark = account.marks();
    assert_eq!(mark.of(&id('1')).unwrap().stage, Stage::New);
    assert_eq!(
        init(&account).await,
        Ok(Made::Before(id('1'))),
        "typed again"
    );
    assert_eq!(account.state.borrow().created, 1);
}

#[tokio::test]
async fn typed_again_after_any_crash_it_comes_to_the_same_end() {
    for crash in [Crash::Before, Crash::After] {
        for at in 1.. {
            let account = Account::with("{}");
            account.state.borrow_mut().dies = Some((at, crash));
            let died = init(&account).await.is_err();
            account.state.borrow_mut().dies = None;
            let made = init(&account).await;
            let Ok(Made::Now(key) | Made::Before(key)) = &made else {
                panic!("{crash:?} at {at}: {made:?}");
            };
            let text = account.current();
            let document = Document::parse(text.into(), &account.names).unwrap();
            assert_eq!(document.pair().id, *key, "{crash:?} at {at}");
            let state = account.state.borrow();
            assert!(state.keys.len() <= 2, "{crash:?} at {at}");
            // A key whose secret was lost can be found by its announcement.
            for lost in state.keys.keys().filter(|lost| *lost != key) {
                let intents = account.marks().intents;
                let known = intents.values().flatten();
                assert!(known.clone().count() > 0, "{lost} is not announced");
            }
            if !died {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_usable_pair_is_left_alone() {
    let pair = format!(
        r#"{{"email_access_key_id": "{}", "email_secret_access_key": "{SECRET}"}}"#,
        id('Z')
    );
    let account = Account::with(&pair);
    let result = init(&account).await;
    let Err(Stop::Trouble(refusal)) = result else {
        panic!("{result:?}");
    };
    assert_eq!((refusal.exit, refusal.code), (Exit::Config, "not-possible"));
    assert_eq!(account.state.borrow().effects, 0);
    assert_eq!(account.current(), pair);
}

#[tokio::test]
async fn what_is_no_empty_secret_is_refused_without_an_effect() {
    for text in ["[]", "not JSON", r#"{"email_access_key_id": "AKIA"}"#] {
        let account = Account::with(text);
        assert_eq!(code(init(&account).await), "secret-malformed", "{text}");
        assert_eq!(account.state.borrow().effects, 0);
    }
    let full = Account::with("{}");
    for letter in ['F', 'G'] {
        let key = key(letter, SignedDuration::from_hours(1));
        full.state.borrow_mut().keys.insert(key.id.clone(), key);
    }
    assert_eq!(code(init(&full).await), "foreign-key");
    let held = Account::with("{}");
    held.state.borrow_mut().tags.insert(HOLD.into(), "x".into());
    assert_eq!(code(init(&held).await), "not-possible");
    let pending = Account::with("{}");
    pending
        .state
        .borrow_mut()
        .labels
        .insert(Label::Pending, version('7'));
    assert_eq!(code(init(&pending).await), "foreign-pending");
    for account in [full, held, pending] {
        assert_eq!(account.state.borrow().effects, 0);
    }
}

#[tokio::test]
async fn a_refused_creation_takes_its_announcement_back() {
    let account = Account::with("{}");
    account.state.borrow_mut().create_refused = true;
    assert_eq!(code(init(&account).await), "limit");
    assert!(account.state.borrow().tags.is_empty());
}

#[tokio::test]
async fn a_fresh_key_is_tried_for_a_while_and_then_left_to_the_next_run() {
    let slow = Account::with("{}");
    slow.state.borrow_mut().fresh_logins = 4;
    assert_eq!(init(&slow).await, Ok(Made::Now(id('1'))));
    let never = Account::with("{}");
    never.state.borrow_mut().fresh_logins = u32::MAX;
    assert_eq!(code(init(&never).await), "key-not-yet-valid");
    assert_eq!(
        never.current(),
        "{}",
        "nobody reads a pair that does not work"
    );
    never.state.borrow_mut().seconds += 15 * 60;
    assert_eq!(code(init(&never).await), "probe-failed");
}

#[tokio::test]
async fn a_pending_pair_whose_key_is_gone_makes_way() {
    let account = Account::with("{}");
    account.state.borrow_mut().fresh_logins = u32::MAX;
    assert_eq!(code(init(&account).await), "key-not-yet-valid");
    {
        let mut state = account.state.borrow_mut();
        state.keys.clear();
        state.fresh_logins = 0;
    }
    assert_eq!(init(&account).await, Ok(Made::Now(id('2'))));
}

#[tokio::test]
async fn told_to_stop_it_begins_nothing() {
    let account = Account::with("{}");
    let cancel = Cancellation::default();
    cancel.cancel(Cause::Signal);
    assert_eq!(init_until(&account, &cancel).await, Err(Stop::Told));
    assert_eq!(account.state.borrow().effects, 0);
}
