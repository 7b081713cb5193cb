//! Rules and monitors that the chart does not bring: whether its Prometheus takes whatever that of the
//! older chart took. A Prometheus says nothing of what it leaves out.

use std::collections::BTreeMap;

use common::cluster::Discovery;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::Serialize;
use serde_json::Value;

use super::installation::{Installation, id, title};
use super::report::{Area, Check, Finding};
use crate::manifest::Id;
use crate::mend::Mend;
use crate::seen::{Asking, OPERATOR_GROUP, Seen};

/// A kind, and what a Prometheus says of it.
struct Taken {
    kind: &'static str,
    /// The label by which the older chart's Prometheus took it, wherever it was.
    before: (&'static str, &'static str),
    /// Where the resource says by which labels it takes it.
    objects: &'static str,
    /// And of which namespaces.
    namespaces: &'static str,
}

const RELEASE: (&str, &str) = ("release", "prod-monitoring");

const KINDS: [Taken; 3] = [
    Taken {
        kind: "PodMonitor",
        before: RELEASE,
        objects: "/spec/podMonitorSelector",
        namespaces: "/spec/podMonitorNamespaceSelector",
    },
    Taken {
        kind: "PrometheusRule",
        before: RELEASE,
        objects: "/spec/ruleSelector",
        namespaces: "/spec/ruleNamespaceSelector",
    },
    Taken {
        kind: "ServiceMonitor",
        before: ("services", "toolchain-monitoring"),
        objects: "/spec/serviceMonitorSelector",
        namespaces: "/spec/serviceMonitorNamespaceSelector",
    },
];

/// What a `Prometheus` takes of each kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// Where the resource is.
    namespace: String,
    by_kind: BTreeMap<&'static str, Selectors>,
}

#[derive(Debug, Clone, PartialEq)]
struct Selectors {
    /// Without one it takes nothing.
    objects: Option<LabelSelector>,
    /// Without one it looks into its own namespace alone.
    namespaces: Option<LabelSelector>,
}

/// An object that the older chart's Prometheus took, and the chart's leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Which one.
    #[serde(flatten)]
    pub id: Id,
    /// Why.
    pub lacks: Lacks,
    /// Where it would be taken.
    #[serde(skip)]
    home: String,
}

/// Why an object is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lacks {
    /// These labels, written `name=value`.
    Labels(Vec<String>),
    /// A namespace that is looked into.
    Place,
    /// What an expression asks for that no single label is.
    Expression,
}

impl Selection {
    /// What a resource says.
    pub fn of(prometheus: &Value) -> Self {
        let selector = |pointer: &str| {
            let selector = prometheus.pointer(pointer)?;
            serde_json::from_value(selector.clone()).ok()
        };
        let by_kind = KINDS.iter().map(|taken| {
            let selectors = Selectors {
                objects: selector(taken.objects),
                namespaces: selector(taken.namespaces),
            };
            (taken.kind, selectors)
        });
        let namespace = prometheus.pointer("/metadata/namespace");
        let namespace = namespace.and_then(Value::as_str).unwrap_or_default();
        Self {
            namespace: namespace.to_owned(),
            by_kind: by_kind.collect(),
        }
    }

    /// What of `objects` the older chart's Prometheus took and this one leaves out. Of a namespace only its
    /// name is known. `is_known` says of which objects something else is told, or that they go.
    pub fn left_out(&self, objects: &[Value], is_known: impl Fn(&Id) -> bool) -> Vec<LeftOut> {
        let beside = objects.iter().filter(|it| was_taken(it));
        let beside = beside
            .map(|it| (id(it), it))
            .filter(|(id, _)| !is_known(id));
        let left_out = beside.filter_map(|(id, object)| {
            let lacks = self.lacks(&id, object)?;
            Some(LeftOut {
                home: self.namespace.clone(),
                lacks,
                id,
            })
        });
        left_out.collect()
    }

    /// What an object lacks to be taken; `None` when it is taken.
    fn lacks(&self, id: &Id, object: &Value) -> Option<Lacks> {
        let selectors = self.by_kind.get(id.kind.as_str())?;
        let place = id.namespace.as_deref().unwrap_or_default();
        let is_here = match &selectors.namespaces {
            Some(selector) => {
                let name = ("kubernetes.io/metadata.name".to_owned(), place.to_owned());
                matches(selector, &BTreeMap::from([name]))
            }
            None => place == self.namespace,
        };
        if !is_here {
            return Some(Lacks::Place);
        }
        let Some(selector) = &selectors.objects else {
            return Some(Lacks::Expression);
        };
        let labels = labels(object);
        if matches(selector, &labels) {
            return None;
        }
        let wanted = selector.match_labels.iter().flatten();
        let missing = wanted.filter(|(name, value)| labels.get(*name) != Some(*value));
        let missing: Vec<_> = missing
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Some(if missing.is_empty() {
            Lacks::Expression
        } else {
            Lacks::Labels(missing)
        })
    }
}

