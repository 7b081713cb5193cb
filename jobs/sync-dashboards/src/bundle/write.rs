//! A file in upstream's form, for mirrors and tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::key::Key;

/// Writes texts as upstream does: block scalars without a final newline.
pub fn write(entries: &BTreeMap<Key, String>) -> String {
    let mut out = String::from("apiVersion: v1\nitems:\n");
    for (key, text) in entries {
        // A block scalar's text cannot begin with a blank; indenting it says so.
        let indent = if text.starts_with([' ', '\n']) {
            "2"
        } else {
            ""
        };
        let chomp = match text.ends_with('\n') {
            true if text.ends_with("\n\n") => "+",
            true => "",
            false => "-",
        };
        // Writing to a `String` cannot fail.
        write!(
            out,
            "- apiVersion: v1\n  data:\n    {key}: |{indent}{chomp}\n"
        )
        .unwrap_or_default();
        let body = text.strip_suffix('\n').unwrap_or(text);
        for line in body.split('\n') {
            if line.is_empty() {
                out.push('\n');
            } else {
                writeln!(out, "      {line}").unwrap_or_default();
            }
        }
        write!(
            out,
            "  kind: ConfigMap\n  metadata:\n    name: grafana-dashboard-{}\n    namespace: monitoring\n",
            key.base()
        )
        .unwrap_or_default();
    }
    out.push_str("kind: ConfigMapList\n");
    out
}
