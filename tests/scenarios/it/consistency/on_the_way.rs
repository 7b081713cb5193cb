//! Lists that expire, servers that are busy or sick, and answers of somebody else, on the way to a real API
//! server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use sandbox::monitoring::{HOME, Stage};
use scenarios::plain::{self, Plain};
use scenarios::proxy::{Proxy, Request, Verdict};
use serde_json::Value;

use super::{OTHER, World, told};

/// What an API server says about a page whose list it no longer holds; with a token that would go on with
/// another list.
const EXPIRED: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{"continue":"another-list"},"status":"Failure",
"message":"The provided continue parameter is too old","reason":"Expired","code":410}"#;

const NOTHING: &str = r#"{"kind":"PrometheusRuleList","apiVersion":"monitoring.coreos.com/v1",
"metadata":{"resourceVersion":"1"},"items":[]}"#;

const LOGIN_PAGE: &str = "<!doctype html><title>Log in</title>";

/// Whether it lists rules, and from where on.
fn page_of_rules(request: &Request) -> Option<&str> {
    let (path, query) = request.path.split_once('?')?;
    path.ends_with("/prometheusrules").then_some(query)
}

/// The clusters as the job sees them, with something in front of the second one.
async fn through<F>(stage: &Stage, judge: F) -> Result<(Plain, Plain, Proxy)>
where
    F: Fn(&Request) -> Verdict + Send + Sync + 'static,
{
    let home = Plain::start(stage.kubeconfig(), Some(HOME)).await?;
    let other = Plain::start(stage.kubeconfig(), Some(OTHER)).await?;
    let proxy = Proxy::start(other.address, judge).await?;
    Ok((home, other, proxy))
}

/// A whole look at the clusters, with `judge` in front of the second one and `extra` in the configuration.
async fn look<F>(world: &World, extra: &str, judge: F) -> Result<(Value, i32, Vec<Request>)>
where
    F: Fn(&Request) -> Verdict + Send + Sync + 'static,
{
    let (home, _other, proxy) = through(&world.stage, judge).await?;
    let file = world.stage.directory().join("kubeconfig-plain");
    let home = format!("http://{}", home.address);
    let text = plain::kubeconfig(&[(HOME, &home), (OTHER, &proxy.url())]);
    std::fs::write(&file, text)?;
    let config = world.file(&world.stage.configuration_with(&file, extra)?)?;
    let (document, finished) = world.look(&config).await?;
    Ok((document, finished.status, proxy.seen()))
}

/// The reasons for which rules of the second cluster were not read.
fn gap(document: &Value) -> Option<String> {
    let parts = document["parts"].as_array().unwrap();
    let of = parts
        .iter()
        .find(|part| part["family"] == "rules" && part["cluster"] == OTHER);
    of.unwrap()["reason"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_is_mended_or_told_and_never_equal() -> Result<()> {
    const PAGES: &str = "limits: {page: 2}\n";
    let world = World::start().await?;

    // Nothing goes wrong: pages of two.
    let (document, status, seen) = look(&world, PAGES, |_| Verdict::Pass).await?;
    assert_eq!((status, told(&document)), (0, vec![]), "{document:#}");
    let pages = seen.iter().filter_map(page_of_rules).count();
    assert_eq!(pages, 3, "six rules");

    // 5: the second page is gone once. The list is read again from its beginning, and the token that would
    // go on with another list is not used.
    let expired = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&expired);
    let (document, status, seen) = look(&world, PAGES, move |request| {
        let later = page_of_rules(request).is_some_and(|query| query.contains("continue="));
        if later && counted.fetch_add(1, Ordering::Relaxed) == 0 {
            return Verdict::Answer(410, EXPIRED);
        }
        Verdict::Pass
    })
    .await?;
    assert_eq!((status, told(&document)), (0, vec![]));
    let used = |it: &Request| it.path.contains("another-list");
    assert!(!seen.iter().any(used), "{seen:?}");

    // It is gone every time.
    let (document, status, seen) = look(&world, PAGES, |request| {
        match page_of_rules(request).is_some_and(|query| query.contains("continue=")) {
            true => Verdict::Answer(410, EXPIRED),
            false => Verdict::Pass,
        }
    })
    .await?;
    assert_eq!(
        (status, gap(&document).as_deref()),
        (1, Some("expired-list"))
    );
    assert!(!seen.iter().any(used));
    let begun = seen.iter().filter_map(page_of_rules);
    assert_eq!(
        begun.filter(|query| !query.contains("continue=")).count(),
        3
    );
    // What can be said of the other cluster's rules is only that nobody knows.
    let unknown = told(&document);
    assert!(!unknown.is_empty());
    for (object, standing, _) in unknown {
        assert!(object.starts_with("PrometheusRule/"), "{object}");
        assert_eq!(standing, "unknown expired-list");
    }

    // 6, 7: every third answer is that the server is busy, or that it failed.
    for answer in [429, 500] {
        let asked = AtomicUsize::new(0);
        let (document, status, _) = look(&world, PAGES, move |_| {
            match asked.fetch_add(1, Ordering::Relaxed) % 3 {
                0 => Verdict::Answer(answer, "{}"),
                _ => Verdict::Pass,
            }
        })
        .await?;
        assert_eq!((status, told(&document)), (0, vec![]), "{answer}");
    }

    // 7, 8: a list always ends in its middle.
    let (document, status, _) = look(&world, "", |request| match page_of_rules(request) {
        Some(_) => Verdict::PassHalfTheAnswer,
        None => Verdict::Pass,
    })
    .await?;
    assert_eq!(status, 1);
    let reason = gap(&document).unwrap();
    assert!(
        ["unreachable", "garbled"].contains(&reason.as_str()),
        "{reason}"
    );

    // 31: somebody else's page in place of an answer.
    let (document, status, _) = look(&world, "", |request| match page_of_rules(request) {
        Some(_) => Verdict::Answer(200, LOGIN_PAGE),
        None => Verdict::Pass,
    })
    .await?;
    assert_eq!((status, gap(&document).as_deref()), (1, Some("garbled")));

    // 24: a list that was not empty at the last run is empty at the first look of this one, and not at the
    // second.
    let memory = world.stage.directory().join("memory.json");
    let state = format!("state: {{file: {}}}\n", memory.display());
    let (_, status, _) = look(&world, &state, |_| Verdict::Pass).await?;
    assert_eq!(status, 0);
    let lists = AtomicUsize::new(0);
    let (document, status, _) = look(&world, &state, move |request| {
        match page_of_rules(request).map(|_| lists.fetch_add(1, Ordering::Relaxed)) {
            Some(0) => Verdict::Answer(200, NOTHING),
            _ => Verdict::Pass,
        }
    })
    .await?;
    assert_eq!(
        (status, gap(&document).as_deref()),
        (1, Some("suspicious-empty"))
    );
    // Empty twice, it is believed: everything that is to be there is missing.
    let (document, status, _) = look(&world, &state, |request| match page_of_rules(request) {
        Some(_) => Verdict::Answer(200, NOTHING),
        None => Verdict::Pass,
    })
    .await?;
    assert_eq!((status, gap(&document)), (3, None));
    assert_eq!(told(&document).len(), 6, "{:?}", told(&document));
    assert!(
        told(&document)
            .iter()
            .all(|(_, standing, _)| standing == "missing")
    );
    Ok(())
}
