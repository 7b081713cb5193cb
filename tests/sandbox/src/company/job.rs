//! What a job of the company needs to run from a terminal: its configuration and its environment.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{CALLER, CLUSTERS, Company, GROUP, HOME, REGION, SECRET, USER};

impl Company {
    /// The rotation's configuration file.
    pub fn rotation_config(&self) -> PathBuf {
        self.directory().join("rotate-credentials.yaml")
    }

    /// The environment of a job: where AWS is, what time it is, whom it trusts.
    pub fn environment(&self) -> Vec<(String, String)> {
        let path = |path: PathBuf| path.to_string_lossy().into_owned();
        let pairs = [
            ("AWS_ENDPOINT_URL", self.aws.endpoint()),
            ("AWS_ACCESS_KEY_ID", CALLER.to_owned()),
            (
                "AWS_SECRET_ACCESS_KEY",
                "sandbox-secret-access-key".to_owned(),
            ),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("SSL_CERT_FILE", path(self.mail_ca())),
            ("SANDBOX_CLOCK", path(self.clock.path().to_owned())),
            ("CONFIG_FILE", path(self.rotation_config())),
            ("CLUSTER", HOME.to_owned()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    pub(super) fn write_files(&self) -> Result<()> {
        let mut clusters = String::new();
        for (name, site) in CLUSTERS.iter().zip(&self.clusters) {
            let kubeconfig = site
                .cluster
                .kubeconfig_for("rotate-credentials", Some(GROUP))?;
            let kubeconfig = kubeconfig.to_str().context("a path that is not UTF-8")?;
            writeln!(
                clusters,
                "  - name: {name}\n    context: {name}\n    kubeconfig: {kubeconfig}\n    \
                 alertmanager: prod-monitoring-prometheus-alertmanager"
            )?;
            let (server, region) = self.mail_of(name);
            if region != REGION {
                let port = server.addr().port();
                writeln!(
                    clusters,
                    "    mail:\n      smarthost: localhost:{port}\n      tls: starttls\n      \
                     region: {region}"
                )?;
            }
        }
        let port = self.mail.addr().port();
        let text = format!(
            "role: writer\nuser: {USER}\nhome: {HOME}\nsecret:\n  name: {SECRET}\n  region: {REGION}\n\
             mail:\n  from: prometheus-alerts@example.com\n  smarthost: localhost:{port}\n  \
             tls: starttls\n  region: {REGION}\nclusters:\n{clusters}"
        );
        fs::write(self.rotation_config(), text)?;
        Ok(())
    }
}
