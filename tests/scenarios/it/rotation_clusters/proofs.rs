//! The five proofs of a roll, each made false once while the others hold as far as they can.

use anyhow::Result;
use rotate_credentials::world::{Fit, Proof};
use scenarios::wait;
use serde_json::json;

use super::{NEW, OLD, TEMPLATE, filled, proof, start};

#[tokio::test]
async fn what_was_installed_is_proven_and_a_roll_is_proven_when_everything_runs_it() -> Result<()> {
    let bench = start().await?;
    let state = bench.read(OLD).await;
    assert!(state.source.users.are_only(OLD));
    assert_eq!(state.source.manager.as_deref(), Some("monitoring-jobs"));
    assert_eq!(state.replicas.len(), 2);
    assert_eq!((state.source.fit, state.paused), (Fit::Same, false));
    assert_eq!(proof(bench.read(OLD).await, OLD), Proof::Proven);
    assert_eq!(proof(bench.read(NEW).await, NEW), Proof::NotWritten);

    bench.roll(NEW).await;
    bench.until_proven(NEW).await?;
    let state = bench.read(NEW).await;
    for replica in &state.replicas {
        let replica = replica.state.as_ref().unwrap();
        assert_eq!(
            (replica.loaded, replica.reload_ok),
            (Some(true), Some(true))
        );
        assert!(replica.users.are_only(NEW));
    }
    Ok(())
}

#[tokio::test]
async fn p1_a_paused_operator_generates_nothing() -> Result<()> {
    let bench = start().await?;
    bench.set.pause_operator().await?;
    bench.roll(NEW).await;
    let missing = bench.missing(NEW).await;
    assert_eq!(missing[0], "the custom resource is paused");
    assert_eq!(
        missing[1],
        "the operator's generated Secret has the old login"
    );
    bench.set.resume_operator().await?;
    bench.until_proven(NEW).await
}

#[tokio::test]
async fn p2_and_p4_a_replica_that_is_held_back_runs_other_bytes_and_another_login() -> Result<()> {
    let bench = start().await?;
    bench.set.hold(1);
    // The same login in other bytes: only the hash tells.
    let reformatted = format!("# by hand\n{}", filled(TEMPLATE, OLD));
    bench.set.configure(reformatted.as_bytes()).await?;
    bench.set.wait_until_running(reformatted.as_bytes()).await?;
    let state = bench.read(OLD).await;
    let [first, second] = [0, 1].map(|replica| state.replicas[replica].state.clone().unwrap());
    assert_eq!((first.loaded, second.loaded), (Some(true), Some(false)));
    assert_eq!(first.users, second.users);
    assert_eq!(state.source.fit, Fit::Login);

    bench.roll(NEW).await;
    bench
        .set
        .wait_until_running(filled(TEMPLATE, NEW).as_bytes())
        .await?;
    let pod = bench.set.pod(1);
    assert_eq!(
        bench.missing(NEW).await,
        [format!("{pod}: runs with another login")]
    );
    bench.set.release(1);
    bench.until_proven(NEW).await
}

#[tokio::test]
async fn p3_a_replica_that_refuses_what_it_should_load_says_so() -> Result<()> {
    let bench = start().await?;
    let broken = TEMPLATE.replace("receiver: ops", "receiver: nobody");
    bench.set_template(&broken).await?;
    bench.set.configure(filled(&broken, OLD).as_bytes()).await?;
    wait::until("the reload is refused", async || {
        let state = bench.read(OLD).await;
        let refused = |replica: &rotate_credentials::world::Replica| {
            replica.state.as_ref().unwrap().reload_ok == Some(false)
        };
        Ok(state.replicas.iter().all(refused))
    })
    .await?;
    let pod = bench.set.pod(0);
    assert_eq!(
        bench.missing(OLD).await[0],
        format!("{pod}: its last reload failed")
    );
    Ok(())
}

#[tokio::test]
async fn p5_a_replica_that_is_gone_or_too_many_proves_nothing() -> Result<()> {
    let bench = start().await?;
    bench.set.stop_replica(1).await?;
    let state = bench.read(OLD).await;
    let trouble = state.replicas[1].state.as_ref().unwrap_err();
    assert!(trouble.text.contains(":9093"), "{trouble}");
    bench.set.start_replica(1).await?;
    bench.until_proven(OLD).await?;
    // Its successor proves what a replaced pod no longer can.
    bench.set.replace_pod(0).await?;
    bench.until_proven(OLD).await?;

    let replicas = |count| json!({"spec": {"replicas": count}});
    let resource = bench.resource();
    bench.change(&resource, replicas(3)).await?;
    let absent = format!("{}: its pod does not exist", bench.set.pod(2));
    assert_eq!(bench.missing(OLD).await, [absent]);

    // Scaled down, and one has not ended yet: it may still send mail.
    bench.change(&resource, replicas(1)).await?;
    let surplus = "it is beyond the 1 that the custom resource asks for";
    let surplus = format!("{}: {surplus}", bench.set.pod(1));
    assert_eq!(bench.missing(OLD).await, [surplus]);
    let cluster = rotate_credentials::world::Cluster {
        name: "prod-e1-1".parse()?,
        state: Ok(bench.read(OLD).await),
    };
    assert_eq!(
        cluster.names(&super::id(NEW)),
        None,
        "nobody knows what it runs"
    );
    Ok(())
}
