//! Which names the text format allows. Repairing a name is the business of whoever made it.

/// Whether `name` is a metric name: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
pub fn is_metric_name(name: &str) -> bool {
    is_name(name, |byte| byte == b'_' || byte == b':')
}

/// Whether `name` is a label name: `[a-zA-Z_][a-zA-Z0-9_]*`.
///
/// Names with a leading `__` pass: they are well-formed, but only the server may use them.
pub fn is_label_name(name: &str) -> bool {
    is_name(name, |byte| byte == b'_')
}

fn is_name(name: &str, punctuation: impl Fn(u8) -> bool) -> bool {
    let mut bytes = name.bytes();
    let first = |byte: u8| byte.is_ascii_alphabetic() || punctuation(byte);
    bytes.next().is_some_and(first) && bytes.all(|byte| first(byte) || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{is_label_name, is_metric_name};

    #[test]
    fn only_metric_names_may_hold_colons_and_no_name_starts_with_a_digit() {
        for name in ["a", "_", "aws_es_free:sum", ":a", "A9"] {
            assert!(is_metric_name(name), "{name}");
        }
        for name in ["", "9a", "a-b", "a b", "é", "a\n"] {
            assert!(!is_metric_name(name) && !is_label_name(name), "{name:?}");
        }
        assert!(is_label_name("tag_Name") && is_label_name("__x") && !is_label_name("a:b"));
    }
}
