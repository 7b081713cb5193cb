//! An account with three metrics in two namespaces. Their values all change at once, so that every
//! series in the Pushgateway tells which run it is from.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use crate::world::World;

/// Rule 1 is AWS/ES Nodes, rule 2 AWS/ES `CPUUtilization`, rule 3 AWS/EFS
/// `ClientConnections`.
pub const CONFIG: &str = "
region: us-east-1
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Average]}
- {aws_namespace: AWS/ES, aws_metric_name: CPUUtilization, aws_dimensions: [DomainName], aws_statistics: [Average]}
- {aws_namespace: AWS/EFS, aws_metric_name: ClientConnections, aws_dimensions: [FileSystemId], aws_statistics: [Average]}
";

/// The values before the run that a scenario is about.
pub const OLD: u32 = 1;
/// The values that this run should export.
pub const NEW: u32 = 2;

/// The account, with every metric at `value`.
pub fn content(value: u32) -> String {
    format!(
        "
metrics:
  - namespace: AWS/ES
    dims: {{ DomainName: prod }}
    publish:
      Nodes: {{ unit: Count, constant: {value} }}
      CPUUtilization: {{ unit: Percent, constant: {value} }}
  - namespace: AWS/EFS
    dims: {{ FileSystemId: fs-1 }}
    publish: {{ ClientConnections: {{ unit: Count, constant: {value} }} }}
"
    )
}

/// Which values the Pushgateway shows; `None` where it has no such series.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Of AWS/ES Nodes.
    pub nodes: Option<u32>,
    /// Of AWS/ES `CPUUtilization`.
    pub cpu: Option<u32>,
    /// Of AWS/EFS `ClientConnections`.
    pub efs: Option<u32>,
}

impl Held {
    /// Every series has this value.
    pub const fn all(value: u32) -> Self {
        Self {
            nodes: Some(value),
            cpu: Some(value),
            efs: Some(value),
        }
    }

    /// The lines of the Pushgateway's exposition.
    pub fn series(self) -> BTreeSet<String> {
        let es = r#"{domain_name="prod",instance="",job="aws_es"}"#;
        let efs = r#"{file_system_id="fs-1",instance="",job="aws_efs"}"#;
        let line = |name: &str, labels: &str, value: Option<u32>| {
            value.map(|value| format!("{name}_average{labels} {value}"))
        };
        [
            line("aws_es_nodes", es, self.nodes),
            line("aws_es_cpuutilization", es, self.cpu),
            line("aws_efs_client_connections", efs, self.efs),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// A world whose Pushgateway holds what an earlier run has exported, at [`OLD`], and whose account
/// is at [`NEW`]. The call log is empty.
///
/// # Errors
/// When a server cannot be had or that run fails.
pub async fn exported_once() -> Result<World> {
    let world = World::start(&content(OLD), CONFIG).await?;
    let run = world.run(&[]).await?;
    ensure!(run.status == 0, "{}", run.stderr);
    ensure!(world.series().await? == Held::all(OLD).series());
    world.publish(&content(NEW))?;
    world.sim.clear_calls();
    Ok(world)
}
