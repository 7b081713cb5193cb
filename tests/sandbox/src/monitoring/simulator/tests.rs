use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tokio::time::Instant;

use super::{ApiSimulator, Fleet};

const RULES: &str = "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheusrules";

#[test]
fn objects_are_as_large_as_real_ones_and_two_fleets_differ_in_one() {
    let (one, other) = (Fleet::new(100, false), Fleet::new(100, true));
    let bytes: usize = one.page(0..100).iter().map(String::len).sum();
    assert!((2_400..2_800).contains(&(bytes / 100)), "{}", bytes / 100);
    let pairs = one.page(0..100).iter().zip(other.page(0..100));
    let different: Vec<_> = pairs.enumerate().filter(|(_, (a, b))| a != b).collect();
    assert_eq!(different.len(), 1);
    assert_eq!(different[0].0, 50);
}

#[tokio::test]
async fn pages_hold_everything_once_and_answers_come_late_and_are_counted() -> Result<()> {
    let latency = Duration::from_millis(20);
    let fleet = Arc::new(Fleet::new(250, false));
    let simulator = ApiSimulator::start("east", fleet, latency)?;
    let client = common::http::client(common::http::Timeouts {
        connect: Duration::from_secs(5),
        total: Duration::from_secs(10),
    })?;
    let get = async |path: &str| -> Result<Value> {
        let answer = client
            .get(format!("{}{path}", simulator.url()))
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    };
    let begun = Instant::now();
    let mut names = Vec::new();
    let mut token = String::new();
    loop {
        let page = get(&format!("{RULES}?limit=100{token}")).await?;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 100);
        names.extend(items.iter().map(|it| it["metadata"]["name"].to_string()));
        let Some(next) = page["metadata"]["continue"].as_str() else {
            break;
        };
        token = format!("&continue={next}");
    }
    assert!(begun.elapsed() >= latency * 3);
    assert_eq!(names.len(), 250);
    assert!(names.is_sorted());
    assert_eq!(simulator.take_requests(), 3);
    let one = get(&format!("{RULES}/rules-00007")).await?;
    assert_eq!(one["metadata"]["name"], "rules-00007");
    assert!(get(&format!("{RULES}/rules-7")).await.is_err());
    let uid = get("/api/v1/namespaces/kube-system").await?["metadata"]["uid"].clone();
    assert_eq!(uid, "east");
    assert_eq!(simulator.take_requests(), 3);

    // A client that takes compressed answers gets the large ones so.
    let request = client.get(format!("{}{RULES}", simulator.url()));
    let answer = request.header("accept-encoding", "gzip").send().await?;
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let mut text = String::new();
    let bytes = answer.bytes().await?;
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text)?;
    let page: Value = serde_json::from_str(&text)?;
    assert_eq!(page["items"].as_array().unwrap().len(), 250);
    Ok(())
}
