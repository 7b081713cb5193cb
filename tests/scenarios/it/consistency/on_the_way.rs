//! Lists that expire, servers that are busy or sick, and answers of somebody else, on the way to a real API
//! server.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use sandbox::monitoring::{HOME, Stage, rule};
use scenarios::plain::{self, Plain};
use scenarios::proxy::{Proxy, Request, Verdict};
use serde_json::{Value, json};

use super::{OTHER, World, told};

/// What an API server says about a page whose list it no longer holds; with a token that would go on with
/// another list.
const EXPIRED: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{"continue":"another-list"},"status":"Failure",
"message":"The provided continue parameter is too old","reason":"Expired","code":410}"#;

const NOTHING: &str = r#"{"kind":"PrometheusRuleList","apiVersion":"monitoring.coreos.com/v1",
"metadata":{"resourceVersion":"1"},"items":[]}"#;

/// What an API server says of an object that is gone.
const GONE: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
"message":"not found","reason":"NotFound","code":404}"#;

const LOGIN_PAGE: &str = "<!doctype html><title>Log in</title>";

/// Whether it lists rules, and from where on.
fn page_of_rules(request: &Request) -> Option<&str> {
    let (path, query) = request.path.split_once('?')?;
    path.ends_with("/prometheusrules").then_some(query)
}

/// What is asked, whatever the query.
fn page(request: &Request) -> String {
    let path = request.path.split_once('?');
    path.map_or(&*request.path, |(path, _)| path).to_owned()
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
        if page_of_rules(request).is_some_and(|query| query.contains("continue=")) {
            Verdict::Answer(410, EXPIRED)
        } else {
            Verdict::Pass
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

    // 6, 7: whatever is asked for the first time, the server is busy and says for how long, or it fails.
    for answer in [
        Verdict::AnswerWith(429, "Retry-After: 1", "{}"),
        Verdict::Answer(500, "{}"),
    ] {
        let asked = Mutex::<BTreeSet<String>>::default();
        let (document, status, seen) = look(&world, PAGES, move |request| {
            if asked.lock().unwrap().insert(page(request)) {
                answer
            } else {
                Verdict::Pass
            }
        })
        .await?;
        assert_eq!((status, told(&document)), (0, vec![]), "{answer:?}");
        // The schemas of kinds are only a help, without which nothing is filled in.
        let schemas = |it: &&Request| it.path.contains("/customresourcedefinitions/");
        for refused in seen.iter().filter(|it| !schemas(it)) {
            let again = seen.iter().filter(|it| page(it) == page(refused));
            assert!(again.count() > 1, "{answer:?}: {}", refused.path);
        }
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
    assert_eq!(told(&document).len(), 5, "{:?}", told(&document));
    assert!(
        told(&document)
            .iter()
            .all(|(_, standing, _)| standing == "missing")
    );

    what_is_not_the_object_is_not_compared(&world).await
}

/// A rule that differs, and answers in its place that are not that rule.
async fn what_is_not_the_object_is_not_compared(world: &World) -> Result<()> {
    let core = rule("core-alerts-rules");
    // In all but its name what the first cluster has.
    let mut another = world.stage.get(HOME, &core).await?;
    let mut groups = another["spec"]["groups"].clone();
    another["metadata"]["name"] = json!("another-rules");
    groups[0]["rules"][2]["for"] = json!("25m");
    let spec = json!({"spec": {"groups": groups}});
    world.stage.patch(OTHER, &core, &spec).await?;
    let (document, status, _) = look(world, "", |_| Verdict::Pass).await?;
    let of_core = |document: &Value| {
        let all = told(document).into_iter();
        let all = all.filter(|(object, ..)| object == "PrometheusRule/core-alerts-rules");
        all.map(|(_, standing, _)| standing).collect::<Vec<_>>()
    };
    assert_eq!(
        (status, of_core(&document)),
        (3, vec!["different".to_owned()])
    );

    let another: &'static str = another.to_string().leak();
    for (answer, standing) in [
        (Verdict::Answer(200, "{}"), Some("unknown garbled")),
        (Verdict::Answer(200, another), Some("unknown garbled")),
        (Verdict::Answer(200, LOGIN_PAGE), Some("unknown garbled")),
        (Verdict::Answer(404, LOGIN_PAGE), Some("unknown garbled")),
        // An object that the list has shown: it can be taken for gone, and not for equal.
        (Verdict::Answer(404, GONE), None),
    ] {
        let (document, status, seen) = look(world, "", move |request| {
            if request.path.contains("/prometheusrules/core-alerts-rules") {
                answer
            } else {
                Verdict::Pass
            }
        })
        .await?;
        let asked = |it: &Request| it.path.contains("/prometheusrules/core-alerts-rules");
        assert!(seen.iter().any(asked), "{answer:?}");
        let told = of_core(&document);
        assert_eq!(told.len(), 1, "{answer:?}: {document:#}");
        assert_ne!(status, 0, "{answer:?}");
        if let Some(standing) = standing {
            assert_eq!((status, &*told[0]), (1, standing), "{answer:?}");
        }
    }
    Ok(())
}
