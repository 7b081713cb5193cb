//! A small account, files for it, and the run that a CronJob starts.

use anyhow::Result;

use crate::job::Finished;
use crate::world::World;

/// Two domains.
pub const CONTENT: &str = "
metrics:
  - namespace: AWS/ES
    dims: { DomainName: '{prod,dev}' }
    publish: { Nodes: { unit: Count, constant: 3 } }
";

/// One rule, which reads both.
pub const CONFIG: &str = "
region: us-east-1
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Average]}
";

/// A file that fails each run at once, whatever AWS says.
pub const BROKEN_CONFIG: &str = "region: us-east-1\nmetrics: 7\n";

/// A run as a pod of the CronJob makes it, to its end.
///
/// # Errors
/// When the binary cannot be run.
pub async fn run(world: &World) -> Result<Finished> {
    world.run_job(&[])?.in_a_pod().run().await
}
