//! No text makes the reader panic, and every refusal says why and where.

use proptest::prelude::*;

use crate::config::{Config, ConfigError, UnknownKeys};

const VALID: &str = r#"region: us-east-1
period_seconds: 60
metrics:
- &a
  aws_namespace: AWS/ES
  aws_metric_name: Nodes
  aws_dimensions: [DomainName, ClientId]
  aws_dimension_select_regex: {ClientId: ['\d+', '[a-c&&[^b]]']}
  aws_statistics: [Sum, Average]
  aws_extended_statistics: [p99.9, "TM(2%:98%)"]
- <<: *a
  aws_metric_name: CPUUtilization
  aws_tag_select:
    resource_type_selection: "ec2:instance"
    resource_id_dimension: DomainName
    tag_selections: {Team: [x]}
    arn_resource_id_regexp: '([^/]+)$'
"#;

/// Pieces that have a meaning somewhere in the file.
const PIECES: [&str; 24] = [
    "\n",
    " ",
    "\t",
    "- ",
    ": ",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    "*a",
    "&b ",
    "<<: ",
    "~",
    "|\n",
    "!!int ",
    "0",
    "-1",
    "yes",
    "\u{feff}",
    "\r\n",
    "\\",
    "aws_statistics:",
];

fn check(text: &str) -> Result<(), TestCaseError> {
    for unknown in [UnknownKeys::Reject, UnknownKeys::Warn] {
        // `ConfigError::Read` would mean that parsing text touched the disk.
        if let Err(error) = Config::parse("f.yaml", text, unknown) {
            prop_assert!(matches!(error, ConfigError::Invalid(_)));
            let ConfigError::Invalid(invalid) = error else {
                continue;
            };
            prop_assert!(invalid.problems().errors() > 0);
            for problem in invalid.problems().iter() {
                prop_assert!(problem.line > 0 && problem.column > 0);
                prop_assert!(!problem.message.is_empty());
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn arbitrary_text_is_read_or_refused(text in "(?s).{0,300}") {
        check(&text)?;
    }

    #[test]
    fn a_mutated_file_is_read_or_refused(
        edits in prop::collection::vec((0..VALID.len(), 0..20_usize, 0..PIECES.len()), 1..6),
    ) {
        let mut text: Vec<char> = VALID.chars().collect();
        for (at, removed, piece) in edits {
            let at = at.min(text.len());
            let end = (at + removed).min(text.len());
            text.splice(at..end, PIECES[piece].chars());
        }
        check(&text.into_iter().collect::<String>())?;
    }
}

#[test]
fn the_file_that_is_mutated_is_valid() {
    let (config, warnings) = Config::parse("f.yaml", VALID, UnknownKeys::Reject).unwrap();
    assert_eq!((config.rules.len(), warnings.len()), (2, 0));
}
