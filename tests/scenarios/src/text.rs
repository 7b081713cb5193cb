//! Makes what a person reads comparable: whatever differs from run to run becomes a placeholder.

/// Replaces the values of these keys, and loopback ports.
pub fn redact(text: &str) -> String {
    let mut redacted = text.to_owned();
    for key in ["elapsed_ms=", "duration_ms=", "pause_ms="] {
        redacted = replace_after(&redacted, key, "[ms]", |c| c.is_ascii_digit());
    }
    redacted = replace_after(&redacted, "127.0.0.1:", "[port]", |c| c.is_ascii_digit());
    replace_after(&redacted, "(request ", "[id]", |c| c != ')')
}

/// Replaces the run of characters that are `part` of a value behind each `mark`.
pub fn replace_after(text: &str, mark: &str, with: &str, part: impl Fn(char) -> bool) -> String {
    let mut pieces = text.split(mark);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(&part);
        out.push_str(mark);
        out.push_str(if rest.len() < piece.len() { with } else { "" });
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn times_ports_and_ids_become_placeholders() {
        assert_eq!(
            redact("elapsed_ms=12 http://127.0.0.1:4711/x (request 0af-1) series=3"),
            "elapsed_ms=[ms] http://127.0.0.1:[port]/x (request [id]) series=3"
        );
    }
}
