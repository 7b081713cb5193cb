//! A real Prometheus, and the Prometheus operator as far as its rules and monitors go.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{NAMESPACE, collection, kinds, object, scraping};
use crate::kubernetes::{AlertmanagerSet, Cluster, Guise, Posed};
use crate::tools::Tool;

/// The name of the Prometheus resource and of its Service.
const NAME: &str = "prod-monitoring-prometheus-prometheus";
const POD: &str = "prometheus-prod-monitoring-prometheus-prometheus-0";
const API: &str = "apis/monitoring.coreos.com/v1";

/// A running Prometheus behind its Service. Dropping it ends the process.
#[derive(Debug)]
pub struct Prometheus {
    posed: Posed,
    alertmanagers: Vec<String>,
}

impl Prometheus {
    /// Starts it with the rules and labels that its objects declare, and puts it behind its Service.
    pub(super) async fn start(
        cluster: &Cluster,
        receivers: Option<&AlertmanagerSet>,
    ) -> Result<Self> {
        let starting = Self::start_with(cluster, receivers);
        let started = starting.await;
        started.with_context(|| format!("starting a Prometheus in the cluster {}", cluster.name()))
    }

    async fn start_with(cluster: &Cluster, receivers: Option<&AlertmanagerSet>) -> Result<Self> {
        let guise = Guise {
            namespace: NAMESPACE,
            pod: POD,
            service: NAME,
            port_name: "http-web",
            port: 9090,
            labels: json!({
                "app.kubernetes.io/name": "prometheus",
                "operator.prometheus.io/name": NAME,
                "prometheus": NAME,
            }),
            container: "prometheus",
            image: "quay.io/prometheus/prometheus:v3.5.0",
            image_id: "quay.io/prometheus/prometheus@sha256:\
                       1111111111111111111111111111111111111111111111111111111111111111",
        };
        let mut alertmanagers = Vec::new();
        if let Some(set) = receivers {
            for replica in 0..set.replicas() {
                alertmanagers.push(set.address(replica)?.to_string());
            }
        }
        let prometheus = Self {
            posed: Posed::prepare(cluster, guise)?,
            alertmanagers,
        };
        fs::create_dir(prometheus.rules_directory()).context("creating a directory for rules")?;
        prometheus.write_files().await?;
        let posed = &prometheus.posed;
        let data = posed.directory().join("data");
        let arguments = vec![
            format!("--config.file={}", prometheus.config_file().display()),
            format!("--storage.tsdb.path={}", data.display()),
            format!("--web.listen-address={}", posed.listens()),
            "--web.external-url=http://prometheus.sandbox.invalid/".to_owned(),
            "--web.route-prefix=/".to_owned(),
            "--web.enable-lifecycle".to_owned(),
            // An alert that fires before the Alertmanagers are known would reach them a minute late.
            "--rules.alert.resend-delay=1s".to_owned(),
        ];
        posed.run(Tool::Prometheus, arguments).await?;
        posed.announce().await?;
        Ok(prometheus)
    }

    /// Plays the operator once: writes a file for each `PrometheusRule` that the Prometheus resource
    /// selects, called `<namespace>-<name>-<uid>.yaml`, and the configuration with the declared external
    /// labels and a scrape pool for each endpoint of the monitors that it selects, and has Prometheus load
    /// them. Until then it runs what it had.
    ///
    /// # Errors
    /// When the objects cannot be read, or Prometheus refuses them and goes on with what it had.
    pub async fn sync(&self) -> Result<()> {
        self.write_files().await?;
        self.posed.post("/-/reload").await?;
        Ok(())
    }

    /// The names of the alerts that are loaded, in order.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn alerts(&self) -> Result<Vec<String>> {
        let text = self.posed.fetch("/api/v1/rules?type=alert").await?;
        let answer: Value = serde_json::from_str(&text).context("reading the rules")?;
        let groups = answer.pointer("/data/groups").and_then(Value::as_array);
        let rules = groups.context("an answer without groups")?.iter();
        let rules = rules.filter_map(|group| group.get("rules")?.as_array());
        let names = rules
            .flatten()
            .filter_map(|rule| rule.get("name")?.as_str());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    /// Whatever it answers to `GET path`, past the API server.
    ///
    /// # Errors
    /// When it does not answer with success.
    pub async fn fetch(&self, path: &str) -> Result<String> {
        self.posed.fetch(path).await
    }

    /// Where it is for processes outside, past the API server.
    pub fn url(&self) -> &str {
        self.posed.url()
    }

    /// The path at which the API server passes requests on to it, without a trailing slash.
    pub fn proxy_path(&self) -> String {
        self.posed.proxy_path(80)
    }

    /// Ends the process; its Service leads nowhere then.
    ///
    /// # Errors
    /// When the cell has ended.
    pub fn stop(&self) -> Result<()> {
        self.posed.end()
    }

