//! Which metrics a Prometheus has: those that it stores, and those that its rules make.

use std::collections::BTreeSet;
use std::time::Duration;

use common::exit::Exit;
use common::fault::{Failure, chain};
use common::http::{self, Timeouts};
use common::secret::{ExposeSecret as _, SecretString};
use common::trouble::Trouble;
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::verdict;

const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(5),
    total: Duration::from_secs(30),
};

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
struct Groups {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    name: String,
}

/// Names of metrics: two requests, `/api/v1/label/__name__/values` and `/api/v1/rules?type=record`.
///
/// # Errors
/// When the URL is wrong, or an answer does not come or cannot be read.
pub async fn names(url: &SecretString) -> Result<BTreeSet<String>, Failure> {
    let client = http::client(TIMEOUTS)?;
    let wrong = || {
        let text = "a Prometheus' URL is none: it begins with http:// or https://";
        Trouble {
            exit: Exit::Config,
            ..verdict::PROMETHEUS_UNREACHABLE.because(text)
        }
    };
    let mut base = Url::parse(url.expose_secret()).map_err(|_| wrong())?;
    if !matches!(base.scheme(), "http" | "https") {
        return Err(wrong().into());
    }
    base.set_query(None);
    base.set_fragment(None);
    let values = get::<Vec<String>>(&client, &base, "label/__name__/values", None).await?;
    let rules = get::<Groups>(&client, &base, "rules", Some("type=record")).await?;
    let rules = rules.groups.into_iter().flat_map(|group| group.rules);
    Ok(values
        .into_iter()
        .chain(rules.map(|rule| rule.name))
        .collect())
}

async fn get<T: DeserializeOwned>(
    client: &reqwest::Client,
    base: &Url,
    path: &str,
    query: Option<&str>,
) -> Result<T, Trouble> {
    let mut url = base.clone();
    let root = base.path().trim_end_matches('/');
    url.set_path(&format!("{root}/api/v1/{path}"));
    url.set_query(query);
    let shown = shown(&url);
    let failed = |error: reqwest::Error| {
        let text = format!("asking {shown}: {}", chain(&error.without_url()));
        verdict::PROMETHEUS_UNREACHABLE.because(text)
    };
    let sent = client.get(url).send().await;
    let answer = sent.and_then(reqwest::Response::error_for_status);
    let answer = answer.map_err(failed)?.json::<Answer<T>>().await;
    Ok(answer.map_err(failed)?.data)
}

/// Who is asked for what: without user name, password and query.
fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}"));
    let (scheme, port) = (url.scheme(), port.unwrap_or_default());
    format!("{scheme}://{host}{port}{}", url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_with_its_port_and_without_its_login() {
        for (url, expected) in [
            ("http://127.0.0.1:9/api", "http://127.0.0.1:9/api"),
            (
                "https://user:hunter2@[::1]:9090/a?token=b#c",
                "https://[::1]:9090/a",
            ),
            (
                "https://prometheus.example.com/",
                "https://prometheus.example.com/",
            ),
        ] {
            assert_eq!(shown(&Url::parse(url).unwrap()), expected);
        }
    }
}
