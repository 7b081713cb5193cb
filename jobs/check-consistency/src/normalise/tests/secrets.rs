use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::{holds_logins, normalise_hiding};
use super::{normal, normal_of, same};
use crate::node::Node;
use crate::secret::Hider;

const HIDDEN: &str = "hunter2";

/// Everything in which a normal form could show something.
fn shown(kind: &str, object: &Value) -> String {
    let normal = normal(kind, object);
    format!(
        "{normal:?} {:?} {}",
        normal.notes,
        super::render(&normal.root)
    )
}

fn encoded(text: &str) -> String {
    STANDARD.encode(text)
}

#[test]
fn no_secret_is_shown_wherever_it_stands() {
    let alertmanager = format!("
global: {{smtp_auth_password: {HIDDEN}, slack_api_url: 'https://x/{HIDDEN}', opsgenie_api_key: {HIDDEN}}}
route: {{receiver: a}}
receivers:
- name: a
  slack_configs: [{{api_url: 'https://x/{HIDDEN}'}}]
  pagerduty_configs: [{{routing_key: {HIDDEN}, service_key: {HIDDEN}}}]
  webhook_configs: [{{url: 'https://x/{HIDDEN}', http_config: {{authorization: {{credentials: {HIDDEN}}}}}}}]
  telegram_configs: [{{bot_token: {HIDDEN}}}]
  email_configs: [{{auth_password: {HIDDEN}, headers: {{a: 'https://u:{HIDDEN}@x'}}}}]
");
    let container = json!({
        "name": "x", "image": "x",
        "args": [format!("--smtp-password={HIDDEN}"), format!("--url=http://u:{HIDDEN}@x"), "--fine=1", "--token", HIDDEN],
        "env": [{"name": "DB_PASSWORD", "value": HIDDEN}, {"name": "API_KEY", "value": HIDDEN}],
    });
    let table = [
        (
            "Secret",
            json!({"data": {"a": encoded(HIDDEN)}, "stringData": {"b": HIDDEN}}),
        ),
        (
            "Secret",
            json!({"data": {"alertmanager.yaml": encoded(&alertmanager)}}),
        ),
        (
            "Secret",
            json!({"data": {"a.yaml": encoded(&format!("{HIDDEN}: [{HIDDEN}"))}}),
        ),
        ("Secret", json!({"data": {"a": HIDDEN}})),
        (
            "Secret",
            json!({"metadata": {"annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": format!("{{\"data\":\"{HIDDEN}\"}}"),
            }}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"alertmanager.yaml": alertmanager}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"a.yaml": format!("a: 1 # password: {HIDDEN}")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"a.yaml": format!("a: 1 # https://u:{HIDDEN}@x")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"a.yaml": format!("a: ~\nb: '{{\"password\": \"{HIDDEN}\"}}'\nc: [{{name: 'token={HIDDEN}'}}]")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"rules.yaml": format!("groups: [{{name: g, rules: [{{alert: A, annotations: {{token: {HIDDEN}}}}}]}}]")}}),
        ),
        (
            "apps/Deployment",
            json!({"spec": {"template": {"spec": {"containers": [{"name": "x", "env": [
                {"name": format!("TOKEN={HIDDEN}"), "value": "1"}, {"name": "A", "value": "2"},
            ]}]}}}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"a.yaml": format!("sources: {{'https://u:{HIDDEN}@x': {{a: b}}}}")}}),
        ),
        (
            "x.io/Y",
            json!({"spec": {"headers": {"Authorization": format!("Bearer {HIDDEN}")}}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"a.yaml": format!("grafana.ini: |\n  [smtp]\n  password = {HIDDEN}\n")}}),
        ),
        (
            "x.io/Y",
            json!({"spec": {"config": format!("user: a\npassword: {HIDDEN}\n")}}),
        ),
        ("ConfigMap", json!({"data": {"SMTP_PASSWORD": HIDDEN}})),
        (
            "ConfigMap",
            json!({"data": {"app.yaml": format!("db: {{dbPassword: {HIDDEN}, tokens: [{HIDDEN}]}}")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"app.json": format!("{{\"apiKey\": \"{HIDDEN}\"}}")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"grafana.ini": format!("[smtp]\npassword = {HIDDEN}\n")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"broken.yaml": format!("password: {HIDDEN}\nx: [")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"key.pem": format!("-----BEGIN PRIVATE KEY-----\n{HIDDEN}")}}),
        ),
        (
            "ConfigMap",
            json!({
                "metadata": {"labels": {"grafana_datasource": "1"}},
                "data": {"prometheus.yaml": format!("datasources: [{{basicAuthUser: {HIDDEN}}}]")},
            }),
        ),
        (
            "ConfigMap",
            json!({"data": {"datasources.yaml": format!("datasources: [{{user: {HIDDEN}}}]")}}),
        ),
        (
            "ConfigMap",
            json!({
                "metadata": {"labels": {"owner": "helm", "name": "r"}}, "data": {"release": HIDDEN},
            }),
        ),
        (
            "apps/Deployment",
            json!({"spec": {"template": {"spec": {"containers": [container]}}}}),
        ),
        (
            "x.io/Y",
            json!({"metadata": {"annotations": {"a/client-secret": HIDDEN}}}),
        ),
        (
            "x.io/Y",
            json!({"spec": {"remote": [{"url": format!("https://u:{HIDDEN}@x")}]}}),
        ),
        ("x.io/Y", json!({"spec": {"tokens": {"token": [HIDDEN]}}})),
        (
            "x.io/Y",
            json!({"spec": {"list": [{"name": format!("https://u:{HIDDEN}@x")}]}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"a.yaml.tmpl": format!("global: {{{{ x }}}}\n  slack_api_url: https://x/{HIDDEN}\n")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"broken.yaml": format!("x: [\n- routing_key: {HIDDEN}\n")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"twice.yaml": format!("a: 1\na: 1\ntokens:\n  one: {HIDDEN}\n")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"app.conf": format!("service_key {{}}\nservice_key = {HIDDEN}\n")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"SLACK_API_URL": format!("https://x/{HIDDEN}")}}),
        ),
        (
            "monitoring.coreos.com/Prometheus",
            json!({"spec": {"podMetadata": {"annotations": {"a/token": HIDDEN}}}}),
        ),
        (
            super::RULE,
            json!({"spec": {"groups": [{"name": "g", "rules": [{"alert": "A", "annotations": {"token": HIDDEN}}]}]}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"a.yaml": format!("
http_config:
  http_headers: {{X-Scope: {{values: [{HIDDEN}], secrets: [{HIDDEN}]}}}}
  headers: {{X-Api-Key: {HIDDEN}}}
  proxy_connect_header: {{X: [{HIDDEN}]}}
")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"a.yaml": format!("tokens: {{one: {HIDDEN}, more: [{{name: {HIDDEN}}}]}}\napiKey: {{v: {HIDDEN}}}\npassword: {{a: {{b: {HIDDEN}}}}}")}}),
        ),
        (
            "ConfigMap",
            json!({"data": {"a.json": format!("{{\"tokens\": {{\"name\": \"{HIDDEN}\", \"key\": \"k\", \"v\": 1}}}}")}}),
        ),
        (
            "apps/Deployment",
            json!({"spec": {"template": {"spec": {"containers": [{
                "name": "x",
                "args": ["-c", format!("export DB_PASSWORD={HIDDEN} && run")],
                "env": [
                    {"name": "CONFIG", "value": format!("{{\"password\":\"{HIDDEN}\"}}")},
                    {"name": "PAGERDUTY_ROUTING_KEY", "value": HIDDEN},
                ],
            }]}}}}),
        ),
        (
            "x.io/Y",
            json!({"metadata": {"annotations": {"a/config": format!("{{\"password\": \"{HIDDEN}\"}}")}}}),
        ),
        ("ConfigMap", json!({"binaryData": {"a": encoded(HIDDEN)}})),
    ];
    for (kind, object) in table {
        let shown = shown(kind, &object);
        assert!(!shown.contains(HIDDEN), "{kind} {object}: {shown}");
        assert!(!shown.contains(&encoded(HIDDEN)), "{kind} {object}");
    }
}

#[test]
fn what_only_says_where_a_secret_is_stays_visible() {
    let endpoint = json!({"basicAuth": {"password": {"name": "logins", "key": "prometheus"}}});
    let object = json!({"spec": {"endpoints": [endpoint]}});
    let shown = shown("monitoring.coreos.com/ServiceMonitor", &object);
    assert!(
        shown.contains("logins") && !shown.contains("(secret)"),
        "{shown}"
    );
}

#[test]
fn in_a_document_a_reference_to_a_secret_stays_visible_too() {
    let text = "
password: {name: logins, key: prometheus}
token: {valueFrom: {name: logins, key: more, optional: true}}
tokens: [{name: logins, key: third}]
";
    let shown = shown("ConfigMap", &json!({"data": {"a.yaml": text}}));
    for part in ["prometheus", "more", "third", "optional"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("(secret)"), "{shown}");
}

#[test]
fn what_holds_logins_in_one_cluster_is_hidden_in_all() {
    let text = format!("datasources: [{{basicAuthUser: {HIDDEN}}}]");
    let plain = json!({"data": {"prometheus.yaml": text}});
    let mut labelled = plain.clone();
    labelled["metadata"] = json!({"labels": {"grafana_datasource": "1"}});
    let kind = super::kind("ConfigMap");
    assert!(holds_logins(&kind, &labelled));
    assert!(!holds_logins(&kind, &plain));
    assert!(!holds_logins(&super::kind("x.io/ConfigMap"), &labelled));
    let hider = Hider::new().unwrap();
    let root = |object, logins| normalise_hiding(&kind, object, &(), &hider, logins).root;
    let data = |node: Node| match node {
        Node::Map(mut fields) => fields.remove("data"),
        Node::Leaf(_) | Node::List(_) | Node::Document { .. } => None,
    };
    let hidden = root(&plain, true);
    assert!(!format!("{hidden:?}").contains(HIDDEN));
    assert_eq!(data(hidden), data(root(&labelled, false)));
    assert!(format!("{:?}", root(&plain, false)).contains(HIDDEN));
}

#[test]
fn one_secret_hides_no_other_value() {
    let container =
        json!({"name": "x", "args": ["--smtp-password=hunter2", "--token", "x", "--fine=1"]});
    let object = json!({"spec": {"template": {"spec": {"containers": [container]}}}});
    assert!(shown("apps/Deployment", &object).contains("--fine=1"));
}

#[test]
fn secrets_are_compared_all_the_same() {
    let object = |text: &str| json!({"data": {"a": encoded(text)}});
    assert!(same("Secret", &object("a"), &object("a")));
    assert!(!same("Secret", &object("a"), &object("b")));
    let named = |name: &str| json!({"spec": {name: {"a": 1}}});
    let (one, other) = (named("https://u:a@x"), named("https://u:b@x"));
    assert!(same("x.io/Y", &one, &one));
    assert!(!same("x.io/Y", &one, &other));
    // A line break more is another password.
    assert!(!same("Secret", &object("a"), &object("a\n")));
    assert!(same(
        "Secret",
        &object("a"),
        &json!({"stringData": {"a": "a"}})
    ));
    assert!(same(
        "Secret",
        &object("a"),
        &json!({"data": {"a": encoded("b")}, "stringData": {"a": "a"}})
    ));
    let bytes = |bytes: &[u8]| json!({"data": {"a": STANDARD.encode(bytes)}});
    assert!(!same("Secret", &bytes(b"\xff\x00"), &bytes(b"\xff\x01")));
    let yaml = |text: &str| json!({"data": {"a.yaml": encoded(text)}});
    assert!(same("Secret", &yaml("a: b\nc: 1"), &yaml("{c: 1, a: 'b'}")));
    assert!(!same("Secret", &yaml("a: 1"), &yaml("a: '1'")));
    let alertmanager = |wait: &str, receivers: &str| {
        yaml(&format!(
            "route: {{group_wait: {wait}}}\nreceivers: [{receivers}]"
        ))
    };
    assert!(same(
        "Secret",
        &alertmanager("60s", "{name: a}, {name: b}"),
        &alertmanager("1m", "{name: b}, {name: a}")
    ));
}

#[test]
fn digests_of_two_hiders_are_never_equal() {
    let object = json!({"data": {"a": encoded("a")}});
    let root = || normal_of("Secret", &object, &Hider::new().unwrap()).root;
    assert_ne!(root(), root());
}

#[test]
fn a_document_with_a_secret_in_it_keeps_no_text() {
    let normal = normal(
        "ConfigMap",
        &json!({"data": {"a.yaml": "user: x\npassword: hunter2\n"}}),
    );
    let Node::Map(root) = &normal.root else {
        panic!()
    };
    let Some(Node::Map(data)) = root.get("data") else {
        panic!()
    };
    let Some(Node::Document { text, .. }) = data.get("a.yaml") else {
        panic!()
    };
    assert_eq!(text, "");
    insta::assert_snapshot!(super::render(&normal.root), @r"
    data:
      a.yaml: # a document
        password: (secret)
        user: x
    ");
}

/// Made by `printf 'a: 1\nb: 2\n' | gzip`, and by `gzip -1` of the same in another order, with a time.
const PACKED: [&str; 2] = [
    "H4sIAAAAAAAC/0u0UjDkSrJSMOICAMVlxXkKAAAA",
    "H4sIAADxU2UE/0uyUjDiSrRSMOQCAEjtl88KAAAA",
];

#[test]
fn what_is_compressed_is_compared_by_what_it_says() {
    let object = |data: &str| json!({"data": {"alertmanager.yaml.gz": data}});
    assert!(same("Secret", &object(PACKED[0]), &object(PACKED[1])));
    assert!(!same(
        "Secret",
        &object(PACKED[0]),
        &object(&encoded("a: 1\nb: 2\n"))
    ));
}
