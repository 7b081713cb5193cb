//! The kinds of the Prometheus operator that the company has, and how they select.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Those that the job may read. The other five would only cost memory.
pub(super) const PLURALS: [&str; 5] = [
    "alertmanagers",
    "podmonitors",
    "prometheuses",
    "prometheusrules",
    "servicemonitors",
];

/// The labels that an operator's `selector` (`matchLabels` only) asks for are all there.
pub(super) fn selects(selector: &Value, object: &Value) -> Result<bool> {
    let wanted = selector.pointer("/matchLabels").and_then(Value::as_object);
    let wanted = wanted.context("a selector without matchLabels")?;
    let labels = object.pointer("/metadata/labels");
    Ok(wanted
        .iter()
        .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::super::content;
    use super::{PLURALS, selects};

    #[test]
    fn the_kinds_are_those_that_the_job_may_read() {
        let rights = content::rights("elsewhere").unwrap().concat();
        let (_, rule) = rights
            .split_once("apiGroups: [monitoring.coreos.com]")
            .unwrap();
        let (_, list) = rule.split_once("resources: [").unwrap();
        let (list, _) = list.split_once(']').unwrap();
        let allowed: BTreeSet<_> = list.split(", ").collect();
        assert_eq!(allowed, BTreeSet::from(PLURALS));
    }

    #[test]
    fn a_selector_wants_every_label_it_names() {
        let selector = json!({"matchLabels": {"release": "prod-monitoring"}});
        for (labels, selected) in [
            (json!({"release": "prod-monitoring", "team": "x"}), true),
            (json!({"release": "other"}), false),
            (json!({}), false),
        ] {
            let object = json!({"metadata": {"labels": labels}});
            assert_eq!(selects(&selector, &object).unwrap(), selected, "{object}");
        }
        assert!(!selects(&selector, &json!({"metadata": {}})).unwrap());
    }
}
