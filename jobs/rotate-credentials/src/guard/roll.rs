//! When the current login may be written into a cluster.

use common::cluster::ClusterName;
use serde::Serialize;

use super::deactivate::login_works;
use super::{Checklist, ConditionName as Is, Truth};
use crate::facts::Facts;
use crate::world::{Cluster, Fit, Proof};

/// The current pair logged in in this run, the clusters before this one are done, and only the
/// login is going to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RollProof {
    cluster: ClusterName,
    revision: String,
}

impl RollProof {
    /// The cluster.
    pub fn cluster(&self) -> &ClusterName {
        &self.cluster
    }

    /// The `resourceVersion` that its Secret must still have.
    pub fn revision(&self) -> &str {
        &self.revision
    }
}

/// May the current login be written into the cluster at this place of the order?
///
/// # Errors
/// The checklist, when a condition does not hold or is not known to.
pub fn may_roll(facts: &Facts<'_>, index: usize) -> Result<RollProof, Checklist> {
    let list = rolling(facts, index);
    let cluster = facts.world.clusters.get(index);
    match cluster.map(|cluster| (&cluster.name, &cluster.state)) {
        Some((name, Ok(state))) if list.holds() => Ok(RollProof {
            cluster: name.clone(),
            revision: state.source.revision.clone(),
        }),
        Some(_) | None => Err(list),
    }
}

/// The conditions for it.
pub fn rolling(facts: &Facts<'_>, index: usize) -> Checklist {
    let earlier = facts.world.clusters.iter().take(index);
    let holding_back = earlier.clone().find(|cluster| {
        matches!(
            cluster.proof(facts.cur()),
            Proof::Unproven(_) | Proof::NotWritten
        )
    });
    let fit = match facts.world.clusters.get(index).map(|it| &it.state) {
        Some(Ok(state)) => match &state.source.fit {
            Fit::Same | Fit::Login => Truth::Yes,
            Fit::Beyond(paths) => Truth::No(format!("these differ too: {}", paths.join(", "))),
        },
        Some(Err(why)) => Truth::Unknown(why.to_string()),
        None => Truth::No("there is no such cluster".to_owned()),
    };
    Checklist::default()
        .add(
            Is::EarlierClusters,
            Truth::of(holding_back.is_none(), || {
                let name = holding_back.map(|it: &Cluster| it.name.to_string());
                format!("{} is not proven yet", name.unwrap_or_default())
            }),
        )
        .add(Is::LoginWorks, login_works(facts))
        .add(Is::OnlyLoginDiffers, fit)
}
