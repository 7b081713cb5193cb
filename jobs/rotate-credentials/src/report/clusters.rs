//! The clusters: one line each, or replica by replica.

use std::collections::BTreeSet;
use std::io::{self, Write};

use common::alertmanager::SmtpUsers;

use super::paint::{Colour, Painted};
use super::{View, table, time};
use crate::key::AccessKeyId;
use crate::world::{Cluster, ClusterState, Fit, MailFlow, Proof, Replica};

/// One line for each cluster.
pub(super) fn render_lines(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    table::render(out, 0, &lines(view))
}

/// Each cluster, and what speaks for and against each of its replicas.
pub(super) fn render_matrix(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let lines = table::lines(&lines(view));
    for (line, cluster) in lines.iter().zip(&view.world.clusters) {
        writeln!(out, "{line}")?;
        if let (Ok(state), Some(facts)) = (&cluster.state, view.facts()) {
            table::render(out, 2, &matrix(state, facts.cur()))?;
        }
    }
    Ok(())
}

fn lines(view: &View<'_>) -> Vec<Vec<Painted>> {
    let clusters = view.world.clusters.iter();
    clusters.map(|cluster| line(view, cluster)).collect()
}

fn line(view: &View<'_>, cluster: &Cluster) -> Vec<Painted> {
    let name = Painted::from(cluster.name.as_str());
    let Some(facts) = view.facts() else {
        return vec![
            name,
            "the secret was not seen, so there is nothing to compare".into(),
        ];
    };
    let cur = facts.cur();
    let said = match cluster.proof(cur) {
        Proof::Proven => Painted::new("✓ proven", Colour::Green),
        Proof::Unproven(_) => Painted::new("✗ not proven", Colour::Red),
        Proof::NotWritten => Painted::new("✗ not written", Colour::Yellow),
        Proof::Unseen(_) => Painted::new("? not seen", Colour::Yellow),
    };
    let detail = match (&cluster.state, cluster.proof(cur)) {
        (_, Proof::Unseen(trouble)) => trouble.to_string(),
        (Ok(state), Proof::Proven) => {
            let count = state.replicas.len();
            let replicas = if count == 1 {
                "replica runs"
            } else {
                "replicas run"
            };
            format!("{count} {replicas} {}{}", cur.short(), mails(view, state))
        }
        (Ok(state), Proof::NotWritten) => match &state.source.fit {
            Fit::Beyond(paths) => format!("differs from the template in {}", paths.join(", ")),
            Fit::Same | Fit::Login => "another login is written".to_owned(),
        },
        (_, proof) => proof.to_string(),
    };
    vec![name, said, detail.into()]
}

/// What was counted of mails, as it is appended to a line.
fn mails(view: &View<'_>, state: &ClusterState) -> String {
    let ago = |at| time::span(view.world.now.duration_since(at));
    match state.mail {
        MailFlow::Flowing { since, sent } => {
            let noun = if sent == 1 { "mail" } else { "mails" };
            format!(", {sent} {noun} in {}", ago(since))
        }
        MailFlow::Refused { since } => format!(", mails refused in the last {}", ago(since)),
        // A look without the Lease has nothing to count from.
        MailFlow::Unknown if view.world.run.lease_held.is_none() => String::new(),
        MailFlow::Unknown => ", mails not counted yet".to_owned(),
    }
}

fn matrix(state: &ClusterState, cur: &AccessKeyId) -> Vec<Vec<Painted>> {
    let head = ["", "login", "", "ready", "reloaded", "as generated"];
    let mut rows = vec![head.map(Painted::from).to_vec()];
    rows.push(login("written", &state.source.users, cur));
    rows.push(match &state.generated {
        Some(generated) => login("generated", &generated.users, cur),
        None => vec![
            "generated".into(),
            "nothing".into(),
            Painted::sign(Some(false)),
        ],
    });
    rows.extend(state.replicas.iter().map(|it| replica(it, cur)));
    rows
}

fn login(what: &str, users: &SmtpUsers, cur: &AccessKeyId) -> Vec<Painted> {
    let sign = Painted::sign(Some(users.are_only(cur.as_str())));
    vec![what.into(), shown(users).into(), sign]
}

fn replica(replica: &Replica, cur: &AccessKeyId) -> Vec<Painted> {
    match &replica.state {
        Ok(state) => vec![
            replica.pod.as_str().into(),
            shown(&state.users).into(),
            Painted::sign(Some(state.users.are_only(cur.as_str()))),
            Painted::sign(Some(state.ready)),
            Painted::sign(state.reload_ok),
            Painted::sign(state.loaded),
        ],
        Err(trouble) => vec![
            replica.pod.as_str().into(),
            "not seen".into(),
            Painted::sign(None),
            trouble.to_string().into(),
        ],
    }
}

/// The ids of keys. Anything else that stands in their place is not repeated: it may be a secret.
fn shown(users: &SmtpUsers) -> String {
    let each = users
        .managed
        .iter()
        .map(|user| match user.parse::<AccessKeyId>() {
            Ok(key) => key.short(),
            Err(_) => "no key".to_owned(),
        });
    let all: BTreeSet<_> = each.collect();
    if all.is_empty() {
        "none".to_owned()
    } else {
        all.into_iter().collect::<Vec<_>>().join(", ")
    }
}
