//! What Prometheus has loaded, what it scrapes, and what it knows.

use std::collections::{BTreeMap, BTreeSet};

use common::exposition::{self, ParseError, Timestamps};
use futures_util::future::try_join3;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Asking, PROMETHEUS, Seen};

/// The port of its Service.
const PORT: &str = "80";

/// Whether the server runs the file that it was given last.
const RELOADED: &str = "prometheus_config_last_reload_successful";

/// A running Prometheus.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Server {
    /// Whether it took the last configuration that it was told to load; absent when it does not say so.
    pub reloaded: Option<bool>,
    /// The groups of rules that it evaluates.
    pub groups: Vec<RuleGroup>,
    /// The scrape pools that it has, those without a target too.
    pub pools: BTreeSet<String>,
    /// What it scrapes.
    pub targets: Vec<Target>,
}

/// A group of rules.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RuleGroup {
    /// Its name.
    pub name: String,
    /// The file that it is from.
    pub file: String,
    /// Its rules, in order.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Of the alert, or of the series that is recorded.
    pub name: String,
    /// `ok`, `err`, or `unknown` before the first evaluation.
    #[serde(default)]
    pub health: String,
    /// What the last evaluation met with.
    pub last_error: Option<String>,
}

/// Something that is scraped.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Such as `serviceMonitor/monitoring/x/0`.
    pub scrape_pool: String,
    /// `up`, `down`, or `unknown` before the first scrape.
    pub health: String,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// What the last scrape met with.
    #[serde(default)]
    pub last_error: String,
}

impl Target {
    /// Whether the last scrape succeeded.
    pub fn is_up(&self) -> bool {
        self.health == "up"
    }
}

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

/// Reads all of it.
///
/// # Errors
/// When Prometheus does not answer, or with something else.
pub async fn read(asking: Asking<'_>) -> Seen<Server> {
    #[derive(Deserialize)]
    struct Groups {
        #[serde(default)]
        groups: Vec<RuleGroup>,
    }
    #[derive(Deserialize)]
    struct Pools {
        #[serde(rename = "scrapePools", default)]
        pools: BTreeSet<String>,
    }
    #[derive(Deserialize)]
    struct Targets {
        #[serde(rename = "activeTargets", default)]
        active: Vec<Target>,
    }
    // Alone and first: if it does not answer, it is asked once.
    let page = asking.service(PROMETHEUS, PORT, "metrics").await?;
    let reloaded = reloaded(&page).map_err(|_| asking.garbled(PROMETHEUS))?;
    // On the heap: three calls at once make a large future.
    let reading = Box::pin(try_join3(
        api(asking, "rules?exclude_alerts=true"),
        api(asking, "scrape_pools"),
        api(asking, "targets?state=active"),
    ));
    let (Groups { groups }, Pools { pools }, Targets { active }) = reading.await?;
    Ok(Server {
        reloaded,
        groups,
        pools,
        targets: active,
    })
}

/// The value of an expression that gives one number. `None` when it gives nothing.
///
/// # Errors
/// When Prometheus does not answer, or with something else.
pub async fn number(asking: Asking<'_>, expression: &str) -> Seen<Option<f64>> {
    #[derive(Deserialize)]
    struct Vector {
        result: Vec<Element>,
    }
    #[derive(Deserialize)]
    struct Element {
        value: (f64, String),
    }
    let Vector { result } = api(asking, &format!("query?query={}", encoded(expression))).await?;
    match result.as_slice() {
        [] => Ok(None),
        [
            Element {
                value: (_, value), ..
            },
            ..,
        ] => value
            .parse()
            .map(Some)
            .map_err(|_| asking.garbled(PROMETHEUS)),
    }
}

async fn api<T: DeserializeOwned>(asking: Asking<'_>, path: &str) -> Seen<T> {
    let page = asking
        .service(PROMETHEUS, PORT, &format!("api/v1/{path}"))
        .await?;
    let Answer { data } = asking.json(PROMETHEUS, &page)?;
    Ok(data)
}

/// The answer to `GET /metrics`; `None` when it does not say so.
fn reloaded(page: &str) -> Result<Option<bool>, ParseError> {
    let families = exposition::parse_with(page.as_bytes(), Timestamps::Dropped)?;
    let family = families.iter().find(|family| family.name == RELOADED);
    let sample = family.and_then(|family| family.samples.first());
    Ok(sample.map(|sample| sample.value > 0.5))
}

/// For a query string: everything but letters, digits and a few others as bytes.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            // Writing to a `String` cannot fail.
            _ => write!(out, "%{byte:02X}").unwrap_or_default(),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_the_last_reload_succeeded_is_one_sample() {
        assert_eq!(reloaded(&format!("{RELOADED} 1\n")), Ok(Some(true)));
        assert_eq!(reloaded(&format!("{RELOADED} 0\n")), Ok(Some(false)));
        assert_eq!(reloaded("up 1\n"), Ok(None));
        assert!(reloaded("<html>").is_err());
    }

    #[test]
    fn an_expression_is_no_part_of_a_path() {
        assert_eq!(
            encoded("sum(a{b=\"c/d\"}[1h])"),
            "sum%28a%7Bb%3D%22c%2Fd%22%7D%5B1h%5D%29"
        );
    }

    #[test]
    fn rules_and_targets_are_read_as_prometheus_writes_them() {
        let group: RuleGroup = serde_json::from_str(
            r#"{"name":"g","file":"/r/monitoring-x-1.yaml","interval":60,"rules":[
               {"name":"A","type":"alerting","health":"err","lastError":"bad"},
               {"name":"b:c","type":"recording","health":"ok"}]}"#,
        )
        .unwrap();
        assert_eq!(group.rules[0].last_error.as_deref(), Some("bad"));
        assert_eq!(group.rules[1].health, "ok");
        let target: Target = serde_json::from_str(
            r#"{"scrapePool":"p","health":"down","labels":{"job":"j"},"lastError":"refused"}"#,
        )
        .unwrap();
        assert!(!target.is_up());
        assert_eq!(target.labels["job"], "j");
    }
}
