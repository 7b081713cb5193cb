//! No text makes the reader panic, and every refusal says why and where.

use proptest::prelude::*;

use super::whole::{LEAST, WHOLE};
use crate::config::{Config, ConfigError};

/// Pieces that have a meaning somewhere in the file.
const PIECES: [&str; 28] = [
    "\n", " ", "\t", "- ", ": ", "[", "]", "{", "}", "'", "\"", "*a", "&b ", "<<: ", "~", "|\n",
    "!!int ", "0", "-1", "yes", "\u{feff}", "\r\n", "\\", "{{", "}}", "/", "*", "[name=",
];

fn check(text: &str) -> Result<(), TestCaseError> {
    // `ConfigError::Read` would mean that parsing text touched the disk.
    if let Err(error) = Config::parse("f.yaml", text) {
        prop_assert!(matches!(error, ConfigError::Invalid(_)));
        let ConfigError::Invalid(invalid) = error else {
            return Ok(());
        };
        prop_assert!(invalid.problems().errors() > 0);
        for problem in invalid.problems().iter() {
            prop_assert!(problem.line > 0 && problem.column > 0);
            prop_assert!(!problem.message.is_empty());
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn arbitrary_text_is_read_or_refused(text in "(?s).{0,300}") {
        check(&text)?;
        check(&format!("{LEAST}declared: {text}"))?;
    }

    #[test]
    fn a_mutated_file_is_read_or_refused(
        edits in prop::collection::vec((0..WHOLE.len(), 0..20_usize, 0..PIECES.len()), 1..6),
    ) {
        let mut text: Vec<char> = WHOLE.chars().collect();
        for (at, removed, piece) in edits {
            let at = at.min(text.len());
            let end = (at + removed).min(text.len());
            text.splice(at..end, PIECES[piece].chars());
        }
        check(&text.into_iter().collect::<String>())?;
    }
}
