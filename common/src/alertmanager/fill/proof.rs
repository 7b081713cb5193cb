//! Proof that filling changed values and nothing else.

use super::{FillError, Filled, SmtpLogin, Values};
use crate::alertmanager::template::{MARK, Template, pieces};
use crate::alertmanager::tree;
use crate::yaml::{Kind, Node, Position, Scalar, Style};

/// Whether `filled` is the template's tree, with these values in place of the placeholders.
pub(super) fn holds(template: &Template, filled: &Filled, values: &Values<'_>) -> bool {
    tree::read(filled.expose())
        .is_ok_and(|filled| misfit(template.root(), &filled, values).is_none())
}

impl Template {
    /// Where the first value stands that cannot be replaced without changing something else.
    pub(in super::super) fn unsafe_value(&self) -> Option<Position> {
        let login = SmtpLogin {
            username: "x".to_owned(),
            password: "x".into(),
        };
        let first = || self.slots().first().map(|slot| slot.scalar.position);
        let rehearsal = || -> Result<Option<Position>, FillError> {
            let values = Values::gather(self, &login, |_| Some("x".into()))?;
            let filled = self.splice(&values)?;
            Ok(match tree::read(filled.expose()) {
                Ok(filled) => misfit(self.root(), &filled, &values),
                Err(_) => first(),
            })
        };
        rehearsal().unwrap_or_else(|_| first())
    }
}

/// The place in the template of the first node that is not what it should have become.
fn misfit(template: &Node, filled: &Node, values: &Values<'_>) -> Option<Position> {
    let here = Some(template.position);
    match (&template.kind, &filled.kind) {
        (Kind::Scalar(before), Kind::Scalar(after)) => {
            if became(before, after, values) {
                None
            } else {
                here
            }
        }
        (Kind::Sequence(before), Kind::Sequence(after)) if before.len() == after.len() => before
            .iter()
            .zip(after)
            .find_map(|(before, after)| misfit(before, after, values)),
        (Kind::Mapping(before), Kind::Mapping(after)) if before.len() == after.len() => {
            before.iter().zip(after).find_map(|(before, after)| {
                let same_key =
                    (&before.key.text, before.key.style) == (&after.key.text, after.key.style);
                if same_key {
                    misfit(&before.value, &after.value, values)
                } else {
                    Some(before.key.position)
                }
            })
        }
        (Kind::Scalar(_) | Kind::Sequence(_) | Kind::Mapping(_), _) => here,
    }
}

fn became(before: &Scalar, after: &Scalar, values: &Values<'_>) -> bool {
    if !before.text.contains(MARK) {
        return before == after;
    }
    let expected = pieces(&before.text)
        .ok()
        .and_then(|pieces| values.text_of(&pieces).ok());
    (after.style, after.tag) == (Style::Quoted, before.tag)
        && expected.is_some_and(|expected| *expected == after.text)
}
