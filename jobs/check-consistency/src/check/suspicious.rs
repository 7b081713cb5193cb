//! A list that is empty all of a sudden, or a kind that is gone, is looked at once more before it is
//! believed.

use common::process::Context;

use super::Clusters;
use crate::config::Config;
use crate::finding::Unknown;
use crate::object::Kind;
use crate::observe::{self, Census, FamilyLook, Looked};
use crate::state::Memory;
use crate::survey::Gap;
use crate::verdict;

/// Reads again what was not empty at the last run, after the pause in which a rollout would settle.
pub(super) async fn look_again(
    config: &Config,
    clusters: &Clusters,
    looked: &mut [Looked],
    memory: &Memory,
    context: &Context,
) {
    let mut paused = false;
    for (index, looked) in looked.iter_mut().enumerate() {
        let (Some(cluster), Some(of)) = (clusters.get(index), config.clusters.get(index)) else {
            continue;
        };
        let families = config.families.iter().zip(&looked.kinds);
        for ((family, served), look) in families.zip(&mut looked.census) {
            let before = memory.count(&family.id, &family.kind, of.name.as_str());
            let Some(before) = before.filter(|before| is_sudden(look, *before)) else {
                continue;
            };
            if !paused {
                let pause = context.clock.sleep(config.settle.recheck);
                context.cancel.bound(pause).await.unwrap_or_default();
                paused = true;
            }
            let (name, limits) = (of.name.as_str(), &config.limits);
            *look = if let Some(served) = served {
                let second = observe::again(family, cluster, of, served, limits, context).await;
                believed(second, name, &family.kind, before)
            } else {
                let second = observe::serves(&family.kind, cluster, limits, context).await;
                still_missing(second, name, &family.kind)
            };
        }
    }
}

/// Whether a list is empty that was not, the last time, or the kind itself is no longer there.
fn is_sudden(look: &FamilyLook, before: usize) -> bool {
    let nothing = match look {
        FamilyLook::Read(census) => census.is_empty(),
        FamilyLook::KindMissing => true,
        FamilyLook::Gap(_) | FamilyLook::NotAsked => false,
    };
    nothing && before > 0
}

/// What is empty at the second look too is believed, and how many there were `before` is kept; what is not
/// shows that nobody can say.
fn believed(second: FamilyLook, cluster: &str, kind: &Kind, before: usize) -> FamilyLook {
    match second {
        FamilyLook::Read(census) if census.is_empty() => FamilyLook::Read(Census {
            gone: before,
            ..census
        }),
        FamilyLook::Read(_) => suspicious(format!(
            "{cluster}: the list of {kind} was empty at first and not at the second look"
        )),
        other @ (FamilyLook::KindMissing | FamilyLook::Gap(_) | FamilyLook::NotAsked) => other,
    }
}

/// The same of a kind.
fn still_missing(served: Result<bool, Gap>, cluster: &str, kind: &Kind) -> FamilyLook {
    match served {
        Ok(false) => FamilyLook::KindMissing,
        Ok(true) => suspicious(format!(
            "{cluster}: {kind} was not served at first and was at the second look"
        )),
        Err(gap) => FamilyLook::Gap(gap),
    }
}

fn suspicious(text: String) -> FamilyLook {
    FamilyLook::Gap(Gap {
        reason: Unknown::SuspiciousEmpty,
        trouble: verdict::INCOMPLETE.because(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{gap, read};

    #[test]
    fn only_a_list_that_was_not_empty_before_is_empty_all_of_a_sudden() {
        for (look, before, sudden) in [
            (read(&[]), 1, true),
            (read(&[]), 0, false),
            (read(&[("x", 1)]), 9, false),
            (read(&[("x", 0)]), 9, false),
            (FamilyLook::KindMissing, 9, true),
            (FamilyLook::KindMissing, 0, false),
            (FamilyLook::NotAsked, 9, false),
            (FamilyLook::Gap(gap(Unknown::Timeout)), 9, false),
        ] {
            assert_eq!(
                is_sudden(&look, before),
                sudden,
                "{look:?} after {before:?}"
            );
        }
    }

    #[test]
    fn what_is_empty_twice_is_believed_and_what_is_not_is_unknown() {
        let kind = Kind::new("", "ConfigMap");
        let late = || FamilyLook::Gap(gap(Unknown::Timeout));
        let gone = believed(read(&[]), "a", &kind, 7);
        assert_eq!(gone.census().map(|census| census.gone), Some(7));
        assert_eq!(believed(late(), "a", &kind, 7), late());
        for second in [read(&[("x", 1)]), read(&[("x", 0)])] {
            let FamilyLook::Gap(gap) = believed(second, "a", &kind, 7) else {
                panic!("it was believed");
            };
            assert_eq!(gap.reason, Unknown::SuspiciousEmpty);
            assert!(
                gap.trouble.text.starts_with("a: the list of ConfigMap"),
                "{gap:?}"
            );
        }
        let missing = FamilyLook::KindMissing;
        assert_eq!(still_missing(Ok(false), "a", &kind), missing);
        let again = still_missing(Err(gap(Unknown::Timeout)), "a", &kind);
        assert_eq!(again, late());
        let FamilyLook::Gap(gap) = still_missing(Ok(true), "a", &kind) else {
            panic!("it was believed");
        };
        assert_eq!(gap.reason, Unknown::SuspiciousEmpty);
    }
}
