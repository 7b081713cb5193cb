//! Ways through the wall of a cell.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{MutexGuard, PoisonError};

use anyhow::{Context as _, Result, bail};

use super::super::background::Task;
use super::super::cell::forward::Endpoint;
use super::Cluster;

/// A way through the wall. It closes when this is dropped.
#[derive(Debug)]
pub struct Passage {
    _task: Task,
}

impl Cluster {
    /// Makes the server at `outside` reachable at `inside`, for the programs in the cell. An
    /// address that the cell does not have yet becomes one of its own.
    ///
    /// With both the same (`127.0.0.1:2525`), one configuration suits both sides.
    ///
    /// # Errors
    /// When `inside` is taken or no IPv4 address.
    pub fn expose(&self, inside: SocketAddr, outside: SocketAddr) -> Result<Passage> {
        let IpAddr::V4(address) = inside.ip() else {
            bail!("a cell has no IPv6 address such as {inside}")
        };
        self.ensure_address(address)?;
        let door = Endpoint::Unix(self.shared.new_path("out"));
        let listener = {
            let _guard = self.shared.background.enter();
            door.listen().context("listening for the cell")?
        };
        let task = self
            .shared
            .background
            .forward(listener, Endpoint::Tcp(outside));
        self.shared.cell.forward(Endpoint::Tcp(inside), door)?;
        Ok(Passage { _task: task })
    }

    /// Makes the server at `inside` reachable for processes outside; returns where.
    ///
    /// # Errors
    /// When the cell has ended or there is no free port.
    pub fn reach(&self, inside: SocketAddr) -> Result<(SocketAddr, Passage)> {
        let door = Endpoint::Unix(self.shared.new_path("in"));
        self.shared
            .cell
            .forward(door.clone(), Endpoint::Tcp(inside))?;
        let forwarded = self.shared.background.forward_from_free_port(door);
        let (address, task) = forwarded.context("listening on a free port")?;
        Ok((address, Passage { _task: task }))
    }

    /// The next free address for a program that poses as a pod.
    pub(in crate::kubernetes) fn new_pod_address(&self) -> Result<Ipv4Addr> {
        // Locked until it is taken: a cluster may have several users.
        let mut addresses = self.addresses();
        let address = (1..=u8::MAX)
            .map(|last| Ipv4Addr::new(10, 77, 1, last))
            .find(|address| !addresses.contains(address))
            .context("all addresses for pods are taken")?;
        self.shared.cell.add_address(address)?;
        addresses.insert(address);
        Ok(address)
    }

    pub(super) fn ensure_address(&self, address: Ipv4Addr) -> Result<()> {
        let mut addresses = self.addresses();
        if !address.is_loopback() && !addresses.contains(&address) {
            self.shared.cell.add_address(address)?;
            addresses.insert(address);
        }
        Ok(())
    }

    /// The cell's own addresses.
    fn addresses(&self) -> MutexGuard<'_, BTreeSet<Ipv4Addr>> {
        let addresses = self.shared.addresses.lock();
        addresses.unwrap_or_else(PoisonError::into_inner)
    }
}
