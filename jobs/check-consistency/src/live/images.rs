//! The images that pods really run, by digest: a tag can mean another image in another cluster.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod};

use super::findings::{Found, findings, list, named};
use super::names::IMAGES;
use super::reader::{Reader, runs};
use super::reading::{Reading, compare, gaps, parts};
use crate::finding::{Finding, Standing, Unknown};
use crate::object::Kind;
use crate::survey::{Gap, Part};

/// The label that pods of one thing have in common.
const NAME: &str = "app.kubernetes.io/name";

/// The label that tells the pods of a Deployment's revisions apart.
const REVISION: &str = "pod-template-hash";

/// What runs in one cluster, by what it is a replica of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Images {
    pods: usize,
    workloads: BTreeMap<String, BTreeSet<Image>>,
    /// Selectors that no pod fits.
    unused: Vec<String>,
}

/// An image of a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Image {
    container: String,
    digest: Digest,
    /// As the container runtime names it: mostly a tag. It is not compared where there is a digest.
    name: String,
}

/// What a container runtime says an image is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Digest {
    /// `REPOSITORY@sha256:…`
    Repository(String),
    /// Nothing, because the container has not started, or an id that only its node knows.
    Unknown,
}

/// Reads the pods that any of the selectors matches.
pub(super) async fn read(reader: &Reader<'_>, selectors: &[String]) -> Result<Images, Gap> {
    let mut images = Images::default();
    for selector in selectors {
        let pods = reader.list::<Pod>(selector).await?;
        if pods.is_empty() {
            images.unused.push(selector.clone());
        }
        images.pods = images.pods.saturating_add(pods.len());
        for pod in pods {
            images.add(pod);
        }
    }
    Ok(images)
}

impl Images {
    fn add(&mut self, pod: Pod) {
        if !runs(&pod) {
            return;
        }
        let status = pod.status.unwrap_or_default();
        let labels = pod.metadata.labels.unwrap_or_default();
        let name = pod.metadata.generate_name.or(pod.metadata.name);
        let workload = workload(&labels, &name.unwrap_or_default());
        let images = self.workloads.entry(workload).or_default();
        let statuses = [status.container_statuses, status.init_container_statuses];
        let statuses: Vec<_> = statuses.into_iter().flatten().flatten().collect();
        // Until a kubelet has taken a pod over, it says nothing of what runs.
        let spec = pod.spec.unwrap_or_default();
        let containers = spec.containers.into_iter();
        let containers = containers.chain(spec.init_containers.unwrap_or_default());
        let is_silent = |it: &Container| statuses.iter().all(|status| status.name != it.name);
        let silent: Vec<_> = containers.filter(is_silent).map(Image::unknown).collect();
        if silent.is_empty() && statuses.is_empty() {
            images.insert(Image::unknown(Container {
                name: "any container".to_owned(),
                ..Container::default()
            }));
        }
        images.extend(silent);
        images.extend(statuses.into_iter().map(Image::of));
    }
}

/// What a pod is a replica of: by its label, or by the name that its owner has given it.
fn workload(labels: &BTreeMap<String, String>, name: &str) -> String {
    if let Some(name) = labels.get(NAME) {
        return name.clone();
    }
    let name = name.trim_end_matches('-');
    let revision = labels.get(REVISION);
    let without = revision.and_then(|revision| name.strip_suffix(revision.as_str()));
    without.unwrap_or(name).trim_end_matches('-').to_owned()
}

impl Image {
    /// Of a container of which nobody says what it runs.
    fn unknown(container: Container) -> Self {
        Self {
            container: container.name,
            digest: Digest::Unknown,
            name: container.image.unwrap_or_default(),
        }
    }

    fn of(container: ContainerStatus) -> Self {
        Self {
            container: container.name,
            digest: Digest::of(&container.image_id),
            name: container.image,
        }
    }
}

impl Digest {
    fn of(id: &str) -> Self {
        let id = id.split_once("://").map_or(id, |(_, id)| id);
        match id.split_once('@') {
            Some((repository, digest))
                if !repository.is_empty() && digest.starts_with("sha256:") =>
            {
                Self::Repository(id.to_owned())
            }
            Some(_) | None => Self::Unknown,
        }
    }
}

/// The images of a workload as they are compared.
type Running = BTreeSet<(String, Digest)>;

