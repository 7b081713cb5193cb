//! The files of the two clusters.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::HOME;
use crate::checkout;

const FOLDER: &str = "tests/sandbox/content/monitoring";

/// The documents of the cluster `name`: what is everywhere, then what is only there. `{{cluster}}` is
/// its name; other double braces are Prometheus' own.
pub(super) fn documents(name: &str) -> Result<Vec<String>> {
    let mut documents = Vec::new();
    for folder in ["everywhere", name] {
        let folder = checkout::file(FOLDER).join(folder);
        let entries =
            fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        let files: std::io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
        let mut files = files.with_context(|| format!("reading {}", folder.display()))?;
        files.sort();
        for file in files {
            let text = read(&file)?;
            documents.push(text.replace("{{cluster}}", name));
        }
    }
    Ok(documents)
}

/// The configuration of `check-consistency` that declares the shape of both clusters.
pub(super) fn configuration(kubeconfig: &str) -> Result<String> {
    let text = read(&checkout::file(FOLDER).join("check-consistency.yaml"))?;
    Ok(text.replace("@kubeconfig@", kubeconfig))
}

/// What the job may do in the cluster `name`. It runs in [`HOME`], and remembers there.
pub(super) fn rights(name: &str) -> Result<Vec<String>> {
    let mut rights = vec![read(&checkout::file("k8s/rbac/check-consistency.yaml"))?];
    if name == HOME {
        let home = checkout::file("k8s/rbac/check-consistency-home.yaml");
        rights.push(read(&home)?);
    }
    Ok(rights)
}

fn read(file: &PathBuf) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::super::CLUSTERS;
    use super::{configuration, documents};

    #[test]
    fn each_cluster_has_its_own_name_and_its_own_rules() {
        let [prod, remoting] = CLUSTERS.map(|name| documents(name).unwrap().join("---\n"));
        let alerts = |text: &str| text.matches(" alert: ").count();
        // 4 + 3 + 1 and the stack's own 2; 11 + 14 here, 5 there.
        assert_eq!(alerts(&prod), 10 + 25);
        assert_eq!(alerts(&remoting), 10 + 5);
        assert!(prod.contains("externalLabels: {cluster: \"prod-e1-1\"}"));
        assert!(remoting.contains("host: prometheus.remoting-prod-e1-1.toolchain.private"));
        for text in [prod, remoting] {
            assert!(
                text.contains("{{ $labels.pod }}"),
                "a template of Prometheus"
            );
            assert!(!text.contains("{{cluster}}"));
        }
    }

    #[test]
    fn the_configuration_keeps_the_templates_of_the_job() {
        let text = configuration("/tmp/kube").unwrap();
        assert_eq!(text.matches("kubeconfig: \"/tmp/kube\"").count(), 2);
        assert!(text.contains("value: \"{{cluster}}\""));
    }
}
