//! What receivers need to be told, each kind by itself or all in `global`.

use std::collections::BTreeSet;

use super::{Checker, given, is_given, is_null, item, items, named, present, scalar};
use crate::alertmanager::tree;
use crate::yaml::Node;

impl Checker {
    /// Looks at all receivers and returns their names.
    pub(super) fn receivers<'n>(&mut self, root: &'n Node, global: Option<&Node>) -> Vec<&'n Node> {
        let mut names = Vec::new();
        for (index, receiver) in items(root, "receivers").iter().enumerate() {
            let path = item("receivers", index);
            if tree::entries(receiver).is_none() {
                continue;
            }
            self.name(receiver, &path, &mut names, "receiver");
            for (path, email) in self.configs(receiver, &path, "email_configs") {
                self.email(email, &path, global);
            }
            for (path, slack) in self.configs(receiver, &path, "slack_configs") {
                self.slack(slack, &path, global);
            }
            for (path, pagerduty) in self.configs(receiver, &path, "pagerduty_configs") {
                self.pagerduty(pagerduty, &path);
            }
            for (path, webhook) in self.configs(receiver, &path, "webhook_configs") {
                self.webhook(webhook, &path);
            }
        }
        names
    }

    /// Adds the name of something that must have one of its own.
    pub(super) fn name<'n>(
        &mut self,
        named: &'n Node,
        path: &str,
        names: &mut Vec<&'n Node>,
        what: &str,
    ) {
        let Some(name) = given(named, "name") else {
            self.absent(named, path, "name");
            return;
        };
        if names.iter().any(|it| scalar(it) == scalar(name)) {
            let message = format!("there is another {what} of the name {}", self.shown(name));
            self.error(name.position, message, "give it another name");
        }
        names.push(name);
    }

    fn configs<'n>(
        &mut self,
        receiver: &'n Node,
        path: &str,
        kind: &str,
    ) -> Vec<(String, &'n Node)> {
        let mut found = Vec::new();
        for (index, config) in items(receiver, kind).iter().enumerate() {
            let path = item(&format!("{path}.{kind}"), index);
            if is_null(config) {
                let message = format!("{} is empty", named(&path));
                self.error(config.position, message, "write its keys, or remove it");
            } else if tree::entries(config).is_some() {
                found.push((path, config));
            }
        }
        found
    }

    fn email(&mut self, email: &Node, path: &str, global: Option<&Node>) {
        self.required(email, path, "to");
        for (own, common) in [("smarthost", "smtp_smarthost"), ("from", "smtp_from")] {
            self.own_or_global(email, path, &[own], global, &[common]);
        }
        let headers = present(email, "headers").and_then(tree::entries);
        let mut seen = BTreeSet::new();
        for entry in headers.into_iter().flatten() {
            let name = &entry.key.text;
            // Names with other signs are told apart as they are written.
            let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            if is_plain && !seen.insert(name.to_ascii_lowercase()) {
                let message = format!("{} has the header `{name}` twice", named(path));
                let hint = "remove one of the two: capitals make no difference";
                self.error(entry.key.position, message, hint);
            }
        }
    }

    fn slack(&mut self, slack: &Node, path: &str, global: Option<&Node>) {
        self.not_both(Some(slack), path, "api_url", "api_url_file");
        let own = ["api_url", "api_url_file"];
        let common = ["slack_api_url", "slack_api_url_file"];
        self.own_or_global(slack, path, &own, global, &common);
        for (index, field) in items(slack, "fields").iter().enumerate() {
            let path = item(&format!("{path}.fields"), index);
            for key in ["title", "value"] {
                self.required_in_mapping(field, &path, key);
            }
        }
        for (index, action) in items(slack, "actions").iter().enumerate() {
            let path = item(&format!("{path}.actions"), index);
            for key in ["type", "text"] {
                self.required_in_mapping(action, &path, key);
            }
            if tree::entries(action).is_some() {
                self.one_of(action, &path, &["name", "url"]);
            }
            if let Some(confirm) = present(action, "confirm") {
                self.required_in_mapping(confirm, &format!("{path}.confirm"), "text");
            }
        }
    }

    fn pagerduty(&mut self, pagerduty: &Node, path: &str) {
        const KEYS: [&str; 4] = [
            "routing_key",
            "routing_key_file",
            "service_key",
            "service_key_file",
        ];
        self.one_of(pagerduty, path, &KEYS);
        self.not_both(Some(pagerduty), path, "routing_key", "routing_key_file");
        self.not_both(Some(pagerduty), path, "service_key", "service_key_file");
    }

    fn webhook(&mut self, webhook: &Node, path: &str) {
        self.one_of(webhook, path, &["url", "url_file"]);
        self.not_both(Some(webhook), path, "url", "url_file");
    }

    fn required_in_mapping(&mut self, node: &Node, path: &str, key: &str) {
        if tree::entries(node).is_some() {
            self.required(node, path, key);
        }
    }

    fn one_of(&mut self, node: &Node, path: &str, keys: &[&str]) {
        if !keys.iter().any(|key| is_given(node, key)) {
            let keys = ticked(keys);
            let message = format!("{} has none of {keys}", named(path));
            self.error(node.position, message, "add one of them");
        }
    }

    fn own_or_global(
        &mut self,
        node: &Node,
        path: &str,
        own: &[&str],
        global: Option<&Node>,
        common: &[&str],
    ) {
        let has = |node: &Node, keys: &[&str]| keys.iter().any(|key| is_given(node, key));
        if !has(node, own) && !global.is_some_and(|global| has(global, common)) {
            let (own, common) = (ticked(own), ticked(common));
            let message = format!("{} has no {own}, and `global` no {common}", named(path));
            self.error(node.position, message, "add one of them");
        }
    }
}

fn ticked(keys: &[&str]) -> String {
    let ticked: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    ticked.join(", ")
}
