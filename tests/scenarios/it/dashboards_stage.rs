//! The stage of the dashboards' scenarios is what it says: rights, faults, distance.

use std::time::Duration;

use anyhow::Result;
use sandbox::dashboards::{GROUP, NAMESPACE, PATH, Stage, USER, generation};
use sandbox::kubernetes::Change;
use sandbox::tools::Tools;
use sandbox::upstream::{Fault, Options, Upstream};
use scenarios::wait;
use serde_json::json;
use tokio::time::Instant;

const COMMIT: &str = "35f69e8b0000000000000000000000000000abcd";
const RAW: &str = "application/vnd.github.raw+json";

#[tokio::test]
async fn the_job_may_sync_config_maps_in_its_namespace_and_nothing_else() -> Result<()> {
    let stage = Stage::start(&Tools::from_process()?).await?;
    for name in stage.contexts() {
        let job = stage.cluster(name)?.client_for(USER, Some(GROUP)).await?;
        let maps = format!("/api/v1/namespaces/{NAMESPACE}/configmaps");
        wait::until("the rights are known", async || {
            Ok(job.status(&maps).await? == 200)
        })
        .await?;
        let map = format!("{maps}/board");
        let object = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "board", "namespace": NAMESPACE}, "data": {"a.json": "{}"},
        });
        job.patch(&map, Change::Apply(USER), &object).await?;
        assert_eq!(job.get(&map).await?["data"]["a.json"], "{}");
        job.delete(&map).await?;
        for path in [
            format!("/api/v1/namespaces/{NAMESPACE}/secrets"),
            "/api/v1/namespaces/default/configmaps".to_owned(),
            "/api/v1/configmaps".to_owned(),
        ] {
            assert_eq!(job.status(&path).await?, 403, "{path}");
        }
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": NAMESPACE},
        });
        let reviews = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
        let rules = job.create(reviews, &review).await?["status"]["resourceRules"].clone();
        let ours: Vec<_> = rules
            .as_array()
            .unwrap()
            .iter()
            .filter(|rule| !rule["resources"][0].as_str().unwrap().starts_with("self"))
            .map(|rule| format!("{} {}", rule["resources"], rule["verbs"]))
            .collect();
        assert_eq!(
            ours,
            [r#"["configmaps"] ["get","list","create","patch","delete"]"#]
        );
    }

    let (delays, file) = stage.far_away(Duration::from_millis(40))?;
    let text = std::fs::read_to_string(file)?;
    let far = format!("https://{}", delays[0].addr());
    assert!(text.contains(&far), "{far}");
    let ca = reqwest::Certificate::from_pem(stage.clusters()[0].ca_pem().as_bytes())?;
    let client = reqwest::Client::builder().tls_certs_only([ca]).build()?;
    let begun = Instant::now();
    // No certificate, so nobody; but the way there and back is checked and taken.
    let answer = client.get(format!("{far}/version")).send().await?;
    assert_eq!(answer.status(), 401);
    let took = begun.elapsed();
    // One round trip each for TCP, TLS and the request.
    assert!(took >= Duration::from_millis(120), "{took:?}");
    assert_eq!(delays[0].connections(), 1);
    Ok(())
}

#[tokio::test]
async fn upstream_answers_as_github_does_and_breaks_as_it_is_told() -> Result<()> {
    let upstream = Upstream::start(Options::default())?;
    let text = generation(0).text();
    upstream.publish("main", COMMIT, PATH, text.as_str());
    let repository = "prometheus-operator/kube-prometheus";
    let url = format!("{}/{repository}/main/{PATH}", upstream.base_url());
    let api = format!("{}/repos/{repository}", upstream.base_url());
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let get = async |url: &str| client.get(url).send().await;

    let answer = get(&url).await?;
    let etag = answer.headers()["etag"].clone();
    assert_eq!(
        answer.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    assert_eq!(answer.text().await?, text);
    let again = client
        .get(&url)
        .header("if-none-match", etag)
        .send()
        .await?;
    assert_eq!(again.status(), 304);
    assert_eq!(get(&url.replace("main", "master")).await?.status(), 404);
    let raw = format!("{api}/contents/{PATH}?ref={COMMIT}");
    let answer = client.get(&raw).header("accept", RAW).send().await?;
    assert_eq!(answer.headers()["x-ratelimit-remaining"], "59");
    assert_eq!(answer.text().await?, text);
    let commit = format!("{api}/commits/main");
    let sha = client
        .get(&commit)
        .header("accept", "application/vnd.github.sha");
    assert_eq!(sha.send().await?.text().await?, COMMIT);

    upstream.clear_requests();
    for fault in [Fault::Truncated, Fault::Refuse] {
        upstream.queue(fault.clone());
        let broken = async { get(&url).await?.bytes().await };
        assert!(broken.await.is_err(), "{fault:?}");
    }
    upstream.queue(Fault::CutClean(text.len() / 2));
    let cut = get(&url).await?.text().await?;
    assert!(
        text.starts_with(&cut) && cut.ends_with("namespace: monitoring\n"),
        "{cut}"
    );
    upstream.queue(Fault::Empty);
    assert_eq!(get(&url).await?.text().await?, "");
    upstream.queue(Fault::Html);
    assert_eq!(
        get(&url).await?.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    upstream.queue(Fault::Redirect("http://127.0.0.2/".to_owned()));
    assert_eq!(get(&url).await?.headers()["location"], "http://127.0.0.2/");
    upstream.queue(Fault::Bomb);
    assert_eq!(get(&url).await?.headers()["content-encoding"], "gzip");
    let retry_after = Duration::from_secs(7);
    upstream.queue(Fault::RateLimited { retry_after });
    assert_eq!(get(&url).await?.headers()["retry-after"], "7");
    upstream.queue(Fault::Slow(Duration::from_millis(200)));
    let begun = Instant::now();
    assert_eq!(get(&url).await?.status(), 200);
    assert!(begun.elapsed() >= Duration::from_millis(200));
    upstream.stand(Fault::Status(
        503,
        vec![("x-why".to_owned(), "ill".to_owned())],
    ));
    assert_eq!(get(&url).await?.headers()["x-why"], "ill");
    upstream.clear_faults();
    assert_eq!(get(&url).await?.status(), 200);
    let statuses: Vec<u16> = upstream.requests().iter().map(|seen| seen.status).collect();
    // A client may ask again by itself when a connection ends without an answer.
    let statuses: Vec<u16> = statuses.into_iter().filter(|status| *status != 0).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 302, 200, 429, 200, 503, 200]);
    Ok(())
}
