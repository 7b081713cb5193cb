//! A list that is empty all of a sudden is read once more before it is believed.

use common::process::Context;

use super::Clusters;
use crate::config::Config;
use crate::finding::Unknown;
use crate::object::Kind;
use crate::observe::{self, FamilyLook, Looked};
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
            let Some(served) = served.as_ref().filter(|_| is_sudden(look, before)) else {
                continue;
            };
            if !paused {
                let pause = context.clock.sleep(config.settle.recheck);
                context.cancel.bound(pause).await.unwrap_or_default();
                paused = true;
            }
            let second = observe::again(family, cluster, of, served, &config.limits, context).await;
            *look = believed(second, of.name.as_str(), &family.kind);
        }
    }
}

/// Whether a list is empty that was not, the last time.
fn is_sudden(look: &FamilyLook, before: Option<usize>) -> bool {
    let empty = look
        .census()
        .is_some_and(|census| census.objects.is_empty() && census.too_large.is_empty());
    empty && before.is_some_and(|before| before > 0)
}

/// What is empty at the second look too is believed; what is not shows that nobody can say.
fn believed(second: FamilyLook, cluster: &str, kind: &Kind) -> FamilyLook {
    match second {
        FamilyLook::Read(census) if census.objects.is_empty() => FamilyLook::Read(census),
        FamilyLook::Read(_) => FamilyLook::Gap(Gap {
            reason: Unknown::SuspiciousEmpty,
            trouble: verdict::INCOMPLETE.because(format!(
                "{cluster}: the list of {kind} was empty at first and not at the second look"
            )),
        }),
        other @ (FamilyLook::KindMissing | FamilyLook::Gap(_) | FamilyLook::NotAsked) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{gap, read};

    #[test]
    fn only_a_list_that_was_not_empty_before_is_empty_all_of_a_sudden() {
        for (look, before, sudden) in [
            (read(&[]), Some(1), true),
            (read(&[]), Some(0), false),
            (read(&[]), None, false),
            (read(&[("x", 1)]), Some(9), false),
            (read(&[("x", 0)]), Some(9), false),
            (FamilyLook::KindMissing, Some(9), false),
            (FamilyLook::NotAsked, Some(9), false),
            (FamilyLook::Gap(gap(Unknown::Timeout)), Some(9), false),
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
        assert_eq!(believed(read(&[]), "a", &kind), read(&[]));
        assert_eq!(believed(late(), "a", &kind), late());
        let missing = FamilyLook::KindMissing;
        assert_eq!(believed(missing.clone(), "a", &kind), missing);
        let FamilyLook::Gap(gap) = believed(read(&[("x", 1)]), "a", &kind) else {
            panic!("it was believed");
        };
        assert_eq!(gap.reason, Unknown::SuspiciousEmpty);
        assert!(
            gap.trouble.text.starts_with("a: the list of ConfigMap"),
            "{gap:?}"
        );
    }
}
