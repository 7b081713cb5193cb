//! The user's keys.

use std::io::{self, Write};

use super::paint::{Colour, Painted};
use super::{View, table, time};
use crate::facts::Facts;
use crate::key::{AccessKeyId, Key, KeyStatus, LastUsed};
use crate::world::Reading;

pub(super) fn render(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let iam = match &view.world.iam {
        Reading::Known(iam) => iam,
        Reading::NotMine => return writeln!(out, "keys: the writer's business, not looked at"),
        Reading::Failed(trouble) => return writeln!(out, "keys: not seen: {trouble}"),
    };
    let facts = view.facts();
    let head = ["key", "status", "age", "last used", "mark", "role"];
    let mut rows = vec![head.map(Painted::from).to_vec()];
    rows.extend(iam.keys.values().map(|key| row(view, facts.as_ref(), key)));
    if let Some(missing) = facts.map(|facts| facts.cur())
        && !iam.keys.contains_key(missing)
    {
        let gone = Painted::new("gone", Colour::Red);
        let blank = || Painted::from("");
        let role = Painted::new("current", Colour::Bold);
        rows.push(vec![
            missing.short().into(),
            gone,
            blank(),
            blank(),
            blank(),
            role,
        ]);
    }
    if iam.keys.is_empty() {
        rows.push(vec!["none".into()]);
    }
    table::render(out, 0, &rows)
}

fn row(view: &View<'_>, facts: Option<&Facts<'_>>, key: &Key) -> Vec<Painted> {
    let age = view.world.now.duration_since(key.created);
    let status = match key.status {
        KeyStatus::Active => Painted::from("active"),
        KeyStatus::Inactive => Painted::from("inactive"),
        KeyStatus::Other => Painted::new("neither", Colour::Yellow),
    };
    let age = if facts.is_some_and(|it| it.cur() == &key.id) && age > view.policy.rotate_after {
        Painted::new(time::span(age), Colour::Yellow)
    } else {
        time::span(age).into()
    };
    vec![
        key.id.short().into(),
        status,
        age,
        last_used(view, &key.last_used).into(),
        mark(view, &key.id).into(),
        facts.map_or_else(|| "?".into(), |facts| role(facts, key)),
    ]
}

fn last_used(view: &View<'_>, last: &LastUsed) -> String {
    match last {
        LastUsed::Never => "never".to_owned(),
        LastUsed::Unknown => "unknown".to_owned(),
        LastUsed::At {
            at,
            service,
            region,
        } => {
            let ago = time::span(view.world.now.duration_since(*at));
            format!("{ago} ago ({service} {region})")
        }
    }
}

fn mark(view: &View<'_>, id: &AccessKeyId) -> String {
    let Some(iam) = view.world.iam.known() else {
        return String::new();
    };
    match iam.marks.keys.get(id) {
        Some(Ok(mark)) => mark.stage.word().to_owned(),
        Some(Err(_)) => "unreadable".to_owned(),
        None if iam.marks.described.contains(id) => "none, described".to_owned(),
        None => "none".to_owned(),
    }
}

/// What the key is to the rotation.
fn role(facts: &Facts<'_>, key: &Key) -> Painted {
    if key.id == *facts.cur() {
        Painted::new("current", Colour::Bold)
    } else if facts.is_in_service(&key.id) {
        Painted::new("new", Colour::Green)
    } else if facts.old().is_some_and(|old| old.id == key.id) {
        "old".into()
    } else if facts.is_ours(&key.id) {
        "ours".into()
    } else if facts.is_lost(key) {
        Painted::new("ours, its secret lost", Colour::Yellow)
    } else {
        Painted::new("foreign", Colour::Red)
    }
}
