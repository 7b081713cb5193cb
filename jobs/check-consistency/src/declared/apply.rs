//! What an object comes to when the declared differences are applied.

mod asserted;
mod fields;
mod presence;

use crate::difference::{Class, Difference};
use crate::finding::{Field, Presence, Standing, Unknown};
use crate::node::Node;
use crate::object::ObjectName;

use super::{Rules, Vars};
use fields::Fields;
use presence::Whereabouts;

/// What an object comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// How it stands.
    pub standing: Standing,
    /// The fields that differ or are not what they have to be, with the rules that explain them.
    pub fields: Vec<Field>,
    /// The rule that made the standing what it is.
    pub rule: Option<String>,
    /// What it is, in words, where fields do not say it.
    pub text: Option<String>,
}

/// An object and all that is known about it. What is a list has one entry for each cluster.
#[derive(Debug, Clone, Copy)]
struct Case<'a, 'r> {
    object: &'a ObjectName,
    presence: &'a [Presence],
    sides: &'a [Option<&'a Node>],
    rules: &'a Rules<'r>,
    vars: &'a [Vars],
}

/// Applies the rules to an object: `presence`, `sides` and `vars` have one entry for each cluster.
///
/// `sides` and `differences` may be without content for objects that need not be read in detail; where
/// [`Rules::wants`] says that they must be, they are [`Unknown::RuleError`] without it. Whatever is
/// explained, nothing counts as consistent while a cluster is [`Presence::Unknown`].
pub fn judge(
    object: &ObjectName,
    presence: &[Presence],
    sides: &[Option<&Node>],
    differences: Vec<Difference>,
    rules: &Rules<'_>,
    vars: &[Vars],
) -> Judged {
    if let Some(rule) = rules.ignores_whole(object) {
        return Judged {
            standing: Standing::Ignored,
            fields: Vec::new(),
            rule: Some(rule.id.clone()),
            text: None,
        };
    }
    let case = Case {
        object,
        presence,
        sides,
        rules,
        vars,
    };
    let whereabouts = case.whereabouts();
    case.stand(whereabouts, case.fields(differences))
}

impl Case<'_, '_> {
    fn stand(self, whereabouts: Whereabouts, fields: Fields) -> Judged {
        let judged = |standing, rule, text, fields| Judged {
            standing,
            fields,
            rule,
            text,
        };
        let absent_by = match whereabouts {
            Whereabouts::Wrong {
                standing,
                rule,
                text,
            } => return judged(standing, rule, Some(text), fields.all),
            Whereabouts::Right { absent_by } => absent_by,
        };
        if let Some(text) = duplicate(&fields.all) {
            let standing = Standing::Unknown(Unknown::DuplicateKey);
            return judged(standing, None, Some(text), fields.all);
        }
        if let Some((rule, text)) = fields.not_distinct {
            return judged(Standing::NotDistinct, Some(rule), Some(text), fields.all);
        }
        if fields.all.iter().any(counts) {
            return judged(Standing::Different, fields.broken, None, fields.all);
        }
        if self.presence.contains(&Presence::Unknown) {
            let standing = Standing::Unknown(Unknown::NotComparable);
            return judged(standing, None, None, fields.all);
        }
        if fields.unread {
            let standing = Standing::Unknown(Unknown::RuleError);
            let text = "declared to differ, but not read in detail".to_owned();
            return judged(standing, None, Some(text), fields.all);
        }
        let explained = fields.all.iter().find_map(|field| field.rule.clone());
        match absent_by.or(explained) {
            Some(rule) => judged(Standing::Explained, Some(rule), None, fields.all),
            None if fields.all.is_empty() => judged(Standing::Equal, None, None, fields.all),
            None => judged(Standing::Cosmetic, None, None, fields.all),
        }
    }
}

/// Whether a field is drift.
fn counts(field: &Field) -> bool {
    let class = match field.difference.class {
        Class::Cosmetic | Class::Defaulted => false,
        Class::Value
        | Class::Presence
        | Class::Type
        | Class::Order
        | Class::InvalidDocument
        | Class::DuplicateKey => true,
    };
    class && field.rule.is_none()
}

/// What cannot be compared, if there is such a list that no rule explains.
fn duplicate(fields: &[Field]) -> Option<String> {
    let duplicate =
        |field: &&Field| field.difference.class == Class::DuplicateKey && field.rule.is_none();
    let field = fields.iter().find(duplicate)?;
    let path = &field.difference.path;
    Some(format!("two items of `{path}` have the same key"))
}