impl LeftOut {
    /// The object, as findings name it.
    pub fn title(&self) -> String {
        title(&self.id)
    }

    /// What it lacks, as a sentence without its full stop.
    pub fn text(&self) -> String {
        let why = match &self.lacks {
            Lacks::Labels(labels) => format!("it lacks {}", labels.join(", ")),
            Lacks::Place => format!(
                "it does not look into the namespace {}",
                self.id.namespace.as_deref().unwrap_or_default()
            ),
            Lacks::Expression => "its selector is another one".to_owned(),
        };
        format!("the older chart's Prometheus took it, and this one leaves it out: {why}")
    }

    /// The command that has it taken again.
    pub fn mend(&self, mend: Mend<'_>) -> String {
        let Id {
            kind,
            namespace,
            name,
            ..
        } = &self.id;
        let kind = kind.to_ascii_lowercase();
        let namespace = namespace.as_deref().unwrap_or_default();
        let show = format!("get {kind} {name} --output json");
        match &self.lacks {
            Lacks::Labels(labels) => {
                let label = format!("label {kind} {name} {} --overwrite", labels.join(" "));
                mend.kubectl(namespace, label)
            }
            Lacks::Place => {
                // A copy: that the other one is nobody's any more is for its owner to see.
                let copy = "{apiVersion, kind, spec, metadata: {name: .metadata.name, \
                            labels: .metadata.labels}}";
                format!(
                    "{} | jq '{copy}' | {}",
                    mend.kubectl(namespace, show),
                    mend.kubectl(&self.home, "apply --filename -")
                )
            }
            Lacks::Expression => mend.kubectl(namespace, show),
        }
    }
}

/// Whether the older chart's Prometheus took it.
fn was_taken(object: &Value) -> bool {
    let kind = object.get("kind").and_then(Value::as_str);
    let mut kinds = KINDS.iter().filter(|it| Some(it.kind) == kind);
    kinds.any(|taken| {
        let (name, value) = taken.before;
        labels(object).get(name).map(String::as_str) == Some(value)
    })
}

fn labels(object: &Value) -> BTreeMap<String, String> {
    let labels = object
        .pointer("/metadata/labels")
        .and_then(Value::as_object);
    let labels = labels.into_iter().flatten();
    labels
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// Whether a selector takes what carries these labels. An operator that is not known takes nothing.
fn matches(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    let mut wanted = selector.match_labels.iter().flatten();
    let mut expressions = selector.match_expressions.iter().flatten();
    wanted.all(|(name, value)| labels.get(name) == Some(value))
        && expressions.all(|it| {
            let value = labels.get(&it.key);
            let is_named =
                value.is_some_and(|value| it.values.iter().flatten().any(|of| of == value));
            match it.operator.as_str() {
                "In" => is_named,
                "NotIn" => !is_named,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

/// Everything in the cluster that the older chart's Prometheus took.
///
/// # Errors
/// When a kind cannot be listed. One that is not served has no objects.
pub async fn read(asking: Asking<'_>, discovery: &Discovery) -> Seen<Vec<Value>> {
    let mut objects = Vec::new();
    for taken in &KINDS {
        let Some(served) = discovery.served(OPERATOR_GROUP, taken.kind).first() else {
            continue;
        };
        let (name, value) = taken.before;
        let selector = format!("{name}={value}");
        let listing = asking.list_values(&served.resource, None, &selector);
        objects.extend(listing.await?);
    }
    Ok(objects)
}

/// Tells what is left out. `None` where no Prometheus should be.
pub(super) fn judge(
    expected: &Installation,
    seen: &Seen<Vec<Value>>,
    mend: Mend<'_>,
) -> Option<Check> {
    let selection = expected.selection.as_ref()?;
    let objects = match seen {
        Ok(objects) => objects,
        Err(why) => {
            let object = "rules and monitors of all namespaces";
            return Some(Check::unseen(Area::Others, object, why));
        }
    };
    // Those have checks of their own.
    let is_own = |id: &Id| expected.objects.contains(id);
    let left_out = selection.left_out(objects, is_own);
    let all = objects
        .iter()
        .filter(|it| was_taken(it) && !is_own(&id(it)));
    let all = all.count();
    let findings = left_out
        .iter()
        .map(|it| Finding::wrong(it.title(), it.text(), it.mend(mend)));
    Some(Check {
        area: Area::Others,
        well: format!(
            "{} of {all} rules and monitors taken",
            all.saturating_sub(left_out.len())
        ),
        details: Vec::new(),
        findings: findings.collect(),
    })
}

#[cfg(test)]
mod tests;
