//! `kubectl proxy` of one cluster, so that something can stand between a job and its API server, and see
//! and change what they say.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use sandbox::tools::{Tool, Tools};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A cluster without TLS and without logins. It ends when this is dropped.
#[derive(Debug)]
pub struct Plain {
    _child: Child,
    /// Where it is.
    pub address: SocketAddr,
}

impl Plain {
    /// Starts it; requests are made as the kubeconfig's user.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(kubeconfig: &Path, context: Option<&str>) -> Result<Self> {
        let kubectl = Tools::from_process()?.locate(Tool::Kubectl).await?;
        let mut command = Command::new(kubectl);
        command.arg("--kubeconfig").arg(kubeconfig);
        if let Some(context) = context {
            command.args(["--context", context]);
        }
        let mut child = command
            .args(["proxy", "--port=0"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await?;
        let address = line.trim().rsplit(' ').next().context("no address")?;
        Ok(Self {
            _child: child,
            address: address.parse().with_context(|| line.clone())?,
        })
    }
}

/// A kubeconfig for servers on this machine that ask for no login: names of contexts and URLs.
pub fn kubeconfig(contexts: &[(&str, &str)]) -> String {
    let (mut clusters, mut named) = (Vec::new(), Vec::new());
    for (context, url) in contexts {
        clusters.push(serde_json::json!({"name": context, "cluster": {"server": url}}));
        named.push(serde_json::json!({
            "name": context, "context": {"cluster": context, "user": "nobody"}}));
    }
    let text = serde_json::json!({
        "apiVersion": "v1", "kind": "Config",
        "clusters": clusters, "contexts": named,
        "users": [{"name": "nobody", "user": {}}],
    });
    text.to_string()
}
