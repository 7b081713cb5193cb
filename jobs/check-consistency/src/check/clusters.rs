//! Connections, and whether each name reaches the cluster that it should.

use common::cluster::Cluster;
use common::process::Context;
use common::trouble::Trouble;
use futures_util::future::join_all;

use super::Orders;
use crate::config::{Config, StatePlace};
use crate::object::Kind;
use crate::observe::Looked;
use crate::state::{Memory, Store};
use crate::survey::Part;
use crate::verdict;

/// The clusters of a configuration, in its order, or why there is no connection.
#[derive(Debug)]
pub struct Clusters {
    /// One for each.
    pub all: Vec<Result<Cluster, Trouble>>,
}

/// Prepares all connections; nothing is asked yet.
pub async fn connect(config: &Config, context: &Context) -> Clusters {
    let all = config.clusters.iter().map(|cluster| async move {
        let connected = context.connect(&cluster.name, &cluster.access).await;
        connected.map_err(|error| Trouble::of(&error))
    });
    Clusters {
        all: join_all(all).await,
    }
}

impl Clusters {
    /// The cluster of that index, if there is a connection.
    pub fn get(&self, index: usize) -> Option<&Cluster> {
        self.all.get(index)?.as_ref().ok()
    }

    pub(super) fn connected(&self) -> Vec<Option<Cluster>> {
        self.all
            .iter()
            .map(|it| it.as_ref().ok().cloned())
            .collect()
    }

    pub(super) fn troubles(&self) -> Vec<Option<Trouble>> {
        self.all
            .iter()
            .map(|it| it.as_ref().err().cloned())
            .collect()
    }

    /// Where drift is remembered, if anywhere; why that is out of reach.
    pub(super) fn store(&self, config: &Config) -> Option<Result<Store, Trouble>> {
        match config.state.as_ref()? {
            StatePlace::File(path) => Some(Ok(Store::File(path.clone()))),
            StatePlace::ConfigMap {
                cluster,
                namespace,
                name,
            } => Some(
                self.all
                    .get(*cluster)?
                    .clone()
                    .map(|cluster| Store::ConfigMap {
                        cluster,
                        namespace: namespace.clone(),
                        name: name.clone(),
                    }),
            ),
        }
    }
}

/// Clusters of which nobody can say which they are. Two names for one cluster would be found equal, so
/// nothing is proven without that.
pub(super) fn unidentified(looked: &[Looked]) -> impl Iterator<Item = Part> {
    looked.iter().enumerate().filter_map(|(cluster, looked)| {
        Some(Part {
            family: "identity".to_owned(),
            kind: Kind::new("", "Namespace"),
            cluster,
            read: Err(looked.unidentified.clone()?),
        })
    })
}

/// Fails when two names reach one cluster, or a name another one than before.
pub(super) fn tell_apart(
    looked: &[Looked],
    memory: &Memory,
    orders: Orders,
) -> Result<(), Trouble> {
    for (index, this) in looked.iter().enumerate() {
        let Some(identity) = &this.facts.identity else {
            continue;
        };
        let twin = looked
            .iter()
            .take(index)
            .find(|other| other.facts.identity.as_ref() == Some(identity));
        let name = &this.facts.name;
        if let Some(twin) = twin {
            let twin = &twin.facts.name;
            let text = format!("{twin} and {name} are one and the same cluster");
            return Err(verdict::SAME_CLUSTER.because(text));
        }
        let before = memory.identity(name);
        if before.is_some_and(|before| before != identity) && !orders.accept_identity {
            let text = format!("{name} is not the cluster that it was at the last run");
            return Err(verdict::OTHER_CLUSTER.because(text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::ClusterFacts;

    fn looked(name: &str, identity: Option<&str>) -> Looked {
        Looked {
            facts: ClusterFacts {
                name: name.to_owned(),
                identity: identity.map(str::to_owned),
                ..ClusterFacts::default()
            },
            warnings: Vec::new(),
            unidentified: None,
            kinds: Vec::new(),
            census: Vec::new(),
        }
    }

    #[test]
    fn two_names_for_one_cluster_are_refused() {
        let clusters = [looked("a", Some("1")), looked("b", Some("1"))];
        let refused = tell_apart(&clusters, &Memory::default(), Orders::default());
        assert_eq!(refused.unwrap_err().code, verdict::SAME_CLUSTER.code);
        let clusters = [looked("a", None), looked("b", None), looked("c", Some("1"))];
        assert!(tell_apart(&clusters, &Memory::default(), Orders::default()).is_ok());
    }
}
