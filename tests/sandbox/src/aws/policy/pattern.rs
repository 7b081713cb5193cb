//! Patterns of policies: `*` stands for any text, `?` for any character.

/// Whether `text` is what `pattern` describes, whole.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    // reachable[i]: the pattern so far can describe the first i characters.
    let mut reachable = vec![false; text.len() + 1];
    if let Some(first) = reachable.first_mut() {
        *first = true;
    }
    for symbol in pattern {
        let mut next = Vec::with_capacity(reachable.len());
        if symbol == '*' {
            let mut seen = false;
            next.extend(reachable.iter().map(|it| {
                seen |= it;
                seen
            }));
        } else {
            next.push(false);
            let step = reachable.iter().zip(&text);
            next.extend(step.map(|(before, it)| *before && (symbol == '?' || symbol == *it)));
        }
        reachable = next;
    }
    reachable.last().is_some_and(|whole| *whole)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*a*a*", "banana", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("prod/monitoring-??????", "prod/monitoring-AbCdEf", true),
            (
                "prod/monitoring-??????",
                "prod/monitoring-old-AbCdEf",
                false,
            ),
            ("rotate-credentials.*", "rotate-credentials.hold", true),
            ("rotate-credentials.*", "rotate-credentialsXhold", false),
            ("[a]", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
