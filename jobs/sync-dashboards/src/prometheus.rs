//! Which metrics a Prometheus has: those that it stores, and those that its rules make.

use std::collections::BTreeSet;
use std::time::Duration;

use common::exit::Exit;
use common::fault::{Failure, chain};
use common::http::{self, Timeouts};
use common::secret::{ExposeSecret as _, SecretString, without_user_info};
use common::trouble::Trouble;
use serde::Deserialize;
use serde::de::DeserializeOwned;

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
    let base = url.expose_secret().trim_end_matches('/');
    let values = get::<Vec<String>>(&client, base, "/api/v1/label/__name__/values").await?;
    let rules = get::<Groups>(&client, base, "/api/v1/rules?type=record").await?;
    let rules = rules.groups.into_iter().flat_map(|group| group.rules);
    Ok(values
        .into_iter()
        .chain(rules.map(|rule| rule.name))
        .collect())
}

async fn get<T: DeserializeOwned>(
    client: &reqwest::Client,
    base: &str,
    path: &str,
) -> Result<T, Trouble> {
    let failed = |error: reqwest::Error| Trouble {
        exit: if error.is_builder() {
            Exit::Config
        } else {
            Exit::Transient
        },
        code: "prometheus-unreachable",
        text: format!(
            "asking {}{path}: {}",
            without_user_info(base),
            chain(&error.without_url())
        ),
        hint: Some("check the URL: it is the one before /api/v1".to_owned()),
    };
    let sent = client.get(format!("{base}{path}")).send().await;
    let answer = sent.and_then(reqwest::Response::error_for_status);
    let answer = answer.map_err(failed)?.json::<Answer<T>>().await;
    Ok(answer.map_err(failed)?.data)
}
