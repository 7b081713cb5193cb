//! Grafana's variables in a text: `$x`, `${x}`, `${x:format}`, `${x.field}`, `[[x]]`, `[[x:format]]`.

/// A variable where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Variable<'t> {
    /// Its name.
    pub(super) name: &'t str,
    /// Field and format with their signs, such as `:regex`; often empty.
    pub(super) tail: &'t str,
    /// What follows it.
    pub(super) rest: &'t str,
}

/// The variable that a text begins with.
pub(super) fn at_start(text: &str) -> Option<Variable<'_>> {
    if let Some(rest) = text.strip_prefix("${") {
        let (inside, rest) = rest.split_once('}')?;
        return named(inside, rest)
            .filter(|it| it.tail.is_empty() || it.tail.starts_with([':', '.']));
    }
    if let Some(rest) = text.strip_prefix("[[") {
        let (inside, rest) = rest.split_once("]]")?;
        return named(inside, rest).filter(|it| it.tail.is_empty() || it.tail.starts_with(':'));
    }
    let it = named(text.strip_prefix('$')?, "")?;
    Some(Variable {
        tail: "",
        rest: it.tail,
        ..it
    })
}

/// All of them, in their order.
pub(super) fn find(text: &str) -> impl Iterator<Item = Variable<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.get(rest.find(['$', '['])?..)?;
            if let Some(variable) = at_start(rest) {
                rest = variable.rest;
                return Some(variable);
            }
            rest = rest.get(1..)?;
        }
    })
}

/// Splits a name from what follows. Digits alone are a group of a regular expression.
fn named<'t>(inside: &'t str, rest: &'t str) -> Option<Variable<'t>> {
    let end = inside
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(inside.len());
    let (name, tail) = inside.split_at_checked(end)?;
    let is_name = name.contains(|c: char| !c.is_ascii_digit());
    is_name.then_some(Variable { name, tail, rest })
}
