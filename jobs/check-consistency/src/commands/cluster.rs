//! `cluster NAME`: whether a cluster can be reached, as whom, and what of it may not be seen.

use common::cluster::{Ask, Cluster, Kind, Verb};
use common::exit::Exit;
use common::fault::Failure;
use common::output::print;
use common::process::Context;
use common::report::{Conclusion, Problem};
use common::trouble::Trouble;
use common::yaml::did_you_mean;
use futures_util::stream::{self, StreamExt as _};
use k8s_openapi::api::core::v1::Pod;

use crate::check;
use crate::cli::ClusterArgs;
use crate::config::{Config, Live, StatePlace};
use crate::declared::What;
use crate::live::runs;
use crate::verdict;

/// Questions that are asked at the same time.
const AT_ONCE: usize = 8;

/// Asks the cluster about everything that a run needs of it.
///
/// # Errors
/// When there is no such cluster, it does not answer, or stdout cannot be written.
pub async fn cluster(args: &ClusterArgs, context: &Context) -> Result<Conclusion, Failure> {
    let config = Config::load(&args.source.config)?;
    let index = find(&config, &args.name)?;
    let mut clusters = check::connect(&config, context).await;
    let cluster = clusters.all.swap_remove(index)?;
    let user = cluster.who_am_i().await?;
    let version = cluster.server_version().await?;
    let pod_namespace = &context.identity.namespace;
    let asks = asks(&config, index, &cluster, pod_namespace).await?;
    let (asks, cluster) = (&asks, &cluster);
    let answers = asks.iter().map(|ask| async move {
        let allowed = cluster.may(ask).await?;
        Ok::<_, Failure>((ask, allowed))
    });
    let answers: Vec<_> = stream::iter(answers).buffered(AT_ONCE).collect().await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    print(|out| {
        writeln!(out, "{}: {version}, as {}", args.name, user.escape_debug())?;
        for (ask, allowed) in &answers {
            let word = if *allowed { "may" } else { "MAY NOT" };
            writeln!(out, "  {word:<7} {ask}")?;
        }
        Ok(())
    })?;
    let denied: Vec<_> = answers.iter().filter(|(_, allowed)| !allowed).collect();
    let Some((first, _)) = denied.first() else {
        return Ok(Conclusion::done(0));
    };
    let role = if first.namespace.is_empty() {
        "ClusterRole".to_owned()
    } else {
        format!("Role in namespace {}", first.namespace)
    };
    let others = match denied.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    Ok(Conclusion::failed(
        Exit::Denied,
        Problem {
            code: verdict::INCOMPLETE_DENIED.code.to_owned(),
            error: format!("{}: may not {first}{others}", args.name),
            hint: Some(format!("add {} to the job's {role}", first.rule())),
        },
    ))
}

fn find(config: &Config, name: &str) -> Result<usize, Trouble> {
    let names = config.clusters.iter().map(|it| it.name.as_str());
    if let Some(index) = names.clone().position(|known| known == name) {
        return Ok(index);
    }
    let text = format!("the configuration has no cluster `{}`", name.escape_debug());
    let hint = match did_you_mean(name, names.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("choose from {}", names.collect::<Vec<_>>().join(", ")),
    };
    Err(Trouble {
        hint: Some(hint),
        ..verdict::NO_SUCH_CLUSTER.because(text)
    })
}

/// Everything that a run asks of this cluster.
async fn asks(
    config: &Config,
    index: usize,
    cluster: &Cluster,
    pod_namespace: &str,
) -> Result<Vec<Ask>, Failure> {
    let discovery = cluster.discover().await?;
    let mut asks = vec![ask(Verb::Get, "", "namespaces", Some("kube-system"), "")];
    for family in config
        .families
        .iter()
        .filter(|it| it.clusters.contains(&index))
    {
        let served = discovery.served(&family.kind.group, &family.kind.kind);
        let Some(served) = served.first() else {
            tracing::warn!("{} is not served here", family.kind);
            continue;
        };
        let resource = &served.resource;
        let namespaces = if served.namespaced {
            family.namespaces.iter().map(String::as_str).collect()
        } else {
            vec![""]
        };
        for namespace in namespaces {
            for verb in [Verb::List, Verb::Get] {
                asks.push(ask(
                    verb,
                    &resource.group,
                    &resource.plural,
                    None,
                    namespace,
                ));
            }
        }
        if family.kind.group.contains('.') && !family.kind.group.ends_with(".k8s.io") {
            let name = format!("{}.{}", resource.plural, resource.group);
            asks.push(definition(&name));
        }
    }
    for rule in &config.rules {
        if let What::SameSecret {
            namespace, name, ..
        } = &rule.what
        {
            asks.push(ask(Verb::Get, "", "secrets", Some(name), namespace));
        }
    }
    asks.extend(live(config));
    asks.extend(replicas(&config.live, cluster).await?);
    asks.extend(remembered(config, index, pod_namespace));
    asks.sort_by_key(ToString::to_string);
    asks.dedup_by_key(|ask| ask.to_string());
    Ok(asks)
}

