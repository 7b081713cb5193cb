//! Keys of Secrets that must hold the same in every cluster, compared without being shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use serde_json::json;

use super::detail::Desk;
use crate::config::Config;
use crate::declared::{What, at};
use crate::finding::{Finding, Presence, Standing};
use crate::node::{Meaning, Node};
use crate::normalise::normalise;
use crate::object::{Kind, ObjectName};
use crate::observe;
use crate::path::Pattern;
use crate::secret::Hider;
use crate::survey::{Gap, Part};

/// The family of these findings.
const FAMILY: &str = "secrets";

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    pub(super) findings: Vec<Finding>,
    pub(super) parts: Vec<Part>,
}

/// What a cluster has under a key.
enum Held {
    /// Something, of which only a digest is kept that nobody else can make.
    Value(Meaning),
    /// The Secret is not there.
    NoSecret,
    /// It has no such key.
    NoKey,
    /// There is no such field in it, or no document.
    NoField,
    /// Nobody can say.
    Gap(Gap),
}

/// Compares every key that is declared to be the same everywhere.
pub(super) async fn look(desk: &Desk<'_>) -> Secrets {
    let mut secrets = Secrets::default();
    let applied = desk.measure.config.rules.iter();
    for rule in applied.filter(|rule| !rule.is_expired(desk.today)) {
        let What::SameSecret {
            namespace,
            name,
            key,
            path,
        } = &rule.what
        else {
            continue;
        };
        let reads = desk.clusters.all.iter().map(async |cluster| match cluster {
            Err(trouble) => Held::Gap(observe::not_connected(trouble)),
            Ok(cluster) => match cluster.get_secret(namespace, name).await {
                Ok(secret) => match secret.value(key) {
                    Some(bytes) => hold(desk.measure.hider, key, bytes, path.as_ref()),
                    None => Held::NoKey,
                },
                Err(error) if error.kind == common::cluster::Kind::NotFound => Held::NoSecret,
                Err(error) => Held::Gap(observe::failed(&error)),
            },
        });
        let held = join_all(reads).await;
        let object = ObjectName {
            kind: Kind::new("", "Secret"),
            namespace: Some(namespace.clone()),
            name: name.clone(),
        };
        for (cluster, held) in held.iter().enumerate() {
            let part = Part {
                family: FAMILY.to_owned(),
                kind: object.kind.clone(),
                cluster,
                read: match held {
                    Held::Gap(gap) => Err(gap.clone()),
                    Held::NoSecret => Ok(0),
                    Held::Value(_) | Held::NoKey | Held::NoField => Ok(1),
                },
            };
            secrets.parts.push(part);
        }
        desk.measure.rules.count(rule);
        let what = match path {
            Some(path) => format!("{key}#{path}"),
            None => key.clone(),
        };
        let finding = finding(desk.measure.config, object, &what, &held);
        secrets.findings.push(Finding {
            rule: Some(rule.id.clone()),
            ..finding
        });
    }
    secrets
}

fn hold(hider: &Hider, key: &str, bytes: &[u8], path: Option<&Pattern>) -> Held {
    let Some(path) = path else {
        return Held::Value(Meaning::Secret(hider.digest("", bytes)));
    };
    // The normal form of a Secret holds digests, and no text of it.
    let object = json!({"data": {key: STANDARD.encode(bytes)}});
    let normal = normalise(&Kind::new("", "Secret"), &object, &(), hider);
    let document = match &normal.root {
        Node::Map(fields) => match fields.get("data") {
            Some(Node::Map(data)) => data.get(key),
            Some(Node::Leaf(_) | Node::List(_) | Node::Document { .. }) | None => None,
        },
        Node::Leaf(_) | Node::List(_) | Node::Document { .. } => None,
    };
    let Some(Node::Document { root, .. }) = document else {
        return Held::NoField;
    };
    match at(root, path).as_slice() {
        [(_, Node::Leaf(leaf))] => Held::Value(leaf.meaning.clone()),
        [] | [_, ..] => Held::NoField,
    }
}

fn finding(config: &Config, object: ObjectName, what: &str, held: &[Held]) -> Finding {
    let names = config.clusters.iter().map(|it| it.name.as_str());
    let missing: Vec<_> = names
        .zip(held)
        .filter_map(|(cluster, held)| match held {
            Held::NoSecret => Some(format!("{cluster} has no such Secret")),
            Held::NoKey => Some(format!("{cluster} has no such key")),
            Held::NoField => Some(format!("{cluster} has no such field")),
            Held::Value(_) | Held::Gap(_) => None,
        })
        .collect();
    let values: Vec<_> = held
        .iter()
        .filter_map(|held| match held {
            Held::Value(value) => Some(value),
            Held::NoSecret | Held::NoKey | Held::NoField | Held::Gap(_) => None,
        })
        .collect();
    let equal = values.windows(2).all(|pair| match pair {
        [one, other] => one == other,
        _ => true,
    });
    let gap = held.iter().find_map(|held| match held {
        Held::Gap(gap) => Some(gap.reason),
        Held::Value(_) | Held::NoSecret | Held::NoKey | Held::NoField => None,
    });
    let (standing, text) = match (missing.is_empty(), equal, gap) {
        (_, false, _) => (Standing::Different, "is not the same everywhere".to_owned()),
        (false, true, _) => (Standing::Missing, missing.join(", ")),
        (true, true, Some(reason)) => (
            Standing::Unknown(reason),
            "could not be compared".to_owned(),
        ),
        (true, true, None) => (Standing::Equal, "is the same everywhere".to_owned()),
    };
    let presence = held.iter().map(|held| match held {
        Held::Value(_) | Held::NoKey | Held::NoField => Presence::Here,
        Held::NoSecret => Presence::Absent,
        Held::Gap(_) => Presence::Unknown,
    });
    Finding {
        family: FAMILY.to_owned(),
        object,
        standing,
        presence: presence.collect(),
        fields: Vec::new(),
        text: Some(format!("{what} {text}")),
        hint: standing
            .is_drift()
            .then(|| "see which cluster was left out when it was last written".to_owned()),
        rule: None,
        age: None,
    }
}

#[cfg(test)]
mod tests;
