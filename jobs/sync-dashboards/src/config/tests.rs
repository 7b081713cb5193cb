use common::fault::Fault as _;

use super::Config;
use crate::target::clusters::OnEdit;
use crate::upstream::Origin;

const SHA: &str = "56e92938f62fa295002d95648def049b1706da2f7d7c0376382f362a343a4813";

fn minimal(more: &str) -> String {
    format!(
        "source: {{ref: main, sha256: {SHA}}}\nclusters: [{{name: prod-e1-1, in_cluster: true}}]\n{more}"
    )
}

#[test]
fn what_is_not_said_is_as_the_company_has_it() {
    let config = Config::parse("f.yaml", &minimal("")).unwrap();
    assert_eq!(
        config.source.place.repository,
        "prometheus-operator/kube-prometheus"
    );
    assert_eq!(config.source.from.len(), 2);
    assert_eq!(config.style.prefix, "monitoring-dashboard-");
    assert_eq!(config.style.on_edit, OnEdit::Refuse);
    assert_eq!(config.clusters[0].namespace, "monitoring");
    let covers = |name: &str| {
        config
            .excludes
            .covers(&crate::key::Key::parse(name).unwrap())
    };
    assert!(covers("etcd.json") && covers("scheduler.json") && !covers("proxy.json"));
}

#[test]
fn everything_can_be_said() {
    let text = format!(
        r#"
source:
  repository: acme/mirror
  path: a/b.yaml
  ref: v0.18.0
  sha256: {SHA}
  track: main
  from:
    - github
    - github: {{raw: "http://127.0.0.1:1", api: "http://127.0.0.1:1"}}
    - mirror: https://mirror.example/{{repository}}/{{ref}}/{{path}}
    - file: ./dashboards.yaml
    - directory: ./vendor
    - git: ./kube-prometheus
  cache: /var/cache/dashboards
exclude: [nodes-*]
transforms:
  fill_uid: true
  datasource: {{default: prod-cluster, regex: /prod.*/}}
  overview_all_value: true
  overview_job: prod-monitoring
checks: {{max_schema_version: 41}}
files: {{directory: grafana/dashboards, chart: grafana/Chart.yaml, bump: minor, final_newline: true}}
config_maps:
  instance: upstream
  folder: {{name: Kubernetes}}
  annotations: {{argocd.argoproj.io/compare-options: IgnoreExtraneous}}
  on_edit: restore
  grace_pins: 0
clusters:
  - {{name: prod-e1-1, context: prod}}
  - {{name: remoting-prod-e1-1, context: remoting, namespace: grafana}}
"#
    );
    let config = Config::parse("f.yaml", &text).unwrap();
    assert_eq!(config.source.from.len(), 8);
    assert!(matches!(config.source.from[7], Origin::Git { .. }));
    assert_eq!(
        config.style.folder,
        Some(("grafana_folder".into(), "Kubernetes".into()))
    );
    assert_eq!(config.clusters[1].namespace, "grafana");
    assert!(config.transforms.fill_uid);
}

#[test]
fn each_mistake_is_told_with_its_place() {
    for (more, said) in [
        (
            "exclude: [Etcd.json]\n",
            "f.yaml:3:10: error: `exclude` is not usable",
        ),
        ("transforms: {uid: true}\n", "unknown key `uid`"),
        (
            "config_maps: {prefix: A}\n",
            "f.yaml:3:23: error: `config_maps.prefix` cannot begin the name of an object",
        ),
        (
            "config_maps: {folder: {name: /etc}}\n",
            "`config_maps.folder.name` must be a folder's name",
        ),
        (
            "config_maps: {on_edit: ignore}\n",
            "`config_maps.on_edit` must be refuse or restore",
        ),
        (
            "config_maps: {sidecar_value: \"\"}\n",
            "is not the value of a label",
        ),
        (
            "config_maps: {annotations: {monitoring-jobs.toolchain.private/commit: x}}\n",
            "is not the name of an annotation",
        ),
        (
            "checks: {max_schema_version: yes}\n",
            "must be a whole number",
        ),
        (
            "files: {directory: d, lock: a/b}\n",
            "must be a file name that ends with `.json`",
        ),
    ] {
        let error = Config::parse("f.yaml", &minimal(more)).unwrap_err();
        assert!(error.to_string().contains(said), "{more}{error}");
        assert_eq!(error.exit(), common::exit::Exit::Config);
    }
    for (text, said) in [
        ("", "the file is empty"),
        (
            "source: {}\nfiles: {directory: d}\n",
            "`source` must have the key `ref`",
        ),
        (
            &format!("source: {{ref: main, sha256: {SHA}}}\n"),
            "names no target",
        ),
        (
            "source: {ref: -x, sha256: 00}\nfiles: {directory: d}\n",
            "is not a commit, a tag or a branch",
        ),
        (
            "source: {ref: x, sha256: ab, from: [gitlab]}\nfiles: {directory: d}\n",
            "must be github",
        ),
        (
            "source: {ref: x, sha256: ab, from: [{mirror: \"http://u:p@mirror/x\"}]}\nfiles: {directory: d}\n",
            "must begin with https://",
        ),
        (
            "source: {ref: x, sha256: ab, from: [{mirror: \"file:///x\"}]}\nfiles: {directory: d}\n",
            "write `file: /x`",
        ),
        (
            &format!(
                "source: {{ref: x, sha256: {SHA}}}\nclusters: [{{name: a, in_cluster: true}}, {{name: a, context: x}}]\n"
            ),
            "has the name of cluster 1",
        ),
        (
            &format!(
                "source: {{ref: x, sha256: {SHA}}}\nclusters: [{{name: a, context: x}}, {{name: b, context: x}}]\n"
            ),
            "is reached as cluster 1 is",
        ),
    ] {
        let error = Config::parse("f.yaml", text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}\n{error}");
        assert!(!error.contains("u:p"), "{error}");
    }
}
