//! Brace patterns: `node-{01..30}` and `{red,blue}-{a,b}`, as a shell expands them.

/// More texts than this from one pattern are a slip of the pen.
const MOST: usize = 100_000;

/// Expands every pattern in `text`; the rightmost one varies fastest. Numbers are padded with
/// zeros to the width of the first one.
pub(super) fn expand(text: &str) -> Result<Vec<String>, String> {
    let Some((head, rest)) = text.split_once('{') else {
        return match text.split_once('}') {
            Some(_) => Err("has a `}` without `{`".to_owned()),
            None => Ok(vec![text.to_owned()]),
        };
    };
    let (pattern, tail) = rest.split_once('}').ok_or("has a `{` without `}`")?;
    let choices = choices(pattern)?;
    let tails = expand(tail)?;
    if choices.len().saturating_mul(tails.len()) > MOST {
        return Err(format!("expands to more than {MOST} texts"));
    }
    let combine = |choice: &String| -> Vec<String> {
        tails
            .iter()
            .map(|tail| format!("{head}{choice}{tail}"))
            .collect()
    };
    Ok(choices.iter().flat_map(combine).collect())
}

fn choices(pattern: &str) -> Result<Vec<String>, String> {
    let Some((first, last)) = pattern.split_once("..") else {
        let choices: Vec<String> = pattern.split(',').map(str::to_owned).collect();
        return if choices.len() > 1 {
            Ok(choices)
        } else {
            Err(format!(
                "has `{{{pattern}}}`, which is neither `{{1..9}}` nor `{{a,b}}`"
            ))
        };
    };
    let number = |text: &str| {
        text.parse::<usize>()
            .map_err(|_| format!("has `{{{pattern}}}`, whose ends must be numbers"))
    };
    let (low, high) = (number(first)?, number(last)?);
    if low > high || high - low >= MOST {
        return Err(format!(
            "has `{{{pattern}}}`, which must ascend by at most {MOST}"
        ));
    }
    let width = first.len();
    Ok((low..=high)
        .map(|number| format!("{number:0width$}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn patterns_expand_as_in_a_shell() {
        for (text, expected) in [
            ("plain", "plain"),
            ("n{1..3}", "n1 n2 n3"),
            ("{08..11}", "08 09 10 11"),
            ("{a,b}-{1..2}", "a-1 a-2 b-1 b-2"),
            ("us-east-1{a,b}", "us-east-1a us-east-1b"),
        ] {
            assert_eq!(expand(text).unwrap().join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_pattern_that_makes_no_sense_is_refused_with_its_text() {
        for (text, message) in [
            ("{1..", "has a `{` without `}`"),
            ("1}", "has a `}` without `{`"),
            ("{x}", "has `{x}`, which is neither `{1..9}` nor `{a,b}`"),
            ("{a..c}", "has `{a..c}`, whose ends must be numbers"),
            (
                "{3..1}",
                "has `{3..1}`, which must ascend by at most 100000",
            ),
            ("{1..1000}{1..1000}", "expands to more than 100000 texts"),
        ] {
            assert_eq!(expand(text), Err(message.to_owned()), "{text}");
        }
    }
}
