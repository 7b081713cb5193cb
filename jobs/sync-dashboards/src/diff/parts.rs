//! What of one panel changed.

use serde::Serialize;
use serde_json::Value;

use super::fields::{FieldChange, compare, list, shown, without_items};
use super::pairing::Pairing;
use super::safe;

/// Something of a panel that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "part")]
pub enum Part {
    /// Its heading.
    Title {
        /// Before; empty when it had none.
        old: String,
        /// After; empty when it has none.
        new: String,
    },
    /// Its kind of picture.
    Type {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// What a query asks. One of both is absent when the query came or went.
    Expr {
        /// The query's letter; empty when it has none.
        ref_id: String,
        /// Before.
        old: Option<String>,
        /// After.
        new: Option<String>,
    },
    /// A query asks the same in other words: blanks, order of matchers.
    Respelled {
        /// The query's letter; empty when it has none.
        ref_id: String,
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// The unit of its values.
    Unit {
        /// Before.
        old: Option<String>,
        /// After.
        new: Option<String>,
    },
    /// Where its values are asked for, by the panel or by its queries.
    DataSource {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// From where on a value is bad.
    Thresholds {
        /// What of them.
        changes: Vec<FieldChange>,
    },
    /// The names of the series, and where they stand.
    Legend {
        /// What of it.
        changes: Vec<FieldChange>,
    },
    /// The text behind the `i`.
    Description {
        /// What of it.
        changes: Vec<FieldChange>,
    },
    /// How it draws.
    Options {
        /// What of them.
        changes: Vec<FieldChange>,
    },
    /// Its place on the grid.
    Layout {
        /// What of it.
        changes: Vec<FieldChange>,
    },
    /// Everything else.
    Other {
        /// What.
        changes: Vec<FieldChange>,
    },
}

impl Part {
    pub(super) const SPELLING: (usize, &'static str) = (3, "spelling");
    pub(super) const LAYOUT: (usize, &'static str) = (11, "layout");

    /// The place of its word in a summary.
    pub(super) const fn rank(&self) -> usize {
        match self {
            Self::Title { .. } => 0,
            Self::Type { .. } => 1,
            Self::Expr { .. } => 2,
            Self::Respelled { .. } => Self::SPELLING.0,
            Self::Unit { .. } => 4,
            Self::DataSource { .. } => 5,
            Self::Thresholds { .. } => 6,
            Self::Legend { .. } => 7,
            Self::Description { .. } => 8,
            Self::Options { .. } => 9,
            Self::Other { .. } => 10,
            Self::Layout { .. } => Self::LAYOUT.0,
        }
    }

    /// The word for it in reports.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Title { .. } => "title",
            Self::Type { .. } => "type",
            Self::Expr { .. } => "expr",
            Self::Respelled { .. } => "spelling",
            Self::Unit { .. } => "unit",
            Self::DataSource { .. } => "data source",
            Self::Thresholds { .. } => "thresholds",
            Self::Legend { .. } => "legend",
            Self::Description { .. } => "description",
            Self::Options { .. } => "options",
            Self::Layout { .. } => "layout",
            Self::Other { .. } => "other",
        }
    }
}

/// Differences that are told by their paths, sorted by what they are about.
#[derive(Debug, Default)]
struct Heaps {
    thresholds: Vec<FieldChange>,
    legend: Vec<FieldChange>,
    description: Vec<FieldChange>,
    options: Vec<FieldChange>,
    layout: Vec<FieldChange>,
    other: Vec<FieldChange>,
}

/// Everything that differs, the panels inside a row and the id aside.
pub(super) fn parts(old: &Value, new: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut heaps = Heaps::default();
    let (old_unit, new_unit) = (unit(old), unit(new));
    let unit_differs = old_unit != new_unit;
    let bare = |panel| without_items(panel, &["panels", "targets"]);
    let mut found = Vec::new();
    compare("", Some(&bare(old)), Some(&bare(new)), &mut found);
    for change in found {
        let text =
            |value: Option<&Value>| value.map_or_else(String::new, |value| shown(Some(value)));
        match change.path.as_str() {
            "title" => parts.push(Part::Title {
                old: text(change.old.as_ref()),
                new: text(change.new.as_ref()),
            }),
            "type" => parts.push(Part::Type {
                old: text(change.old.as_ref()),
                new: text(change.new.as_ref()),
            }),
            "id" if whole(change.old.as_ref()) != whole(change.new.as_ref()) => {}
            UNIT | "format" if unit_differs => {}
            path if unit_differs && path.starts_with("yaxes[") && path.ends_with("].format") => {}
            path if is_data_source(path) => {}
            _ => heaps.sort(change),
        }
    }
    queries(old, new, &mut parts, &mut heaps);
    if unit_differs {
        parts.push(Part::Unit {
            old: old_unit,
            new: new_unit,
        });
    }
    data_source(old, new, &mut parts);
    heaps.into_parts(&mut parts);
    parts.sort_by_key(Part::rank);
    parts
}

fn whole(value: Option<&Value>) -> Option<i64> {
    value.and_then(Value::as_i64)
}

/// Pairs queries by letter and expression, and compares them.
fn queries(old: &Value, new: &Value, parts: &mut Vec<Part>, heaps: &mut Heaps) {
    let squeezed = |target: &Value| expr(target).map(|expr| safe::squeeze(&expr));
    let mut pairing = Pairing::new(list(old, "targets"), list(new, "targets"));
    pairing
        .by(|target| Some((ref_id(target), squeezed(target)?)))
        .by(squeezed)
        .by(|target| Some(ref_id(target)));
    for (one, two) in pairing.pairs() {
        query(one, two, parts, heaps);
    }
    for (target, is_new) in pairing
        .removed()
        .map(|target| (target, false))
        .chain(pairing.added().map(|target| (target, true)))
    {
        let (old, new) = if is_new {
            (None, Some(target))
        } else {
            (Some(target), None)
        };
        if expr(target).is_some() {
            parts.push(Part::Expr {
                ref_id: ref_id(target),
                old: old.and_then(expr),
                new: new.and_then(expr),
            });
        } else {
            heaps.other.push(FieldChange {
                path: format!("targets[{}]", ref_id(target)),
                old: old.cloned(),
                new: new.cloned(),
            });
        }
    }
    if pairing.reordered() {
        let order = |panel: &Value| Some(list(panel, "targets").iter().map(ref_id).collect());
        heaps.other.push(FieldChange {
            path: "targets order".to_owned(),
            old: order(old),
            new: order(new),
        });
    }
}

fn query(one: &Value, two: &Value, parts: &mut Vec<Part>, heaps: &mut Heaps) {
    let mut found = Vec::new();
    compare("", Some(one), Some(two), &mut found);
    for mut change in found {
        let texts = (expr(one), expr(two));
        match (change.path.as_str(), texts) {
            ("expr", (Some(old), Some(new))) => {
                let ref_id = ref_id(two);
                parts.push(if normal(&old) == normal(&new) {
                    Part::Respelled { ref_id, old, new }
                } else {
                    let (old, new) = (Some(old), Some(new));
                    Part::Expr { ref_id, old, new }
                });
            }
            ("expr", (old, new)) if old != new => parts.push(Part::Expr {
                ref_id: ref_id(two),
                old,
                new,
            }),
            (path, _) if is_data_source(path) => data_source(one, two, parts),
            (path, _) => {
                let is_legend = path == "legendFormat";
                change.path = format!("targets[{}].{path}", ref_id(two));
                if is_legend {
                    heaps.legend.push(change);
                } else {
                    heaps.other.push(change);
                }
            }
        }
    }
}

fn expr(target: &Value) -> Option<String> {
    Some(target.get("expr")?.as_str()?.to_owned())
}

fn ref_id(target: &Value) -> String {
    let ref_id = target.get("refId").and_then(Value::as_str);
    ref_id.unwrap_or_default().to_owned()
}

const UNIT: &str = "fieldConfig.defaults.unit";

/// The unit of the values, wherever this generation of panels has it.
fn unit(panel: &Value) -> Option<String> {
    let places = ["/fieldConfig/defaults/unit", "/format", "/yaxes/0/format"];
    let mut units = places.iter().filter_map(|at| panel.pointer(at)?.as_str());
    units.find(|unit| !unit.is_empty()).map(str::to_owned)
}

fn is_data_source(path: &str) -> bool {
    path == "datasource" || path.starts_with("datasource.")
}

/// Adds how the data source differs, once for a panel with all its queries.
fn data_source(old: &Value, new: &Value, parts: &mut Vec<Part>) {
    let (one, two) = (old.get("datasource"), new.get("datasource"));
    let alike = match (one, two) {
        (Some(one), Some(two)) => super::fields::same(one, two),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if alike {
        return;
    }
    let (mut old, mut new) = (source_name(one), source_name(two));
    if old == new {
        (old, new) = (shown(one), shown(two));
    }
    let part = Part::DataSource { old, new };
    if !parts.contains(&part) {
        parts.push(part);
    }
}

fn source_name(source: Option<&Value>) -> String {
    let uid = source.and_then(|source| source.get("uid")?.as_str());
    uid.map_or_else(|| shown(source), str::to_owned)
}

impl Heaps {
    fn sort(&mut self, change: FieldChange) {
        let path = change.path.as_str();
        let below = |name: &str| {
            let rest = path.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let any = |names: &[&str]| names.iter().any(|name| below(name));
        let heap = if any(&["gridPos", "span", "height"]) {
            &mut self.layout
        } else if any(&["fieldConfig.defaults.thresholds", "thresholds"]) {
            &mut self.thresholds
        } else if any(&["options.legend", "legend"]) {
            &mut self.legend
        } else if any(&["description"]) {
            &mut self.description
        } else if any(&["options", "fieldConfig"]) {
            &mut self.options
        } else {
            &mut self.other
        };
        heap.push(change);
    }

    fn into_parts(self, parts: &mut Vec<Part>) {
        let mut add = |changes: Vec<FieldChange>, part: fn(Vec<FieldChange>) -> Part| {
            if !changes.is_empty() {
                parts.push(part(changes));
            }
        };
        add(self.thresholds, |changes| Part::Thresholds { changes });
        add(self.legend, |changes| Part::Legend { changes });
        add(self.description, |changes| Part::Description { changes });
        add(self.options, |changes| Part::Options { changes });
        add(self.other, |changes| Part::Other { changes });
        add(self.layout, |changes| Part::Layout { changes });
    }
}

/// An expression such that two which ask the same are equal.
fn normal(expr: &str) -> String {
    crate::promql::normal(expr)
}
