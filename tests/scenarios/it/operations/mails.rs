//! What the mails of alerts tell people to type: the commands in the `action` of each rule.

use anyhow::Result;

use super::commands::{Words, commands};
use super::guide::alerts;

/// Where jobs run: alerts on them name the one or the other.
const NAMESPACES: [&str; 2] = ["monitoring", "monitoring-credentials"];

/// What an action tells about a job of a namespace: labels stand for themselves, and each branch of a condition has
/// lines of its own, as has what the mail's template takes out of a sentence.
fn filled(action: &str, namespace: &str) -> String {
    let mut text = String::new();
    let mut rest = action;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (within, after) = behind.split_once("}}").unwrap_or((behind, ""));
        text.push_str(before);
        text.push_str(match within.trim() {
            "$labels.namespace" => namespace,
            it if it.starts_with('$') => "x",
            _ => "\n",
        });
        rest = after;
    }
    text.push_str(rest);
    text.replace(": kubectl ", ":\nkubectl ")
}

/// The calls of kubectl in an action, for each namespace that its alert may be about.
fn told(action: &str) -> Vec<Words> {
    let mut found = Vec::new();
    for namespace in NAMESPACES {
        let text = filled(action, namespace);
        found.extend(commands(&format!("```sh\n{text}\n```\n")));
        found.extend(commands(&text));
    }
    found.retain(|words| words.first().is_some_and(|it| it == "kubectl"));
    found
}

/// The calls of kubectl that alerts tell people to type.
pub(super) fn mails() -> Result<Vec<Words>> {
    let alerts = alerts()?;
    let actions = alerts.iter().filter_map(|it| it.action.as_deref());
    Ok(actions.flat_map(told).collect())
}

#[test]
fn what_an_action_tells_is_found_wherever_it_stands() {
    let action = "{{ if eq $labels.a \"b\" }}Wait{{ else }}Run `kubectl get pods`{{ end }}. Its log: kubectl \
                  --context {{ $externalLabels.cluster }} --namespace {{ $labels.namespace }} logs a\n\n    \
                  until kubectl logs b; do sleep 1; done";
    let found: Vec<String> = told(action).iter().map(|it| it.join(" ")).collect();
    let of = |namespace: &str| {
        [
            format!("kubectl --context x --namespace {namespace} logs a"),
            "kubectl logs b".to_owned(),
            "kubectl get pods".to_owned(),
        ]
    };
    assert_eq!(found, NAMESPACES.map(of).concat());
}