/// What the live checks need.
fn live(config: &Config) -> Vec<Ask> {
    let live = &config.live;
    let namespace = live.namespace.as_str();
    let mut asks = Vec::new();
    let gateway = live.pushgateway.as_ref().map(|it| &it.service);
    for service in live.prometheus.iter().chain(gateway) {
        let name = format!("http:{}:{}", service.service, service.port);
        asks.push(ask(Verb::Get, "", "services/proxy", Some(&name), namespace));
    }
    if live.alertmanager.is_some() || !live.images.is_empty() {
        asks.push(ask(Verb::List, "", "pods", None, namespace));
    }
    if !live.cron_jobs.is_empty() {
        asks.push(ask(Verb::List, "batch", "cronjobs", None, namespace));
    }
    asks.extend(live.definitions.iter().map(|name| definition(name)));
    asks
}

/// What it needs of each Alertmanager besides: the right to ask one has its pod's name. Where pods may not be
/// listed, nobody knows the names, and that is what is missing.
async fn replicas(live: &Live, cluster: &Cluster) -> Result<Vec<Ask>, Failure> {
    let Some(config) = &live.alertmanager else {
        return Ok(Vec::new());
    };
    match cluster.list(&live.namespace, &config.selector).await {
        Ok(pods) => Ok(proxied(&live.namespace, config.port, pods)),
        Err(error) if error.kind == Kind::Denied => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// One for each pod that is asked: those that have ended are not.
fn proxied(namespace: &str, port: u16, pods: Vec<Pod>) -> Vec<Ask> {
    let names = pods.into_iter().filter(runs);
    let names = names.filter_map(|pod| pod.metadata.name);
    names
        .map(|pod| {
            let name = format!("{pod}:{port}");
            ask(Verb::Get, "", "pods/proxy", Some(&name), namespace)
        })
        .collect()
}

/// What memory needs, and Events: what is new is told where the job runs, and nothing is new where nothing is
/// remembered. `pod_namespace` is empty outside of pods.
fn remembered(config: &Config, index: usize, pod_namespace: &str) -> Vec<Ask> {
    let mut asks = Vec::new();
    let beside_memory = match &config.state {
        Some(StatePlace::ConfigMap {
            cluster,
            namespace,
            name,
        }) => {
            if *cluster == index {
                for verb in [Verb::Get, Verb::Update] {
                    asks.push(ask(verb, "", "configmaps", Some(name), namespace));
                }
            }
            Some(namespace.as_str())
        }
        Some(StatePlace::File(_)) => None,
        None => return asks,
    };
    let told_in = Some(pod_namespace).filter(|it| !it.is_empty());
    let told_in = told_in.or(beside_memory);
    if let Some(namespace) = told_in.filter(|_| config.home() == Some(index)) {
        // An Event is about the CronJob, which the pod's Job names.
        for (verb, group, resource) in [
            (Verb::Create, "events.k8s.io", "events"),
            (Verb::Get, "", "pods"),
            (Verb::Get, "batch", "jobs"),
        ] {
            asks.push(ask(verb, group, resource, None, namespace));
        }
    }
    asks
}

fn definition(name: &str) -> Ask {
    let (group, resource) = ("apiextensions.k8s.io", "customresourcedefinitions");
    ask(Verb::Get, group, resource, Some(name), "")
}

fn ask(verb: Verb, group: &str, resource: &str, name: Option<&str>, namespace: &str) -> Ask {
    Ask {
        verb,
        group: group.to_owned(),
        resource: resource.to_owned(),
        name: name.map(str::to_owned),
        namespace: namespace.to_owned(),
    }
}

#[cfg(test)]
mod tests;
