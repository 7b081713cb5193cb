//! Whatever upstream answers, dashboards are never worse than before: rows 1 to 17 of the failure table.

use std::time::Duration;

use anyhow::Result;
use sandbox::dashboards::{PATH, generation};
use sandbox::upstream::Fault;
use sync_dashboards::digest::Digest;

use super::{Pin, World, assert_ended};

/// A fault that stays, and how a run without a cache ends.
fn faults() -> Vec<(&'static str, Fault, i32, &'static str)> {
    let status = |status: u16| Fault::Status(status, Vec::new());
    vec![
        (
            "1: connection refused",
            Fault::Refuse,
            1,
            "upstream-unreachable",
        ),
        ("2: not found", status(404), 2, "upstream-missing"),
        ("3: forbidden", status(403), 4, "upstream-denied"),
        ("4: server error", status(503), 1, "upstream-unreachable"),
        (
            "5: redirect to another host",
            Fault::Redirect("https://example.invalid/x".to_owned()),
            2,
            "upstream-redirect",
        ),
        ("6: captive proxy", Fault::Html, 1, "upstream-not-the-file"),
        ("7: cut off", Fault::Truncated, 1, "upstream-not-the-file"),
        (
            "7: cut off at an item's border",
            Fault::CutClean(4000),
            2,
            "digest-mismatch",
        ),
        ("7: empty", Fault::Empty, 1, "upstream-not-the-file"),
        (
            "9: decompression bomb",
            Fault::Bomb,
            2,
            "upstream-too-large",
        ),
    ]
}

#[tokio::test]
async fn no_answer_of_upstream_makes_anything_worse() -> Result<()> {
    let world = World::start().await?;
    let pin = world.publish(1, &generation(0));
    let config = world.configured(&pin, "")?;
    assert_ended(&world.run(&["apply"], &config).await?, 0, None);
    let before = [world.maps(0).await?, world.maps(1).await?];
    let unchanged =
        async || -> Result<bool> { Ok([world.maps(0).await?, world.maps(1).await?] == before) };

    // The pinned file is in the cache: upstream may do what it likes, nobody asks it.
    world.stage.upstream.stand(Fault::Refuse);
    assert_ended(&world.run(&["apply"], &config).await?, 0, None);
    world.stage.upstream.clear_faults();

    // Another pin, which is not.
    let other = world.publish(2, &generation(2));
    for (name, fault, status, code) in faults() {
        world.stage.upstream.stand(fault);
        let config = world.configured(&other, "")?;
        let run = world.run(&["apply"], &config).await?;
        println!("{name}: {}", run.termination["error"]);
        assert_ended(&run, status, Some(code));
        assert!(run.termination["hint"].is_string(), "{name}");
        assert!(unchanged().await?, "{name}");
        world.stage.upstream.clear_faults();
    }
    // 3: a rate limit with a time is waited for; 4: so is a server that comes back.
    for fault in [
        Fault::RateLimited {
            retry_after: Duration::from_secs(1),
        },
        Fault::Status(500, Vec::new()),
    ] {
        world.stage.upstream.queue(fault);
        let config = world.configured(&other, "")?;
        let run = world.run(&["plan"], &config).await?;
        assert_ended(&run, 0, None);
        std::fs::remove_dir_all(world.stage.directory().join("cache"))?;
    }

    // 8: other bytes than the pinned ones, with both digests in the error.
    let wrong = Pin {
        sha256: pin.sha256.clone(),
        ..other.clone()
    };
    let run = world
        .run(&["apply"], &world.configured(&wrong, "")?)
        .await?;
    assert_ended(&run, 2, Some("digest-mismatch"));
    assert!(
        run.stderr.contains(&pin.sha256) && run.stderr.contains(&other.sha256),
        "{}",
        run.stderr
    );
    assert!(unchanged().await?);

    // 10 to 14: pinned as they are, and still no bundle.
    let text = generation(0).text();
    let bomb = (0..9).map(|level| {
        let values = if level == 0 {
            "x".to_owned()
        } else {
            vec![format!("*a{}", level - 1); 10].join(", ")
        };
        format!("a{level}: &a{level} [{values}]\n")
    });
    for (name, text, code) in [
        ("10: YAML bomb", bomb.collect(), "bundle-malformed"),
        ("10: nested deeply", "[".repeat(20_000), "bundle-malformed"),
        (
            "11: a key twice",
            text.replacen("items:", "items: []\nitems:", 1),
            "bundle-malformed",
        ),
        (
            "12: no items",
            "apiVersion: v1\nitems: []\nkind: ConfigMapList\n".to_owned(),
            "bundle-malformed",
        ),
        (
            "14: a path as name",
            text.replacen("apiserver.json", "../apiserver.json", 1),
            "bundle-hostile",
        ),
        (
            "14: a download as name",
            text.replacen("apiserver.json", "apiserver.url", 1),
            "bundle-hostile",
        ),
    ] {
        let pin = publish(&world, &text);
        let run = world.run(&["apply"], &world.configured(&pin, "")?).await?;
        println!("{name}: {}", run.termination["error"]);
        assert_ended(&run, 2, Some(code));
        assert!(unchanged().await?, "{name}");
    }
    // 11, 13, 15, 16: one dashboard that cannot be used. The others go on, and nothing is removed.
    for (name, text) in [
        (
            "11: a JSON key twice",
            text.replacen(
                "\"title\": \"Kubernetes / Kubelet\"",
                "\"title\": \"x\",\n          \"title\": \"y\"",
                1,
            ),
        ),
        (
            "13: no data",
            text.replacen(
                "  data:\n    kubelet.json: |-",
                "  other:\n    kubelet.json: |-",
                1,
            ),
        ),
        (
            "15: no JSON",
            text.replacen("\"Kubernetes / Kubelet\"", "Kubernetes / Kubelet", 1),
        ),
        (
            "16: one uid twice",
            text.replacen(
                "3138fa155d5915769fbded898ac09fd9",
                "09ec8aa1e996d6ffcd6817bbaff4db1b",
                1,
            ),
        ),
    ] {
        let pin = publish(&world, &text);
        let run = world.run(&["apply"], &world.configured(&pin, "")?).await?;
        println!("{name}: {}", run.termination["error"]);
        let code = run.termination["class"].clone();
        assert!(
            code == "dashboard-rejected" || code == "bundle-malformed",
            "{name}: {}\n{}",
            run.stdout,
            run.stderr
        );
        assert_ne!(run.status, 0, "{name}");
        assert!(unchanged().await?, "{name}");
    }

    // 17: another uid is written, and both links are told.
    let moved = text.replacen("3138fa155d5915769fbded898ac09fd9", "kubelet-2", 1);
    let pin = publish(&world, &moved);
    let run = world.run(&["apply"], &world.configured(&pin, "")?).await?;
    assert_ended(&run, 0, None);
    assert!(
        run.stdout.contains("3138fa155d5915769fbded898ac09fd9") && run.stdout.contains("kubelet-2"),
        "{}",
        run.stdout
    );
    Ok(())
}

/// Lets upstream's `main` be this text at a commit of its own.
fn publish(world: &World, text: &str) -> Pin {
    let sha256 = Digest::of(text).to_string();
    let commit = sha256.get(..40).unwrap_or_default().to_owned();
    world.stage.upstream.publish("main", &commit, PATH, text);
    Pin { commit, sha256 }
}
