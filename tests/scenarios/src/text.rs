//! Makes what a person reads comparable: whatever differs from run to run becomes a placeholder.

/// What a Pushgateway says before it names one of several contradictory series, in no fixed order.
const CONTRADICTION: &str = "inconsistent with existing metrics: ";

/// Replaces the values of these keys, loopback ports, ids, and what differs in a refusal.
pub fn redact(text: &str) -> String {
    let mut redacted = text.to_owned();
    for key in ["elapsed_ms=", "duration_ms=", "pause_ms="] {
        redacted = replace_after(&redacted, key, "[ms]", |c| c.is_ascii_digit());
    }
    redacted = replace_after(&redacted, "127.0.0.1:", "[port]", |c| c.is_ascii_digit());
    redacted = replace_after(&redacted, "(request ", "[id]", |c| c != ')');
    redacted = replace_after(&redacted, "request_id=\"", "[id]", |c| c != '"');
    without_contradictions(&redacted)
}

/// Cuts each contradiction up to the fields of its log line, or to the end of the line.
fn without_contradictions(text: &str) -> String {
    let mut pieces = text.split(CONTRADICTION);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let ends = [" group=\"", "\n"].map(|end| piece.find(end).unwrap_or(piece.len()));
        let end = ends.into_iter().min().unwrap_or(0);
        out.extend([
            CONTRADICTION,
            "[which]",
            piece.get(end..).unwrap_or_default(),
        ]);
    }
    out
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
    fn a_contradiction_is_cut_and_the_fields_behind_it_stay() {
        assert_eq!(
            redact(
                "WARN inconsistent with existing metrics: metric \"a\" { v… group=\"g\"\n\
                 error: inconsistent with existing metrics: metric \"b\"\nhint"
            ),
            "WARN inconsistent with existing metrics: [which] group=\"g\"\n\
             error: inconsistent with existing metrics: [which]\nhint"
        );
    }

    #[test]
    fn times_ports_and_ids_become_placeholders() {
        assert_eq!(
            redact("elapsed_ms=12 http://127.0.0.1:4711/x (request 0af-1) request_id=\"0af\" a=3"),
            "elapsed_ms=[ms] http://127.0.0.1:[port]/x (request [id]) request_id=\"[id]\" a=3"
        );
    }
}
