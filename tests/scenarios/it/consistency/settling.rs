//! Drift counts when it is still there at the second look and old enough; what is being changed is neither
//! equal nor drift.

use std::time::Duration;

use anyhow::Result;
use sandbox::monitoring::{HOME, object, rule};
use scenarios::job::Job;
use serde_json::json;

use super::{OTHER, World, assert_ended, told};

#[tokio::test]
async fn what_settles_is_no_drift_and_what_does_not_is_remembered() -> Result<()> {
    let world = World::start().await?;
    let core = rule("core-alerts-rules");
    let waits = |time: &str| json!({"metadata": {"labels": {"waits": time}}});
    let nothing = json!({"metadata": {"labels": {"waits": null}}});
    let settle = world
        .configured("settle: {recheck: 4s}\n")?
        .display()
        .to_string();
    let words = ["run", "-o", "json", "--config", &settle];
    assert_ended(&Job::consistency(words)?.run().await?, 0, None);

    // 10: it differs at the first look and no longer at the second.
    world.stage.patch(OTHER, &core, &waits("a")).await?;
    let running = Job::consistency(words)?.start()?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.stage.patch(OTHER, &core, &nothing).await?;
    let finished = running.finish().await?;
    assert_ended(&finished, 0, None);
    let document: serde_json::Value = serde_json::from_str(&finished.stdout)?;
    assert_eq!(document["converged"], 1);

    // It differs at both looks, but in another way: somebody is at work.
    world.stage.patch(OTHER, &core, &waits("a")).await?;
    let running = Job::consistency(words)?.start()?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let more = json!({"metadata": {"annotations": {"more": "b"}}});
    world.stage.patch(OTHER, &core, &more).await?;
    let finished = running.finish().await?;
    assert_ended(&finished, 1, Some("incomplete"));
    let document: serde_json::Value = serde_json::from_str(&finished.stdout)?;
    assert_eq!(told(&document)[0].1, "unknown not-settled");
    let quiet = json!({"metadata": {"annotations": null, "labels": {"waits": null}}});
    world.stage.patch(OTHER, &core, &quiet).await?;

    // 11: a controller has not yet come to what was written last.
    let operator = object(
        "apis/apps/v1",
        "deployments",
        "prod-monitoring-prometheus-operator",
    );
    let seen = json!({"status": {"observedGeneration": 1}});
    world
        .stage
        .patch(HOME, &format!("{operator}/status"), &seen)
        .await?;
    let replicas = |count: u32| json!({"spec": {"replicas": count}});
    world.stage.patch(HOME, &operator, &replicas(2)).await?;
    let (document, finished) = world.look(&world.configured("")?).await?;
    assert_ended(&finished, 1, Some("incomplete"));
    assert_eq!(
        told(&document),
        [(
            "Deployment/prod-monitoring-prometheus-operator".to_owned(),
            "unknown not-settled".to_owned(),
            vec!["/spec/replicas".to_owned()]
        )]
    );
    let seen = json!({"status": {"observedGeneration": 2}});
    world
        .stage
        .patch(HOME, &format!("{operator}/status"), &seen)
        .await?;
    let (document, finished) = world.look(&world.configured("")?).await?;
    assert_ended(&finished, 3, Some("drift"));
    assert_eq!(told(&document)[0].1, "different");
    // Who wrote it is told.
    let object = &document["objects"].as_array().unwrap().iter();
    let object = object
        .clone()
        .find(|it| it["standing"] == "different")
        .unwrap();
    let note = object["fields"][0]["note"].as_str().unwrap();
    assert!(note.contains("last written by"), "{note}");
    world.stage.patch(HOME, &operator, &replicas(1)).await?;
    let seen = json!({"status": {"observedGeneration": 3}});
    world
        .stage
        .patch(HOME, &format!("{operator}/status"), &seen)
        .await?;

    // Drift that is too young is told and does not count; its age grows from run to run.
    let memory = world.stage.directory().join("memory.json");
    let young = format!(
        "settle: {{min_age: 1h}}\nstate: {{file: {}}}\n",
        memory.display()
    );
    let config = world.configured(&young)?;
    assert_ended(&world.run(&["run"], &config).await?, 0, None);
    world.stage.patch(OTHER, &core, &waits("a")).await?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 0, None);
    assert_eq!(told(&document)[0].1, "settling");
    // 36: the same memory, as if the drift had been seen first two hours ago.
    let text = std::fs::read_to_string(&memory)?;
    let mut remembered: serde_json::Value = serde_json::from_str(&text)?;
    age(&mut remembered, "2020-01-01T00:00:00Z");
    std::fs::write(&memory, remembered.to_string())?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 3, Some("drift"));
    let objects = document["objects"].as_array().unwrap();
    let drift = objects
        .iter()
        .find(|it| it["standing"] == "different")
        .unwrap();
    assert_eq!(drift["known"]["first_seen"], "2020-01-01T00:00:00Z");
    assert_eq!(drift["known"]["runs"], 2);
    // The value moves: it stays the same drift.
    world.stage.patch(OTHER, &core, &waits("b")).await?;
    let (document, _) = world.look(&config).await?;
    let objects = document["objects"].as_array().unwrap();
    let moved = objects
        .iter()
        .find(|it| it["standing"] == "different")
        .unwrap();
    assert_eq!(moved["known"]["runs"], 3);
    assert_eq!(
        moved["fields"][0]["fingerprint"],
        drift["fields"][0]["fingerprint"]
    );
    // It is over, and a new one begins anew.
    world.stage.patch(OTHER, &core, &nothing).await?;
    assert_ended(&world.run(&["run"], &config).await?, 0, None);
    world.stage.patch(OTHER, &core, &waits("c")).await?;
    let (document, _) = world.look(&config).await?;
    assert_eq!(told(&document)[0].1, "settling");

    // 32: a memory that is damaged costs ages, and drift of which nobody knows that it is young counts; one
    // of a newer version is left as it is.
    std::fs::write(&memory, "{")?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 3, Some("drift"));
    assert_eq!(document["remembered"], false);
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 0, None);
    assert_eq!(told(&document)[0].1, "settling");
    let newer = r#"{"schema":99}"#;
    std::fs::write(&memory, newer)?;
    world.look(&config).await?;
    assert_eq!(std::fs::read_to_string(&memory)?, newer);

    // 22: a name that reaches another cluster than before, until a person says that it is meant.
    std::fs::remove_file(&memory)?;
    world.look(&config).await?;
    let text = std::fs::read_to_string(&memory)?;
    let mut remembered: serde_json::Value = serde_json::from_str(&text)?;
    remembered["identities"][OTHER] = json!("another-uid");
    std::fs::write(&memory, remembered.to_string())?;
    let run = world.run(&["run"], &config).await?;
    assert_ended(&run, 2, Some("other-cluster"));
    let run = world
        .run(&["run", "--accept-cluster-identity"], &config)
        .await?;
    assert_ended(&run, 0, None);
    assert_ended(&world.run(&["run"], &config).await?, 0, None);
    Ok(())
}

/// Puts this time in place of every first one.
fn age(remembered: &mut serde_json::Value, first_seen: &str) {
    match remembered {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                if key == "first_seen" {
                    *value = json!(first_seen);
                } else {
                    age(value, first_seen);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|it| age(it, first_seen)),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {}
    }
}
