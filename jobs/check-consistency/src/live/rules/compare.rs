//! One object beside the file that was loaded of it.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::declared::{self, RuleObject};
use super::enforced::enforce;
use super::loaded::{self, File, Health};
use crate::live::NormalForm;
use crate::live::findings::list;
use crate::normalise;

/// So many intervals may pass without an evaluation.
const INTERVALS: u64 = 3;

/// The least time after which an evaluation is missed: clocks differ, and a busy server is late at times.
const LATE_MS: u64 = 120_000;

/// The longest of the server's own words that are repeated, in characters.
const WORDS_CHARS_MAX: usize = 200;

/// A span of Prometheus, in milliseconds.
fn milliseconds(text: &str) -> Option<u64> {
    u64::try_from(normalise::prometheus_duration(text)?).ok()
}

/// What was found out about one object, as words.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Compared {
    /// Groups or rules that are not there.
    absent: Vec<String>,
    /// Rules that run in another form.
    changed: Vec<String>,
    /// Groups or rules that the object no longer has.
    left_over: Vec<String>,
    /// Rules of whose expressions nobody can say whether they mean the same.
    unclear: Vec<String>,
    /// The label that the operator puts into expressions, where it does so.
    enforced: Option<String>,
    failing: Vec<String>,
    stale: Vec<String>,
    pending: Vec<String>,
}

/// Compares an object with its file.
pub(super) fn compare(
    object: &RuleObject,
    file: &File,
    enforced: Option<&str>,
    normal: NormalForm<'_>,
    now: Timestamp,
) -> Compared {
    let mut compared = Compared {
        enforced: enforced.map(str::to_owned),
        ..Compared::default()
    };
    let pairing = Pairing {
        enforced: enforced.map(|label| (label, object.metadata.namespace.as_str())),
        normal,
    };
    for group in object.groups() {
        match file.0.get(&group.name) {
            Some(loaded) => compared.group(group, loaded, &pairing),
            // A server does not tell of groups without rules when it is asked for those of a type.
            None if group.rules().is_empty() => {}
            None => compared.absent.push(format!("group {}", group.name)),
        }
    }
    for (name, loaded) in &file.0 {
        if object.groups().iter().all(|group| group.name != *name) && !loaded.rules.is_empty() {
            compared.left_over.push(format!("group {name}"));
        }
        compared.health(loaded, now);
    }
    compared
}

/// How a declared rule is held against a loaded one.
struct Pairing<'a> {
    /// The label that the operator puts into every expression and every rule, and its value there.
    enforced: Option<(&'a str, &'a str)>,
    normal: NormalForm<'a>,
}

/// In what a declared rule and a loaded one differ.
#[derive(Debug, Default)]
struct Differences {
    fields: Vec<&'static str>,
    /// Whether nobody can say if the expressions mean the same.
    unclear: bool,
}

impl Pairing<'_> {
    /// In what they differ.
    fn differences(
        &self,
        group: &declared::Group,
        rule: &declared::Rule,
        loaded: &loaded::Rule,
    ) -> Differences {
        let mut differences = Differences::default();
        match self.same_expression(&rule.expression(), &loaded.query) {
            Some(true) => {}
            Some(false) => differences.fields.push("expression"),
            None => differences.unclear = true,
        }
        let span = |text: Option<&str>| milliseconds(text.unwrap_or("0"));
        if loaded.alerts && span(rule.pending.as_deref()) != Some(loaded.pending_ms) {
            differences.fields.push("for");
        }
        let keep = span(rule.keep_firing_for.as_deref());
        if loaded.alerts && loaded.keep_ms.is_some_and(|loaded| keep != Some(loaded)) {
            differences.fields.push("keep_firing_for");
        }
        if !self.same_labels(group, rule, loaded) {
            differences.fields.push("labels");
        }
        differences
    }

    /// `None` when nobody can say: the server prints an expression in a form of its own, and of one that
    /// is not understood only the text is known. An operator that enforces a label has rewritten it, but
    /// for objects that are excluded from that.
    fn same_expression(&self, declared: &str, running: &str) -> Option<bool> {
        let forms = [declared, running].map(|text| ((self.normal)(text), text));
        let [(declared, _), (running, _)] = &forms;
        if declared == running {
            return Some(true);
        }
        // Around what is understood, parentheses change nothing.
        let is_understood =
            |(form, text): &(String, &str)| (self.normal)(&format!("({text}\n)")) == *form;
        if !forms.iter().all(is_understood) {
            return None;
        }
        let Some((label, value)) = self.enforced else {
            return Some(false);
        };
        let enforced = enforce(declared, label, value)?;
        match (enforced.text == *running, enforced.replaced) {
            (true, _) => Some(true),
            (false, false) => Some(false),
            // What became of the matchers that were there depends on the operator's release.
            (false, true) => None,
        }
    }

    fn same_labels(
        &self,
        group: &declared::Group,
        rule: &declared::Rule,
        loaded: &loaded::Rule,
    ) -> bool {
        let mut labels = group.labels.clone().unwrap_or_default();
        labels.extend(rule.labels.clone().unwrap_or_default());
        if let Some((label, value)) = self.enforced
            && loaded.labels.get(label).is_some_and(|it| it == value)
        {
            labels.insert(label.to_owned(), value.to_owned());
        }
        labels == loaded.labels
    }
}

