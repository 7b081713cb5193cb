//! Which addresses two joined clusters have.
//!
//! Everything listens on the same ports in both; only addresses, names and paths differ. They are
//! addresses of networks that exist in the cells alone.

use std::net::{Ipv4Addr, SocketAddr};

use crate::kubernetes::Layout;

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

impl Side {
    /// The other one.
    pub(super) fn peer(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// A letter for names of interfaces and files.
    pub(super) fn letter(self) -> char {
        match self {
            Self::A => 'a',
            Self::B => 'b',
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }

    /// The node's own address; the API server and the DNS server have it too.
    pub fn node(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 77 + self.number(), 0, 1)
    }

    /// A further address of the node, for servers outside that pods shall reach.
    pub fn outside(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 77 + self.number(), 0, 2)
    }

    /// Where somebody knows the holders of tokens of EKS. Where nobody listens, nobody has one.
    pub(super) fn authenticator(self) -> SocketAddr {
        (self.outside(), 8081).into()
    }

    /// The first address of the network of Services.
    pub(super) fn services(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 96 + self.number(), 0, 1)
    }

    /// The network of Services.
    pub(super) fn service_network(self) -> String {
        format!("10.{}.0.0/24", 96 + self.number())
    }

    /// The address of the bridge that the pods are joined to.
    pub(super) fn bridge(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 88 + self.number(), 0, 1)
    }

    /// The network of pods.
    pub(super) fn pod_network(self) -> String {
        format!("10.{}.0.0/24", 88 + self.number())
    }

    /// Its end of the link between the two.
    pub(super) fn link(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 99, 0, 1 + self.number())
    }

    /// The interface at its end of the link.
    pub(super) fn interface(self) -> String {
        format!("v-{}", self.letter())
    }

    /// The name of its node.
    pub(super) fn node_name(self) -> String {
        format!("node-{}", self.letter())
    }

    /// Where the control plane is. Port 443, as in production: network policies name it.
    pub(super) fn layout(self) -> Layout {
        Layout {
            node: self.node(),
            port: 443,
            services: self.services(),
            nodes: true,
            authenticator: Some(self.authenticator()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Side;

    #[test]
    fn no_address_belongs_to_both() {
        let all = |side: Side| {
            [
                side.node().to_string(),
                side.outside().to_string(),
                side.services().to_string(),
                side.service_network(),
                side.bridge().to_string(),
                side.pod_network(),
                side.link().to_string(),
                side.interface(),
                side.node_name(),
            ]
        };
        let (a, b) = (all(Side::A), all(Side::B));
        assert!(a.iter().zip(&b).all(|(a, b)| a != b), "{a:?} {b:?}");
        assert_eq!(Side::A.peer(), Side::B);
        assert_eq!(Side::B.service_network(), "10.97.0.0/24");
    }
}
