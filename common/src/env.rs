//! The process environment, read once and handed on, so that tests can state theirs.

use std::collections::BTreeMap;

/// A snapshot of environment variables. An empty value counts as absent.
#[derive(Debug, Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// What the process was started with; variables that are not UTF-8 are left out.
    pub fn from_process() -> Self {
        std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// The value of `key`, if it is set and not empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether `key` is set to an empty value, for those who cannot ask [`Env::get`].
    pub fn is_blank(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(String::is_empty)
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Env;

    #[test]
    fn an_empty_variable_counts_as_absent() {
        let env: Env = [("REGION", ""), ("CLUSTER", "prod-e1-1")]
            .into_iter()
            .collect();
        assert_eq!(env.get("REGION"), None);
        let blank = ["REGION", "CLUSTER", "ZONE"].map(|key| env.is_blank(key));
        assert_eq!(blank, [true, false, false]);
        assert_eq!(env.get("CLUSTER"), Some("prod-e1-1"));
    }
}
