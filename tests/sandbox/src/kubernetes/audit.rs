//! What an API server says it was asked: the proof that a job uses the rights it has, and no other.
//!
//! The server appends an entry before it ends its answer, so whoever has read an answer to its end
//! finds the entry in the file.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// A position in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark(u64);

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditEntry {
    /// Who asked; empty when the server did not find out.
    pub user: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
    pub verb: String,
    /// The API group; empty for the core.
    pub group: String,
    /// The plural; empty when the path is no object's, as in `/readyz`.
    pub resource: String,
    /// `status`, `proxy`, …, or empty.
    pub subresource: String,
    /// Empty for a collection.
    pub name: String,
    /// Empty for what has no namespace.
    pub namespace: String,
    /// The path with its query.
    pub uri: String,
    /// The HTTP status; 0 while the request is still being answered.
    pub code: u16,
}

impl fmt::Display for AuditEntry {
    /// `system:serviceaccount:jobs:rotate get pods/proxy monitoring/alertmanager-main-0:9093 200`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.user, self.verb)?;
        if self.resource.is_empty() {
            return write!(f, "{} {}", self.uri, self.code);
        }
        f.write_str(&self.resource)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        if !self.subresource.is_empty() {
            write!(f, "/{}", self.subresource)?;
        }
        write!(f, " {}/{} {}", self.namespace, self.name, self.code)
    }
}

/// The end of the log as it is now.
pub(super) fn end(log: &Path) -> Result<Mark> {
    let text = read(log, Mark::default())?;
    let length = u64::try_from(complete(&text).len());
    length.map(Mark).context("the audit log is too long")
}

/// Every request that has been answered, or is being answered, since `mark`, in the order in which
/// answers began.
pub(super) fn since(log: &Path, mark: Mark) -> Result<Vec<AuditEntry>> {
    entries(complete(&read(log, mark)?))
}

fn read(log: &Path, from: Mark) -> Result<String> {
    let text = read_from(log, from.0);
    text.with_context(|| format!("reading the audit log {}", log.display()))
}

fn read_from(log: &Path, position: u64) -> io::Result<String> {
    let mut file = File::open(log)?;
    file.seek(SeekFrom::Start(position))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// The text without a last line that is still being written.
fn complete(text: &str) -> &str {
    let end = text.rfind('\n').map_or(0, |newline| newline + 1);
    text.get(..end).unwrap_or_default()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "auditID")]
    id: String,
    verb: String,
    #[serde(rename = "requestURI")]
    uri: String,
    #[serde(default)]
    user: User,
    #[serde(default)]
    object_ref: Object,
    #[serde(default)]
    response_status: Status,
}

#[derive(Debug, Default, Deserialize)]
struct User {
    #[serde(default)]
    username: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Object {
    api_group: String,
    resource: String,
    subresource: String,
    name: String,
    namespace: String,
}

#[derive(Debug, Default, Deserialize)]
struct Status {
    #[serde(default)]
    code: u16,
}

fn entries(text: &str) -> Result<Vec<AuditEntry>> {
    let mut entries = Vec::new();
    let mut begun = BTreeMap::new();
    for line in text.lines() {
        let event: Event = serde_json::from_str(line)
            .with_context(|| format!("understanding a line of the audit log: {line}"))?;
        let entry = AuditEntry {
            user: event.user.username,
            verb: event.verb,
            group: event.object_ref.api_group,
            resource: event.object_ref.resource,
            subresource: event.object_ref.subresource,
            name: event.object_ref.name,
            namespace: event.object_ref.namespace,
            uri: event.uri,
            code: event.response_status.code,
        };
        // A long answer is logged when it begins and again when it ends.
        let place = *begun.entry(event.id).or_insert(entries.len());
        match entries.get_mut(place) {
            Some(earlier) => *earlier = entry,
            None => entries.push(entry),
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::{complete, entries};

    const LOG: &str = concat!(
        r#"{"auditID":"1","stage":"ResponseStarted","requestURI":"/api/v1/secrets?watch=1","verb":"watch","user":{"username":"ann"},"objectRef":{"resource":"secrets"},"responseStatus":{"code":200}}"#,
        "\n",
        r#"{"auditID":"2","stage":"ResponseComplete","requestURI":"/readyz","verb":"get","user":{"username":"admin"},"responseStatus":{"code":200}}"#,
        "\n",
        r#"{"auditID":"3","stage":"ResponseComplete","requestURI":"/apis/apps/v1/x","verb":"get","user":{"username":"bob"},"objectRef":{"apiGroup":"apps","resource":"statefulsets","namespace":"monitoring","name":"a","subresource":"status"},"responseStatus":{"code":403}}"#,
        "\n",
        r#"{"auditID":"1","stage":"ResponseComplete","requestURI":"/api/v1/secrets?watch=1","verb":"watch","user":{"username":"ann"},"objectRef":{"resource":"secrets"},"responseStatus":{"code":200}}"#,
        "\n",
        r#"{"auditID":"4","st"#
    );

    #[test]
    fn each_request_is_one_entry_and_a_half_line_is_left_for_later() {
        let lines: Vec<String> = entries(complete(LOG))
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            lines,
            [
                "ann watch secrets / 200",
                "admin get /readyz 200",
                "bob get statefulsets.apps/status monitoring/a 403",
            ]
        );
        assert_eq!(complete("no line yet"), "");
    }
}
