//! What the sandbox's own parts need of a cluster.

use std::future::Future;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use anyhow::Result;

use super::super::background::Task;
use super::super::cell::Program;
use super::super::control_plane::Layout;
use super::Cluster;
use crate::tools::Tools;

impl Cluster {
    pub(crate) fn tools(&self) -> &Tools {
        &self.shared.tools
    }

    /// The process that was started for the cell, outside.
    pub(crate) fn cell_id(&self) -> i32 {
        self.shared.cell.id()
    }

    /// Where the cluster is, as its own programs and those of joined clusters see it.
    pub(crate) fn layout(&self) -> &Layout {
        self.shared.plane.layout()
    }

    /// Gives the cell another address of its own, unless it has it.
    pub(crate) fn own(&self, address: Ipv4Addr) -> Result<()> {
        self.ensure_address(address)
    }

    /// A kubeconfig file for `user`, a member of `group` if one is given, that is good inside the cell
    /// and in joined ones.
    pub(crate) fn inner_kubeconfig(&self, user: &str, group: Option<&str>) -> Result<PathBuf> {
        let Layout { node, port, .. } = self.layout();
        self.kubeconfig_at(&format!("https://{node}:{port}"), user, group)
    }

    /// Starts a program in the cell.
    pub(crate) fn run(&self, program: Program) -> Result<()> {
        self.shared.cell.run(program)
    }

    /// Ends a program of the cell at once.
    pub(crate) fn end(&self, name: &str) -> Result<()> {
        self.shared.cell.end(name)
    }

    /// How a program of the cell ended; `None` as long as it runs.
    pub(crate) fn ended(&self, name: &str) -> Result<Option<String>> {
        self.shared.cell.ended(name)
    }

    /// Does `work` on the cluster's own thread until its task is dropped. The work must not hold the
    /// cluster, or that would never end.
    pub(in crate::kubernetes) fn spawn(
        &self,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> Task {
        self.shared.background.spawn(work)
    }
}
