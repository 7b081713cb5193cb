//! The first pair against an IAM user, a secret and a mail server in memory, broken at every call.

use common::cancel::{Cancellation, Cause};
use common::events::Recorder;
use common::exit::Exit;
use jiff::SignedDuration;

use super::first::{First, Made, Stop};
use crate::cli::Output;
use crate::commands::narrator::Narrator;
use crate::commands::testing::{Account, Crash, SECRET, State, config};
use crate::document::Document;
use crate::marks::{HOLD, RunId, Stage};
use crate::outside::Label;
use crate::sample::{id, key, version};

const FOREIGN: &str = r#"{"slack-webhook": "https://x.example/\u0041", "n": 1.50e+02}"#;

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

/// What somebody does, how `init` ends, and how many tags are left.
type Meanwhile = (fn(&mut State), &'static str, usize);

#[tokio::test]
async fn what_changed_since_the_announcement_takes_it_back_and_creates_nothing() {
    let somebody_creates = |state: &mut State| {
        let key = key('F', SignedDuration::ZERO);
        state.keys.insert(key.id.clone(), key);
    };
    let somebody_holds = |state: &mut State| {
        state.tags.insert(HOLD.into(), "x".into());
    };
    let the_clock_jumps = |state: &mut State| state.skew_seconds = 61;
    let cases: [Meanwhile; 3] = [
        (somebody_creates, "foreign-key", 0),
        (somebody_holds, "not-possible", 1),
        (the_clock_jumps, "clock-skew", 0),
    ];
    for (meanwhile, expected, tags_left) in cases {
        let account = Account::with("{}");
        account.state.borrow_mut().meanwhile = Some(meanwhile);
        assert_eq!(code(init(&account).await), expected);
        let state = account.state.borrow();
        assert_eq!(state.created, 0, "{expected}");
        assert_eq!(state.tags.len(), tags_left, "{expected}");
    }
}

#[tokio::test]
async fn only_effects_that_were_made_are_counted_as_changes() {
    let account = Account::with("{}");
    account.state.borrow_mut().create_refused = true;
    let (config, recorder) = (config(), Recorder::silent());
    let mut narrator = Narrator::new("init", &config, &recorder, Output::Json);
    let first = First {
        outside: &account,
        policy: &config.policy,
        run: RunId::new("this-run"),
        cancel: &Cancellation::default(),
        narrator: &mut narrator,
    };
    assert_eq!(code(first.make().await), "limit");
    assert_eq!(narrator.entries().len(), 3, "announced, refused, withdrawn");
    assert_eq!(narrator.changes(), 2);
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
