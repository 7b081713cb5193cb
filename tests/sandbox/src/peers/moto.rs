//! moto, the AWS simulator in Python, as a server.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use super::python::Packages;
use crate::servers::process::Process;
use crate::servers::server::listening;
use crate::tools::Tools;

/// What its server for IAM and Secrets Manager imports, which is less than its extras name.
const MOTO: Packages = Packages {
    name: "moto",
    version: "5.2.5",
    requirements: &[
        "blinker==1.9.0",
        "boto3==1.44.5",
        "botocore==1.44.5",
        "certifi==2026.10.19.post1",
        "cffi==2.1.1",
        "charset-normalizer==3.5.2",
        "click==8.5.1",
        "cryptography==50.0.2",
        "Flask==3.1.3",
        "flask-cors==6.0.5",
        "idna==3.20",
        "itsdangerous==2.2.0",
        "Jinja2==3.1.6",
        "jmespath==1.1.0",
        "MarkupSafe==3.0.4",
        "moto==5.2.5",
        "pycparser==3.12",
        "python-dateutil==2.9.0.post0",
        "PyYAML==6.0.4",
        "requests==2.34.2",
        "responses==0.26.3",
        "s3transfer==0.19.3",
        "six==1.17.0",
        "typing_extensions==4.16.0",
        "urllib3==2.8.0",
        "Werkzeug==3.1.9",
        "xmltodict==1.0.4",
    ],
};

const SCRIPT: &str = "from moto.server import main; main(['-H', '127.0.0.1', '-p', '0'])";

/// A running server. It holds nothing at first and is stopped on drop.
#[derive(Debug)]
pub struct Moto {
    // Before the directory, which has its log: fields are dropped in this order.
    _process: Process,
    _directory: TempDir,
    address: SocketAddr,
}

impl Moto {
    /// Brings moto into the cache, once for each version of Python, and starts it. `None` where
    /// there is no Python with `venv`, after saying so.
    ///
    /// # Errors
    /// Under `CI=true` without such a Python; when it cannot be installed or does not start.
    pub async fn start(tools: &Tools) -> Result<Option<Self>> {
        let Some(python) = MOTO.bring(tools).await? else {
            return Ok(None);
        };
        let directory = tempfile::tempdir().context("creating a temporary directory")?;
        let mut command = Command::new(python);
        command
            .args(["-c", SCRIPT])
            .current_dir(directory.path())
            .env("PYTHONUNBUFFERED", "1");
        let process = Process::spawn("moto", command, &directory.path().join("moto.log"))?;
        let address = listening(&process, address_in).await?;
        Ok(Some(Self {
            _process: process,
            _directory: directory,
            address,
        }))
    }

    /// The value for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The address in ` * Running on http://127.0.0.1:40713`. It accepts connections by then.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, address) = line.split_once("Running on http://")?;
    address.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn the_address_is_read_from_the_line_that_names_it() {
        let line = " * Running on http://127.0.0.1:40713";
        assert_eq!(address_in(line), Some(([127, 0, 0, 1], 40713).into()));
        assert_eq!(address_in("WARNING: This is a development server."), None);
    }
}
