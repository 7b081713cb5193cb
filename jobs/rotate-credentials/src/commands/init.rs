//! `init`: makes the first pair of a secret that has none.
//!
//! The table needs a current pair to decide on, so that this is a way of its own: announce, create,
//! store as `AWSPENDING`, try, make current. It can be typed again after any crash: a pair that was
//! stored is gone on with, a key whose secret was lost is found by its announcement and cleaned up by
//! `apply`. From then on `apply` knows the key as its own. ADR 10 says why it is no row of the table,
//! and what of the guards it keeps.

mod first;
mod look;
#[cfg(test)]
mod tests;

use common::fault::Failure;
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::report::{Conclusion, Outcome};
use serde_json::json;

use super::narrator::Narrator;
use super::session::{self, Session};
use crate::cli::{Output, PersonArgs};
use crate::live::Live;
use crate::marks::RunId;
use common::trouble::Trouble;
use first::{First, Made, Stop};

/// Runs the command.
///
/// # Errors
/// When another run is at work, or the run cannot begin.
pub async fn init(args: &PersonArgs, context: &Context) -> Result<Conclusion, Failure> {
    let config = session::load(&args.source)?;
    session::only_the_writer(&config, "init")?;
    let session = Session::open(&config, context).await?;
    let live = Live::open(&config, context).await?;
    let Some(live) = session.possess(live, context).await? else {
        return Ok(stopped_conclusion(&context.cancel));
    };
    let mut narrator = Narrator::new("init", &config, &session.recorder, args.form.output);
    let first = First {
        outside: &live,
        policy: &config.policy,
        run: RunId::new(&context.identity.run),
        cancel: &context.cancel,
        narrator: &mut narrator,
    };
    let made = Box::pin(first.make()).await;
    narrator.publish().await;
    let printed = tell(&made, args.form.output, &narrator);
    if let Some(guard) = live.into_lease() {
        session::release(guard).await;
    }
    let changes = narrator.changes();
    let conclusion = match made {
        Ok(Made::Now(_)) => Conclusion::done(changes),
        Ok(Made::Before(_)) => Conclusion {
            outcome: Outcome::Noop,
            ..Conclusion::done(0)
        },
        Err(Stop::Told) => stopped_conclusion(&context.cancel),
        Err(Stop::Trouble(trouble)) => Conclusion::from(Failure::from(trouble)),
    };
    printed?;
    Ok(Conclusion {
        changes,
        ..conclusion
    })
}

fn tell(made: &Result<Made, Stop>, form: Output, narrator: &Narrator<'_>) -> Result<(), Failure> {
    match (form, made) {
        (Output::Json, _) => {
            let key = match made {
                Ok(Made::Now(key) | Made::Before(key)) => Some(key),
                Err(_) => None,
            };
            print_json(&json!({
                "v": 1, "command": "init", "key": key, "effects": narrator.entries(),
            }))?;
        }
        (Output::Text, Ok(Made::Now(key))) => print(|out| {
            writeln!(
                out,
                "the secret has its first pair, that of {key}; `apply` brings it to the clusters"
            )
        })?,
        (Output::Text, Ok(Made::Before(key))) => {
            print(|out| {
                writeln!(
                    out,
                    "this was done before: the secret has the pair of {key}"
                )
            })?;
        }
        (Output::Text, Err(_)) => {}
    }
    Ok(())
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}
