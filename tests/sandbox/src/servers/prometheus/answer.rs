//! The answers of Prometheus' HTTP API, as far as they are read.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

/// One series of an instant vector: its labels (`__name__` among them) and its value.
pub type Sample = (BTreeMap<String, String>, f64);

#[derive(Deserialize)]
pub(super) struct Answer<T> {
    pub(super) data: T,
}

#[derive(Deserialize)]
pub(super) struct Vector {
    #[serde(rename = "resultType")]
    kind: String,
    result: serde_json::Value,
}

#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    value: (f64, String),
}

impl Vector {
    pub(super) fn samples(self) -> Result<Vec<Sample>> {
        if self.kind != "vector" {
            bail!("the answer is a {}, not a vector", self.kind)
        }
        let series: Vec<Series> =
            serde_json::from_value(self.result).context("reading the vector")?;
        let mut samples = series
            .into_iter()
            .map(|series| {
                let value = series.value.1;
                let number = value
                    .parse()
                    .with_context(|| format!("{value} is not a number"))?;
                Ok((series.metric, number))
            })
            .collect::<Result<Vec<Sample>>>()?;
        samples.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(samples)
    }
}

/// A loaded rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The group that holds it.
    pub group: String,
    /// The alert's or the recorded series' name.
    pub name: String,
    /// The expression as Prometheus prints it.
    pub query: String,
    /// `inactive`, `pending` or `firing`; a recording rule has none.
    pub state: Option<String>,
    /// `unknown` before the first evaluation, then `ok` or `err`.
    pub health: String,
    /// Why the last evaluation failed.
    pub last_error: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Groups {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    rules: Vec<Loaded>,
}

#[derive(Deserialize)]
struct Loaded {
    name: String,
    query: String,
    state: Option<String>,
    health: String,
    #[serde(rename = "lastError")]
    last_error: Option<String>,
}

impl Groups {
    pub(super) fn rules(self) -> Vec<Rule> {
        let of_group = |group: Group| {
            let name = group.name;
            group.rules.into_iter().map(move |rule| Rule {
                group: name.clone(),
                name: rule.name,
                query: rule.query,
                state: rule.state,
                health: rule.health,
                last_error: rule.last_error,
            })
        };
        self.groups.into_iter().flat_map(of_group).collect()
    }
}

#[derive(Deserialize)]
pub(super) struct Alerts {
    pub(super) alerts: Vec<Alert>,
}

/// An alert that is pending or firing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Alert {
    /// `alertname` among them.
    pub labels: BTreeMap<String, String>,
    /// As the rule's templates expanded.
    pub annotations: BTreeMap<String, String>,
    /// `pending` or `firing`.
    pub state: String,
}

#[cfg(test)]
mod tests {
    use super::{Answer, Groups, Vector};

    fn vector(data: &str) -> anyhow::Result<Vec<super::Sample>> {
        let text = format!(r#"{{"status":"success","data":{data}}}"#);
        serde_json::from_str::<Answer<Vector>>(&text)
            .unwrap()
            .data
            .samples()
    }

    #[test]
    fn values_that_are_no_numbers_in_json_are_read_and_series_are_sorted() {
        let samples = vector(
            r#"{"resultType":"vector","result":[
                {"metric":{"a":"2"},"value":[1.5,"+Inf"]},
                {"metric":{"a":"1"},"value":[1.5,"NaN"]},
                {"metric":{"a":"3"},"value":[1.5,"-0.25"]}]}"#,
        )
        .unwrap();
        let keys: Vec<&str> = samples
            .iter()
            .map(|(labels, _)| labels["a"].as_str())
            .collect();
        assert_eq!(keys, ["1", "2", "3"]);
        assert!(samples[0].1.is_nan());
        assert_eq!((samples[1].1, samples[2].1), (f64::INFINITY, -0.25));
    }

    #[test]
    fn an_answer_that_is_no_vector_is_an_error() {
        let error = vector(r#"{"resultType":"scalar","result":[1.5,"1"]}"#).unwrap_err();
        assert_eq!(error.to_string(), "the answer is a scalar, not a vector");
    }

    #[test]
    fn rules_know_their_group_and_recording_rules_have_no_state() {
        let text = r#"{"data":{"groups":[{"name":"g","file":"f","rules":[
            {"name":"A","query":"up == 0","state":"inactive","health":"ok","type":"alerting"},
            {"name":"r","query":"1","health":"err","lastError":"bad","type":"recording"}]}]}}"#;
        let rules = serde_json::from_str::<Answer<Groups>>(text)
            .unwrap()
            .data
            .rules();
        assert_eq!(
            (rules[0].group.as_str(), rules[0].state.as_deref()),
            ("g", Some("inactive"))
        );
        assert_eq!(
            (rules[1].state.as_deref(), rules[1].last_error.as_deref()),
            (None, Some("bad"))
        );
    }
}
