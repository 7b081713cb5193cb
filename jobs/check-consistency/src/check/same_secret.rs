//! Keys of Secrets that must hold the same in every cluster, compared without being shown.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::cancel::{Cancellation, Cause};
use common::cluster::{Cluster, Kind as ErrorKind, Patience};
use common::exit::Exit;
use common::trouble::Trouble;
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::detail::Desk;
use crate::config::Config;
use crate::declared::{What, at};
use crate::finding::{Finding, Presence, Standing, Unknown};
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
    let rules = desk.measure.config.rules.iter();
    let applied = rules.filter(|rule| !rule.is_expired(desk.today));
    let applied = applied.filter_map(|rule| Some((rule, Wanted::of(&rule.what)?)));
    let applied: Vec<_> = applied.collect();
    let wanted: Vec<_> = applied.iter().map(|(_, wanted)| *wanted).collect();
    let reads = desk.clusters.all.iter();
    let reads = reads.map(|cluster| Box::pin(read(desk, cluster.as_ref(), &wanted)));
    let mut by_cluster: Vec<_> = join_all(reads)
        .await
        .into_iter()
        .map(Vec::into_iter)
        .collect();
    for (rule, wanted) in applied {
        let Wanted {
            namespace,
            name,
            key,
            path,
        } = wanted;
        let held: Vec<_> = by_cluster.iter_mut().filter_map(Iterator::next).collect();
        let object = ObjectName {
            kind: Kind::new("", "Secret"),
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
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
            None => key.to_owned(),
        };
        let finding = finding(desk.measure.config, object, &what, &held);
        secrets.findings.push(Finding {
            rule: Some(rule.id.clone()),
            ..finding
        });
    }
    secrets
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
struct Wanted<'a> {
    namespace: &'a str,
    name: &'a str,
    key: &'a str,
    path: Option<&'a Pattern>,
}

impl<'a> Wanted<'a> {
    fn of(what: &'a What) -> Option<Self> {
        let What::SameSecret {
            namespace,
            name,
            key,
            path,
        } = what
        else {
            return None;
        };
        Some(Self {
            namespace,
            name,
            key,
            path: path.as_ref(),
        })
    }
}

/// What one cluster holds of each, in their order. All of it takes no longer than `limits.per_cluster`.
async fn read(
    desk: &Desk<'_>,
    cluster: Result<&Cluster, &Trouble>,
    wanted: &[Wanted<'_>],
) -> Vec<Held> {
    let cluster = match cluster {
        Ok(cluster) => cluster,
        Err(trouble) => {
            let gap = || Held::Gap(observe::not_connected(trouble));
            return wanted.iter().map(|_| gap()).collect();
        }
    };
    let bounds = Bounds::of(desk.measure.config.limits.per_cluster);
    let cancel = &desk.context.cancel;
    let mut all = Vec::new();
    for it in wanted {
        let read = Patience::default().repeat(&desk.context.clock, cancel, || {
            cluster.get_secret(it.namespace, it.name)
        });
        let held = async {
            match read.await {
                Ok(secret) => match secret.value(it.key) {
                    Some(bytes) => hold(desk.measure.hider, it.key, bytes, it.path),
                    None => Held::NoKey,
                },
                Err(error) if error.kind == ErrorKind::NotFound => Held::NoSecret,
                Err(error) => Held::Gap(observe::failed(&error)),
            }
        };
        let held = Box::pin(held);
        all.push(Box::pin(bounds.hold(cluster.name().as_str(), cancel, held)).await);
    }
    all
}

/// How long everything may take that is read of a cluster.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    limit: Duration,
    until: Instant,
}

impl Bounds {
    /// From now on.
    fn of(limit: Duration) -> Self {
        Self {
            limit,
            until: Instant::now() + limit,
        }
    }

    /// What is read, unless the time is over or the run is told to stop before.
    async fn hold(
        self,
        cluster: &str,
        cancel: &Cancellation,
        read: impl Future<Output = Held>,
    ) -> Held {
        let (reason, code, why) = match cancel.bound(timeout_at(self.until, read)).await {
            Some(Ok(held)) => return held,
            Some(Err(_elapsed)) => {
                let why = format!("no answer within {:?}", self.limit);
                (Unknown::Timeout, "cluster-timeout", why)
            }
            None => {
                let code = match cancel.cause() {
                    Some(Cause::Deadline) => "deadline",
                    Some(Cause::Signal) | None => "interrupted",
                };
                let why = "the run was stopped before it was read".to_owned();
                (Unknown::Stopped, code, why)
            }
        };
        Held::Gap(Gap {
            reason,
            trouble: Trouble {
                exit: Exit::Transient,
                code,
                text: format!("{cluster}: Secrets that are to be the same: {why}"),
                hint: Some("run it again".to_owned()),
            },
        })
    }
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
