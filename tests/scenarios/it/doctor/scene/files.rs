//! What stands for `k8s` of the checkout: charts and values of this scene.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sandbox::checkout;
use sandbox::monitoring::NAMESPACE;
use tokio::process::Command;

use super::{CLUSTER, OTHER, Scene};

impl Scene {
    /// The directory that stands for `k8s`.
    pub(in crate::doctor) fn files(&self) -> PathBuf {
        self.stage.directory().join("k8s")
    }

    /// Puts into the values what a release and a person put there.
    pub(in crate::doctor) fn write_facts(&self) -> Result<()> {
        let path = self.files().join(format!("values/{CLUSTER}.yaml"));
        let authority = STANDARD.encode(self.stage.cluster(OTHER)?.ca_pem());
        let text = fs::read_to_string(&path)?
            .replace(&"0".repeat(64), &"1".repeat(64))
            .replace("https://PROD.", &format!("https://{}.", "0A".repeat(16)))
            .replace("LS0tLS1CRUdJTg==", &authority);
        fs::write(path, text)?;
        Ok(())
    }

    /// The chart of an earlier release: another version, and another schedule.
    pub(in crate::doctor) fn older_chart(&self) -> Result<PathBuf> {
        let older = self.stage.directory().join("older");
        copy(&self.files().join("chart"), &older)?;
        for (file, start, line) in [
            ("Chart.yaml", "version: ", "version: 0.0.1"),
            (
                "values.yaml",
                "    schedule: 7,37 ",
                "    schedule: 8,38 * * * *",
            ),
        ] {
            let path = older.join(file);
            let text = fs::read_to_string(&path)?;
            let changed = text
                .lines()
                .map(|it| if it.starts_with(start) { line } else { it });
            let changed: Vec<&str> = changed.collect();
            let changed = format!("{}\n", changed.join("\n"));
            ensure!(changed != text, "{file} has no line {start:?}");
            fs::write(path, changed)?;
        }
        Ok(older)
    }

    /// Has Helm install a chart in [`CLUSTER`], over whatever is there.
    pub(in crate::doctor) async fn helm_upgrade(&self, chart: &Path) -> Result<()> {
        let values = self.files().join(format!("values/{CLUSTER}.yaml"));
        let output = Command::new(&self.helm)
            .args(["upgrade", "--install", "prod-monitoring"])
            .arg(chart)
            .arg("--values")
            .arg(values)
            .args(["--namespace", NAMESPACE])
            .args([
                "--server-side=true",
                "--force-conflicts",
                "--take-ownership",
            ])
            .arg("--kubeconfig")
            .arg(
                self.cluster()?
                    .kubeconfig_for("helm", Some("system:masters"))?,
            )
            .env_clear()
            .env("HOME", self.stage.directory())
            .kill_on_drop(true)
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{said}");
        Ok(())
    }

    /// The chart and the values, with the API servers of this scene.
    pub(super) fn write_files(&self) -> Result<()> {
        copy(&checkout::file("k8s/chart"), &self.files().join("chart"))?;
        copy(&checkout::file("k8s/values"), &self.files().join("values"))?;
        for (name, server) in [
            (OTHER, "https://PROD.gr7.us-east-1.eks.amazonaws.com"),
            (CLUSTER, "https://REMOTING.gr7.us-east-1.eks.amazonaws.com"),
        ] {
            let path = self.files().join(format!("values/{name}.yaml"));
            let cluster = self.stage.cluster(name)?;
            let authority = STANDARD.encode(cluster.ca_pem());
            let text = fs::read_to_string(&path)?
                .replacen(server, &cluster.server_url(), 1)
                .replacen("LS0tLS1CRUdJTg==", &authority, 1);
            fs::write(path, text)?;
        }
        Ok(())
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        // Links too: the chart has one to the rights.
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
