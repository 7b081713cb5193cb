//! A CloudWatch metric: namespace, name and dimensions. Names are shared, so clones are cheap and
//! ten thousand metrics of one namespace hold its name once.

use std::fmt;
use std::sync::Arc;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

/// One `name=value` pair of a metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension {
    /// Dimension name as CloudWatch spells it.
    pub name: Arc<str>,
    /// Its value.
    pub value: Arc<str>,
}

/// The identity of a metric within one account and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metric {
    /// Such as `AWS/ES`.
    pub namespace: Arc<str>,
    /// Such as `CPUUtilization`.
    pub name: Arc<str>,
    /// In the order that labels are written in.
    pub dimensions: Arc<[Dimension]>,
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.namespace, self.name)?;
        for (index, dimension) in self.dimensions.iter().enumerate() {
            let separator = if index == 0 { " {" } else { ", " };
            write!(f, "{separator}{}={}", dimension.name, dimension.value)?;
        }
        if self.dimensions.is_empty() {
            Ok(())
        } else {
            f.write_str("}")
        }
    }
}

/// As an object, its dimensions as one too.
impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Metric", 3)?;
        fields.serialize_field("namespace", &*self.namespace)?;
        fields.serialize_field("name", &*self.name)?;
        fields.serialize_field("dimensions", &Pairs(&self.dimensions))?;
        fields.end()
    }
}

struct Pairs<'a>(&'a [Dimension]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|pair| (&*pair.name, &*pair.value)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Dimension, Metric};

    #[test]
    fn a_metric_reads_like_the_console_shows_it_and_has_its_parts_in_json() {
        let dimension = |name: &str, value: &str| Dimension {
            name: name.into(),
            value: value.into(),
        };
        let mut metric = Metric {
            namespace: "AWS/ES".into(),
            name: "Nodes".into(),
            dimensions: [dimension("DomainName", "prod"), dimension("ClientId", "1")].into(),
        };
        assert_eq!(
            metric.to_string(),
            "AWS/ES Nodes {DomainName=prod, ClientId=1}"
        );
        assert_eq!(
            serde_json::to_string(&metric).unwrap(),
            r#"{"namespace":"AWS/ES","name":"Nodes","dimensions":{"DomainName":"prod","ClientId":"1"}}"#
        );
        metric.dimensions = [].into();
        assert_eq!(metric.to_string(), "AWS/ES Nodes");
    }
}
