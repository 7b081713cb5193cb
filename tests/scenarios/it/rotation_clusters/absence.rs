//! Objects that are not there, and an API server that is not.

use anyhow::Result;
use common::exit::Exit;
use rotate_credentials::outside::EffectError;
use serde_json::json;

use super::{Bench, NEW, OLD, filled, read, start, start_alone, write};

const GENERATED: &str = "alertmanager-prod-monitoring-generated";

impl Bench {
    /// Why the cluster cannot be seen: code, class, text.
    async fn unseen(&self) -> (&'static str, Exit, String) {
        let trouble = read(&self.live, OLD).await.unwrap_err();
        (trouble.code, trouble.exit, trouble.text)
    }

    async fn delete(&self, path: &str) -> Result<()> {
        self.cluster.client().await?.delete(path).await
    }
}

#[tokio::test]
async fn a_secret_that_is_empty_immutable_or_missing_is_for_an_installation_to_make() -> Result<()>
{
    let bench = start().await?;
    let path = bench.set.config_secret_path();
    let expected = |what: &str| {
        let text = format!("the Secret `alertmanager-prod-monitoring` of prod-e1-1 {what}");
        ("alertmanager-secret", Exit::Config, text)
    };
    bench.set.configure(b"").await?;
    assert_eq!(
        bench.unseen().await,
        expected("has nothing under `alertmanager.yaml`")
    );
    bench
        .set
        .configure(filled(super::TEMPLATE, OLD).as_bytes())
        .await?;
    let revision = bench.read(NEW).await.source.revision;
    bench.change(&path, json!({"immutable": true})).await?;
    assert_eq!(bench.unseen().await, expected("is immutable"));
    bench.delete(&path).await?;
    assert_eq!(bench.unseen().await, expected("does not exist"));
    let Err(EffectError::Refused(trouble)) = write(&bench.live, NEW, &revision).await else {
        panic!("it was written");
    };
    assert_eq!(trouble.code, "alertmanager-secret");
    let secrets = bench.cluster.client().await?.find(&path).await?;
    assert_eq!(secrets, None, "it is never created");
    Ok(())
}

#[tokio::test]
async fn a_missing_template_or_resource_is_a_matter_of_configuration() -> Result<()> {
    let bench = start().await?;
    bench.set_template("a: [").await?;
    let (code, exit, text) = bench.unseen().await;
    assert_eq!((code, exit), ("alertmanager-template", Exit::Config));
    assert!(!text.contains('\n'), "{text}");
    let template = bench.path("configmaps", "alertmanager-template");
    bench.change(&template, json!({"data": null})).await?;
    assert!(
        bench
            .unseen()
            .await
            .2
            .ends_with("has no key `alertmanager.yaml`")
    );
    bench.delete(&template).await?;
    assert!(bench.unseen().await.2.ends_with("does not exist"));

    let resource = bench.resource();
    bench
        .change(&resource, json!({"spec": {"replicas": "two"}}))
        .await?;
    assert_eq!(bench.unseen().await.0, "not-converged");
    bench.delete(&resource).await?;
    assert_eq!(bench.unseen().await.0, "cluster-not-found");
    Ok(())
}

#[tokio::test]
async fn what_the_operator_has_not_made_is_absent_and_what_it_garbled_is_unknown() -> Result<()> {
    let bench = start().await?;
    bench.set.pause_operator().await?;
    let path = bench.path("secrets", GENERATED);
    bench
        .change(
            &path,
            json!({"data": {"alertmanager.yaml.gz": "bm8gZ3ppcA=="}}),
        )
        .await?;
    assert_eq!(bench.unseen().await.0, "alertmanager-generated");
    bench.delete(&path).await?;
    let state = bench.read(OLD).await;
    assert_eq!(state.generated, None);
    assert_eq!(state.replicas[0].state.as_ref().unwrap().loaded, None);
    assert_eq!(
        bench.missing(OLD).await[..2],
        [
            "the custom resource is paused",
            "the operator has generated no Secret"
        ]
    );
    Ok(())
}

#[tokio::test]
async fn an_api_server_that_is_gone_leaves_the_cluster_unseen_and_unwritten() -> Result<()> {
    let bench = start_alone().await?;
    let revision = bench.read(NEW).await.source.revision;
    bench.cluster.stop_api().await?;
    let (code, exit, _) = bench.unseen().await;
    assert_eq!((code, exit), ("cluster-unreachable", Exit::Transient));
    let done = write(&bench.live, NEW, &revision).await;
    assert!(matches!(done, Err(EffectError::Refused(_))), "{done:?}");
    bench.cluster.start_api().await?;
    write(&bench.live, NEW, &revision).await.unwrap();
    bench.until_proven(NEW).await
}
