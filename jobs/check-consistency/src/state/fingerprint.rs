//! What a drift is remembered by.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::difference::{Class, Side};
use crate::finding::{Field, Finding, Presence};
use crate::object::ObjectName;
use crate::path::Path;
use crate::survey::Survey;

/// How many bytes of the digest are taken; each makes two digits.
const BYTES: usize = 8;

/// The 16 hexadecimal digits that a drift keeps while values, versions and reasons change: of its family,
/// object, field (none for the object as a whole), class or standing, and the clusters that it concerns,
/// in any order. It is the beginning of the SHA-256 of
/// `v1|FAMILY|GROUP/KIND|NAMESPACE|NAME|PATH|CLASS|CLUSTER,CLUSTER`.
pub fn fingerprint(
    family: &str,
    object: &ObjectName,
    path: Option<&Path>,
    class_or_standing: &str,
    clusters: &[&str],
) -> String {
    let ObjectName {
        kind,
        namespace,
        name,
    } = object;
    let namespace = namespace.as_deref().unwrap_or_default();
    let path = path.map(Path::to_string).unwrap_or_default();
    let mut clusters = clusters.to_vec();
    clusters.sort_unstable();
    clusters.dedup();
    let text = format!(
        "v1|{family}|{}/{}|{namespace}|{name}|{path}|{class_or_standing}|{}",
        kind.group,
        kind.kind,
        clusters.join(",")
    );
    let digest = Sha256::digest(text);
    digest
        .iter()
        .take(BYTES)
        .fold(String::new(), |mut digits, byte| {
            // Writing to a `String` cannot fail.
            write!(digits, "{byte:02x}").unwrap_or_default();
            digits
        })
}

/// The fingerprint of how an object stands, or a thing that runs.
pub fn of_finding(survey: &Survey, finding: &Finding) -> String {
    let names = survey.clusters.iter().map(|cluster| cluster.name.as_str());
    of_standing(finding, names)
}

/// The same with the names of all clusters, in the order of the configuration. Clusters that could not be
/// looked at count, so that one drift does not become another while one of them is away.
pub(super) fn of_standing<'n>(
    finding: &Finding,
    clusters: impl Iterator<Item = &'n str>,
) -> String {
    let concerned: Vec<&str> = finding
        .presence
        .iter()
        .zip(clusters)
        .filter(|(presence, _)| **presence != Presence::NotAsked)
        .map(|(_, name)| name)
        .collect();
    fingerprint(
        &finding.family,
        &finding.object,
        None,
        finding.standing.word(),
        &concerned,
    )
}

/// The fingerprint of a field of an object; `None` where it is no drift: it is declared, or of a class
/// that is none.
pub(super) fn of_field(finding: &Finding, field: &Field, clusters: &[String]) -> Option<String> {
    let difference = &field.difference;
    if field.rule.is_some() || !finding.standing.is_drift() || !is_drift(difference.class) {
        return None;
    }
    let mut concerned = Vec::new();
    for (at, name) in clusters.iter().enumerate() {
        let is_compared = difference
            .sides
            .get(at)
            .is_some_and(|side| *side != Side::NoObject);
        if is_compared || finding.presence.get(at) == Some(&Presence::Unknown) {
            concerned.push(name.as_str());
        }
    }
    Some(fingerprint(
        &finding.family,
        &finding.object,
        Some(&difference.path),
        difference.class.word(),
        &concerned,
    ))
}

const fn is_drift(class: Class) -> bool {
    match class {
        Class::Value | Class::Presence | Class::Type | Class::Order | Class::InvalidDocument => {
            true
        }
        // Blanks and defaults are none, and of what is there twice nobody can say.
        Class::Cosmetic | Class::Defaulted | Class::DuplicateKey => false,
    }
}
