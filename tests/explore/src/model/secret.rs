//! The secret: versions that may lose their labels, labels that move by compare-and-swap, and a text
//! in which other programs' members stand around the pair.

use std::collections::BTreeMap;

use rotate_credentials::document::FieldNames;
use rotate_credentials::key::AccessKeyId;
use rotate_credentials::version::VersionId;

use super::{KeyRecord, Text};

/// Why the secret is unusable as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Closed {
    /// Scheduled for deletion.
    Deleted,
    /// AWS rotates it.
    RotatedByAws,
}

/// The secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Every version that can be read by its id.
    pub versions: BTreeMap<VersionId, Text>,
    /// `AWSCURRENT`.
    pub current: VersionId,
    /// `AWSPREVIOUS`.
    pub previous: Option<VersionId>,
    /// `AWSPENDING`.
    pub pending: Option<VersionId>,
    /// Whether it is unusable.
    pub closed: Option<Closed>,
    /// What everybody else wrote around the pair, with [`HOLE`] in both places.
    pub others_text: Text,
    /// Versions by people so far, for their ids.
    pub edits: u32,
}

/// Stands where the pair does.
const HOLE: &str = "\u{2400}";
/// Text as people write it: no serialiser would.
const FIRST_TEXT: &str = "{ \"deadmanssnitch\" : \"x\\u0041\",\"size\":1.50e+02,\n  \
    \"email_access_key_id\":\"\u{2400}\", \"z\" : [ 1,2 ],\"email_secret_access_key\" :\"\u{2400}\"}\n";

impl Secret {
    /// A secret with one version that holds that pair.
    pub fn of(key: &KeyRecord) -> Self {
        let mut secret = Self::default();
        let version = person_version(0);
        let text = secret.filled(key);
        secret.versions.insert(version.clone(), text);
        secret.current = version;
        secret
    }

    /// Names of the pair's members.
    pub fn field_names() -> FieldNames {
        FieldNames {
            access_key_id: "email_access_key_id".to_owned(),
            secret_access_key: "email_secret_access_key".to_owned(),
        }
    }

    /// The text with the pair of `key`.
    pub fn filled(&self, key: &KeyRecord) -> Text {
        Self::filled_with(&self.others_text, key)
    }

    /// What others wrote, with the pair of `key` in it.
    pub fn filled_with(others: &str, key: &KeyRecord) -> Text {
        let mut pieces = others.split(HOLE);
        let mut text = pieces.next().unwrap_or_default().to_owned();
        let values = [key.id.as_str(), &key.secret];
        for (value, piece) in values.into_iter().zip(pieces) {
            text.push_str(value);
            text.push_str(piece);
        }
        text.into()
    }

    /// What others wrote in `text`.
    pub fn others_of(text: &str) -> String {
        let mut out = text.to_owned();
        for name in ["email_access_key_id", "email_secret_access_key"] {
            if let Some((before, value, after)) = value_of(&out, name) {
                debug_assert!(!value.is_empty());
                out = format!("{before}{HOLE}{after}");
            }
        }
        out
    }

    /// The key whose pair a version holds.
    pub fn key_in(&self, version: &VersionId) -> Option<AccessKeyId> {
        let text = self.versions.get(version)?;
        let (_, value, _) = value_of(text, "email_access_key_id")?;
        value.parse().ok()
    }

    /// Stores a person's text as the current version.
    pub fn put_by_person(&mut self, text: Text) {
        self.edits += 1;
        let version = person_version(self.edits);
        self.versions.insert(version.clone(), text);
        self.make_current(version);
    }

    /// A person's edit of another program's member, with the pair that is current.
    pub fn edit_other_member(&mut self) {
        let text = self
            .versions
            .get(&self.current)
            .cloned()
            .unwrap_or_default();
        let grown = |text: &str| text.replacen(" 1,2 ", " 1,2 , 3 ", 1).into();
        let grown_more = |text: &str| text.replacen(", 3 ", ", 3 , 3 ", 1).into();
        let edit: &dyn Fn(&str) -> Text = if text.contains(", 3 ") {
            &grown_more
        } else {
            &grown
        };
        let (text, others): (Text, Text) = (edit(&text), edit(&self.others_text));
        self.others_text = others;
        self.put_by_person(text);
    }

    /// Moves `AWSCURRENT`, and `AWSPREVIOUS` to where it came from.
    pub fn make_current(&mut self, to: VersionId) {
        if to != self.current {
            let from = std::mem::replace(&mut self.current, to);
            self.previous = Some(from);
        }
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self {
            versions: BTreeMap::new(),
            current: VersionId::new(""),
            previous: None,
            pending: None,
            closed: None,
            others_text: FIRST_TEXT.into(),
            edits: 0,
        }
    }
}

fn person_version(number: u32) -> VersionId {
    VersionId::new(format!("00000000-0000-0000-0000-{number:012}"))
}

/// The value of a member, and what stands around it.
fn value_of<'t>(text: &'t str, name: &str) -> Option<(&'t str, &'t str, &'t str)> {
    let (head, _) = text.split_once(name)?;
    let rest = text.get(head.len() + name.len() + 1..)?;
    let opening = rest.find('"')? + 1;
    let begin = text.len() - rest.len() + opening;
    let value = text.get(begin..)?;
    let length = value.find('"')?;
    Some((
        text.get(..begin)?,
        value.get(..length)?,
        value.get(length..)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Iam;

    #[test]
    fn what_others_wrote_is_told_from_the_pair() {
        let iam = Iam::with_key(0);
        let mut secret = Secret::of(&iam.keys[0]);
        let text = Text::clone(&secret.versions[&secret.current]);
        assert_eq!(*Secret::others_of(&text), *secret.others_text);
        assert_eq!(secret.key_in(&secret.current), Some(iam.keys[0].id.clone()));
        secret.edit_other_member();
        secret.edit_other_member();
        let text = Text::clone(&secret.versions[&secret.current]);
        assert!(text.contains("1,2 , 3 , 3"), "{text}");
        assert_eq!(*Secret::others_of(&text), *secret.others_text);
        assert_eq!(secret.versions.len(), 3);
    }
}
