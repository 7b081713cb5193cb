//! A copy of the chart with stubs in place of what it depends on.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use sandbox::checkout;
use scenarios::helm;
use serde_json::Value;
use tempfile::TempDir;

use crate::chart::documents::documents;

/// The only chart that it depends on.
pub(super) const UPSTREAM: &str = "kube-prometheus-stack";

/// What the stub renders: the values that it was given.
const SHOW: &str = "
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Chart.Name }}
  namespace: {{ .Values.namespaceOverride | default .Release.Namespace }}
data:
  release: {{ .Release.Name }}
  values: {{ toJson .Values | quote }}
";

/// The files of the chart, and the stubs below `charts`.
pub(super) struct Stack {
    directory: TempDir,
}

impl Stack {
    /// The chart as it is in the project.
    pub(super) fn bare() -> Result<Self> {
        let directory = TempDir::new()?;
        fs::create_dir(directory.path().join("templates"))?;
        for name in ["Chart.yaml", "values.yaml", "templates/NOTES.txt"] {
            let from = checkout::file(&format!("k8s/stack/{name}"));
            fs::copy(from, directory.path().join(name))?;
        }
        Ok(Self { directory })
    }

    /// The same with a stub of `version`.
    pub(super) fn with_stub(version: &str) -> Result<Self> {
        let stack = Self::bare()?;
        let stub = stack.path().join("charts").join(UPSTREAM);
        fs::create_dir_all(stub.join("templates"))?;
        let chart = format!("apiVersion: v2\nname: {UPSTREAM}\nversion: {version}\n");
        fs::write(stub.join("Chart.yaml"), chart)?;
        fs::write(stub.join("templates/values.yaml"), SHOW)?;
        Ok(stack)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    /// Runs Helm with these words and the chart behind them. Returns what it printed.
    pub(super) async fn helm(&self, words: &[&str], more: &[&str]) -> Result<String> {
        helm::run(words, self.directory.path(), more).await
    }
}

/// The dependency as the project states it: name, version, repository.
pub(super) fn dependency() -> Result<(String, String, String)> {
    let text = fs::read_to_string(checkout::file("k8s/stack/Chart.yaml"))?;
    let chart = documents(&text)?.pop().context("Chart.yaml is empty")?;
    let all = chart["dependencies"].as_array().cloned();
    let all = all.unwrap_or_default();
    ensure!(all.len() == 1, "{all:?}");
    let text = |key: &str| all[0][key].as_str().unwrap_or_default().to_owned();
    Ok((text("name"), text("version"), text("repository")))
}

/// What the upstream chart gets when it is installed as the README says.
#[derive(Debug, Clone)]
pub(super) struct Installed {
    /// Where its objects are.
    pub(super) namespace: String,
    /// The release's name.
    pub(super) release: String,
    pub(super) values: Value,
}

/// The namespace of the release.
pub(super) const HOME: &str = "monitoring-stack";

pub(super) async fn installed() -> Result<Installed> {
    let (_, version, _) = dependency()?;
    let stack = Stack::with_stub(&version)?;
    let words = ["template", "prod-monitoring"];
    let text = stack.helm(&words, &["--namespace", HOME]).await?;
    let all = documents(&text)?;
    let map = all.first().context("nothing was rendered")?;
    let field = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let values = serde_json::from_str(&field(&map["data"]["values"]))?;
    Ok(Installed {
        namespace: field(&map["metadata"]["namespace"]),
        release: field(&map["data"]["release"]),
        values,
    })
}

#[tokio::test]
async fn helm_takes_it_with_its_dependency_and_misses_it_by_its_name() -> Result<()> {
    let (name, version, repository) = dependency()?;
    assert_eq!(name, UPSTREAM);
    assert_eq!(
        repository,
        "https://prometheus-community.github.io/helm-charts"
    );
    let exact = version.split('.').all(|it| it.parse::<u32>().is_ok());
    assert!(exact && version.split('.').count() == 3, "{version}");

    let stack = Stack::with_stub(&version)?;
    stack.helm(&["lint", "--strict"], &[]).await?;
    let listed = stack.helm(&["dependency", "list"], &[]).await?;
    assert!(listed.contains("unpacked"), "{listed}");

    let other = Stack::with_stub("45.25.0")?;
    let listed = other.helm(&["dependency", "list"], &[]).await?;
    assert!(listed.contains("wrong version"), "{listed}");

    let missing = Stack::bare()?.helm(&["template"], &[]).await;
    let told = missing.unwrap_err().to_string();
    assert!(told.contains(UPSTREAM), "{told}");
    Ok(())
}
