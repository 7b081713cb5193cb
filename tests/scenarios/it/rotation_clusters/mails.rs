//! Mails since a moment in the Lease's notes, as real Alertmanagers count them.

use std::time::Duration;

use anyhow::{Context as _, Result};
use common::clock::Clock;
use common::cluster::{Cluster, Timeouts};
use common::lease::{Acquired, Guard, Holder, Lease, Terms};
use jiff::{SignedDuration, Timestamp};
use rotate_credentials::live::Live;
use rotate_credentials::outside::{Fill, Outside as _};
use rotate_credentials::world::MailFlow;
use scenarios::{live, wait};
use serde_json::json;

use super::{Bench, OLD, adapter, document, now, start};

const NOTE: &str = "mail.prod-e1-1";

/// The path of the Leases.
fn leases(bench: &Bench) -> String {
    let namespace = bench.set.namespace();
    format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases")
}

/// A Lease in the cluster, taken.
async fn lease(bench: &Bench) -> Result<Guard> {
    let object = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "rotate-credentials"},
    });
    let admin = bench.cluster.client().await?;
    admin.create(&leases(bench), &object).await?;
    let clock = Clock::fixed(now());
    let context = live::context(clock.clone());
    let access = common::cluster::Access::Kubeconfig {
        path: Some(bench.cluster.admin_kubeconfig()?),
        context: None,
    };
    let cluster = Cluster::connect(
        "prod-e1-1".parse()?,
        &access,
        Timeouts::default(),
        clock.clone(),
        context.meter.clone(),
        &context.env,
    );
    let terms = Terms {
        duration: Duration::from_mins(5),
        renew_every: Duration::from_mins(1),
    };
    let me = Holder::from("this-run".to_owned());
    let lease = Lease::new(
        cluster.await?,
        bench.set.namespace(),
        "rotate-credentials",
        me,
        terms,
        clock,
    );
    match lease.acquire().await? {
        Acquired::Held(guard) => Ok(*guard),
        Acquired::Busy { holder, .. } => anyhow::bail!("{holder} has it"),
    }
}

async fn flow(live: &Live, soaking_since: Option<Timestamp>) -> MailFlow {
    let document = document(OLD);
    let fill = Fill {
        pair: document.pair(),
        document: &document,
        soaking_since,
    };
    let read = live.read_cluster(&live.clusters()[0], fill).await;
    read.unwrap().mail
}

#[tokio::test]
async fn mails_are_counted_from_a_note_on_and_a_failed_one_is_told() -> Result<()> {
    let bench = start().await?;
    assert_eq!(
        flow(&bench.live, None).await,
        MailFlow::Unknown,
        "without a Lease"
    );
    let live = adapter(
        &bench.set,
        bench.cluster.admin_kubeconfig()?,
        Some(lease(&bench).await?),
    )
    .await;
    let notes = || live.lease().unwrap().notes();
    assert_eq!(
        flow(&live, None).await,
        MailFlow::Unknown,
        "the count begins"
    );
    let begun = notes().get(NOTE).context("a note")?.clone();
    assert!(begun.starts_with("2026-11-24T12:00:00Z 0 0 "), "{begun}");
    let nothing = MailFlow::Flowing {
        since: now(),
        sent: 0,
    };
    assert_eq!(flow(&live, Some(now())).await, nothing);
    // A key that soaks since later makes the count begin anew.
    let later = now() + SignedDuration::from_secs(1);
    assert_eq!(flow(&live, Some(later)).await, MailFlow::Unknown);

    // The mail server's name means nothing in the cluster: every attempt fails.
    bench.set.fire(0, &[("alertname", "DiskFull")], &[]).await?;
    wait::until("an attempt has failed", async || {
        Ok(flow(&live, None).await == MailFlow::Refused { since: now() })
    })
    .await?;
    assert_ne!(notes().get(NOTE), Some(&begun));

    // Restarted replicas count from nothing.
    flow(&live, None).await;
    bench.set.stop_replica(0).await?;
    assert_eq!(
        flow(&live, None).await,
        MailFlow::Unknown,
        "one does not answer"
    );
    let before = notes().get(NOTE).cloned();
    bench.set.start_replica(0).await?;
    assert_eq!(
        flow(&live, None).await,
        MailFlow::Unknown,
        "it has forgotten"
    );
    assert_ne!(notes().get(NOTE).cloned(), before);

    let guard = live.into_lease().context("the Lease")?;
    guard.release().await?;
    let path = format!("{}/rotate-credentials", leases(&bench));
    let object = bench.cluster.client().await?.get(&path).await?;
    let kept =
        &object["metadata"]["annotations"]["monitoring-jobs.toolchain.private/mail.prod-e1-1"];
    assert!(
        kept.as_str()
            .is_some_and(|note| note.starts_with("2026-11-24T12:00:00Z "))
    );
    Ok(())
}
