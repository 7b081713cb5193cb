//! Whether two may have a connection, as Kubernetes judges: whoever no policy selects is open, whoever one
//! selects is closed but for what some rule allows, and an empty list in a rule means everybody.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::super::super::Rendered;
use super::super::servers::selected;
use super::super::{items, text};

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Party<'a> {
    Pod(&'a str, &'a Value),
    Address(Ipv4Addr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    In,
    Out,
}

/// Whether an address is in a network such as `10.0.0.0/8`.
fn within(address: Ipv4Addr, network: &str) -> bool {
    let Some((base, length)) = network.split_once('/') else {
        return false;
    };
    let (base, length): (Ipv4Addr, u32) = (base.parse().unwrap(), length.parse().unwrap());
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    u32::from(address) & mask == u32::from(base) & mask
}

/// Whether a selector of pods takes these labels; the empty one takes all.
fn takes(selector: &Value, labels: &Value) -> bool {
    let wanted = &selector["matchLabels"];
    assert!(selector.get("matchExpressions").is_none(), "{selector}");
    wanted.is_null() || selected(wanted, labels)
}

fn is_peer(peer: &Value, home: &str, party: Party<'_>) -> bool {
    match party {
        Party::Address(address) => {
            let block = &peer["ipBlock"];
            let mut except = items(&block["except"]).iter();
            within(address, text(&block["cidr"])) && !except.any(|it| within(address, text(it)))
        }
        Party::Pod(namespace, labels) => {
            let namespaces = peer.get("namespaceSelector");
            let there = match namespaces {
                Some(selector) => {
                    takes(selector, &json!({"kubernetes.io/metadata.name": namespace}))
                }
                None => namespace == home,
            };
            let pods = peer.get("podSelector");
            let named = pods.is_none_or(|selector| takes(selector, labels));
            peer.get("ipBlock").is_none() && there && named
        }
    }
}

/// Whether a pod may have a connection with somebody on a port.
pub(super) fn may(
    render: &Rendered,
    (home, labels): (&str, &Value),
    direction: Direction,
    party: Party<'_>,
    (protocol, port): (&str, u16),
) -> bool {
    let (kind, rules, peers) = match direction {
        Direction::In => ("Ingress", "ingress", "from"),
        Direction::Out => ("Egress", "egress", "to"),
    };
    let selecting = render.of("NetworkPolicy").filter(|policy| {
        let spec = &policy["spec"];
        policy["metadata"]["namespace"] == home
            && takes(&spec["podSelector"], labels)
            && items(&spec["policyTypes"]).contains(&kind.into())
    });
    let selecting: Vec<&Value> = selecting.collect();
    let allows = |rule: &Value| {
        let (parties, ports) = (items(&rule[peers]), items(&rule["ports"]));
        let one = |it: &Value| it["protocol"] == protocol && it["port"] == port;
        (parties.is_empty() || parties.iter().any(|it| is_peer(it, home, party)))
            && (ports.is_empty() || ports.iter().any(one))
    };
    selecting.is_empty()
        || selecting
            .iter()
            .any(|policy| items(&policy["spec"][rules]).iter().any(allows))
}

#[test]
fn networks_are_told_apart() {
    for (address, network, expected) in [
        ([10, 1, 2, 3], "10.0.0.0/8", true),
        ([11, 1, 2, 3], "10.0.0.0/8", false),
        ([172, 31, 0, 1], "172.16.0.0/12", true),
        ([172, 32, 0, 1], "172.16.0.0/12", false),
        ([1, 2, 3, 4], "0.0.0.0/0", true),
        ([1, 2, 3, 4], "1.2.3.4/32", true),
        ([1, 2, 3, 5], "1.2.3.4/32", false),
    ] {
        assert_eq!(within(address.into(), network), expected, "{address:?}");
    }
    assert!(!within([1, 2, 3, 4].into(), ""));
}
