//! Reading all clusters at once; none waits for another.

use common::cluster::Cluster as Api;
use common::process::Context;
use futures_util::future::join_all;

use super::{Cluster, JobLine, Pushed, Screen, State};
use crate::cli::{FilesArgs, KubeconfigArgs, TargetArgs};
use crate::doctor::installation::limits;
use crate::person;
use crate::seen::cron_jobs::{self, SeenCronJob};
use crate::seen::pushgateway::{self, drift, is_comparison_complete, rotation};
use crate::seen::{Asking, CREDENTIALS_NAMESPACE, NAMESPACE, Seen};
use crate::target::Target;

/// Looks at the clusters of these names.
pub async fn look(
    names: &[String],
    kubeconfig: &KubeconfigArgs,
    files: &FilesArgs,
    context: &Context,
) -> Screen {
    let clusters = names.iter().map(|name| async move {
        let target = TargetArgs {
            cluster: name.clone(),
            context: None,
            kubeconfig: kubeconfig.clone(),
            files: files.clone(),
        };
        let state = match Target::open(&target, context).await {
            Ok(target) => Box::pin(read(&target.api, context)).await,
            Err(failure) => Err(person::told(failure.fault())),
        };
        Cluster {
            name: name.clone(),
            state,
        }
    });
    let clusters = join_all(clusters).await;
    Screen {
        at: context.clock.now(),
        clusters,
    }
}

async fn read(cluster: &Api, context: &Context) -> Seen<State> {
    let asking = Asking { cluster, context };
    let jobs = async {
        tokio::try_join!(
            cron_jobs::read(asking, NAMESPACE),
            cron_jobs::read(asking, CREDENTIALS_NAMESPACE),
            limits(asking),
        )
    };
    let (jobs, groups) = tokio::join!(jobs, pushgateway::read(asking));
    let (here, credentials, limits) = jobs?;
    let pushed = groups.map(|groups| Pushed {
        rotation: rotation(&groups),
        drift: drift(&groups),
        comparison_complete: is_comparison_complete(&groups),
    });
    let mut seen: Vec<SeenCronJob> = here.into_iter().chain(credentials).collect();
    let jobs = limits.into_iter().map(|((namespace, name), limit)| {
        let found = seen
            .iter()
            .position(|it| it.namespace == namespace && it.name == name);
        JobLine {
            seen: found.map(|index| seen.swap_remove(index)),
            stale_after: Some(limit),
            namespace,
            name,
        }
    });
    let mut jobs: Vec<_> = jobs.collect();
    jobs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(State { jobs, pushed })
}
