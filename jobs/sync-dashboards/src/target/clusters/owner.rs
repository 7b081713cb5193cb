//! Whose an object is, by the marks that tools leave.

use std::collections::BTreeMap;

use serde::Serialize;

use super::object::{INSTANCE, MANAGED_BY};
use super::{MANAGER, Style};

/// Whose an object is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "owner", content = "name")]
pub enum Owner {
    /// This configuration's.
    Ours,
    /// A Helm release's.
    Helm(String),
    /// An application's of Argo CD.
    Argo(String),
    /// A Kustomization's or Helm release's of Flux.
    Flux(String),
    /// Another configuration's of this job.
    Sibling(String),
    /// Another tool's.
    Tool(String),
    /// Nobody's: a person made it.
    Nobody,
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ours => f.write_str("this job"),
            Self::Helm(name) => write!(f, "the Helm release {name}"),
            Self::Argo(name) => write!(f, "the Argo CD application {name}"),
            Self::Flux(name) => write!(f, "Flux's {name}"),
            Self::Sibling(name) => write!(f, "the {MANAGER} instance {name}"),
            Self::Tool(name) => write!(f, "the tool {name}"),
            Self::Nobody => f.write_str("no tool: a person made it"),
        }
    }
}

/// Reads the marks. One of another tool's beside ours makes it theirs: nothing is co-owned.
pub fn of(
    labels: &BTreeMap<String, String>,
    annotations: &BTreeMap<String, String>,
    style: &Style,
) -> Owner {
    let mark = |marks: &BTreeMap<String, String>, name: &str| marks.get(name).cloned();
    let manager = mark(labels, MANAGED_BY);
    let release = mark(annotations, "meta.helm.sh/release-name");
    if release.is_some() || manager.as_deref() == Some("Helm") {
        let release = release.or_else(|| mark(labels, INSTANCE));
        return Owner::Helm(release.unwrap_or_default());
    }
    let argo = mark(annotations, "argocd.argoproj.io/tracking-id")
        .or_else(|| mark(labels, "argocd.argoproj.io/instance"));
    if let Some(name) = argo {
        return Owner::Argo(name);
    }
    let flux = mark(labels, "kustomize.toolkit.fluxcd.io/name")
        .or_else(|| mark(labels, "helm.toolkit.fluxcd.io/name"));
    if let Some(name) = flux {
        return Owner::Flux(name);
    }
    match manager {
        None => Owner::Nobody,
        Some(manager) if manager != MANAGER => Owner::Tool(manager),
        Some(_) => match mark(labels, INSTANCE) {
            Some(instance) if instance == style.instance => Owner::Ours,
            instance => Owner::Sibling(instance.unwrap_or_default()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn an_object_is_ours_only_if_no_other_tool_has_left_its_mark() {
        let style = Style::default();
        let ours = [(MANAGED_BY, MANAGER), (INSTANCE, "kube-prometheus")];
        let table = [
            (&ours[..], &[][..], Owner::Ours),
            (&[], &[], Owner::Nobody),
            (&ours[..1], &[], Owner::Sibling(String::new())),
            (
                &[(MANAGED_BY, MANAGER), (INSTANCE, "other")],
                &[],
                Owner::Sibling("other".into()),
            ),
            (
                &[(MANAGED_BY, "grizzly")],
                &[],
                Owner::Tool("grizzly".into()),
            ),
            (
                &[(MANAGED_BY, "Helm"), (INSTANCE, "g")],
                &[],
                Owner::Helm("g".into()),
            ),
            (
                &ours,
                &[("meta.helm.sh/release-name", "prod-grafana")],
                Owner::Helm("prod-grafana".into()),
            ),
            (
                &ours,
                &[("argocd.argoproj.io/tracking-id", "a:b")],
                Owner::Argo("a:b".into()),
            ),
            (
                &[("kustomize.toolkit.fluxcd.io/name", "apps")],
                &[],
                Owner::Flux("apps".into()),
            ),
        ];
        for (labels, annotations, owner) in table {
            assert_eq!(of(&marks(labels), &marks(annotations), &style), owner);
        }
    }
}
