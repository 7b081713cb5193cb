//! Two whole clusters whose nodes and pods reach each other.

use std::path::Path;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use super::inside::output;
use super::node_cluster::NodeCluster;
use super::plan::Side;
use crate::tools::Tools;

/// Two running clusters, joined by a cable.
#[derive(Debug)]
pub struct Pair {
    /// The first.
    pub a: NodeCluster,
    /// The second.
    pub b: NodeCluster,
}

impl Pair {
    /// Starts two clusters with these names, both with the images `archives`, at the same time.
    ///
    /// # Errors
    /// When one of them does not start; a machine or a user that cannot have nodes gives
    /// [`NoNodes`](super::NoNodes).
    pub async fn start(tools: &Tools, names: [&str; 2], archives: &[&Path]) -> Result<Self> {
        let [a, b] = names;
        let (a, b) = tokio::join!(
            NodeCluster::start(tools, a, Side::A, archives),
            NodeCluster::start(tools, b, Side::B, archives),
        );
        let pair = Self { a: a?, b: b? };
        pair.join().await.context("joining the two clusters")?;
        Ok(pair)
    }

    /// Both, the first one first.
    pub fn both(&self) -> [&NodeCluster; 2] {
        [&self.a, &self.b]
    }

    /// The two ends of the cable lie in the two networks from the start: the machine's own never has
    /// them.
    async fn join(&self) -> Result<()> {
        let mut command = Command::new("ip");
        let (a, b) = (self.a.inside().id(), self.b.inside().id());
        command
            .args(["link", "add", &Side::A.interface(), "netns", &a.to_string()])
            .args(["type", "veth", "peer", "name", &Side::B.interface()])
            .args(["netns", &b.to_string()]);
        output(command).await?;
        for cluster in self.both() {
            cluster.inside().run(&cable(cluster.side())).await?;
        }
        Ok(())
    }
}

/// One end: the other side's node and pods are behind it. No masquerade.
fn cable(side: Side) -> String {
    let peer = side.peer();
    format!(
        "\
ip address add {link}/30 dev {interface}
ip link set {interface} up
ip route add {peer_node}/32 via {peer_link} src {node}
ip route add {peer_pods} via {peer_link} src {node}
",
        link = side.link(),
        interface = side.interface(),
        peer_node = peer.node(),
        peer_pods = peer.pod_network(),
        peer_link = peer.link(),
        node = side.node(),
    )
}
