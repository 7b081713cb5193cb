//! The termination message: one JSON object that `kubectl describe pod` shows.

use serde_json::json;

use super::{Identity, RunRecord};

/// The kubelet cuts a container's message at this many bytes.
const LIMIT_BYTES: usize = 4096;

/// Renders the message, at most 4096 bytes of valid JSON. The error text gives way first, then the
/// hint, each cut at a character boundary.
pub fn termination_message(identity: &Identity, record: &RunRecord) -> String {
    let problem = record.conclusion.problem.as_ref();
    let mut error = problem.map_or("", |problem| problem.error.as_str());
    let mut hint = problem
        .and_then(|problem| problem.hint.as_deref())
        .unwrap_or("");
    loop {
        let text = json!({
            "v": 1,
            "job": identity.job,
            "run": identity.run,
            "cluster": identity.cluster,
            "outcome": record.conclusion.outcome.word(),
            "code": record.status,
            "class": problem.map_or(record.conclusion.exit.class(), |problem| &problem.code),
            "error": error,
            "hint": hint,
            "started": record.started,
            "finished": record.finished,
            "duration_ms": record.duration_ms(),
            "changes": record.conclusion.changes,
            "pushed": record.conclusion.pushed,
            "next_run": record.next_run,
        })
        .to_string();
        let Some(excess @ 1..) = text.len().checked_sub(LIMIT_BYTES) else {
            return text;
        };
        let shorter = if error.is_empty() {
            &mut hint
        } else {
            &mut error
        };
        if shorter.is_empty() {
            return text;
        }
        let escaped: usize = shorter.chars().map(escaped_bytes).sum();
        *shorter = cut(shorter, escaped.saturating_sub(excess));
    }
}

/// The longest prefix that takes at most `bytes` bytes in JSON.
fn cut(text: &str, bytes: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find_map(|(at, character)| {
        taken += escaped_bytes(character);
        (taken > bytes).then_some(at)
    });
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// Bytes of a character in a JSON string.
fn escaped_bytes(character: char) -> usize {
    match character {
        '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1f}' => 6,
        _ => character.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Conclusion, Mode, Outcome, Problem};
    use super::*;
    use crate::exit::Exit;

    fn identity() -> Identity {
        Identity {
            job: "export-cloudwatch",
            version: "0.1.0",
            revision: "unknown".into(),
            run: "export-cloudwatch-1".into(),
            cluster: "prod-e1-1".into(),
            namespace: "monitoring".into(),
            pod: "export-cloudwatch-1".into(),
            cronjob: Some("export-cloudwatch".into()),
            mode: Mode::Run,
        }
    }

    fn record(error: String, hint: Option<String>) -> RunRecord {
        RunRecord {
            started: "2026-11-24T12:00:00Z".parse().unwrap(),
            finished: "2026-11-24T12:00:01.5Z".parse().unwrap(),
            status: 1,
            conclusion: Conclusion {
                exit: Exit::Transient,
                outcome: Outcome::Failed,
                problem: Some(Problem {
                    code: "push-rejected".into(),
                    error,
                    hint,
                }),
                changes: 2,
                pushed: Some(false),
            },
            next_run: None,
            api_calls: Vec::new(),
        }
    }

    #[test]
    fn it_says_what_happened_and_what_to_do() {
        insta::assert_snapshot!(
            termination_message(&identity(), &record("it broke".into(), Some("run it again".into()))),
            @r#"{"v":1,"job":"export-cloudwatch","run":"export-cloudwatch-1","cluster":"prod-e1-1","outcome":"failed","code":1,"class":"push-rejected","error":"it broke","hint":"run it again","started":"2026-11-24T12:00:00Z","finished":"2026-11-24T12:00:01.5Z","duration_ms":1500,"changes":2,"pushed":false,"next_run":null}"#
        );
    }

    #[test]
    fn a_long_error_fills_the_message_however_much_of_it_is_escaped() {
        for line in ["plain\n", "\"quoted\" é\n", "\u{1b}[1m\n"] {
            let message =
                termination_message(&identity(), &record(line.repeat(50_000), Some("do".into())));
            assert!(
                (LIMIT_BYTES - 6..=LIMIT_BYTES).contains(&message.len()),
                "{line:?}: {}",
                message.len()
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn it_is_always_valid_json_within_the_limit(
            error in "\\PC{0,4000}", quotes in 0_usize..5000, hint in "[\\PC\n\"]{0,3000}"
        ) {
            let message = termination_message(
                &identity(),
                &record(error + &"\"".repeat(quotes), Some(hint)),
            );
            proptest::prop_assert!(message.len() <= LIMIT_BYTES);
            proptest::prop_assert!(serde_json::from_str::<serde_json::Value>(&message).is_ok());
        }
    }
}
