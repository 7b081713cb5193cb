//! Who else claims a field, out of the words of a refused apply.

use std::fmt;

use jiff::Timestamp;

/// A field that another manager holds with another value. `Display`:
/// `.data.nodes.json is held by kubectl-edit, which last wrote at 2026-01-02T03:04:05Z`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldConflict {
    /// Under which name the other one writes: `kubectl-edit`.
    pub manager: String,
    /// Path of the field, as the server writes it: `.data.nodes.json`.
    pub field: String,
    /// When it last wrote. The server tells it of those who update, not of those who apply.
    pub time: Option<Timestamp>,
}

impl FieldConflict {
    /// Reads one cause. Its message is `conflict with "NAME"`, and then perhaps
    /// ` with subresource "NAME"`, ` using VERSION` and ` at TIME`.
    pub(super) fn read(message: &str, field: &str) -> Option<Self> {
        let quoted = message.strip_prefix("conflict with \"")?;
        let (manager, rest) = unquoted(quoted)?;
        let time = rest.rsplit_once(" at ").map(|(_, time)| time.parse());
        Some(Self {
            manager,
            field: field.to_owned(),
            time: time.and_then(Result::ok),
        })
    }
}

/// What stands before the closing quotation mark, and what comes after it. Inside, Go writes a
/// backslash before each mark and backslash.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return Some((text, chars.as_str())),
            '\\' => text.push(chars.next()?),
            c => text.push(c),
        }
    }
}

impl fmt::Display for FieldConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is held by {}", self.field, self.manager)?;
        match self.time {
            Some(time) => write!(f, ", which last wrote at {time}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FieldConflict;

    #[test]
    fn the_manager_and_the_time_are_read_and_other_words_are_no_conflict() {
        let table = [
            (
                r#"conflict with "kubectl-edit" using v1"#,
                "kubectl-edit",
                "",
            ),
            (
                r#"conflict with "kubectl-edit" using v1 at 2026-01-02T03:04:05Z"#,
                "kubectl-edit",
                ", which last wrote at 2026-01-02T03:04:05Z",
            ),
            (
                r#"conflict with "kube" with subresource "status" using apps/v1 at yesterday"#,
                "kube",
                "",
            ),
            (r#"conflict with "helm""#, "helm", ""),
            (
                r#"conflict with "a \"b\" at \\ c" using v1"#,
                r#"a "b" at \ c"#,
                "",
            ),
        ];
        for (message, manager, since) in table {
            let conflict = FieldConflict::read(message, ".data.nodes.json").unwrap();
            assert_eq!(
                conflict.to_string(),
                format!(".data.nodes.json is held by {manager}{since}")
            );
        }
        for message in ["", "conflict with helm", r#"conflict with "helm"#] {
            assert_eq!(FieldConflict::read(message, ".data"), None, "{message}");
        }
    }
}
