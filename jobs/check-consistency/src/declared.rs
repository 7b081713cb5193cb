//! Differences that are meant, each with its reason, and what they make of what was found.

mod apply;
mod lookup;
mod objects;
mod rules;
mod template;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

use crate::path::Pattern;

pub use apply::{Judged, judge};
pub use lookup::at;
pub use objects::{Objects, ObjectsError};
pub use rules::Rules;
pub use template::{Template, TemplateError, Vars};

/// A declared difference.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its place in the configuration: `only_in[1]`.
    pub id: String,
    /// Why it is there.
    pub reason: String,
    /// The last day on which it applies.
    pub expires: Option<Date>,
    /// What it says.
    pub what: What,
}

/// What a declared difference says.
#[derive(Debug, Clone)]
pub enum What {
    /// These objects are in these clusters and in no other.
    OnlyIn {
        /// Indexes into the configuration's clusters.
        clusters: Vec<usize>,
        /// Which objects.
        objects: Objects,
    },
    /// A field has in each cluster what the template says for it.
    Template {
        /// In which objects.
        objects: Objects,
        /// Which field.
        path: Pattern,
        /// Its value.
        value: Template,
    },
    /// A field has another value in each cluster.
    Distinct {
        /// In which objects.
        objects: Objects,
        /// Which field.
        path: Pattern,
    },
    /// A key of a Secret is the same everywhere.
    SameSecret {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The key.
        key: String,
        /// A field of the document that the key holds; absent: the whole text.
        path: Option<Pattern>,
    },
    /// A field, or the whole object, is not compared.
    Ignore {
        /// In which objects.
        objects: Objects,
        /// Which field; absent: the whole object.
        path: Option<Pattern>,
    },
}

/// Clusters by their names: `a, b and c`.
fn names(vars: &[Vars], clusters: impl Iterator<Item = usize>) -> String {
    let name = |at| vars.get(at).map(Vars::cluster);
    let names: Vec<&str> = clusters.filter_map(name).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
