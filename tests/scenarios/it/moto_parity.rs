//! The simulated IAM and Secrets Manager against moto, which nobody here wrote: the same calls over
//! the real SDK, the same outcomes, but for the deviations of moto that are listed.
// Marks what follows as test code, in which unwrapping and indexing are welcome.
#![cfg(test)]

mod deviations;
mod keys;
mod side;
mod tags;
mod versions;

use std::time::Duration;

use anyhow::Result;
use sandbox::aws::{AwsSim, Content, IamDelays, Options};
use sandbox::peers::Moto;
use sandbox::tools::Tools;

use self::deviations::{DEVIATIONS, Deviation};
use self::side::{Outcome, Side};

/// One user without keys and one secret without a value, as [`Side::set_up`] makes them in moto.
const CONTENT: &str = "
users: [{ name: mailer }]
secrets: [{ name: prod/monitoring }]
";

/// Last-used without delay, so that nothing but moto's own idea of it is compared.
const DELAYS: IamDelays = IamDelays {
    iam_lag: Duration::ZERO,
    key_valid_after: Duration::ZERO,
    last_used_delay: Duration::ZERO,
    last_used_granularity: Duration::from_secs(1),
};

/// A simulator of our own that was not asked anything yet.
fn simulator() -> Result<AwsSim> {
    let content = Content::from_yaml("content.yaml", CONTENT)?;
    let options = Options {
        iam: DELAYS,
        ..Options::default()
    };
    Ok(AwsSim::start(content, options)?)
}

/// Lists what differs and is not on the list, and what is on the list and does not differ.
fn compare(ours: &[Outcome], motos: &[Outcome], listed: &[Deviation]) -> Vec<String> {
    let mut wrong = Vec::new();
    let steps = |outcomes: &[Outcome]| {
        outcomes
            .iter()
            .map(|it| it.step.clone())
            .collect::<Vec<_>>()
    };
    if steps(ours) != steps(motos) {
        wrong.push("the two sides were not asked the same".to_owned());
    }
    for (ours, motos) in ours.iter().zip(motos) {
        let Outcome { step, result } = ours;
        match listed.iter().find(|it| it.step == step) {
            None if result == &motos.result => {}
            None => wrong.push(format!(
                "{step}\n  ours: {result}\n  moto: {}",
                motos.result
            )),
            Some(it) if it.aws != result => {
                wrong.push(format!("{step}\n  ours: {result}\n  AWS:  {}", it.aws));
            }
            Some(it) if it.moto != motos.result => {
                wrong.push(format!(
                    "{step}\n  moto: {}\n  list: {}",
                    motos.result, it.moto
                ));
            }
            Some(_) => {}
        }
    }
    for it in listed {
        if it.aws == it.moto {
            wrong.push(format!("{}: listed and no deviation", it.step));
        }
        if !ours.iter().any(|outcome| outcome.step == it.step) {
            wrong.push(format!("{}: listed and never asked", it.step));
        }
    }
    wrong
}

#[tokio::test]
async fn the_simulator_does_as_moto_but_for_what_moto_does_wrong() -> Result<()> {
    let Some(moto) = Moto::start(&Tools::from_process()?).await? else {
        return Ok(());
    };
    let mut outcomes = [Vec::new(), Vec::new()];
    macro_rules! both {
        ($sequence:path) => {{
            // moto keeps its state over sequences and is emptied, ours begins anew.
            let sim = simulator()?;
            let mut ours = Side::new(&sim.endpoint(), Some(&sim));
            $sequence(&mut ours).await;
            outcomes[0].extend(ours.outcomes);
            let mut motos = Side::new(&moto.endpoint(), None);
            motos.set_up(&moto.endpoint()).await?;
            $sequence(&mut motos).await;
            outcomes[1].extend(motos.outcomes);
        }};
    }
    both!(keys::life);
    both!(keys::refusals);
    both!(keys::use_of_keys);
    both!(tags::rules);
    both!(versions::tokens);
    both!(versions::labels);
    both!(versions::reading);
    both!(versions::deletion);
    let [ours, motos] = outcomes;
    let wrong = compare(&ours, &motos, DEVIATIONS);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(ours.len() > 80, "{} steps", ours.len());
    Ok(())
}

#[test]
fn an_entry_that_no_longer_deviates_is_found_out() {
    let outcome = |result: &str| Outcome {
        step: "a".to_owned(),
        result: result.to_owned(),
    };
    let listed = [Deviation {
        step: "a",
        aws: "refused",
        moto: "ok",
    }];
    let look = |ours, moto| compare(&[outcome(ours)], &[outcome(moto)], &listed).len();
    assert_eq!(look("refused", "ok"), 0);
    assert_eq!(look("refused", "refused"), 1);
    assert_eq!(look("ok", "ok"), 1);
    assert_eq!(compare(&[], &[], &listed).len(), 1);
    assert_eq!(compare(&[outcome("x")], &[outcome("y")], &[]).len(), 1);
}
