//! What is shown of the values of a field: at most 200 characters of each, the part that differs among
//! them.

use super::safe::{self, VALUE_LIMIT};
use crate::difference::Side;

/// Characters before the part that differs that are shown of a value that is cut.
const LEAD: usize = 40;

/// What is shown of a value, in three parts that are not escaped yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// What all values begin with; the ellipsis where something is left out before.
    pub(super) before: String,
    /// What is this value's own. Empty for one that is a part of the others.
    pub(super) middle: String,
    /// What all values end with; the ellipsis where something is left out behind.
    pub(super) after: String,
    /// Whether something is left out.
    pub(super) cut: bool,
}

impl Excerpt {
    /// All three parts.
    pub(super) fn whole(&self) -> String {
        [
            self.before.as_str(),
            self.middle.as_str(),
            self.after.as_str(),
        ]
        .concat()
    }

    /// Whether a part of it, and not all, is its own.
    pub(super) fn is_marked(&self) -> bool {
        let alone = self.before.is_empty() && self.after.is_empty();
        !self.middle.is_empty() && !alone
    }
}

/// The same sides, with secrets numbered in the order in which they are shown.
pub(super) fn in_order(order: &[usize], sides: &[Side]) -> Vec<Side> {
    let mut groups: Vec<usize> = Vec::new();
    for index in order {
        if let Some(Side::Hidden { group }) = sides.get(*index)
            && !groups.contains(group)
        {
            groups.push(*group);
        }
    }
    let mut sides = sides.to_vec();
    for side in &mut sides {
        if let Side::Hidden { group } = side {
            let place = groups.iter().position(|known| known == group);
            *group = place.unwrap_or(*group);
        }
    }
    sides
}

/// What is shown of each side; nothing for those without a value that can be shown.
pub(super) fn excerpts(sides: &[Side]) -> Vec<Option<Excerpt>> {
    let (before, after) = in_common(sides);
    let long = sides
        .iter()
        .any(|side| matches!(side, Side::Shown(text) if text.chars().nth(VALUE_LIMIT).is_some()));
    // The same for all of them, so that what differs stands in the same place.
    let from = if long { before.saturating_sub(LEAD) } else { 0 };
    sides
        .iter()
        .map(|side| match side {
            Side::Shown(text) => Some(excerpt(text, from, before, after)),
            Side::NoObject | Side::Absent | Side::Hidden { .. } => None,
        })
        .collect()
}

/// A side on one line: its value, or in parentheses what there is instead.
pub(super) fn side(side: &Side, excerpt: Option<&Excerpt>) -> String {
    match (side, excerpt) {
        (Side::Shown(_), Some(excerpt)) => safe::value(&excerpt.whole()),
        (Side::Shown(text), None) => safe::value(&safe::clip(text, VALUE_LIMIT)),
        (Side::NoObject, _) => "(no object)".to_owned(),
        (Side::Absent, _) => "(absent)".to_owned(),
        (Side::Hidden { group }, _) => match group {
            0 => "(secret)".to_owned(),
            1 => "(another secret)".to_owned(),
            group => format!("(another secret, no. {})", group + 1),
        },
    }
}

/// Characters that all values begin and end with; none when there are not two values that differ.
fn in_common(sides: &[Side]) -> (usize, usize) {
    let mut values = sides.iter().filter_map(|side| match side {
        Side::Shown(text) => Some(text.as_str()),
        Side::NoObject | Side::Absent | Side::Hidden { .. } => None,
    });
    let Some(first) = values.next() else {
        return (0, 0);
    };
    let others: Vec<_> = values.filter(|value| *value != first).collect();
    let same = |(a, b): &(char, char)| a == b;
    let before = others
        .iter()
        .map(|other| first.chars().zip(other.chars()).take_while(same).count());
    let Some(before) = before.min() else {
        return (0, 0);
    };
    let after = others.iter().map(|other| {
        let backwards = first.chars().rev().zip(other.chars().rev());
        backwards.take_while(same).count()
    });
    let shortest = others
        .iter()
        .chain([&first])
        .map(|text| text.chars().count());
    let room = shortest.min().unwrap_or(0).saturating_sub(before);
    (before, after.min().unwrap_or(0).min(room))
}

