//! Expressions as the operator rewrites them where a Prometheus enforces a label.
//!
//! It puts a matcher of that label, with the namespace of the object, into every selector. What it does
//! with a matcher that is there already depends on its release.

/// An expression after that.
#[derive(Debug, PartialEq)]
pub(super) struct Enforced {
    /// In normal form.
    pub(super) text: String,
    /// Whether a selector had matchers of the label. They are left out, as most releases do.
    pub(super) replaced: bool,
}

/// Rewrites an expression that is in normal form: outside of its strings, only selectors have braces, and
/// their matchers are sorted. `None` for one that has alternatives in a selector: no operator knows them.
pub(super) fn enforce(form: &str, label: &str, value: &str) -> Option<Enforced> {
    let mut text = String::with_capacity(form.len());
    let mut replaced = false;
    let mut selector: Option<Vec<String>> = None;
    let (mut quoted, mut escaped) = (false, false);
    for c in form.chars() {
        let is_outside = !quoted && c != '"';
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        }
        match (&mut selector, c) {
            (None, '{') if is_outside => selector = Some(vec![String::new()]),
            (None, _) => text.push(c),
            (Some(matchers), '}') if is_outside => {
                replaced |= with(matchers, label, value);
                text.push('{');
                text.push_str(&matchers.join(","));
                text.push('}');
                selector = None;
            }
            (Some(matchers), ',') if is_outside => matchers.push(String::new()),
            (Some(_), ' ') if is_outside => return None,
            (Some(matchers), _) => matchers.last_mut()?.push(c),
        }
    }
    selector.is_none().then_some(Enforced { text, replaced })
}

/// Puts the matcher in. Whether others of its label had to go.
fn with(matchers: &mut Vec<String>, label: &str, value: &str) -> bool {
    let name = format!("{label:?}");
    let is_of_label = |matcher: &String| {
        let rest = matcher.strip_prefix(&name);
        rest.is_some_and(|rest| rest.starts_with(['=', '!']))
    };
    let replaced = matchers.iter().any(is_of_label);
    matchers.retain(|it| !it.is_empty() && !is_of_label(it));
    matchers.push(format!("{name}={value:?}"));
    matchers.sort_unstable();
    replaced
}

#[cfg(test)]
mod tests {
    use super::enforce;
    use crate::normalise::expression;

    /// The rewritten expression, and whether matchers were replaced.
    fn enforced(text: &str) -> Option<(String, bool)> {
        let enforced = enforce(&expression(text), "namespace", "m")?;
        Some((enforced.text, enforced.replaced))
    }

    #[test]
    fn every_selector_has_the_matcher_once_and_strings_are_left_alone() {
        let table = [
            ("up", r#"up{namespace="m"}"#, false),
            ("vector(1)", "vector(1)", false),
            (
                r#"rate(x{job="a,b}"}[5m]) / on (job) y{a!="\"{"} offset 1h"#,
                r#"rate(x{job="a,b}",namespace="m"}[5m]) / on (job) y{a!="\"{",namespace="m"} offset 1h"#,
                false,
            ),
            (
                r#"label_replace(up, "a", "{x,y}", "b", "\\")"#,
                r#"label_replace(up{namespace="m"}, "a", "{x,y}", "b", "\\")"#,
                false,
            ),
            (r#"up{namespace="m"}"#, r#"up{namespace="m"}"#, true),
            (
                r#"up{namespace!~"a|b",z="1"}"#,
                r#"up{namespace="m",z="1"}"#,
                true,
            ),
            (
                r#"up{namespaces="a"}"#,
                r#"up{namespace="m",namespaces="a"}"#,
                false,
            ),
        ];
        for (declared, loaded, replaced) in table {
            let expected = (expression(loaded), replaced);
            assert_eq!(enforced(declared), Some(expected), "{declared}");
        }
        assert_eq!(enforced(r#"x{a="1" or b="2"}"#), None);
    }
}
