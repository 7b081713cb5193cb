//! What the sandbox's own parts need of a cluster.

use std::future::Future;

use anyhow::Result;

use super::super::background::Task;
use super::super::cell::Program;
use super::Cluster;
use crate::tools::Tools;

impl Cluster {
    pub(in crate::kubernetes) fn tools(&self) -> &Tools {
        &self.shared.tools
    }

    /// Starts a program in the cell.
    pub(in crate::kubernetes) fn run(&self, program: Program) -> Result<()> {
        self.shared.cell.run(program)
    }

    /// Ends a program of the cell at once.
    pub(in crate::kubernetes) fn end(&self, name: &str) -> Result<()> {
        self.shared.cell.end(name)
    }

    /// How a program of the cell ended; `None` as long as it runs.
    pub(in crate::kubernetes) fn ended(&self, name: &str) -> Result<Option<String>> {
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
