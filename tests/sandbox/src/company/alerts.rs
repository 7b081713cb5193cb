//! Alerts as Prometheus sends them: to every replica, again and again.

use std::time::Duration;

use anyhow::Result;

use super::{Company, Site};

/// How long a mail may take.
const PATIENCE: Duration = Duration::from_secs(30);

impl Site {
    /// Fires an alert at every replica.
    ///
    /// # Errors
    /// When a replica does not take it.
    pub async fn fire(&self, name: &str, message: &str) -> Result<()> {
        let labels = [("alertname", name), ("cluster", self.cluster.name())];
        for replica in 0..self.alertmanagers.replicas() {
            let annotations = [("message", message)];
            self.alertmanagers
                .fire(replica, &labels, &annotations)
                .await?;
        }
        Ok(())
    }
}

impl Company {
    /// Lets the canary of every cluster fire, as it does in production all the time. It goes on for
    /// five minutes of real time.
    ///
    /// # Errors
    /// When a replica does not take it.
    pub async fn canaries(&self) -> Result<()> {
        for site in &self.clusters {
            site.fire("EmailCanary", "mail works").await?;
        }
        Ok(())
    }

    /// Fires an alert in every cluster and waits until both mails have arrived.
    ///
    /// # Errors
    /// When one does not.
    pub async fn deliver(&self, name: &str) -> Result<()> {
        for site in &self.clusters {
            let alert = format!("{name}{}", site.cluster.name().replace('-', ""));
            site.fire(&alert, "read me").await?;
            let arrived = |mail: &crate::mail::Mail| {
                mail.to.iter().any(|to| to.starts_with("ops-notify@")) && mail.data.contains(&alert)
            };
            let (server, _) = self.mail_of(site.cluster.name());
            server
                .wait_for(|mails| mails.iter().any(&arrived), PATIENCE)
                .await?;
        }
        Ok(())
    }
}
