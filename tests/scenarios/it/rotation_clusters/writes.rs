//! The one write, and what keeps it from undoing somebody's work.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rotate_credentials::outside::EffectError;
use rotate_credentials::world::Fit;
use serde_json::json;

use super::{Bench, NEW, OLD, TEMPLATE, filled, start, write};

fn outcome(done: Result<(), EffectError>) -> String {
    match done {
        Ok(()) => "done".to_owned(),
        Err(EffectError::Overtaken) => "overtaken".to_owned(),
        Err(EffectError::Refused(trouble)) => format!("refused:{}", trouble.code),
        Err(EffectError::Unclear(trouble)) => format!("unclear:{}", trouble.code),
    }
}

impl Bench {
    /// The bytes in the source Secret.
    async fn written(&self) -> Result<String> {
        let secret = self
            .cluster
            .client()
            .await?
            .get(&self.set.config_secret_path())
            .await?;
        let data = secret["data"]["alertmanager.yaml"].as_str().unwrap();
        Ok(String::from_utf8(STANDARD.decode(data)?)?)
    }
}

#[tokio::test]
async fn a_write_changes_the_login_and_nothing_else_of_the_secret() -> Result<()> {
    let bench = start().await?;
    let path = bench.set.config_secret_path();
    bench
        .change(&path, json!({"data": {"other": "a2VwdA=="}}))
        .await?;
    bench.roll(NEW).await;
    assert_eq!(bench.written().await?, filled(TEMPLATE, NEW));
    let secret = bench.cluster.client().await?.get(&path).await?;
    assert_eq!(secret["data"]["other"], "a2VwdA==");
    let state = bench.read(NEW).await;
    assert_eq!(state.source.manager.as_deref(), Some("monitoring-jobs"));
    assert_eq!(state.source.fit, Fit::Same);
    // Nothing is left to write.
    let again = write(&bench.live, NEW, &state.source.revision).await;
    assert_eq!(outcome(again), "done");
    assert_eq!(bench.read(NEW).await.source.revision, state.source.revision);
    Ok(())
}

#[tokio::test]
async fn a_write_over_somebody_else_s_change_is_not_made() -> Result<()> {
    let bench = start().await?;
    let seen = bench.read(NEW).await;
    assert_eq!(seen.source.fit, Fit::Login);
    bench
        .change(
            &bench.set.config_secret_path(),
            json!({"metadata": {"labels": {"a": "b"}}}),
        )
        .await?;
    let before = bench.written().await?;
    let done = write(&bench.live, NEW, &seen.source.revision).await;
    assert_eq!(outcome(done), "overtaken");
    assert_eq!(bench.written().await?, before);
    Ok(())
}

#[tokio::test]
async fn an_edited_configuration_is_neither_called_the_login_nor_overwritten() -> Result<()> {
    let bench = start().await?;
    let edited = filled(TEMPLATE, OLD).replace("to: ops@", "to: dev@");
    bench.set.configure(edited.as_bytes()).await?;
    let state = bench.read(NEW).await;
    let path = "/receivers/0/email_configs/0/to".to_owned();
    assert_eq!(state.source.fit, Fit::Beyond(vec![path]));
    assert_ne!(state.source.manager.as_deref(), Some("monitoring-jobs"));
    let done = write(&bench.live, NEW, &state.source.revision).await;
    assert_eq!(outcome(done), "overtaken");
    assert_eq!(bench.written().await?, edited);

    // A template that was changed since the look is the same bargain from its other side.
    bench
        .set
        .configure(filled(TEMPLATE, OLD).as_bytes())
        .await?;
    let seen = bench.read(NEW).await;
    bench
        .set_template(&TEMPLATE.replace("group_wait: 0s", "group_wait: 1s"))
        .await?;
    let done = write(&bench.live, NEW, &seen.source.revision).await;
    assert_eq!(outcome(done), "overtaken");

    bench.set.configure(b"a: b: c").await?;
    let trouble = super::read(&bench.live, NEW).await.unwrap_err();
    assert_eq!(trouble.code, "config-drift");
    Ok(())
}

#[tokio::test]
async fn a_template_that_leaves_a_receiver_behind_is_not_written() -> Result<()> {
    let bench = start().await?;
    let seen = bench.read(NEW).await;
    let alone = TEMPLATE.replace(
        "  - to: ops@example.com",
        "  - {to: o@example.com, auth_username: me}",
    );
    bench.set_template(&alone).await?;
    let done = write(&bench.live, NEW, &seen.source.revision).await;
    assert_eq!(outcome(done), "refused:alertmanager-template");
    let trouble = super::read(&bench.live, NEW).await.unwrap_err();
    assert!(
        trouble.text.contains("/receivers/0/email_configs/0"),
        "{trouble}"
    );
    assert_eq!(bench.written().await?, filled(TEMPLATE, OLD));
    Ok(())
}
