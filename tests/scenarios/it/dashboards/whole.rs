//! From nothing to a kept set: made, left alone, updated, defended.

use anyhow::Result;
use sandbox::dashboards::generation;
use sandbox::kubernetes::Change;
use sandbox::servers::Pushgateway;
use sandbox::tools::Tools;
use serde_json::json;

use super::{World, assert_ended, hand_made, path};
use crate::readme::{of_job, transcript};

#[tokio::test]
async fn a_set_is_made_left_alone_updated_and_defended() -> Result<()> {
    let world = World::start().await?;
    let old = generation(0);
    let pin = world.publish(1, &old);
    let config = world.configured(&pin, "")?;

    // Nothing is there: one look, a second one for names without the label, and the writes.
    let marks = world.marks()?;
    let first = world.run(&["apply"], &config).await?;
    assert_ended(&first, 0, None);
    for asked in world.asked(&marks)? {
        let writes = asked.iter().filter(|it| *it == "patch configmaps").count();
        let looks = asked.iter().filter(|it| *it == "list configmaps").count();
        assert_eq!((asked.len(), looks, writes), (7, 2, 5), "{asked:?}");
    }
    assert_eq!(world.stage.upstream.requests().len(), 1);
    for cluster in [0, 1] {
        let maps = world.maps(cluster).await?;
        assert_eq!(maps.len(), 5);
        for ((name, text), map) in old.boards().iter().zip(&maps) {
            assert_eq!(map["data"][format!("{name}.json")], **text);
            assert_eq!(
                map["metadata"]["labels"]["app.kubernetes.io/managed-by"],
                "sync-dashboards"
            );
        }
    }

    // Everything is as it should be: one LIST for each cluster, nobody else is asked, nothing is written.
    let before = [world.maps(0).await?, world.maps(1).await?];
    let marks = world.marks()?;
    world.stage.upstream.clear_requests();
    let again = world.run(&["apply"], &config).await?;
    assert_ended(&again, 0, None);
    assert_eq!(
        again.termination["outcome"], "noop",
        "{}",
        again.termination
    );
    assert_eq!(
        world.asked(&marks)?,
        [["list configmaps"], ["list configmaps"]]
    );
    assert_eq!(world.stage.upstream.requests(), []);
    assert_eq!([world.maps(0).await?, world.maps(1).await?], before);

    // A watched branch costs one conditional request.
    let watching = world.configured(&pin, "")?;
    let text = std::fs::read_to_string(&watching)?.replace("  cache:", "  track: main\n  cache:");
    std::fs::write(&watching, text)?;
    for conditional in [false, true] {
        world.stage.upstream.clear_requests();
        assert_ended(&world.run(&["apply"], &watching).await?, 0, None);
        let requests = world.stage.upstream.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].conditional, conditional);
    }

    // Another commit, of which only one dashboard means something else.
    let new = generation(2);
    let pin = world.publish(2, &new);
    let config = world.configured(&pin, "")?;
    let plan = world.run(&["plan", "--exit-code"], &config).await?;
    assert_ended(&plan, 3, Some("differences"));
    assert!(
        plan.stdout.contains("~ update   apiserver"),
        "{}",
        plan.stdout
    );

    // A person changes another one in one cluster. It is refused, the update goes on.
    world
        .edit(1, "kubelet", &hand_made(&new, "kubelet"))
        .await?;
    let marks = world.marks()?;
    let refused = world.run(&["apply"], &config).await?;
    assert_ended(&refused, 3, Some("hand-edit"));
    assert_eq!(
        world.asked(&marks)?,
        [["list configmaps", "patch configmaps"]; 2]
    );
    let (_, shown) = transcript(&of_job("sync-dashboards")?, "sync-dashboards apply")?;
    assert_eq!(
        timeless(&refused.stdout),
        timeless(&shown),
        "{}",
        refused.stdout
    );
    let edited = world.maps(1).await?;
    let refused = world.run(&["apply"], &config).await?;
    assert_ended(&refused, 3, Some("hand-edit"));
    assert!(
        refused.stdout.contains("! refuse   kubelet"),
        "{}",
        refused.stdout
    );
    assert!(
        refused.stdout.contains("Mine"),
        "the panel is named: {}",
        refused.stdout
    );
    assert_eq!(world.maps(1).await?, edited, "a refused dashboard stays");
    // A CronJob has done its work, and says by metric and Event what it saw.
    let gateway = Pushgateway::start(&Tools::from_process()?).await?;
    let url = gateway.url();
    let words = ["apply", "--drift-exit-code=0", "--pushgateway", &url];
    let tolerant = world.run(&words, &config).await?;
    assert_ended(&tolerant, 0, None);
    let pushed = gateway.exposition().await?;
    for (name, labels, value) in [
        ("monitoring_dashboards_wanted", "", "5"),
        ("monitoring_dashboards_drifted", "target=\"prod-e1-1\"", "1"),
        (
            "monitoring_dashboards_drifted",
            "target=\"remoting-prod-e1-1\"",
            "0",
        ),
        (
            "monitoring_dashboards_state",
            "state=\"edited\",target=\"prod-e1-1\"",
            "1",
        ),
    ] {
        let line = pushed
            .lines()
            .find(|line| line.starts_with(name) && line.contains(labels));
        let line = line.unwrap_or_else(|| panic!("{name} {labels}: {pushed}"));
        assert_eq!(line.rsplit(' ').next(), Some(value), "{line}");
    }
    let other = world
        .run(&["apply", "--restore", "apiserver"], &config)
        .await?;
    assert_ended(&other, 3, Some("hand-edit"));
    let restored = world
        .run(&["apply", "--restore", "kubelet"], &config)
        .await?;
    assert_ended(&restored, 0, None);
    let texts =
        |maps: &[serde_json::Value]| maps.iter().map(|it| it["data"].clone()).collect::<Vec<_>>();
    assert_eq!(texts(&world.maps(1).await?), texts(&world.maps(0).await?));

    // Another field manager holds one of our labels.
    let admin = world.admin(0).await?;
    let label = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "monitoring-dashboard-kubelet", "namespace": "monitoring", "labels": {"app": "theirs"}},
    });
    admin
        .patch(&path("kubelet"), Change::Apply("labeller"), &label)
        .await?;
    let conflict = world.run(&["apply"], &config).await?;
    assert_ended(&conflict, 3, Some("field-conflict"));
    let said = conflict.termination["error"].as_str().unwrap_or_default();
    assert!(
        said.contains("labeller") && said.contains("labels"),
        "{said}"
    );
    Ok(())
}

/// Without the place of the file and the time of the edit.
fn timeless(report: &str) -> String {
    let lines = report.trim_end().lines().map(|line| {
        let line = line.split("  from ").next().unwrap_or(line);
        match line.split_once(" at 20") {
            Some((before, after)) => {
                let after = after.split_once('Z').map_or("", |(_, after)| after);
                format!("{before}{after}")
            }
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
