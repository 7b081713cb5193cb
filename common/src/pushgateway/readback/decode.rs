//! The JSON of `GET /api/v1/metrics` → groups.
//!
//! The answer holds everything that is stored, several hundred bytes a sample. So groups and
//! families stay slices of it until their turn comes, samples are taken one by one, and equal
//! labels are held once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::GroupKey;
use super::{Detail, StoredFamily, StoredGroup};
use crate::exposition::{self, Family, Interner, Kind, Label, Sample};

/// The two families that a Pushgateway adds to every group.
const PUSH_TIME: &str = "push_time_seconds";
const PUSH_FAILURE_TIME: &str = "push_failure_time_seconds";

#[derive(Deserialize)]
struct Answer<'a> {
    /// The families of a group, and beside them `labels` and `last_push_successful`.
    #[serde(borrow)]
    data: Vec<BTreeMap<String, &'a RawValue>>,
}

#[derive(Deserialize)]
struct RawFamily<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    help: String,
    #[serde(borrow)]
    metrics: &'a RawValue,
}

#[derive(Deserialize)]
struct RawMetric<'a> {
    #[serde(borrow, default)]
    labels: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    /// A number in the spelling of the text format; histograms and summaries have none.
    #[serde(borrow)]
    value: Option<Cow<'a, str>>,
}

/// Reads a whole answer.
pub(super) fn groups(
    json: &[u8],
    detail: &dyn Fn(&GroupKey) -> Detail,
) -> Result<Vec<StoredGroup>, serde_json::Error> {
    let answer: Answer<'_> = serde_json::from_slice(json)?;
    let mut interner = Interner::default();
    let groups = answer
        .data
        .into_iter()
        .map(|fields| group(fields, detail, &mut interner));
    let mut groups = groups.collect::<Result<Vec<_>, _>>()?;
    groups.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    Ok(groups)
}

fn group(
    mut fields: BTreeMap<String, &RawValue>,
    detail: &dyn Fn(&GroupKey) -> Detail,
    interner: &mut Interner,
) -> Result<StoredGroup, serde_json::Error> {
    let mut field = |name| fields.remove(name);
    let missing = serde_json::Error::missing_field;
    let labels = field("labels").ok_or_else(|| missing("labels"))?;
    let success = field("last_push_successful").ok_or_else(|| missing("last_push_successful"))?;
    let push_time = field(PUSH_TIME);
    field(PUSH_FAILURE_TIME);

    let push_time = match push_time {
        Some(raw) => family(PUSH_TIME.to_owned(), raw, Detail::Samples, interner)?,
        None => return Err(missing(PUSH_TIME)),
    };
    let key = GroupKey::stored(serde_json::from_str(labels.get())?);
    let detail = detail(&key);
    let families = fields
        .into_iter()
        .map(|(name, raw)| family(name, raw, detail, interner));
    Ok(StoredGroup {
        key,
        last_push_successful: serde_json::from_str(success.get())?,
        push_time_seconds: push_time
            .family
            .samples
            .first()
            .map_or(0.0, |sample| sample.value),
        families: families.collect::<Result<_, _>>()?,
    })
}

fn family(
    name: String,
    raw: &RawValue,
    detail: Detail,
    interner: &mut Interner,
) -> Result<StoredFamily, serde_json::Error> {
    let raw: RawFamily<'_> = serde_json::from_str(raw.get())?;
    let (sample_count, samples) = match detail {
        // Elements without a size: the list counts them and holds nothing.
        Detail::Counts => (
            serde_json::from_str::<Vec<IgnoredAny>>(raw.metrics.get())?.len(),
            vec![],
        ),
        Detail::Samples => {
            let mut metrics = serde_json::Deserializer::from_str(raw.metrics.get());
            Samples(interner).deserialize(&mut metrics)?
        }
    };
    // A kind that this release does not know is of no use to it either.
    let kind = Kind::from_word(&raw.kind).unwrap_or(Kind::Untyped);
    Ok(StoredFamily {
        family: Family {
            name,
            kind,
            help: raw.help,
            samples,
        },
        sample_count,
    })
}

/// Reads the list of a family's metrics: their number, and the samples of those with one value.
struct Samples<'i>(&'i mut Interner);

