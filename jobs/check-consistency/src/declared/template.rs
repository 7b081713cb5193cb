//! Values that differ by cluster.

use std::collections::BTreeMap;
use std::fmt;

use crate::path::fits;

/// The name that every cluster has a value for.
const CLUSTER: &str = "cluster";

/// A text in which `{{cluster}}`, or another name in braces, stands for a cluster's value of that name,
/// and `*` for any characters. `Display` is the text that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(String),
    Any,
}

/// What the names in a template stand for, in one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vars {
    cluster: String,
    others: BTreeMap<String, String>,
}

/// A text that is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// No `}}` after `{{`.
    #[error("`{{{{{rest}` is not closed: write `}}}}` after the name")]
    Open {
        /// What follows the braces.
        rest: String,
    },
    /// Something else than a name between the braces.
    #[error(
        "`{{{{{name}}}}}` is no name: letters, digits, `_`, `-` and `.`, as in `{{{{cluster}}}}`"
    )]
    Name {
        /// What is between them.
        name: String,
    },
}

impl Vars {
    /// A cluster's name and what else templates can name; its name is always `cluster`.
    pub fn new(cluster: &str, others: &BTreeMap<String, String>) -> Self {
        Self {
            cluster: cluster.to_owned(),
            others: others.clone(),
        }
    }

    /// The cluster's name.
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// What a name stands for.
    pub fn value(&self, name: &str) -> Option<&str> {
        if name == CLUSTER {
            return Some(&self.cluster);
        }
        self.others.get(name).map(String::as_str)
    }
}

impl Template {
    /// Reads a template. Whether its names are known is for whoever knows the clusters: see
    /// [`names`](Self::names).
    ///
    /// # Errors
    /// Says what is wrong and how it is written.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            parts.extend(literal(before));
            let Some((name, after)) = after.split_once("}}") else {
                let rest = after.to_owned();
                return Err(TemplateError::Open { rest });
            };
            let trimmed = name.trim();
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            if trimmed.is_empty() || !trimmed.chars().all(allowed) {
                let name = name.to_owned();
                return Err(TemplateError::Name { name });
            }
            parts.push(Part::Name(trimmed.to_owned()));
            rest = after;
        }
        parts.extend(literal(rest));
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }

    /// The names in it, as they stand.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Text(_) | Part::Any => None,
        })
    }

    /// Whether a whole text is what the template says for a cluster. A name that stands for nothing there
    /// matches nothing.
    pub fn matches(&self, vars: &Vars, text: &str) -> bool {
        let mut pieces = vec![String::new()];
        for part in &self.parts {
            let piece = match part {
                Part::Text(text) => Some(text.as_str()),
                Part::Name(name) => match vars.value(name) {
                    Some(value) => Some(value),
                    None => return false,
                },
                Part::Any => None,
            };
            match (piece, pieces.last_mut()) {
                (Some(piece), Some(last)) => last.push_str(piece),
                (Some(_) | None, _) => pieces.push(String::new()),
            }
        }
        fits(&pieces, text)
    }

    /// What the template says for a cluster, to be shown: `*` stays, and so do names that stand for
    /// nothing there.
    pub fn expand_shown(&self, vars: &Vars) -> String {
        let mut shown = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => shown.push_str(text),
                Part::Name(name) => match vars.value(name) {
                    Some(value) => shown.push_str(value),
                    None => shown.extend(["{{", name, "}}"]),
                },
                Part::Any => shown.push('*'),
            }
        }
        shown
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text without names, with a part for each star.
fn literal(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for (index, piece) in text.split('*').enumerate() {
        if index > 0 {
            parts.push(Part::Any);
        }
        if !piece.is_empty() {
            parts.push(Part::Text(piece.to_owned()));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Template, TemplateError, Vars};

    fn vars(cluster: &str, others: &[(&str, &str)]) -> Vars {
        let others = others
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Vars::new(cluster, &others.collect())
    }

    #[test]
    fn a_template_matches_whole_texts_for_its_cluster() {
        let vars = vars(
            "prod-e1-1",
            &[("account", "123"), ("cluster", "other"), ("glob", "*")],
        );
        let role = "arn:aws:iam::*:role/k8s.{{cluster}}.monitoring.*.service";
        for (template, text, fits) in [
            ("{{cluster}}", "prod-e1-1", true),
            ("{{ cluster }}", "prod-e1-1", true),
            ("{{cluster}}", "remoting-prod-e1-1", false),
            ("{{cluster}}", "prod-e1-1x", false),
            ("*{{cluster}}", "remoting-prod-e1-1", true),
            ("{{cluster}}/{{account}}", "prod-e1-1/123", true),
            ("{{cluster}}/{{account}}", "prod-e1-1/124", false),
            (
                role,
                "arn:aws:iam::123:role/k8s.prod-e1-1.monitoring.prometheus.service",
                true,
            ),
            (
                role,
                "arn:aws:iam::123:role/k8s.prod-e1-2.monitoring.prometheus.service",
                false,
            ),
            (
                role,
                "arn:aws:iam::123:role/k8s.prod-e1-1.monitoring.service",
                false,
            ),
            ("plain", "plain", true),
            ("", "", true),
            ("", "x", false),
            ("*", "", true),
            // A name without a value is no text that anything could be.
            ("{{region}}", "{{region}}", false),
            ("{{region}}", "", false),
            // A star in a value is a star.
            ("{{glob}}", "x", false),
            ("{{glob}}", "*", true),
        ] {
            let read = Template::parse(template).unwrap();
            assert_eq!(read.matches(&vars, text), fits, "`{template}` and `{text}`");
            assert_eq!(read.to_string(), template);
        }
    }

    #[test]
    fn a_template_is_shown_with_the_cluster_s_values() {
        let template = Template::parse("{{cluster}}-*-{{region}}").unwrap();
        assert_eq!(
            template.expand_shown(&vars("a", &[("region", "us-east-1")])),
            "a-*-us-east-1"
        );
        assert_eq!(template.expand_shown(&vars("a", &[])), "a-*-{{region}}");
        assert_eq!(template.names().collect::<Vec<_>>(), ["cluster", "region"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            (
                "a{{cluster",
                "`{{cluster` is not closed: write `}}` after the name",
            ),
            ("{{}}", "`{{}}` is no name"),
            ("{{ $labels.x | y }}", "as in `{{cluster}}`"),
        ] {
            let error = Template::parse(text).expect_err(text).to_string();
            assert!(error.contains(said), "{error}");
        }
        let name = "a b".to_owned();
        assert_eq!(
            Template::parse("{{a b}}"),
            Err(TemplateError::Name { name })
        );
    }

    proptest! {
        #[test]
        fn what_a_template_without_stars_is_shown_as_is_all_that_matches(
            text in "([ab]|\\{\\{cluster\\}\\}){0,5}",
            other in "[abc]{0,5}",
        ) {
            let vars = Vars::new("c", &BTreeMap::new());
            let template = Template::parse(&text).unwrap();
            let shown = template.expand_shown(&vars);
            prop_assert!(template.matches(&vars, &shown));
            prop_assert_eq!(template.matches(&vars, &other), other == shown);
        }
    }
}
