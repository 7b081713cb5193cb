//! The second look: objects in full, only those that are asked for.

use common::cluster::{Cluster, Kind};
use common::process::Context;
use futures_util::stream::{self, StreamExt as _};
use kube::api::ApiResource;
use serde_json::Value;

use super::caller::Caller;
use super::gap;
use crate::config::Limits;
use crate::survey::Gap;

/// Reads objects by namespace and name, as the cluster has them; the answers come in the order of
/// `wanted`. `None` is an object that is gone meanwhile. All of it takes no longer than
/// `limits.per_cluster`.
pub async fn details(
    cluster: &Cluster,
    resource: &ApiResource,
    wanted: &[(Option<String>, String)],
    limits: &Limits,
    context: &Context,
) -> Vec<Result<Option<Value>, Gap>> {
    let caller = &Caller::new(cluster, limits.per_cluster, context);
    let read = wanted.iter().map(|(namespace, name)| async move {
        let get = async {
            let asked = caller.ask(|| cluster.get_value(resource, namespace.as_deref(), name));
            match asked.await {
                Ok(object) => Ok(Some(object)),
                Err(error) if error.kind == Kind::NotFound => Ok(None),
                Err(error) => Err(gap::failed(&error)),
            }
        };
        caller.within(Box::pin(get)).await
    });
    stream::iter(read)
        .buffered(limits.in_flight.max(1))
        .collect()
        .await
}

#[cfg(test)]
mod tests;
