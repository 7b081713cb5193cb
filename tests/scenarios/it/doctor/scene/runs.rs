//! How the program is run in this scene.

use anyhow::{Context as _, Result, ensure};
use sandbox::aws::AwsSim;
use scenarios::job::{Finished, Job};
use serde_json::Value;

use super::{CLUSTER, SENTINELS, Scene};

impl Scene {
    /// A run of `doctor` as an operator.
    pub(in crate::doctor) async fn doctor(&self, more: &[&str]) -> Result<Finished> {
        let helm = self.helm.to_string_lossy().into_owned();
        let arguments = ["doctor", "--cluster", CLUSTER, "--helm", helm.as_str()];
        self.run(&arguments, more).await
    }

    /// What `doctor` says, as a document, and its exit status.
    pub(in crate::doctor) async fn diagnosis(&self) -> Result<(Value, i32)> {
        let run = self.doctor(&["-o", "json"]).await?;
        let document = serde_json::from_str(&run.stdout);
        Ok((document.with_context(|| run.stderr)?, run.status))
    }

    /// A run of the program with the kubeconfigs of both clusters; nothing secret is in what it says.
    pub(in crate::doctor) async fn run(
        &self,
        arguments: &[&str],
        more: &[&str],
    ) -> Result<Finished> {
        let job = self.job(arguments, more)?;
        Self::finished(job).await
    }

    /// A run of the installation into [`CLUSTER`] as an operator, with this account. Neither operator nor
    /// kube-state-metrics run in Deployments.
    pub(in crate::doctor) async fn installer(
        &self,
        aws: &AwsSim,
        more: &[&str],
    ) -> Result<Finished> {
        let more = [&["--stack", "kinds"], more].concat();
        self.changer(aws, &[], &more).await
    }

    /// A run of a command that changes [`CLUSTER`], as an operator with this account.
    pub(in crate::doctor) async fn changer(
        &self,
        aws: &AwsSim,
        command: &[&str],
        more: &[&str],
    ) -> Result<Finished> {
        let helm = self.helm.to_string_lossy().into_owned();
        let arguments = [command, &["--cluster", CLUSTER, "--helm", &helm]].concat();
        let job = self
            .job(&arguments, more)?
            .env("AWS_ENDPOINT_URL", &aws.endpoint())
            .env("AWS_ACCESS_KEY_ID", "AKIASANDBOX000000000")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox-secret-access-key")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            // With the code of whatever it ends with.
            .env("LOG_FORMAT", "json");
        Self::finished(job).await
    }

    fn job(&self, arguments: &[&str], more: &[&str]) -> Result<Job> {
        let files = self.files().to_string_lossy().into_owned();
        let arguments = [arguments, &["--files", &files], more].concat();
        let kubeconfigs: Vec<_> = self
            .kubeconfigs
            .iter()
            .map(|it| it.to_string_lossy().into_owned())
            .collect();
        Ok(Job::installer(arguments)?.env("KUBECONFIG", &kubeconfigs.join(":")))
    }

    async fn finished(job: Job) -> Result<Finished> {
        let run = job.run().await?;
        for sentinel in SENTINELS {
            for said in [&run.stdout, &run.stderr, &run.termination_text] {
                ensure!(!said.contains(sentinel), "{sentinel} is in what it says");
            }
        }
        Ok(run)
    }
}
