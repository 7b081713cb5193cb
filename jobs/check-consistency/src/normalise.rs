//! From an object as a server holds it to its normal form.
//!
//! What a server or a controller writes is removed ([`strip`]), scalars get their meaning where their place
//! gives them a type ([`types`], [`scalar`]), lists get keys ([`lists`]), texts that hold a document become
//! the document ([`document`]), and what is secret becomes a digest ([`crate::secret`]). Nothing here fails:
//! what is not understood is compared as the text it is, with a note.

mod document;
mod expression;
mod hiding;
mod lists;
mod render;
mod scalar;
mod secret_data;
mod strip;
#[cfg(test)]
mod tests;
mod tree;
mod types;
mod walk;

use serde_json::Value;

use crate::node::Node;
use crate::object::Kind;
use crate::secret::Hider;

pub use crate::schema::ListType;
pub use render::render;

/// An object in normal form.
#[derive(Debug, Clone, PartialEq)]
pub struct Normal {
    /// The object, without what is never compared.
    pub root: Node,
    /// What a reader should know: `/spec/groups[name=a]/rules[alert=X]/expr: not understood, compared as
    /// text`. No values.
    pub notes: Vec<String>,
}

/// What a kind's schema says about its lists.
pub trait ListTypes {
    /// How the list at a place is compared: fields from the root, `*` for items of lists and for values of
    /// mappings with any keys. Nothing when the schema does not say.
    fn list_type(&self, path: &[&str]) -> Option<ListType>;
}

/// Knows no schema.
impl ListTypes for () {
    fn list_type(&self, _path: &[&str]) -> Option<ListType> {
        None
    }
}

/// A duration as Prometheus writes it (`1h30m`, `16w`), in milliseconds; nothing for any other text.
pub fn prometheus_duration(text: &str) -> Option<i128> {
    common::schedule::prometheus_duration::parse(text)
}

/// Whether an object holds logins like a Secret, though it is none: data sources of Grafana, or a release of
/// Helm. Of an object that does in one cluster all sides are to be hidden, see [`normalise_hiding`]: what
/// tells that it does may be missing in another.
pub fn holds_logins(kind: &Kind, object: &Value) -> bool {
    document::holds_logins(kind, &tree::Tree::from(object))
}

/// The normal form of one object of a kind. Where `lists` says nothing, what is known of Kubernetes' own
/// kinds and of Prometheus Operator's counts. Secrets become digests of `hider`, and their texts are gone.
pub fn normalise(kind: &Kind, object: &Value, lists: &dyn ListTypes, hider: &Hider) -> Normal {
    normalise_hiding(kind, object, lists, hider, false)
}

/// [`normalise`], and with `logins` every value of the object's data is a secret, as if it were a Secret's.
/// They are also where [`holds_logins`] says so of this object alone.
pub fn normalise_hiding(
    kind: &Kind,
    object: &Value,
    lists: &dyn ListTypes,
    hider: &Hider,
    logins: bool,
) -> Normal {
    let mut tree = tree::Tree::from(object);
    let secret = logins || document::holds_logins(kind, &tree);
    strip::strip(kind, &mut tree);
    walk::Walk::new(kind, lists, hider, secret).object(&tree)
}

/// The meaning of an expression of PromQL: equal for two that mean the same. One that is not understood is
/// its text, with every run of blanks outside of strings made one.
pub fn expression(text: &str) -> String {
    expression::parse(text).unwrap_or_else(|| expression::folded(text))
}
