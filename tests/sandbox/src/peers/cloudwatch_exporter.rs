//! `cloudwatch_exporter` 0.16.0, the newest release of it on Maven Central.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::env::Env;
use common::http::Timeouts;

use super::maven::Artefact;
use super::missing::Missing;
use crate::servers::process::Process;
use crate::servers::server::{listening, ready};
use crate::tools::entry::Entry;
use crate::tools::{Tools, path};

const PEER: &str = "cloudwatch_exporter 0.16.0";

const JAR: Artefact = Artefact {
    group: "io.prometheus.cloudwatch",
    name: "cloudwatch_exporter",
    version: "0.16.0",
    classifier: "jar-with-dependencies",
    sha256: "f65f377f382c07fcf1577bb29bfb1352ae739258dc5d5ced6ce41d7198566f13",
};

/// Loaded by the AWS SDK through [`INTERCEPTORS`].
const OVERRIDE: &str = include_str!("../../peers/EndpointOverride.java");

/// The file on the class path that names interceptors for every AWS client.
const INTERCEPTORS: &str = "software/amazon/awssdk/global/handlers/execution.interceptors";

/// A scrape makes its calls one after the other.
const SCRAPE: Duration = Duration::from_mins(3);

/// An installed exporter that sends its requests to a simulated AWS.
#[derive(Debug, Clone)]
pub struct CloudwatchExporter {
    java: PathBuf,
    class_path: String,
}

impl CloudwatchExporter {
    /// Brings the exporter into the cache and compiles the endpoint override, both once. `None`
    /// where there is no Java development kit, after saying so.
    ///
    /// # Errors
    /// Under `CI=true` without a development kit; when the download or the compilation fails.
    pub async fn locate(tools: &Tools) -> Result<Option<Self>> {
        let env = tools.env();
        let (Some(java), Some(javac)) = (program(env, "java"), program(env, "javac")) else {
            let missing = Missing {
                peer: PEER,
                what: "there is no Java development kit (java, javac) in JAVA_HOME or on PATH"
                    .into(),
                install: "apt-get install openjdk-17-jdk-headless",
            };
            return missing.skip(env);
        };
        let entry = Entry::new("cloudwatch_exporter", JAR.version, &[JAR.sha256, OVERRIDE]);
        let directory = tools
            .cache()
            .ensure(&entry, async |directory: &Path| {
                JAR.bring(env, directory).await?;
                compile(&javac, directory).await
            })
            .await
            .with_context(|| format!("bringing {PEER}"))?;
        let jar = directory.join(JAR.file());
        // Ours first: the exporter's jar must not shadow it.
        let class_path = format!("{}:{}", classes(&directory).display(), jar.display());
        Ok(Some(Self { java, class_path }))
    }

    /// Starts it with `configuration` (YAML) against the AWS at `endpoint`, scrapes it once, stops
    /// it, and returns the exposition.
    ///
    /// # Errors
    /// When it does not start or does not answer; its log's tail is in the text. A scrape of which
    /// an AWS call failed is no error: `cloudwatch_exporter_scrape_error` says so.
    pub async fn scrape(&self, configuration: &str, endpoint: &str) -> Result<String> {
        let directory = tempfile::tempdir().context("creating a temporary directory")?;
        let file = directory.path().join("config.yml");
        fs::write(&file, configuration).with_context(|| format!("writing {}", file.display()))?;
        let mut command = Command::new(&self.java);
        command
            .args([
                "-cp",
                &self.class_path,
                "io.prometheus.cloudwatch.WebServer",
                "0",
            ])
            .arg(&file)
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", "AKIASANDBOX000000000")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        let process = Process::spawn(PEER, command, &directory.path().join("exporter.log"))?;
        let client = common::http::client(Timeouts {
            connect: SCRAPE,
            total: SCRAPE,
        })?;
        let address = listening(&process, address_in).await?;
        ready(&process, &client, address).await?;
        let answer = async {
            let response = client
                .get(format!("http://{address}/metrics"))
                .send()
                .await?;
            response.error_for_status()?.text().await
        };
        match answer.await {
            Ok(text) => Ok(text),
            Err(error) => Err(error).with_context(|| format!("scraping {}", process.tail())),
        }
    }
}

/// A program of the development kit: in `JAVA_HOME`, else on `PATH`.
fn program(env: &Env, name: &str) -> Option<PathBuf> {
    let at_home = env
        .get("JAVA_HOME")
        .map(|home| Path::new(home).join("bin").join(name));
    at_home
        .filter(|program| path::is_program(program))
        .or_else(|| path::find(env, name))
}

fn classes(directory: &Path) -> PathBuf {
    directory.join("classes")
}

async fn compile(javac: &Path, directory: &Path) -> Result<()> {
    let source = directory.join("EndpointOverride.java");
    let interceptors = classes(directory).join(INTERCEPTORS);
    let write = || {
        fs::write(&source, OVERRIDE)?;
        if let Some(parent) = interceptors.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&interceptors, "sandbox.EndpointOverride\n")
    };
    write().context("writing the endpoint override")?;
    let output = tokio::process::Command::new(javac)
        .args(["--release", "11", "-d"])
        .arg(classes(directory))
        .arg("-cp")
        .arg(directory.join(JAR.file()))
        .arg(&source)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("starting {}", javac.display()))?;
    if !output.status.success() {
        bail!("javac failed:\n{}", String::from_utf8_lossy(&output.stderr))
    }
    Ok(())
}

/// The address in Jetty's `INFO: Started ServerConnector@792bbc74{HTTP/1.1, (http/1.1)}{0.0.0.0:39107}`.
/// It listens on every interface; loopback is where it is asked.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("Started ServerConnector@")?;
    let (_, rest) = rest.split_once("{0.0.0.0:")?;
    let port: u16 = rest.split('}').next()?.parse().ok()?;
    Some(([127, 0, 0, 1], port).into())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{address_in, program};

    #[test]
    fn the_port_is_read_from_jetty_s_line() {
        let line = "INFO: Started ServerConnector@792bbc74{HTTP/1.1, (http/1.1)}{0.0.0.0:39107}";
        assert_eq!(address_in(line), Some(([127, 0, 0, 1], 39107).into()));
        assert_eq!(
            address_in("INFO: Started Server@659eef7{STARTING}[11.0.22,sto=0] @730ms"),
            None
        );
    }

    #[test]
    fn java_home_beats_the_path_and_a_runtime_without_compiler_is_not_enough() {
        let directory = tempfile::tempdir().unwrap();
        let make = |bin: &str, name: &str| {
            let path = directory.path().join(bin).join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let (at_home, on_path) = (make("home/bin", "java"), make("bin", "java"));
        let bin = directory.path().join("bin");
        let home = directory.path().join("home");
        let path = [("PATH", bin.to_str().unwrap())];
        let both = [path[0], ("JAVA_HOME", home.to_str().unwrap())];
        assert_eq!(program(&both.into_iter().collect(), "java"), Some(at_home));
        assert_eq!(program(&path.into_iter().collect(), "java"), Some(on_path));
        assert_eq!(program(&both.into_iter().collect(), "javac"), None);
    }
}
