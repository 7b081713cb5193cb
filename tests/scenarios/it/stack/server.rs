//! An API server with definitions of the operator, which this chart brings, and how it judges what stands on
//! them. It knows every field of every kind, and validates what no schema says.

use anyhow::Result;
use sandbox::kubernetes::{Cluster, ClusterOptions};
use sandbox::tools::Tools;

/// What is right, what is planted in its place, and the words in which it must be refused.
pub(crate) type Defect = (&'static str, &'static str, &'static str);

/// An API server with these kinds of the operator, named as in a path, and with these objects.
pub(crate) async fn start(name: &str, kinds: &[&str], objects: &str) -> Result<Cluster> {
    let tools = Tools::from_process()?;
    let cluster = Cluster::start(&tools, ClusterOptions::new(name)).await?;
    cluster.define(kinds).await?;
    cluster.apply(&[objects]).await?;
    Ok(cluster)
}

/// Has the server judge manifests without keeping them.
async fn judge(cluster: &Cluster, manifests: &str) -> Result<String> {
    let arguments = [
        "apply",
        "--dry-run=server",
        "--server-side",
        "--force-conflicts",
        "--validate=strict",
        "--warnings-as-errors",
        "--filename=-",
    ];
    cluster.kubectl(&arguments, manifests).await
}

/// The server takes all of the manifests, which are so many.
pub(crate) async fn takes(cluster: &Cluster, manifests: &str, objects: usize) -> Result<()> {
    let judged = judge(cluster, manifests).await?;
    let taken = judged
        .matches("serverside-applied (server dry run)")
        .count();
    assert_eq!(taken, objects, "{judged}");
    Ok(())
}

/// The server refuses the manifests with each of the defects, and says why.
pub(crate) async fn refuses(cluster: &Cluster, manifests: &str, defects: &[Defect]) {
    // One call for all defects: it goes on after a refusal, and its words name what is wrong.
    let mut planted = Vec::new();
    for (right, wrong, _) in defects {
        let mut documents = manifests.split("\n---\n");
        let document = documents.find(|document| document.contains(right));
        planted.push(document.unwrap().replacen(right, wrong, 1));
    }
    let refused = judge(cluster, &planted.join("\n---\n")).await;
    let refused = format!("{:#}", refused.unwrap_err());
    let missed = defects
        .iter()
        .filter(|(_, _, word)| !refused.contains(word));
    let missed: Vec<_> = missed.collect();
    assert!(missed.is_empty(), "{missed:#?} were taken:\n{refused}");
}
