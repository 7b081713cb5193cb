//! A list that is empty all of a sudden is read once more before it is believed.

use common::process::Context;

use super::Clusters;
use crate::config::Config;
use crate::finding::Unknown;
use crate::observe::{self, FamilyLook, Looked};
use crate::state::Memory;
use crate::survey::Gap;
use crate::verdict;

/// Reads again what was not empty at the last run, after the pause in which a rollout would settle. What
/// is empty then too is believed; what is not empty any more shows that nobody can say.
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
            let empty = look
                .census()
                .is_some_and(|census| census.objects.is_empty());
            let before = memory.count(&family.id, &family.kind, of.name.as_str());
            let (true, Some(1..), Some(served)) = (empty, before, served) else {
                continue;
            };
            if !paused {
                let pause = context.clock.sleep(config.settle.recheck);
                context.cancel.bound(pause).await.unwrap_or_default();
                paused = true;
            }
            let second = observe::again(family, cluster, of, served, &config.limits, context).await;
            *look = match second {
                FamilyLook::Read(census) if census.objects.is_empty() => FamilyLook::Read(census),
                FamilyLook::Read(_) => FamilyLook::Gap(Gap {
                    reason: Unknown::SuspiciousEmpty,
                    trouble: verdict::INCOMPLETE.because(format!(
                        "{}: the list of {} was empty at first and not at the second look",
                        of.name, family.kind
                    )),
                }),
                other @ (FamilyLook::KindMissing | FamilyLook::Gap(_) | FamilyLook::NotAsked) => {
                    other
                }
            };
        }
    }
}
