//! The tags of a user, with the rules of IAM: at most fifty, keys of 1 to 128 characters that are
//! equal whatever their case, values of up to 256, and a short list of characters.

use super::super::error::{INVALID_INPUT, LIMIT_EXCEEDED, ServiceError};

/// How many tags a user may have.
pub(crate) const MAX_TAGS: usize = 50;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;
const PATTERN: &str = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]";

/// Tags, ordered by key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tags(Vec<(String, String)>);

impl Tags {
    pub(crate) fn as_slice(&self) -> &[(String, String)] {
        &self.0
    }

    /// What these tags become with `more`: a key that is there already, in whatever case, is
    /// replaced together with its value.
    ///
    /// # Errors
    /// When one of `more` is not allowed or there would be too many; then nothing changes.
    pub(crate) fn with(&self, more: &[(&str, &str)]) -> Result<Self, ServiceError> {
        for (index, (key, value)) in more.iter().enumerate() {
            check_key(key, &format!("tags.{}.member.key", index + 1))?;
            check_value(value, &format!("tags.{}.member.value", index + 1))?;
            let repeated = |(other, _): &(&str, &str)| same(other, key);
            if more.iter().skip(index + 1).any(repeated) {
                return Err(ServiceError::new(
                    INVALID_INPUT,
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
        }
        let keys: Vec<_> = more.iter().map(|(key, _)| *key).collect();
        let mut tags = self.without(&keys);
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        tags.0.extend(more.iter().map(owned));
        if tags.0.len() > MAX_TAGS {
            return Err(ServiceError::new(
                LIMIT_EXCEEDED,
                format!("Cannot exceed quota for TagsPerUser: {MAX_TAGS}"),
            ));
        }
        tags.0.sort();
        Ok(tags)
    }

    /// What these tags become without `keys`. A key that is not there does not matter.
    pub(crate) fn without(&self, keys: &[&str]) -> Self {
        let kept = |(key, _): &&(String, String)| !keys.iter().any(|gone| same(gone, key));
        Self(self.0.iter().filter(kept).cloned().collect())
    }
}

fn same(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

/// Checks a tag key; `member` names it in the message.
pub(crate) fn check_key(key: &str, member: &str) -> Result<(), ServiceError> {
    if key.is_empty() || key.chars().count() > MAX_KEY {
        let what = format!("Member must have length between 1 and {MAX_KEY}");
        return Err(unsatisfied(key, member, &what));
    }
    if !key.chars().all(allowed) {
        let what = format!("Member must satisfy regular expression pattern: {PATTERN}+");
        return Err(unsatisfied(key, member, &what));
    }
    if key.to_lowercase().starts_with("aws:") {
        let text = "The specified tag key cannot start with aws:";
        return Err(ServiceError::new(INVALID_INPUT, text));
    }
    Ok(())
}

fn check_value(value: &str, member: &str) -> Result<(), ServiceError> {
    if value.chars().count() > MAX_VALUE {
        let what = format!("Member must have length less than or equal to {MAX_VALUE}");
        return Err(unsatisfied(value, member, &what));
    }
    if !value.chars().all(allowed) {
        let what = format!("Member must satisfy regular expression pattern: {PATTERN}*");
        return Err(unsatisfied(value, member, &what));
    }
    Ok(())
}

/// Letters, digits and separators of any script, and these few.
fn allowed(character: char) -> bool {
    let separator = character.is_whitespace() && !character.is_control();
    character.is_alphanumeric() || separator || "_.:/=+-@".contains(character)
}

fn unsatisfied(value: &str, member: &str, constraint: &str) -> ServiceError {
    ServiceError::validation(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         {constraint}"
    ))
}

#[cfg(test)]
mod tests {
    use super::Tags;

    fn code(tags: &Tags, more: &[(&str, &str)]) -> String {
        match tags.with(more) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.code().to_owned(),
        }
    }

    #[test]
    fn a_tag_is_admitted_or_refused_as_iam_does() {
        let (key, value) = ("k".repeat(128), "v".repeat(256));
        let (long_key, long_value) = ("k".repeat(129), "v".repeat(257));
        for (tag, expected) in [
            (("a", ""), "ok"),
            ((&*key, &*value), "ok"),
            ((&*long_key, "v"), "ValidationError"),
            (("a", &*long_value), "ValidationError"),
            (("", "v"), "ValidationError"),
            (("Schlüssel Ⅷ", "a_b.c:d/e=f+g-h@i j"), "ok"),
            (("a", "v1;v2"), "ValidationError"),
            (("a", "v1,v2"), "ValidationError"),
            (("a\tb", "v"), "ValidationError"),
            (("AWS:a", "v"), "InvalidInput"),
        ] {
            assert_eq!(code(&Tags::default(), &[tag]), expected, "{tag:?}");
        }
        assert_eq!(
            code(&Tags::default(), &[("a", "1"), ("A", "2")]),
            "InvalidInput"
        );
    }

    #[test]
    fn a_key_in_another_case_replaces_and_the_new_case_stays() {
        let tags = Tags::default()
            .with(&[("Team", "a"), ("owner", "b")])
            .unwrap();
        let tags = tags.with(&[("TEAM", "c")]).unwrap();
        let shown = |tags: &Tags| {
            tags.0
                .iter()
                .map(|(k, v)| format!("{k}={v}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(&tags), ["TEAM=c", "owner=b"]);
        assert_eq!(shown(&tags.without(&["team", "absent"])), ["owner=b"]);
    }

    #[test]
    fn the_fifty_first_tag_is_one_too_many_and_a_replaced_one_is_not() {
        let names: Vec<_> = (0..51).map(|it| format!("k{it}")).collect();
        let pairs: Vec<_> = names.iter().map(|it| (it.as_str(), "v")).collect();
        assert_eq!(code(&Tags::default(), &pairs), "LimitExceeded");
        let full = Tags::default().with(&pairs[..50]).unwrap();
        assert_eq!(code(&full, &[("K7", "w")]), "ok");
        assert_eq!(code(&full, &[("one more", "w")]), "LimitExceeded");
    }
}
