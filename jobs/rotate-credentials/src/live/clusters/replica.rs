//! One replica, asked through the API server: what it runs, and how many mails it has sent.

use common::alertmanager::{ConfigHash, Metrics, SmtpUsers, running_config, smtp_users};
use common::cluster::Cluster;
use common::secret::ExposeSecret as _;
use common::ses::Smarthost;

use super::mail_flow::Counters;
use super::resource::Resource;
use crate::world::ReplicaState;
use common::trouble::Trouble;

/// Where Alertmanager listens.
const PORT: u16 = 9093;

/// What a replica says of itself.
#[derive(Debug)]
pub(super) struct Look {
    hash: Option<ConfigHash>,
    reload_ok: Option<bool>,
    users: SmtpUsers,
    /// `None` when it does not count all of them.
    pub(super) counters: Option<Counters>,
}

/// Asks the replica in `pod`.
///
/// # Errors
/// When it does not answer, or not as Alertmanager does: half an answer is none.
pub(super) async fn look(
    api: &Cluster,
    namespace: &str,
    resource: &Resource,
    pod: &str,
    smarthost: &Smarthost,
) -> Result<Look, Trouble> {
    let page = async |page: &str| {
        let path = resource.page(page);
        let answer = api.pod_proxy_get(namespace, pod, PORT, &path);
        answer.await.map_err(|error| Trouble::of(&error))
    };
    let (metrics, status) = tokio::try_join!(page("/metrics"), page("/api/v2/status"))?;
    let metrics = Metrics::parse(metrics.as_bytes()).map_err(|error| Trouble::of(&error))?;
    let config = running_config(&status).map_err(|error| Trouble::of(&error))?;
    let users = smtp_users(config.expose_secret(), smarthost);
    Ok(Look {
        hash: metrics.config_hash,
        reload_ok: metrics.last_reload_successful,
        users: users.map_err(|error| Trouble::of(&error))?,
        counters: counters(&metrics),
    })
}

/// Attempts are counted when they are over, and failed ones right after: the difference is what the
/// mail server took.
fn counters(metrics: &Metrics) -> Option<Counters> {
    Some(Counters {
        attempts: metrics.email_requests?,
        failed: metrics.failed_email_requests?,
        started: metrics.started?,
    })
}

impl Look {
    /// The facts, beside what the operator generated and what became of the pod meanwhile.
    pub(super) fn state(self, generated: Option<ConfigHash>, ready: bool) -> ReplicaState {
        ReplicaState {
            loaded: self
                .hash
                .zip(generated)
                .map(|(runs, wanted)| runs == wanted),
            reload_ok: self.reload_ok,
            users: self.users,
            ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_counted_only_by_a_replica_that_counts_attempts_failures_and_its_own_age() {
        let whole = Metrics {
            email_requests: Some(5),
            failed_email_requests: Some(2),
            started: Some("2026-11-24T12:00:00Z".parse().unwrap()),
            ..Metrics::default()
        };
        assert_eq!(
            counters(&whole).map(|it| (it.attempts, it.failed)),
            Some((5, 2))
        );
        for lacking in [
            Metrics {
                email_requests: None,
                ..whole
            },
            Metrics {
                failed_email_requests: None,
                ..whole
            },
            Metrics {
                started: None,
                ..whole
            },
        ] {
            assert_eq!(counters(&lacking), None);
        }
    }

    #[test]
    fn whether_it_runs_the_generated_file_is_known_only_if_both_hashes_are() {
        let hash = |text: &str| Some(ConfigHash::of(text.as_bytes()));
        let loaded = |runs, generated| {
            let look = Look {
                hash: runs,
                reload_ok: Some(true),
                users: SmtpUsers::default(),
                counters: None,
            };
            look.state(generated, true).loaded
        };
        assert_eq!(loaded(hash("a"), hash("a")), Some(true));
        assert_eq!(loaded(hash("a"), hash("b")), Some(false));
        assert_eq!(loaded(None, hash("b")), None);
        assert_eq!(loaded(hash("a"), None), None);
    }
}