impl<'de> DeserializeSeed<'de> for Samples<'_> {
    type Value = (usize, Vec<Sample>);

    fn deserialize<D: Deserializer<'de>>(self, list: D) -> Result<Self::Value, D::Error> {
        list.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Samples<'_> {
    type Value = (usize, Vec<Sample>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of metrics")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut count, mut samples, mut labels) = (0_usize, Vec::new(), Vec::new());
        while let Some(metric) = list.next_element::<RawMetric<'_>>()? {
            count = count.saturating_add(1);
            let Some(value) = metric.value else { continue };
            let value = exposition::number(&value)
                .ok_or_else(|| A::Error::custom(format_args!("`{value}` is not a value")))?;
            labels.clear();
            labels.extend(metric.labels.iter().map(|(name, value)| Label {
                name: self.0.text(name),
                value: self.0.text(value),
            }));
            samples.push(Sample {
                labels: self.0.labels(&labels),
                value,
            });
        }
        Ok((count, samples))
    }
}

#[cfg(test)]
mod tests {
    use super::{Detail, groups};
    use crate::exposition::{Kind, render};

    /// Two groups as release 1.5 prints them, shortened.
    const ANSWER: &str = r#"{"status":"success","data":[
      {"labels":{"job":"b","shard":"0"},"last_push_successful":false,
       "push_time_seconds":{"time_stamp":"2026-11-24T10:00:00Z","type":"GAUGE","help":"Last.",
         "metrics":[{"labels":{"instance":"","job":"b"},"value":"0"}]}},
      {"labels":{"job":"aws_es"},"last_push_successful":true,
       "aws_es_nodes":{"time_stamp":"2026-11-24T10:00:00Z","type":"GAUGE","help":"Nodes \"of\" a domain.",
         "metrics":[{"labels":{"instance":"","job":"aws_es","name":"a\\b\n"},"value":"1e+06"},
                    {"labels":{"instance":"","job":"aws_es","name":"\u00fc"},"value":"NaN"}]},
       "latency":{"type":"SUMMARY","metrics":[{"labels":{},"quantiles":{"0.5":"1"},"count":"2","sum":"3"}]},
       "push_failure_time_seconds":{"type":"GAUGE","metrics":[{"labels":{},"value":"0"}]},
       "push_time_seconds":{"type":"GAUGE","metrics":[{"labels":{},"value":"1.76398560012e+09"}]}}]}"#;

    #[test]
    fn groups_are_read_with_their_samples() {
        let groups = groups(ANSWER.as_bytes(), &|_| Detail::Samples).unwrap();
        let keys: Vec<_> = groups.iter().map(|group| group.key.to_string()).collect();
        assert_eq!(keys, ["aws_es", "b{shard=\"0\"}"]);
        let [aws, b] = &groups[..] else {
            panic!("{groups:?}")
        };
        assert!(aws.last_push_successful && !b.last_push_successful);
        assert_eq!(
            (aws.push_time_seconds, b.push_time_seconds),
            (1_763_985_600.12, 0.0)
        );
        assert_eq!(b.families, []);

        let nodes = aws.family("aws_es_nodes").unwrap();
        let mut text = Vec::new();
        render([&nodes.family], &mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#"# HELP aws_es_nodes Nodes "of" a domain.
# TYPE aws_es_nodes gauge
aws_es_nodes{instance="",job="aws_es",name="a\\b\n"} 1000000
aws_es_nodes{instance="",job="aws_es",name="ü"} NaN
"#
        );
        let latency = aws.family("latency").unwrap();
        assert_eq!(
            (latency.family.kind, latency.sample_count),
            (Kind::Summary, 1)
        );
        assert_eq!(latency.family.samples, []);
        assert_eq!(aws.family("push_time_seconds"), None);
    }

    #[test]
    fn counting_keeps_no_samples() {
        let groups = groups(ANSWER.as_bytes(), &|_| Detail::Counts).unwrap();
        let nodes = groups[0].family("aws_es_nodes").unwrap();
        assert_eq!((nodes.sample_count, nodes.family.samples.len()), (2, 0));
        assert!(groups[0].push_time_seconds > 1_763_985_600.0);
    }

    #[test]
    fn an_answer_of_another_shape_is_an_error() {
        let table = [
            ("", "EOF while parsing"),
            ("<html>", "expected value"),
            (r#"{"status":"success"}"#, "missing field `data`"),
            (
                r#"{"data":[{"labels":{"job":"a"}}]}"#,
                "missing field `last_push_successful`",
            ),
            (
                r#"{"data":[{"labels":{"job":"a"},"last_push_successful":true,"x":{},"push_time_seconds":{"type":"GAUGE","metrics":[{"value":"x"}]}}]}"#,
                "`x` is not a value",
            ),
            (ANSWER.split_at(ANSWER.len() / 2).0, "EOF while parsing"),
        ];
        for (json, problem) in table {
            let error = groups(json.as_bytes(), &|_| Detail::Samples)
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(problem), "{json}: {error}");
        }
    }
}
