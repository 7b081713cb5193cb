//! What differs, and what a running cluster does not do as it is declared.

use super::{MONITORING, age, field, finding, rule, shown};
use crate::difference::{Class, Side};
use crate::finding::Presence::{Absent, Here, NotAsked, Terminating};
use crate::finding::{Finding, Standing};

pub(super) fn drift() -> Vec<Finding> {
    let both = [Here, Here];
    let mut core = rule("core-alerts-rules", Standing::Different, &both);
    core.age = Some(age("2026-11-26T01:30:00Z", 76));
    let mut wait = field(
        "/spec/groups/name=.~1core-dns/rules/alert=CoreDNSDown/for",
        Class::Value,
        vec![shown("20m"), shown("10m")],
    );
    wait.note =
        Some("last written by helm in remoting-prod-e1-1 at 2026-11-26T01:12:09Z".to_owned());
    wait.fingerprint = Some("9f2c01aa77b01e55".to_owned());
    wait.age = core.age;
    let expr = |phase: &str| {
        format!(
            "sum by (cluster, namespace, pod) (\n  kube_pod_status_phase{{phase=~\"{phase}\"}}\n) \
             * on (namespace, pod) group_left (owner_kind) topk by (namespace, pod) (1, max by \
             (namespace, pod, owner_kind) (kube_pod_owner{{owner_kind!=\"Job\"}})) > 0"
        )
    };
    let mut expression = field(
        "/spec/groups/name=.~1core-dns/rules/alert=CoreDNSErrorsHigh/expr",
        Class::Value,
        vec![shown(&expr("Pending|Unknown")), shown(&expr("Pending"))],
    );
    expression.fingerprint = Some("03d4e5f6a7b8c9d0".to_owned());
    expression.age = Some(age("2026-11-29T05:49:00Z", 1));
    let mut label = field(
        "/metadata/labels/team",
        Class::Presence,
        vec![shown("platform"), Side::Absent],
    );
    label.fingerprint = Some("5b1d00c2aa90417e".to_owned());
    let mut chart = field(
        "/metadata/labels/app.kubernetes.io~1instance",
        Class::Value,
        vec![shown("prod-e1-1"), shown("remoting-prod-e1-1")],
    );
    chart.rule = Some("template[0]".to_owned());
    core.fields = vec![wait, expression, label, chart];

    let mut route = finding(
        "alertmanager",
        "",
        "Secret monitoring/alertmanager-config",
        Standing::Different,
        &both,
    );
    route.age = Some(age("2026-11-29T02:46:00Z", 4));
    route.fields = vec![
        field(
            "/data/alertmanager.yaml/#/global/smtp_auth_password",
            Class::Value,
            vec![Side::Hidden { group: 0 }, Side::Hidden { group: 1 }],
        ),
        field(
            "/data/alertmanager.yaml/#/route/routes/0/matchers",
            Class::Order,
            vec![
                shown(r#"["severity=critical","team=infra"]"#),
                shown(r#"["team=infra","severity=critical"]"#),
            ],
        ),
    ];
    route.hint =
        Some("both clusters must send mail as the same user: see `explain drift`".to_owned());

    let mut young = rule("new-rules", Standing::Settling, &[Here, Absent]);
    young.age = Some(age("2026-11-29T05:47:00Z", 1));
    let mut missing = rule(
        "external-dns-alerts-rules",
        Standing::Missing,
        &[Here, Absent],
    );
    missing.age = Some(age("2026-11-28T05:51:29Z", 24));
    let mut unexpected = rule("toolchain-alert-rules", Standing::Unexpected, &both);
    unexpected.text = Some("declared for prod-e1-1 only, and in remoting-prod-e1-1 too".to_owned());
    unexpected.rule = Some("only_in[0]".to_owned());
    let mut same = finding(
        "prometheus",
        MONITORING,
        "Prometheus monitoring/prod-monitoring-prometheus-prometheus",
        Standing::NotDistinct,
        &both,
    );
    same.text = Some("/spec/externalLabels/cluster is `prod-e1-1` in both clusters".to_owned());
    same.rule = Some("distinct[0]".to_owned());
    let mut stale = finding(
        "live/cron-jobs",
        "batch",
        "CronJob monitoring/export-cloudwatch",
        Standing::Stale,
        &[Here, NotAsked],
    );
    stale.text =
        Some("last success 2026-11-29T01:00:04Z, due at 05:00 and 10m of grace".to_owned());
    stale.hint = Some("look at its last Job: kubectl -n monitoring get jobs".to_owned());
    let mut not_loaded = finding(
        "live/rules",
        MONITORING,
        "PrometheusRule monitoring/remoting-alert-rules",
        Standing::NotLoaded,
        &[Absent, Here],
    );
    not_loaded.text = Some("no group of it is among the 41 that Prometheus has loaded".to_owned());
    let mut failing = finding(
        "live/rules",
        MONITORING,
        "PrometheusRule monitoring/aws-alert-rules",
        Standing::Failing,
        &[Here, NotAsked],
    );
    failing.text = Some(
        "rule AwsNatErrors is evaluated with an error: vector cannot contain metrics with the same \
         labelset"
            .to_owned(),
    );
    vec![
        core,
        route,
        young,
        missing,
        unexpected,
        rule("old-rules", Standing::Terminating, &[Terminating, Absent]),
        same,
        stale,
        not_loaded,
        failing,
        hostile(),
        large(),
    ]
}

/// Names and values that want to be obeyed.
fn hostile() -> Finding {
    let name = "ConfigMap monitoring/</td><script>alert(1)</script>\u{1b}[2J\u{202e}evil|`x`";
    let mut hostile = finding("dashboards", "", name, Standing::Different, &[Here, Here]);
    hostile.text =
        Some("<img src=x onerror=alert(2)>\u{9b}31m [link](javascript:alert(3))".to_owned());
    hostile.fields = vec![
        field(
            "/data/a|b<i>\u{200b}",
            Class::Value,
            vec![
                shown("</code></details><script>alert(4)</script>"),
                shown("x\n## heading\n| a | b |\n@everyone ``` \u{7}"),
            ],
        ),
        field(
            "/data/empty",
            Class::Type,
            vec![shown(""), shown("(absent)")],
        ),
        field(
            "/data/long.json/#",
            Class::InvalidDocument,
            vec![
                shown(&format!("{{\"panels\":[{}", "{\"id\":1},".repeat(90))),
                shown(&format!("{{\"panels\":[{}]}}", "{\"id\":1},".repeat(90))),
            ],
        ),
    ];
    hostile
}

/// More fields than are shown.
fn large() -> Finding {
    let mut large = finding(
        "dashboards",
        "",
        "ConfigMap monitoring/grafana-node-exporter",
        Standing::Different,
        &[Here, Here],
    );
    large.age = Some(age("2026-08-01T00:00:00Z", 2880));
    large.fields = (0..262)
        .map(|index| {
            field(
                &format!("/data/node.json/#/panels/{index}/fieldConfig/defaults/unit"),
                Class::Value,
                vec![shown("percentunit"), shown("percent")],
            )
        })
        .collect();
    large
}