/// Judges the images of all clusters.
pub(super) fn judge(
    readings: &[Reading<Images>],
    names: &[&str],
    namespace: &str,
) -> (Vec<Finding>, Vec<Part>, Vec<String>) {
    let all = readings.iter().filter_map(Reading::seen);
    let workloads: BTreeSet<_> = all.flat_map(|images| images.workloads.keys()).collect();
    let kind = Kind::new("", "Pod");
    let mut found = Vec::new();
    for workload in workloads {
        let running: Vec<_> = readings
            .iter()
            .map(|reading| match reading.seen() {
                // That it does not run here is not the images' business.
                Some(images) if !images.workloads.contains_key(workload) => Reading::NotAsked,
                Some(_) | None => reading.map(|images| running(images, workload)),
            })
            .collect();
        let Some(compared) = compare(&running) else {
            continue;
        };
        let mut workload_found = Found::well(named(&kind, namespace, workload), 0);
        workload_found.clusters = compared.clusters();
        workload_found.unread.clone_from(&compared.unread);
        let groups = compared.groups.iter().map(|(running, _)| *running);
        match differing(&groups.collect::<Vec<_>>()) {
            Differing::Containers(containers) => {
                workload_found.standing = Standing::Different;
                let text = describe(workload, &containers, readings, names);
                workload_found.text = Some(text);
                workload_found.hint = Some(
                    "roll it out again with an image named by its digest; nodes of another \
                     architecture can name another one"
                        .to_owned(),
                );
            }
            Differing::Unclear(containers) => {
                workload_found.standing = Standing::Unknown(Unknown::NotComparable);
                let containers = list(containers.iter().map(String::as_str));
                let text = format!("no digest is known of what runs as {containers}");
                workload_found.text = Some(text);
            }
            Differing::None => {
                if let Some(why) = compared.why {
                    workload_found.standing = Standing::Unknown(why);
                }
            }
        }
        found.push(workload_found);
    }
    let parts = parts(IMAGES, &kind, readings, |images| Ok(images.pods));
    let warnings = unused(readings);
    (findings(IMAGES, &gaps(readings), found), parts, warnings)
}

fn running(images: &Images, workload: &str) -> Running {
    let images = images.workloads.get(workload).into_iter().flatten();
    images
        .map(|image| (image.container.clone(), image.digest.clone()))
        .collect()
}

enum Differing {
    /// These containers run other images.
    Containers(BTreeSet<String>),
    /// Of these containers nobody can say what they run.
    Unclear(BTreeSet<String>),
    None,
}

/// Which containers do not run the same images everywhere. A container that only some have is the
/// business of the objects' comparison.
fn differing(groups: &[&Running]) -> Differing {
    let containers: BTreeSet<_> = groups
        .iter()
        .flat_map(|running| running.iter().map(|(container, _)| container))
        .collect();
    let (mut different, mut unclear) = (BTreeSet::new(), BTreeSet::new());
    for container in containers {
        let digests = groups.iter().map(|running| {
            let images = running.iter().filter(|(name, _)| name == container);
            images.map(|(_, digest)| digest).collect::<BTreeSet<_>>()
        });
        let digests: BTreeSet<_> = digests.filter(|digests| !digests.is_empty()).collect();
        let known = |digests: &BTreeSet<&Digest>| !digests.contains(&Digest::Unknown);
        if !digests.iter().all(known) {
            unclear.insert(container.clone());
        } else if digests.len() > 1 {
            different.insert(container.clone());
        }
    }
    if !different.is_empty() {
        Differing::Containers(different)
    } else if !unclear.is_empty() {
        Differing::Unclear(unclear)
    } else {
        Differing::None
    }
}

/// What runs where, for the first of the containers.
fn describe(
    workload: &str,
    containers: &BTreeSet<String>,
    readings: &[Reading<Images>],
    names: &[&str],
) -> String {
    let Some(container) = containers.first() else {
        return String::new();
    };
    let clusters = readings.iter().zip(names).filter_map(|(reading, name)| {
        let images = reading.seen()?.workloads.get(workload)?.iter();
        let images = images.filter(|image| image.container == *container);
        let images: BTreeSet<_> = images.map(Image::shown).collect();
        let images = list(images.iter().map(String::as_str));
        (!images.is_empty()).then(|| format!("{name} runs {images}"))
    });
    let clusters: Vec<_> = clusters.collect();
    let clusters = clusters.join(", ");
    let containers = list(containers.iter().map(String::as_str));
    format!("containers run different images: {containers}; as {container} {clusters}")
}

impl Image {
    /// Its name and as much of the digest as a person compares.
    fn shown(&self) -> String {
        let Digest::Repository(id) = &self.digest else {
            return self.name.clone();
        };
        let digest = id.split_once("@sha256:").map_or("", |(_, digest)| digest);
        let short: String = digest.chars().take(12).collect();
        format!("{} ({short})", self.name)
    }
}

/// Selectors that match nothing anywhere.
fn unused(readings: &[Reading<Images>]) -> Vec<String> {
    if readings.iter().any(|reading| reading.gap().is_some()) {
        return Vec::new();
    }
    let unused = readings.iter().filter_map(Reading::seen);
    let unused = unused.map(|images| images.unused.iter().collect::<BTreeSet<_>>());
    let everywhere = unused.reduce(|all, next| all.intersection(&next).copied().collect());
    let everywhere = everywhere.unwrap_or_default().into_iter();
    everywhere
        .map(|selector| format!("no cluster has a pod that `{selector}` selects"))
        .collect()
}

#[cfg(test)]
mod tests;
