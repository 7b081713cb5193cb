//! "Did you mean …?"

/// Edits up to which two words count as the same word misspelt.
const MAX_DISTANCE: usize = 3;

/// The word of `dictionary` that `word` most likely stands for, if one is at most three edits away.
///
/// Case does not count. Of equally near words the first wins. A word as short as its distance has
/// no letter in common with the suggestion, so it gets none.
pub fn did_you_mean<'d>(
    word: &str,
    dictionary: impl IntoIterator<Item = &'d str>,
) -> Option<&'d str> {
    let word = word.to_lowercase();
    let limit = MAX_DISTANCE.min(word.chars().count().saturating_sub(1));
    dictionary
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&word, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    const KEYS: [&str; 3] = ["aws_dimensions", "aws_dimension_select", "help"];

    #[test]
    fn the_nearest_word_within_three_edits_is_suggested() {
        for (word, expected) in [
            ("aws_dimension", Some("aws_dimensions")),
            ("aws_dimensions_select", Some("aws_dimension_select")),
            ("AWS_DIMENSIONS", Some("aws_dimensions")),
            ("hlep", Some("help")),
            ("period", None),
            ("aws_dimens", None),
        ] {
            assert_eq!(did_you_mean(word, KEYS), expected, "{word}");
        }
    }

    #[test]
    fn a_word_that_shares_no_letter_gets_no_suggestion() {
        assert_eq!(did_you_mean("x", ["on", "off"]), None);
        assert_eq!(did_you_mean("", ["on"]), None);
    }
}
