//! What a person asks for besides the schedule: the steps that come before the table takes over.
//!
//! Each request is a decision on the world as everything else is, so that it can be shown before it
//! is done and goes on after a crash when it is typed again.

use serde::Serialize;

use super::rows::{pending, refuse};
use super::{Decision, Next, Plan, facts, finish};
use crate::facts::{Facts, Pending};
use crate::key::{AccessKeyId, Key, KeyStatus};
use crate::marks::{KeyMark, Stage};
use crate::policy::Policy;
use crate::step::{Step, restaged};
use crate::verdict;
use crate::version::VersionId;
use crate::world::World;
use common::exit::Exit;
use common::trouble::Trouble;

/// A person's request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Go back to an older key that still exists; the newer one is retired.
    Rollback(AccessKeyId),
    /// Give up a rotation whose pair is not current yet.
    Abort,
    /// Acknowledge what a person did: a rollback, or a key that was activated again.
    Resume,
    /// Take a key for ours that is not.
    Adopt(AccessKeyId),
}

/// The next step of a request; `None` when there is nothing left of it to do and the table decides.
pub fn plan_request(world: &World, policy: &Policy, request: &Request) -> Option<Plan> {
    let facts = match facts(world, policy) {
        Ok(facts) => facts,
        Err(trouble) => {
            let stop = Decision::stop(trouble);
            return Some(finish(world, policy, ("0", stop)));
        }
    };
    // Clock and hold come first for a person's request too.
    let decision = refuse::skew(&facts)
        .or_else(|| refuse::held(&facts))
        .or_else(|| match request {
            Request::Rollback(to) => rollback(&facts, to),
            Request::Abort => abort(&facts),
            Request::Resume => resume(&facts),
            Request::Adopt(key) => adopt(&facts, key),
        })?;
    Some(finish(world, policy, (request.row(), decision)))
}

impl Request {
    /// What stands in place of a row's number.
    pub const fn row(&self) -> &'static str {
        match self {
            Self::Rollback(_) => "rollback",
            Self::Abort => "abort",
            Self::Resume => "resume",
            Self::Adopt(_) => "adopt",
        }
    }

    /// Whether the table goes on when nothing is left to do of it.
    pub const fn goes_on(&self) -> bool {
        matches!(self, Self::Rollback(_))
    }
}

fn rollback(facts: &Facts<'_>, to: &AccessKeyId) -> Option<Decision> {
    let (cur, current) = (facts.cur(), &facts.store.current.version);
    if to == cur {
        return None;
    }
    let pending = facts.pending();
    let stored = matches!(&pending, Pending::Ours { key, .. } if *key == to);
    let Some(key) = facts.key(to) else {
        return Some(wrong(format!("{to} is not a key of this user")));
    };
    if !stored && pending != Pending::None {
        return Some(wrong(
            "another pair is pending; run `abort` first".to_owned(),
        ));
    }
    if facts.version_of(to).is_none() {
        return Some(wrong(format!(
            "no version of the secret holds the pair of {to}; AWS shows it only once"
        )));
    }
    if key.status == KeyStatus::Inactive {
        let mark = facts.mark(to)?;
        return Some(if mark.stage == Stage::Inactive {
            mark_step(
                to,
                restaged(mark, Stage::Soaking, facts.now()),
                "it is brought back",
            )
        } else {
            let step = Step::Activate { key: to.clone() };
            Decision::act(step, "it is brought back")
        });
    }
    let wanted = facts.mark(to).is_some_and(|mark| {
        mark.stage == Stage::New
            && mark.replaces.as_ref() == Some(cur)
            && (stored || mark.base.as_ref() == Some(current))
    });
    if !wanted {
        let mark = KeyMark {
            stage: Stage::New,
            run: facts.world.run.id.clone(),
            replaces: Some(cur.clone()),
            base: Some(current.clone()),
            at: facts.now(),
            since: facts.now(),
            short: false,
        };
        return Some(mark_step(to, mark, "it is to replace the current key"));
    }
    if let Some(mark) = facts.mark(cur)
        && mark.replaces.as_ref() == Some(to)
    {
        let mark = KeyMark {
            replaces: None,
            ..mark.clone()
        };
        return Some(mark_step(
            cur,
            mark,
            "it no longer counts as the newer of the two",
        ));
    }
    if stored {
        // The table goes on: it tries the pair, makes it current, rolls it, retires the newer one.
        return None;
    }
    let step = Step::Store {
        key: to.clone(),
        base: current.clone(),
        version: VersionId::token(to, current),
    };
    Some(Decision::act(step, "its pair becomes the pending one"))
}

fn abort(facts: &Facts<'_>) -> Option<Decision> {
    if let Pending::Ours { version, .. } = facts.pending()
        && refuse::newer_than_current(facts).is_none()
    {
        // Once the label is gone, only its mark tells that the key is ours.
        if let Some(mark) = pending::mark(facts) {
            return Some(mark);
        }
        let step = Step::DropPending {
            version: version.clone(),
        };
        return Some(Decision::act(step, "the rotation is given up"));
    }
    let key = facts
        .retired()
        .find(|key| facts.stage(&key.id) == Some(Stage::New))?;
    let mark = restaged(facts.mark(&key.id)?, facts.given_up(key), facts.now());
    Some(mark_step(&key.id, mark, "it did not become current"))
}

fn resume(facts: &Facts<'_>) -> Option<Decision> {
    if let Some(newer) = refuse::newer_than_current(facts) {
        if let Some(pending) = &facts.store.pending
            && pending.key() == Some(newer)
        {
            let step = Step::DropPending {
                version: pending.version.clone(),
            };
            return Some(Decision::act(
                step,
                "the pair that was left is not promoted again",
            ));
        }
        let mark = restaged(facts.mark(newer)?, Stage::Soaking, facts.now());
        return Some(mark_step(
            newer,
            mark,
            "the pair that was gone back to stays",
        ));
    }
    let key = facts
        .retired()
        .find(|key| key.is_active() && facts.stage(&key.id) == Some(Stage::Inactive))?;
    let mark = restaged(facts.mark(&key.id)?, Stage::Soaking, facts.now());
    Some(mark_step(
        &key.id,
        mark,
        "it is retired again once nobody uses it",
    ))
}

fn adopt(facts: &Facts<'_>, id: &AccessKeyId) -> Option<Decision> {
    let Some(key) = facts.key(id) else {
        return Some(wrong(format!("{id} is not a key of this user")));
    };
    if facts.mark(id).is_some() {
        return None;
    }
    let stage = if id == facts.cur() {
        Stage::Live
    } else {
        Stage::Soaking
    };
    let mark = KeyMark {
        stage,
        run: facts.world.run.id.clone(),
        replaces: None,
        base: None,
        at: facts.now(),
        since: facts.now(),
        short: false,
    };
    let because = match (stage, Key::is_active(key)) {
        (Stage::Live, _) => "the current key is ours",
        (_, true) => "it is retired once nobody uses it",
        (_, false) => "it is deleted after the grace",
    };
    Some(mark_step(id, mark, because))
}

fn mark_step(key: &AccessKeyId, mark: KeyMark, because: &str) -> Decision {
    let step = Step::Mark {
        key: key.clone(),
        mark,
    };
    Decision::of(Next::Act(step), because)
}

fn wrong(text: String) -> Decision {
    Decision::stop(Trouble {
        exit: Exit::Config,
        code: verdict::NOT_POSSIBLE.code,
        text,
        hint: Some(verdict::NOT_POSSIBLE.remedy.to_owned()),
    })
}
