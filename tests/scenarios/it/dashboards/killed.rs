//! Killed after each of its writes and run again: the same end.

use std::time::Duration;

use anyhow::Result;
use sandbox::dashboards::{Change, Generation};

use super::{World, assert_ended, job};

#[tokio::test]
async fn a_run_that_is_killed_after_any_write_is_gone_on_with_by_the_next() -> Result<()> {
    let world = World::start().await?;
    // Far away, so that there is a moment between one write and the next.
    let (_delays, kubeconfig) = world.stage.far_away(Duration::from_millis(60))?;
    let start = Generation::default();
    let end = Generation::default().after(&[
        Change::Expr,
        Change::Renamed,
        Change::Added,
        Change::Removed,
    ]);
    let (old, new) = (world.publish(1, &start), world.publish(2, &end));
    let mut struck = 0;
    for delay in (0..16).map(|step| 150 + 50 * step) {
        // Back to the beginning, whatever the killed runs have left.
        let near = world.configured(&old, "config_maps: {grace_pins: 0}\n")?;
        let reset = world
            .run(&["apply", "--allow-removals", "9"], &near)
            .await?;
        assert_ended(&reset, 0, None);
        let far = world.configured_for(&new, &kubeconfig, "config_maps: {grace_pins: 0}\n")?;
        let marks = world.marks()?;
        let run = job(&["apply"], &far)?.start()?;
        tokio::time::sleep(Duration::from_millis(delay)).await;
        let alive = run.signal("KILL").is_ok();
        let finished = run.finish().await?;
        let writes: usize = world
            .asked(&marks)?
            .iter()
            .flatten()
            .filter(|it| !it.starts_with("list"))
            .count();
        if alive && finished.status == -1 && writes > 0 {
            struck += 1;
        }
        let near = world.configured(&new, "config_maps: {grace_pins: 0}\n")?;
        assert_ended(&world.run(&["apply"], &near).await?, 0, None);
        for cluster in [0, 1] {
            let names = world.names(cluster).await?;
            assert_eq!(
                names,
                [
                    "apiserver",
                    "k8s-resources-overview",
                    "kubelet",
                    "node-rsrc-use",
                    "workload-total"
                ]
            );
            for ((name, text), map) in end.boards().iter().zip(world.maps(cluster).await?) {
                assert_eq!(map["data"][format!("{name}.json")], **text);
            }
        }
    }
    println!("{struck} of 16 runs were killed between their writes");
    assert!(
        struck >= 3,
        "the kills did not strike runs at work: {struck}"
    );
    Ok(())
}
