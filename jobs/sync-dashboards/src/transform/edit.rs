//! Changes of single values in a JSON text.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use serde_json::value::RawValue;

/// A member of an object somewhere in a dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member<'p> {
    /// The way to the object: names of members, and an item of the list that they lead to.
    way: Vec<Step<'p>>,
    name: &'p str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'p> {
    Member(&'p str),
    Item(usize),
}

impl<'p> Member<'p> {
    /// Of the dashboard itself.
    pub(super) fn top(name: &'p str) -> Self {
        Self {
            way: Vec::new(),
            name,
        }
    }

    /// Of the object to which `inner` leads within an item of the list to which `list` leads.
    pub(super) fn item(list: &[&'p str], index: usize, inner: &[&'p str], name: &'p str) -> Self {
        let list = list.iter().copied().map(Step::Member);
        let inner = inner.iter().copied().map(Step::Member);
        Self {
            way: list.chain([Step::Item(index)]).chain(inner).collect(),
            name,
        }
    }
}

/// A text and what is to be changed in it.
#[derive(Debug)]
pub(super) struct Edits<'t> {
    text: &'t str,
    /// Places, which do not overlap, and what comes there.
    list: Vec<(Range<usize>, String)>,
}

impl<'t> Edits<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            list: Vec::new(),
        }
    }

    /// Gives a member a value; one that is not there comes after the last, written as that is. Says
    /// whether there is such an object.
    pub(super) fn set(&mut self, member: &Member<'_>, value: &Value) -> bool {
        let Some(object) = self.find(&member.way) else {
            return false;
        };
        let Some(members) = self.members(&object) else {
            return false;
        };
        if let Some(span) = members.get(member.name) {
            self.list.push((span.clone(), value.to_string()));
            return true;
        }
        let name = Value::from(member.name);
        let last = members.iter().max_by_key(|(_, span)| span.start);
        let (place, text) = match last {
            Some((key, span)) => {
                let blanks = self.blanks_before(key, span);
                (span.end, format!(",{blanks}{name}: {value}"))
            }
            None => (object.start + 1, format!("{name}: {value}")),
        };
        self.list.push((place..place, text));
        true
    }

    /// The text with all changes.
    pub(super) fn finish(mut self) -> String {
        // Those at one place stay in the order in which they were asked for.
        self.list.sort_by_key(|(span, _)| span.start);
        let mut out = String::with_capacity(self.text.len() + 64);
        let mut done = 0;
        for (span, text) in &self.list {
            out.push_str(self.text.get(done..span.start).unwrap_or_default());
            out.push_str(text);
            done = span.end;
        }
        out.push_str(self.text.get(done..).unwrap_or_default());
        out
    }

    fn find(&self, way: &[Step<'_>]) -> Option<Range<usize>> {
        let whole: &RawValue = serde_json::from_str(self.text).ok()?;
        let mut span = self.span(whole);
        for step in way {
            span = match step {
                Step::Member(name) => self.members(&span)?.remove(*name)?,
                Step::Item(index) => {
                    let text = self.text.get(span)?;
                    let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                    self.span(items.get(*index)?)
                }
            };
        }
        Some(span)
    }

    fn members(&self, object: &Range<usize>) -> Option<BTreeMap<String, Range<usize>>> {
        let text = self.text.get(object.clone())?;
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
        let spans = members.into_iter();
        Some(
            spans
                .map(|(name, value)| (name, self.span(value)))
                .collect(),
        )
    }

    /// Where a value stands that was borrowed from the text.
    fn span(&self, value: &RawValue) -> Range<usize> {
        let start = value.get().as_ptr().addr() - self.text.as_ptr().addr();
        start..start + value.get().len()
    }

    /// The line break and the indentation before a member's name.
    fn blanks_before(&self, key: &str, value: &Range<usize>) -> &'t str {
        let before = self.text.get(..value.start).unwrap_or_default();
        let name = Value::from(key).to_string();
        let before = before.trim_end().trim_end_matches(':').trim_end();
        let Some(before) = before.strip_suffix(&name) else {
            return " ";
        };
        let bare = before.trim_end().len();
        before.get(bare..).unwrap_or(" ")
    }
}
