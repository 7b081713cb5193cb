//! One file of a Maven repository, by exact name and digest.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::env::Env;
use tokio::process::Command;

use crate::tools::download;
use crate::tools::path;
use crate::tools::progress::Progress;

/// Where a machine without Maven downloads from; `MONITORING_JOBS_MAVEN_URL` names a mirror.
const CENTRAL: &str = "https://repo1.maven.org/maven2";

/// Copies artefacts without a project around it.
const COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

/// The coordinates of one file.
#[derive(Debug)]
pub(super) struct Artefact {
    pub(super) group: &'static str,
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) classifier: &'static str,
    /// Lower-case hexadecimal.
    pub(super) sha256: &'static str,
}

impl Artefact {
    /// Its file name, in the repository and in `directory` after [`Artefact::bring`].
    pub(super) fn file(&self) -> String {
        format!("{}-{}-{}.jar", self.name, self.version, self.classifier)
    }

    fn path(&self) -> String {
        format!(
            "{}/{}/{}/{}",
            self.group.replace('.', "/"),
            self.name,
            self.version,
            self.file()
        )
    }

    /// Puts the file into `directory`: through `mvn` where there is one, because it knows the
    /// mirrors and credentials of its user, else by a plain download. The digest is checked either
    /// way.
    pub(super) async fn bring(&self, env: &Env, directory: &Path) -> Result<()> {
        let progress = Progress::start(
            format!("downloading {} {} (16 MB)", self.name, self.version),
            Duration::from_secs(10),
        );
        let target = directory.join(self.file());
        if let Some(mvn) = path::find(env, "mvn") {
            self.copy(&mvn, directory).await?;
            download::verify(&target, self.sha256)?;
        } else {
            let base = env.get("MONITORING_JOBS_MAVEN_URL").unwrap_or(CENTRAL);
            let url = format!("{}/{}", base.trim_end_matches('/'), self.path());
            let url = url.parse().with_context(|| format!("{url} is not a URL"))?;
            download::fetch(&url, self.sha256, &target, &progress).await?;
        }
        progress.done();
        Ok(())
    }

    async fn copy(&self, mvn: &Path, directory: &Path) -> Result<()> {
        let Self {
            group,
            name,
            version,
            classifier,
            ..
        } = self;
        // Away from any project, so that no pom.xml of the caller's directory is read.
        let away = tempfile::tempdir().context("creating a directory for Maven to run in")?;
        let output = Command::new(mvn)
            .args(["--batch-mode", "--quiet", COPY])
            .arg(format!(
                "-Dartifact={group}:{name}:{version}:jar:{classifier}"
            ))
            .arg(format!("-DoutputDirectory={}", directory.display()))
            .current_dir(away.path())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .with_context(|| format!("starting {}", mvn.display()))?;
        if !output.status.success() || fs::metadata(directory.join(self.file())).is_err() {
            let text = String::from_utf8_lossy(&output.stdout);
            bail!("mvn did not bring {}: {}", self.file(), text.trim())
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use common::env::Env;
    use tempfile::TempDir;

    use super::Artefact;
    use crate::tools::{loopback, script};

    /// The digest is that of `abc`.
    const ARTEFACT: Artefact = Artefact {
        group: "io.prometheus.cloudwatch",
        name: "cloudwatch_exporter",
        version: "0.16.0",
        classifier: "jar-with-dependencies",
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    };

    const PATH: &str = "io/prometheus/cloudwatch/cloudwatch_exporter/0.16.0/\
        cloudwatch_exporter-0.16.0-jar-with-dependencies.jar";

    #[tokio::test]
    async fn without_maven_the_file_is_downloaded_from_its_place_in_the_layout_and_checked() {
        for (content, accepted) in [("abc", true), ("abd", false)] {
            let base = loopback::serve([(format!("/m/{PATH}"), content.into())].into()).await;
            let mirror = format!("{base}/m/");
            let env: Env = [("MONITORING_JOBS_MAVEN_URL", mirror)]
                .into_iter()
                .collect();
            let directory = TempDir::new().unwrap();
            let result = ARTEFACT.bring(&env, directory.path()).await;
            assert_eq!(result.is_ok(), accepted, "{content}");
        }
    }

    #[tokio::test]
    async fn with_maven_its_copy_is_checked_too() {
        for (content, accepted) in [("abc", true), ("abd", false)] {
            let (bin, directory) = (TempDir::new().unwrap(), TempDir::new().unwrap());
            // Stands in for the plug-in: writes the file where -DoutputDirectory says.
            let copy = format!(
                "for each; do case $each in -DoutputDirectory=*) \
                 printf {content} >\"${{each#*=}}/{}\";; esac; done",
                ARTEFACT.file()
            );
            script::program(bin.path(), "mvn", &copy);
            let env: Env = [("PATH", bin.path().to_str().unwrap())]
                .into_iter()
                .collect();
            let result = ARTEFACT.bring(&env, directory.path()).await;
            assert_eq!(result.is_ok(), accepted, "{content}: {result:?}");
        }
    }
}