impl Compared {
    fn group(&mut self, group: &declared::Group, loaded: &loaded::Group, pairing: &Pairing<'_>) {
        let interval = group.interval.as_deref().map(milliseconds);
        if interval.is_some_and(|interval| interval != Some(loaded.interval_ms)) {
            let changed = format!("group {} (interval)", group.name);
            self.changed.push(changed);
        }
        let mut left: Vec<_> = loaded.rules.iter().collect();
        let mut unpaired = Vec::new();
        for rule in group.rules() {
            let equal = left.iter().position(|loaded| {
                let differences = pairing.differences(group, rule, loaded);
                is_named(rule, loaded) && differences.fields.is_empty() && !differences.unclear
            });
            match equal {
                Some(at) => drop(left.remove(at)),
                None => unpaired.push(rule),
            }
        }
        for rule in unpaired {
            let namesake = left.iter().position(|loaded| is_named(rule, loaded));
            match namesake.map(|at| left.remove(at)) {
                Some(loaded) => {
                    let fields = pairing.differences(group, rule, loaded).fields;
                    if fields.is_empty() {
                        self.unclear.push(rule.name().to_owned());
                    } else {
                        let fields = fields.join(", ");
                        self.changed.push(format!("{} ({fields})", rule.name()));
                    }
                }
                None => self.absent.push(rule.name().to_owned()),
            }
        }
        let names = left.iter().map(|rule| rule.name.clone());
        self.left_over.extend(names);
    }

    fn health(&mut self, group: &loaded::Group, now: Timestamp) {
        let limit = group.interval_ms.saturating_mul(INTERVALS).max(LATE_MS);
        let limit = SignedDuration::from_millis(limit.try_into().unwrap_or(i64::MAX));
        for rule in &group.rules {
            match &rule.health {
                Health::Good => {}
                Health::Bad(words) => self.failing.push(with_words(&rule.name, words)),
                Health::Pending => self.pending.push(rule.name.clone()),
            }
            if let Some(evaluated) = rule.evaluated
                && now.duration_since(evaluated) > limit
            {
                self.stale.push(rule.name.clone());
            }
        }
    }

    /// What runs otherwise than it is declared, in a sentence.
    pub(super) fn differences(&self) -> Option<String> {
        let sentences = [
            ("not loaded", &self.absent),
            ("loaded in another form", &self.changed),
            ("loaded and no longer declared", &self.left_over),
        ];
        let mut text = String::new();
        for (what, names) in sentences {
            let Some(names) = named(names) else { continue };
            let separator = if text.is_empty() { "" } else { "; " };
            // Writing to a text does not fail.
            write!(text, "{separator}{what}: {names}").unwrap_or_default();
        }
        (!text.is_empty()).then_some(text)
    }

    pub(super) fn unclear(&self) -> Option<String> {
        let names = named(&self.unclear)?;
        Some(match &self.enforced {
            None => format!("an expression is written otherwise and not understood: {names}"),
            Some(label) => format!(
                "the operator rewrites expressions for the enforced label {label}, and nobody can say \
                 whether these are what is declared: {names}"
            ),
        })
    }

    pub(super) fn failures(&self) -> Option<String> {
        Some(format!("evaluation fails: {}", named(&self.failing)?))
    }

    pub(super) fn stale(&self) -> Option<String> {
        let names = named(&self.stale)?;
        Some(format!(
            "not evaluated for more than {INTERVALS} intervals: {names}"
        ))
    }

    pub(super) fn pending(&self) -> Option<String> {
        let names = named(&self.pending)?;
        Some(format!("loaded and not evaluated so far: {names}"))
    }
}

fn named(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| list(names.iter().map(String::as_str)))
}

fn is_named(rule: &declared::Rule, loaded: &loaded::Rule) -> bool {
    rule.alert.is_some() == loaded.alerts && rule.name() == loaded.name
}

fn with_words(name: &str, words: &str) -> String {
    let words = crate::live::findings::line(words);
    if words.is_empty() {
        return name.to_owned();
    }
    let shown: String = words.chars().take(WORDS_CHARS_MAX).collect();
    let more = if shown.len() < words.len() { "…" } else { "" };
    format!("{name} ({shown}{more})")
}
