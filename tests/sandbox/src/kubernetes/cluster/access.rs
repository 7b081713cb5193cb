//! Who may talk to a cluster, and with what.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::super::client::Client;
use super::super::kubeconfig::{Login, render};
use super::Cluster;
use crate::tools::Tool;

/// As whom the sandbox itself acts.
const ADMIN: &str = "sandbox-admin";

/// The group that may do everything.
const MASTERS: &str = "system:masters";

/// No command of `kubectl` takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Ten years: a scenario's clock may run ahead.
const TOKEN_SECONDS: u32 = 10 * 365 * 24 * 60 * 60;

impl Cluster {
    /// A kubeconfig file for `user`, a member of `group` if one is given. Its only context is
    /// called like the cluster; everything is embedded.
    ///
    /// # Errors
    /// When the certificate cannot be made or the file not be written.
    pub fn kubeconfig_for(&self, user: &str, group: Option<&str>) -> Result<PathBuf> {
        self.write_kubeconfig(&self.certificate_kubeconfig(user, group)?)
    }

    /// A kubeconfig file for someone who may do everything.
    ///
    /// # Errors
    /// When the certificate cannot be made or the file not be written.
    pub fn admin_kubeconfig(&self) -> Result<PathBuf> {
        self.kubeconfig_for(ADMIN, Some(MASTERS))
    }

    /// A kubeconfig file with a token of the service account `name`, which is created if need be.
    ///
    /// # Errors
    /// When the API server refuses, for example because there is no such namespace.
    pub async fn service_account_kubeconfig(&self, namespace: &str, name: &str) -> Result<PathBuf> {
        let text = self.token_kubeconfig(namespace, name).await?;
        self.write_kubeconfig(&text)
    }

    /// A token of the service account `name`, which is created if need be.
    ///
    /// # Errors
    /// When the API server refuses, for example because there is no such namespace.
    pub async fn service_account_token(&self, namespace: &str, name: &str) -> Result<String> {
        let admin = self.client().await?;
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        if admin.find(&format!("{path}/{name}")).await?.is_none() {
            let account =
                json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
            admin.create(&path, &account).await?;
        }
        let request = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": TOKEN_SECONDS},
        });
        let answer = admin
            .create(&format!("{path}/{name}/token"), &request)
            .await?;
        let token = answer.pointer("/status/token").and_then(Value::as_str);
        Ok(token.context("the API server made no token")?.to_owned())
    }

    /// A client that may do everything. It lives no longer than the present runtime.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub async fn client(&self) -> Result<Client> {
        self.client_for(ADMIN, Some(MASTERS)).await
    }

    /// A client for `user`, a member of `group` if one is given.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub async fn client_for(&self, user: &str, group: Option<&str>) -> Result<Client> {
        Client::new(&self.certificate_kubeconfig(user, group)?).await
    }

    /// A client with a token of the service account `name`, which is created if need be.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn service_account_client(&self, namespace: &str, name: &str) -> Result<Client> {
        Client::new(&self.token_kubeconfig(namespace, name).await?).await
    }

    /// Applies YAML documents with `kubectl`, as a person would. Returns what it printed.
    ///
    /// # Errors
    /// When one of them is refused; the text says which.
    pub async fn apply(&self, documents: &[&str]) -> Result<String> {
        let arguments = [
            "apply",
            "--server-side",
            "--force-conflicts",
            "--filename=-",
        ];
        self.kubectl(&arguments, &documents.join("\n---\n")).await
    }

    /// Runs `kubectl` as someone who may do everything. Returns what it printed.
    ///
    /// # Errors
    /// When it is not to be had or fails; the text has its words.
    pub async fn kubectl(&self, arguments: &[&str], input: &str) -> Result<String> {
        let program = self.shared.tools.locate(Tool::Kubectl).await?;
        let kubeconfig = self.admin_kubeconfig()?;
        let mut child = Command::new(program)
            .args(arguments)
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .arg("--cache-dir")
            .arg(self.directory().join("kubectl"))
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("starting kubectl")?;
        let stdin = child.stdin.take();
        let feed = async {
            if let Some(mut stdin) = stdin {
                // One that gives up early closes the pipe; what it says counts.
                stdin.write_all(input.as_bytes()).await.unwrap_or_default();
            }
        };
        let both = async { tokio::join!(feed, child.wait_with_output()).1 };
        let output = timeout(PATIENCE, both)
            .await
            .context("kubectl is still busy after thirty seconds")?
            .context("running kubectl")?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        bail!(
            "kubectl {} ended with {}: {}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        )
    }

    /// The text of a kubeconfig for `user`, who may do everything.
    pub(in crate::kubernetes) fn kubeconfig_text_of_master(&self, user: &str) -> Result<String> {
        self.certificate_kubeconfig(user, Some(MASTERS))
    }

    fn certificate_kubeconfig(&self, user: &str, group: Option<&str>) -> Result<String> {
        let credential = self.pki().client(user, group)?;
        Ok(self.render(user, &Login::Certificate(&credential)))
    }

    /// A kubeconfig file for `user`, by certificate, with `server` as the address.
    pub(super) fn kubeconfig_at(
        &self,
        server: &str,
        user: &str,
        group: Option<&str>,
    ) -> Result<PathBuf> {
        let credential = self.pki().client(user, group)?;
        let login = Login::Certificate(&credential);
        let text = render(self.name(), server, &self.ca_pem(), user, &login);
        self.write_kubeconfig(&text)
    }

    async fn token_kubeconfig(&self, namespace: &str, name: &str) -> Result<String> {
        let token = self.service_account_token(namespace, name).await?;
        let user = format!("system:serviceaccount:{namespace}:{name}");
        Ok(self.render(&user, &Login::Token(&token)))
    }

    fn render(&self, user: &str, login: &Login) -> String {
        render(self.name(), &self.server_url(), &self.ca_pem(), user, login)
    }

    fn write_kubeconfig(&self, text: &str) -> Result<PathBuf> {
        let path = self.shared.new_path("kubeconfig");
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    }
}
