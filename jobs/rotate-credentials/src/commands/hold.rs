//! `hold` and `unhold`: a person's stop switch, which is a tag of the user.
//!
//! `hold` does not wait for the Lease: the run that it shall stop has it, and looks at the tag before
//! its next step. `unhold` takes the Lease, as everything does that sets things going.

use common::fault::Failure;
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::report::{Conclusion, Outcome};
use serde_json::json;

use super::narrator::Narrator;
use super::session::{self, Session};
use crate::cli::{Output, PersonArgs};
use crate::live::Live;
use crate::marks::{HOLD, RunId, Tag};
use crate::outside::{Effect, EffectError, Outside};
use crate::report::audit;
use crate::verdict;
use common::trouble::Trouble;

/// Stops the rotation.
///
/// # Errors
/// When the tag cannot be read or written.
pub async fn hold(args: &PersonArgs, context: &Context) -> Result<Conclusion, Failure> {
    let config = session::load(&args.source)?;
    session::only_the_writer(&config, "hold")?;
    let session = Session::open(&config, context).await?;
    let live = Live::open(&config, context).await?;
    let (run, form) = (RunId::new(&context.identity.run), args.form.output);
    let mut narrator = Narrator::new("hold", &config, &session.recorder, form);
    switch(&live, Switch::On, &run, &mut narrator, form).await
}

/// Lets the rotation go on.
///
/// # Errors
/// When another run is at work, or the tag cannot be read or removed.
pub async fn unhold(args: &PersonArgs, context: &Context) -> Result<Conclusion, Failure> {
    let config = session::load(&args.source)?;
    session::only_the_writer(&config, "unhold")?;
    let session = Session::open(&config, context).await?;
    let live = Live::open(&config, context).await?;
    let Some(live) = session.possess(live, context).await? else {
        return Ok(stopped_conclusion(&context.cancel));
    };
    let (run, form) = (RunId::new(&context.identity.run), args.form.output);
    let mut narrator = Narrator::new("unhold", &config, &session.recorder, form);
    let done = switch(&live, Switch::Off, &run, &mut narrator, form).await;
    if let Some(guard) = live.into_lease() {
        session::release(guard).await;
    }
    done
}

/// What the tag is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    On,
    Off,
}

impl Switch {
    const fn command(self) -> &'static str {
        match self {
            Self::On => "hold",
            Self::Off => "unhold",
        }
    }

    const fn already(self) -> &'static str {
        match self {
            Self::On => "the rotation is held already",
            Self::Off => "nobody holds the rotation",
        }
    }

    const fn effect(self) -> &'static str {
        match self {
            Self::On => "hold the rotation",
            Self::Off => "let the rotation go on",
        }
    }
}

async fn switch<O: Outside>(
    outside: &O,
    switch: Switch,
    run: &RunId,
    narrator: &mut Narrator<'_>,
    form: Output,
) -> Result<Conclusion, Failure> {
    let command = switch.command();
    let held = outside.read_iam().await?.tags.contains_key(HOLD);
    if held == (switch == Switch::On) {
        match form {
            Output::Text => print(|out| writeln!(out, "{}", switch.already()))?,
            Output::Json => print_json(&document(command, &[]))?,
        }
        return Ok(Conclusion {
            outcome: Outcome::Noop,
            ..Conclusion::done(0)
        });
    }
    let done = set(outside, run, switch).await;
    let what = (switch.effect().to_owned(), HOLD.to_owned());
    let entry = audit::Entry::new(command, what, "a person asked for it", &done);
    narrator.tell(entry);
    narrator.publish().await;
    if form == Output::Json {
        print_json(&document(command, narrator.entries()))?;
    }
    match done {
        Ok(()) => Ok(Conclusion::done(1)),
        Err(error) => Err(failure(error).into()),
    }
}

async fn set<O: Outside>(outside: &O, run: &RunId, switch: Switch) -> Effect {
    match switch {
        Switch::On => {
            let tag = Tag {
                name: HOLD.to_owned(),
                value: format!("v1 run={} at={:.0}", run.as_str(), outside.now()),
            };
            outside.tag(&tag).await
        }
        Switch::Off => outside.untag(HOLD).await,
    }
}

fn document(command: &str, effects: &[audit::Entry]) -> serde_json::Value {
    json!({ "v": 1, "command": command, "effects": effects })
}

/// What an effect that was not made amounts to.
pub(super) fn failure(error: EffectError) -> Trouble {
    match error {
        EffectError::Refused(trouble) | EffectError::Unclear(trouble) => trouble,
        EffectError::Overtaken => {
            verdict::OVERTAKEN.because("somebody changed the same object at the same time")
        }
    }
}

#[cfg(test)]
mod tests {
    use common::events::Recorder;
    use common::report::Outcome;

    use super::*;
    use crate::commands::testing::{Account, config};

    async fn turn(account: &Account, to: Switch) -> Outcome {
        let (config, recorder) = (config(), Recorder::silent());
        let mut narrator = Narrator::new("hold", &config, &recorder, Output::Json);
        let run = RunId::new("this-run");
        let done = switch(account, to, &run, &mut narrator, Output::Json).await;
        done.unwrap().outcome
    }

    #[tokio::test]
    async fn the_tag_is_set_and_removed_once() {
        let account = Account::with("{}");
        assert_eq!(turn(&account, Switch::Off).await, Outcome::Noop);
        assert_eq!(turn(&account, Switch::On).await, Outcome::Ok);
        assert!(account.marks().hold);
        assert_eq!(turn(&account, Switch::On).await, Outcome::Noop);
        assert_eq!(turn(&account, Switch::Off).await, Outcome::Ok);
        assert!(!account.marks().hold);
        assert_eq!(account.state.borrow().effects, 2);
    }

    #[tokio::test]
    async fn what_iam_takes_stands_in_the_tag() {
        let account = Account::with("{}");
        turn(&account, Switch::On).await;
        let state = account.state.borrow();
        let allowed = |c: char| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c);
        let value = &state.tags[HOLD];
        assert!(value.chars().all(allowed), "{value}");
        assert!(value.contains("run=this-run"), "{value}");
    }

    #[test]
    fn an_effect_that_was_overtaken_can_be_tried_again() {
        let trouble = failure(EffectError::Overtaken);
        assert_eq!(trouble.exit, common::exit::Exit::Transient);
    }
}