    fn rules_directory(&self) -> PathBuf {
        self.posed.directory().join("rules")
    }

    fn config_file(&self) -> PathBuf {
        self.posed.directory().join("prometheus.yml")
    }

    async fn write_files(&self) -> Result<()> {
        let admin = self.posed.cluster().client().await?;
        let resource = admin.get(&object(API, "prometheuses", NAME)).await?;
        let rules = admin.get(&collection(API, "prometheusrules")).await?;
        let directory = self.rules_directory();
        for old in fs::read_dir(&directory).context("reading the directory of rules")? {
            fs::remove_file(old.context("reading the directory of rules")?.path())
                .context("removing an old file of rules")?;
        }
        for (name, text) in rule_files(&resource, &rules)? {
            fs::write(directory.join(&name), text).with_context(|| format!("writing {name}"))?;
        }
        let pattern = directory.join("*.yaml").to_string_lossy().into_owned();
        let mut configuration = configuration(&resource, &pattern, &self.alertmanagers);
        let scraped = scraping::configurations(&admin, &resource, NAMESPACE).await?;
        if let Some(configuration) = configuration.as_object_mut() {
            configuration.insert("scrape_configs".to_owned(), scraped.into());
        }
        fs::write(self.config_file(), configuration.to_string())
            .context("writing the configuration of Prometheus")
    }
}

/// The files that the operator makes of a list of `PrometheusRule`s, by name.
fn rule_files(resource: &Value, rules: &Value) -> Result<BTreeMap<String, String>> {
    let selector = resource.pointer("/spec/ruleSelector");
    let selector = selector.context("the Prometheus selects no rules")?;
    let items = rules.get("items").and_then(Value::as_array);
    let mut files = BTreeMap::new();
    for item in items.context("a list without items")? {
        if !kinds::selects(selector, item)? {
            continue;
        }
        let field = |name: &str| {
            let field = item.pointer(&format!("/metadata/{name}"));
            let field = field.and_then(Value::as_str);
            field.with_context(|| format!("a PrometheusRule without {name}"))
        };
        let name = format!(
            "{}-{}-{}.yaml",
            field("namespace")?,
            field("name")?,
            field("uid")?
        );
        // JSON is YAML.
        let spec = item.get("spec").context("a PrometheusRule without spec")?;
        files.insert(name, spec.to_string());
    }
    Ok(files)
}

/// What the operator makes of a Prometheus resource, as far as rules and labels go.
fn configuration(resource: &Value, rules: &str, alertmanagers: &[String]) -> Value {
    let declared = resource.pointer("/spec/externalLabels");
    let mut labels = declared.cloned().unwrap_or_else(|| json!({}));
    if let Some(labels) = labels.as_object_mut() {
        // The operator's own, by which replicas are told apart.
        labels.insert(
            "prometheus".to_owned(),
            format!("{NAMESPACE}/{NAME}").into(),
        );
        labels.insert("prometheus_replica".to_owned(), POD.into());
    }
    json!({
        "global": {"evaluation_interval": "250ms", "external_labels": labels},
        "rule_files": [rules],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": alertmanagers}]}]},
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{configuration, rule_files};

    #[test]
    fn only_selected_rules_become_files_and_their_names_hold_the_uid() {
        let resource = json!({"spec": {"ruleSelector": {"matchLabels": {"release": "x"}}}});
        let rule = |name: &str, release: &str| {
            json!({
                "metadata": {
                    "namespace": "monitoring", "name": name, "uid": "7f-1",
                    "labels": {"release": release},
                },
                "spec": {"groups": [{"name": name}]},
            })
        };
        let rules = json!({"items": [rule("core", "x"), rule("stray", "y")]});
        let files: Vec<_> = rule_files(&resource, &rules).unwrap().into_iter().collect();
        assert_eq!(
            files,
            [(
                "monitoring-core-7f-1.yaml".to_owned(),
                r#"{"groups":[{"name":"core"}]}"#.to_owned()
            )]
        );
    }

    #[test]
    fn the_declared_labels_are_joined_by_those_of_the_operator() {
        let resource = json!({"spec": {"externalLabels": {"cluster": "prod-e1-1"}}});
        let made = configuration(&resource, "/r/*.yaml", &["10.77.1.1:9093".to_owned()]);
        assert_eq!(
            made["global"]["external_labels"],
            json!({
                "cluster": "prod-e1-1",
                "prometheus": "monitoring/prod-monitoring-prometheus-prometheus",
                "prometheus_replica": "prometheus-prod-monitoring-prometheus-prometheus-0",
            })
        );
        assert_eq!(made["rule_files"], json!(["/r/*.yaml"]));
        assert_eq!(
            made["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"],
            json!(["10.77.1.1:9093"])
        );
    }
}