fn excerpt(text: &str, from: usize, before: usize, after: usize) -> Excerpt {
    let length = text.chars().count();
    let room = VALUE_LIMIT - usize::from(from > 0);
    let to = if length - from > room {
        from + room - 1
    } else {
        length
    };
    let part = |start: usize, end: usize| -> String {
        let (start, end) = (start.clamp(from, to), end.clamp(from, to));
        text.chars().skip(start).take(end - start).collect()
    };
    let own_end = length.saturating_sub(after).max(before);
    let mut shown = Excerpt {
        before: part(0, before),
        middle: part(before, own_end),
        after: part(own_end, length),
        cut: from > 0 || to < length,
    };
    if from > 0 {
        shown.before.insert(0, '…');
    }
    if to < length {
        shown.after.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Excerpt, excerpts, in_order, side};
    use crate::difference::Side;

    fn shown(values: &[&str]) -> Vec<Excerpt> {
        let sides: Vec<_> = values
            .iter()
            .map(|value| Side::Shown((*value).to_owned()))
            .collect();
        excerpts(&sides).into_iter().flatten().collect()
    }

    fn parts(excerpt: &Excerpt) -> [&str; 3] {
        [&excerpt.before, &excerpt.middle, &excerpt.after]
    }

    #[test]
    fn the_part_that_differs_stands_apart() {
        for (one, other, first, second) in [
            ("20m", "10m", ["", "2", "0m"], ["", "1", "0m"]),
            (
                "rate(a[5m])",
                "rate(b[5m])",
                ["rate(", "a", "[5m])"],
                ["rate(", "b", "[5m])"],
            ),
            ("aa", "aaa", ["aa", "", ""], ["aa", "a", ""]),
            ("", "x", ["", "", ""], ["", "x", ""]),
            ("same", "same", ["", "same", ""], ["", "same", ""]),
        ] {
            let found = shown(&[one, other]);
            assert_eq!([parts(&found[0]), parts(&found[1])], [first, second]);
        }
    }

    #[test]
    fn a_difference_far_behind_is_not_cut_away() {
        let head = "x".repeat(1000);
        let tail = "y".repeat(1000);
        let found = shown(&[&format!("{head}A{tail}"), &format!("{head}B{tail}")]);
        for (excerpt, own) in found.iter().zip(["A", "B"]) {
            assert_eq!(excerpt.middle, own);
            assert!(excerpt.before.starts_with('…') && excerpt.after.ends_with('…'));
            assert_eq!(excerpt.whole().chars().count(), 200);
        }
    }

    #[test]
    fn the_secret_that_is_shown_first_is_not_the_other_one() {
        let sides = [0, 1, 0].map(|group| Side::Hidden { group });
        let shown = in_order(&[1, 0, 2], &sides)
            .iter()
            .map(|it| side(it, None))
            .collect::<Vec<_>>();
        assert_eq!(shown, ["(another secret)", "(secret)", "(another secret)"]);
    }

    #[test]
    fn what_is_no_value_is_said_in_parentheses() {
        for (what, text) in [
            (Side::NoObject, "(no object)"),
            (Side::Absent, "(absent)"),
            (Side::Hidden { group: 0 }, "(secret)"),
            (Side::Hidden { group: 1 }, "(another secret)"),
            (Side::Hidden { group: 3 }, "(another secret, no. 4)"),
        ] {
            assert_eq!(side(&what, None), text);
        }
    }

    proptest! {
        #[test]
        fn values_within_the_limit_are_shown_whole(one in ".{0,60}", other in ".{0,60}") {
            let found = shown(&[&one, &other]);
            prop_assert_eq!([found[0].whole(), found[1].whole()], [one, other]);
        }

        #[test]
        fn values_that_differ_are_shown_differently_and_never_too_long(
            head in "[ab]{0,400}", one in "[abc]{1,300}", other in "[abc]{1,300}", tail in "[ab]{0,400}",
        ) {
            let (one, other) = (format!("{head}{one}{tail}"), format!("{head}{other}{tail}"));
            let found = shown(&[&one, &other]);
            prop_assert_eq!(one == other, found[0].whole() == found[1].whole());
            for excerpt in found {
                prop_assert!(excerpt.whole().chars().count() <= 200);
            }
        }
    }
}
