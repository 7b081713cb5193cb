//! Manifests as Helm writes them: a list of YAML documents, each with the template that it is from.

use std::fmt;

use common::cluster::{Discovery, ServedKind};
use common::trouble::Trouble;
use common::yaml::{Dialect, Document};
use serde::Serialize;
use serde_json::Value;

use crate::verdict;

/// Which object. `Display`: `CronJob rotate-credentials in monitoring-credentials`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Id {
    /// API group; empty for the core group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Where it is; absent for what lives in no namespace.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// One object of a manifest.
#[derive(Clone, PartialEq)]
pub struct Item {
    /// Which object.
    pub id: Id,
    /// Group and version.
    pub api_version: String,
    /// The template that it is from, as Helm notes it; empty if it does not.
    pub source: String,
    /// The whole object.
    pub value: Value,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        match &self.namespace {
            Some(namespace) => write!(f, " in {namespace}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The object can be a Secret.
        f.debug_struct("Item")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Reads a manifest. Hooks, which Helm does not keep, are left out.
///
/// # Errors
/// When it is no YAML, or a document is no object.
pub fn parse(text: &str) -> Result<Vec<Item>, Trouble> {
    let mut items = Vec::new();
    for document in documents(text) {
        if let Some(item) = item(&document)?
            && item.annotation("helm.sh/hook").is_none()
        {
            items.push(item);
        }
    }
    Ok(items)
}

impl Item {
    /// The value of an annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        let annotations = self.value.pointer("/metadata/annotations")?;
        annotations.get(name)?.as_str()
    }

    /// Whether Helm leaves the object where it is when the release does not have it any more.
    pub fn is_kept(&self) -> bool {
        self.annotation("helm.sh/resource-policy") == Some("keep")
    }

    /// How the server serves its kind, if it does; sets the namespace of the release where one is needed
    /// and none is given.
    pub fn served<'d>(&mut self, discovery: &'d Discovery, home: &str) -> Option<&'d ServedKind> {
        let versions = discovery.served(&self.id.group, &self.id.kind);
        let served = versions
            .iter()
            .find(|served| served.resource.api_version == self.api_version)?;
        if served.namespaced {
            self.id.namespace.get_or_insert_with(|| home.to_owned());
        } else {
            self.id.namespace = None;
        }
        Some(served)
    }
}

/// The documents of a manifest: what stands between lines of three dashes.
fn documents(text: &str) -> impl Iterator<Item = String> {
    let mut documents = vec![String::new()];
    for line in text.lines() {
        if line.trim_end() == "---" {
            documents.push(String::new());
        } else if let Some(document) = documents.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    documents.into_iter()
}

fn item(text: &str) -> Result<Option<Item>, Trouble> {
    let source = text
        .lines()
        .find_map(|line| line.strip_prefix("# Source: "));
    let source = source.unwrap_or_default().to_owned();
    let broken = |what: &str| {
        let place = if source.is_empty() {
            "a document"
        } else {
            &source
        };
        verdict::MANIFEST.because(format!("{place} {what}"))
    };
    // Its own words quote the text.
    let document = Document::parse("manifest", text, Dialect::Strict);
    let document = document.map_err(|_| broken("is no YAML"))?;
    let value = document.to_json();
    if value.is_null() {
        return Ok(None);
    }
    let word = |path: &str| value.pointer(path).and_then(Value::as_str);
    let (Some(api_version), Some(kind), Some(name)) =
        (word("/apiVersion"), word("/kind"), word("/metadata/name"))
    else {
        return Err(broken("has no apiVersion, kind or name"));
    };
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let id = Id {
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespace: word("/metadata/namespace").map(str::to_owned),
        name: name.to_owned(),
    };
    Ok(Some(Item {
        id,
        api_version: api_version.to_owned(),
        source,
        value,
    }))
}

/// A file of YAML as JSON has it; a file that is none is null.
///
/// # Errors
/// When it is no YAML.
pub fn value_of(file: &str, text: &str) -> Result<Value, Trouble> {
    let document = Document::parse(file, text, Dialect::Strict);
    let document = document.map_err(|error| verdict::CHART.because(error.to_string()))?;
    Ok(document.to_json())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "\
---
# Source: monitoring-jobs/templates/a.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: one
  namespace: monitoring
  annotations: {helm.sh/resource-policy: keep}
data:
  file: |
    first
      --- no border
    last
  number: \"7\"
---
# Source: monitoring-jobs/templates/nothing.yaml
---
# Source: monitoring-jobs/templates/b.yaml
# A comment.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: two}
rules: [{verbs: [get], resources: [pods], apiGroups: [\"\"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: test}}
";

    #[test]
    fn every_document_is_an_object_but_hooks_and_empty_ones() {
        let items = parse(MANIFEST).unwrap();
        let names: Vec<_> = items.iter().map(|item| item.id.to_string()).collect();
        assert_eq!(names, ["ConfigMap one in monitoring", "ClusterRole two"]);
        let [one, two] = items.as_slice() else {
            panic!("{items:?}")
        };
        assert_eq!(one.value["data"]["file"], "first\n  --- no border\nlast\n");
        assert_eq!(one.value["data"]["number"], "7");
        assert_eq!((one.is_kept(), two.is_kept()), (true, false));
        assert_eq!(two.id.group, "rbac.authorization.k8s.io");
        assert_eq!(two.source, "monitoring-jobs/templates/b.yaml");
    }

    #[test]
    fn what_is_no_object_is_told_without_its_text() {
        for text in ["a: [hunter2", "kind: hunter2", "hunter2"] {
            let said = parse(text).unwrap_err();
            assert_eq!(said.code, "manifest-unreadable");
            assert!(!format!("{said:?}").contains("hunter2"), "{said}");
        }
        let item = parse(MANIFEST).unwrap();
        assert!(!format!("{item:?}").contains("first"));
    }
}
