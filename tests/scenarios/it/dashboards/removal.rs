//! What goes, when, and what keeps it from going.

use anyhow::Result;
use sandbox::dashboards::{Change, Generation, generation};
use serde_json::json;

use super::{World, assert_ended, hand_made};

#[tokio::test]
async fn nothing_goes_in_doubt_at_once_or_in_number() -> Result<()> {
    let world = World::start().await?;
    let all = Generation::default();
    let pin = world.publish(1, &all);
    let config = world.configured(&pin, "")?;
    assert_ended(&world.run(&["apply"], &config).await?, 0, None);

    // 18: gone upstream. It stays for one change of the pin, however often the job runs.
    let without = Generation::default().after(&[Change::Removed]);
    let config = world.configured(&world.publish(2, &without), "")?;
    for _ in 0..2 {
        assert_ended(&world.run(&["apply"], &config).await?, 0, None);
        assert_eq!(world.names(0).await?.len(), 5);
    }
    // A third run writes nothing at all.
    let marks = world.marks()?;
    assert_ended(&world.run(&["apply"], &config).await?, 0, None);
    assert_eq!(
        world.asked(&marks)?,
        [["list configmaps"], ["list configmaps"]]
    );

    // 15: in a run in which a dashboard of upstream cannot be used, nothing is removed; the old version
    // of that dashboard stays.
    let broken = without
        .text()
        .replace("Kubernetes / Kubelet\"", "Kubernetes / Kubelet");
    let config = world.configured(&publish_text(&world, 3, &broken), "")?;
    let run = world.run(&["apply"], &config).await?;
    assert_ended(&run, 3, Some("dashboard-rejected"));
    assert!(
        run.stdout.contains("not among what could be read"),
        "{}",
        run.stdout
    );
    assert_eq!(world.names(0).await?.len(), 5);

    // 21: edited meanwhile, it is left.
    let config = world.configured(&world.publish(4, &without), "")?;
    world
        .edit(1, "prometheus", &hand_made(&all, "prometheus"))
        .await?;
    let run = world.run(&["apply"], &config).await?;
    assert_ended(&run, 3, Some("hand-edit"));
    assert_eq!(world.names(0).await?.len(), 4, "{}", run.stdout);
    assert_eq!(world.names(1).await?.len(), 5);
    let run = world
        .run(&["apply", "--restore", "prometheus"], &config)
        .await?;
    assert_ended(&run, 0, None);
    assert_eq!(world.names(1).await?.len(), 4);

    // 19: renamed upstream: the new one is made before the old one goes, in one run.
    let renamed = without.clone().after(&[Change::Renamed, Change::Uid]);
    let config = world.configured(&world.publish(5, &renamed), "")?;
    let marks = world.marks()?;
    assert_ended(&world.run(&["apply"], &config).await?, 0, None);
    let asked = world.asked(&marks)?;
    assert_eq!(
        asked[0].last().map(String::as_str),
        Some("delete configmaps"),
        "{asked:?}"
    );
    assert!(
        world
            .names(0)
            .await?
            .contains(&"k8s-resources-overview".to_owned())
    );
    assert!(
        !world
            .names(0)
            .await?
            .contains(&"k8s-resources-cluster".to_owned())
    );

    // 20: more than may go unasked.
    let pin = world.publish(6, &renamed);
    let config = world.configured(&pin, "")?;
    let text = std::fs::read_to_string(&config)?.replace("exclude: []", "exclude: [\"*e*\"]");
    std::fs::write(&config, &text)?;
    let run = world.run(&["apply"], &config).await?;
    assert_ended(&run, 3, Some("bundle-shrunk"));
    std::fs::write(&config, text.replace("\"*e*\"", "kubelet, k8s-*, node-*"))?;
    let run = world.run(&["apply"], &config).await?;
    assert_ended(&run, 0, None);
    assert_eq!(world.names(0).await?, ["apiserver"]);

    // 12: an upstream that has lost most of its dashboards is not believed.
    let config = world.configured(&pin, "")?;
    assert_ended(&world.run(&["apply"], &config).await?, 0, None);
    let one = generation(0)
        .boards()
        .into_iter()
        .take(1)
        .collect::<Vec<_>>();
    let few = sandbox::dashboards::bundle(
        &one.iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect::<Vec<_>>(),
    );
    let config = world.configured(
        &publish_text(&world, 7, &few),
        "config_maps: {grace_pins: 0}\n",
    )?;
    let run = world.run(&["apply"], &config).await?;
    assert_ended(&run, 3, Some("bundle-shrunk"));
    assert_eq!(world.names(0).await?.len(), 4);
    let run = world
        .run(&["apply", "--allow-removals", "3"], &config)
        .await?;
    assert_ended(&run, 0, None);
    assert_eq!(world.names(0).await?, ["apiserver"]);

    // Something with our labels and a name that is not ours is told, and left.
    let map = world.maps(0).await?.remove(0);
    let stray = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "copy-of-apiserver", "namespace": "monitoring", "labels": map["metadata"]["labels"]},
        "data": {"copy.json": "{}"},
    });
    world
        .admin(0)
        .await?
        .create("/api/v1/namespaces/monitoring/configmaps", &stray)
        .await?;
    let run = world.run(&["apply"], &config).await?;
    assert_ended(&run, 3, Some("foreign-owner"));
    assert_eq!(world.maps(0).await?.len(), 2);
    Ok(())
}

/// Lets upstream's `main` be this text.
fn publish_text(world: &World, number: u32, text: &str) -> super::Pin {
    let commit = format!("{number:040x}");
    let upstream = &world.stage.upstream;
    upstream.publish("main", &commit, sandbox::dashboards::PATH, text);
    super::Pin {
        commit,
        sha256: sync_dashboards::digest::Digest::of(text).to_string(),
    }
}
