//! The summary on top of `status`.

use std::io::{self, Write};

use jiff::Timestamp;

use super::paint::{Colour, Painted};
use super::standing::Standing;
use super::{View, decision, diagram, table, time};
use crate::plan::{Next, Phase};
use crate::world::{Proof, Reading};

pub(super) fn render(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut rows: Vec<Vec<Painted>> = vec![vec!["phase".into(), phase(view)]];
    if let Reading::Known(iam) = &view.world.iam {
        rows.push(vec![
            "hold".into(),
            if iam.marks.hold {
                Painted::new("yes: nothing moves until `unhold`", Colour::Yellow)
            } else {
                "no".into()
            },
        ]);
        rows.push(vec!["rotation".into(), rotation(view).into()]);
    }
    rows.push(vec!["clusters".into(), clusters(view)]);
    let (standing, because) = (view.standing(), decision::because(view.plan));
    rows.push(vec![
        "decision".into(),
        format!(
            "{} {}: {because}",
            decision::place(view.plan.row),
            standing.word()
        )
        .into(),
    ]);
    rows.push(vec!["to do".into(), to_do(view, standing)]);
    table::render(out, 0, &rows)
}

fn phase(view: &View<'_>) -> Painted {
    let phase = view.plan.phase;
    let meaning = diagram::meaning(phase);
    let colour = match phase {
        Phase::Blocked => Colour::Red,
        Phase::Idle => Colour::Green,
        Phase::Create
        | Phase::Stage
        | Phase::Probe
        | Phase::Promote
        | Phase::Roll
        | Phase::Soak
        | Phase::Watch => Colour::Yellow,
    };
    Painted::new(format!("{}: {meaning}", phase.word()), colour)
}

/// When the next one begins.
fn rotation(view: &View<'_>) -> String {
    let policy = time::span(view.policy.rotate_after);
    let Some(facts) = view.facts() else {
        return "not known: the secret was not seen".to_owned();
    };
    let Some(key) = facts.key(facts.cur()) else {
        return format!("{} is gone", facts.cur().short());
    };
    let age = time::span(facts.age(key.created));
    let due = key
        .created
        .checked_add(view.policy.rotate_after)
        .unwrap_or(Timestamp::MAX);
    if facts.is_due() {
        format!(
            "due: {} is {age} old, and {policy} is the limit",
            key.id.short()
        )
    } else {
        format!(
            "next on {}: {} is {age} old",
            time::minute(due),
            key.id.short()
        )
    }
}

fn clusters(view: &View<'_>) -> Painted {
    let all = view.world.clusters.len();
    let Some(facts) = view.facts() else {
        return Painted::new("not known", Colour::Yellow);
    };
    let is_proven = |it: &&crate::world::Cluster| it.proof(facts.cur()) == Proof::Proven;
    let proven = view.world.clusters.iter().filter(is_proven).count();
    let colour = if proven == all {
        Colour::Green
    } else {
        Colour::Red
    };
    let text = format!("{proven} of {all} run {}", facts.cur().short());
    Painted::new(text, colour)
}

fn to_do(view: &View<'_>, standing: Standing) -> Painted {
    if view.world.iam.known().is_some_and(|iam| iam.marks.hold) {
        return "`unhold` when the reason for the hold is gone".into();
    }
    match (decision::hint(view.plan), standing) {
        (Some(hint), Standing::Stops) => Painted::new(hint, Colour::Bold),
        (None, Standing::Stops) => "look at the decision".into(),
        (_, Standing::Due) => "nothing: the next run of the CronJob goes on".into(),
        (_, Standing::Waits) => match view.plan.next {
            Next::Rest { .. } => decision::next(view.plan).into(),
            Next::Poll { .. }
            | Next::Act(_)
            | Next::Probe { .. }
            | Next::LookAgain { .. }
            | Next::Stop(_) => "nothing: a run of the CronJob waits for it".into(),
        },
        (_, Standing::Quiet) => "nothing".into(),
    }
}
