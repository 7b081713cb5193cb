//! The value of the label `rule` of our own metrics: stable when rules move within the file.

use std::collections::BTreeMap;

use crate::config::{Config, Rule, RuleNumber};

/// One label value for each rule of the file, unique within it.
pub fn rule_labels(config: &Config) -> BTreeMap<RuleNumber, String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    config
        .rules
        .iter()
        .map(|rule| {
            let label = label(rule);
            let count = seen.entry(label.clone()).or_default();
            *count += 1;
            let label = if *count == 1 {
                label
            } else {
                format!("{label} #{count}")
            };
            (rule.number, label)
        })
        .collect()
}

fn label(rule: &Rule) -> String {
    let metric = format!("{} {}", rule.namespace, rule.metric_name);
    match rule.dimensions.as_deref() {
        None | Some([]) => metric,
        Some(dimensions) => format!("{metric} by {}", dimensions.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rules_for_one_metric_are_told_apart() {
        let text = "
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes}
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName, ClientId]}
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, period_seconds: 300}
";
        let (config, _) = Config::parse("f.yml", text, crate::config::UnknownKeys::Reject).unwrap();
        let labels: Vec<_> = rule_labels(&config).into_values().collect();
        assert_eq!(
            labels,
            [
                "AWS/ES Nodes",
                "AWS/ES Nodes by DomainName,ClientId",
                "AWS/ES Nodes #2"
            ]
        );
    }
}
