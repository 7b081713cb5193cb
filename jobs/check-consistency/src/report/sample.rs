//! Made-up surveys with everything in them that can occur, for tests and for looking at.

use common::exit::Exit;
use common::trouble::Trouble;
use jiff::Timestamp;

use crate::difference::{Class, Difference, Side};
use crate::finding::{Age, Field, Finding, Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::path::{Path, Segment};
use crate::survey::{ClusterFacts, Gap, Part, PeerFacts, RuleUse, Survey};

use Presence::{Absent, Here, NotAsked, Terminating, Unknown as NotSeen};

const MONITORING: &str = "monitoring.coreos.com";

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn shown(text: &str) -> Side {
    Side::Shown(text.to_owned())
}

fn age(first_seen: &str, occurrences: u64) -> Age {
    Age {
        first_seen: time(first_seen),
        occurrences,
    }
}

/// Steps by `/`; `alert=X` is an item, `#` a document, and `~1` stands for `/`.
fn path(text: &str) -> Path {
    let parts = text.split('/').skip(1).map(|part| part.replace("~1", "/"));
    let segments = parts.map(|part| match part.split_once('=') {
        Some((key, value)) => Segment::Item(vec![(key.to_owned(), value.to_owned())]),
        None if part == "#" => Segment::Document,
        None => part
            .parse()
            .map_or_else(|_| Segment::Field(part.clone()), Segment::Index),
    });
    Path(segments.collect())
}

fn field(at: &str, class: Class, sides: Vec<Side>) -> Field {
    Field {
        difference: Difference {
            path: path(at),
            class,
            sides,
        },
        rule: None,
        note: None,
        fingerprint: None,
        age: None,
    }
}

/// An object that stands so: `PrometheusRule monitoring/core-alerts-rules`.
fn finding(family: &str, group: &str, name: &str, standing: Standing, at: &[Presence]) -> Finding {
    let (kind, name) = name.split_once(' ').unwrap();
    let (namespace, name) = match name.split_once('/') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name),
        None => (None, name),
    };
    Finding {
        family: family.to_owned(),
        object: ObjectName {
            kind: Kind::new(group, kind),
            namespace,
            name: name.to_owned(),
        },
        standing,
        presence: at.to_vec(),
        fields: Vec::new(),
        text: None,
        hint: None,
        rule: None,
        age: None,
    }
}

fn rule(name: &str, standing: Standing, at: &[Presence]) -> Finding {
    let name = format!("PrometheusRule monitoring/{name}");
    finding("rules", MONITORING, &name, standing, at)
}

fn trouble(exit: Exit, code: &'static str, text: &str, hint: &str) -> Trouble {
    Trouble {
        exit,
        code,
        text: text.to_owned(),
        hint: Some(hint.to_owned()),
    }
}

fn part(family: &str, kind: Kind, cluster: usize, read: usize) -> Part {
    Part {
        family: family.to_owned(),
        kind,
        cluster,
        read: Ok(read),
    }
}

fn rule_use(id: &str, summary: &str, reason: &str, used: usize) -> RuleUse {
    RuleUse {
        id: id.to_owned(),
        summary: summary.to_owned(),
        reason: reason.to_owned(),
        expires: None,
        expired: false,
        used,
    }
}

/// Two clusters, no baseline: every standing, gaps, and texts that want to be obeyed.
pub(super) fn two() -> Survey {
    let both = [Here, Here];
    let mut findings = drift();
    findings.extend(undecided());
    findings.extend(quiet());
    for name in [
        "alertmanager.rules",
        "kubernetes-apps",
        "node-exporter",
        "prometheus",
        "etcd",
    ] {
        findings.push(rule(name, Standing::Equal, &both));
    }
    Survey {
        at: time("2026-11-29T05:51:29Z"),
        clusters: vec![
            ClusterFacts {
                name: "prod-e1-1".to_owned(),
                version: Some("v1.34.0".to_owned()),
                identity: Some("b7d6a3a0-4a5a-4be0-9f0c-0c7f4f1f3a11".to_owned()),
                trouble: None,
                peer: Some(PeerFacts {
                    watchdog_since: Some(time("2026-11-01T00:00:00Z")),
                    watchdog_seen: Some(time("2026-11-29T05:51:29Z")),
                    replicas: vec![("alertmanager-0".to_owned(), true)],
                }),
            },
            ClusterFacts {
                name: "remoting-prod-e1-1".to_owned(),
                version: Some("v1.33.2".to_owned()),
                ..ClusterFacts::default()
            },
        ],
        baseline: None,
        parts: parts(),
        findings,
        rules: rules(),
        warnings: vec![
            "both sides of PrometheusRule monitoring/etcd hold an expression that does not parse: \
             it was compared as text"
                .to_owned(),
        ],
        converged: 1,
        undetailed: 0,
        remembered: true,
    }
}

fn drift() -> Vec<Finding> {
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

fn undecided() -> Vec<Finding> {
    let mut duplicate = finding(
        "monitors",
        MONITORING,
        "ServiceMonitor monitoring/monitor-workers",
        Standing::Unknown(Unknown::DuplicateKey),
        &[Here, Here],
    );
    duplicate.text = Some("two endpoints have the port `metrics`".to_owned());
    let zone = finding(
        "jobs",
        "batch",
        "CronJob monitoring/rotate-credentials",
        Standing::Unknown(Unknown::ControllerTimezone),
        &[Here, Here],
    );
    let mut found = vec![duplicate, zone];
    for name in ["alertmanager-tls", "prod-grafana", "pushgateway-basic-auth"] {
        let name = format!("Secret monitoring/{name}");
        let standing = Standing::Unknown(Unknown::Forbidden);
        found.push(finding(
            "credentials",
            "",
            &name,
            standing,
            &[Here, NotSeen],
        ));
    }
    found
}

fn quiet() -> Vec<Finding> {
    let both = [Here, Here];
    let mut only = rule("remoting-alert-rules", Standing::Explained, &[Absent, Here]);
    only.rule = Some("only_in[1]".to_owned());
    let mut role = finding(
        "accounts",
        "",
        "ServiceAccount monitoring/aws-alb-ingress-controller",
        Standing::Explained,
        &both,
    );
    let mut arn = field(
        "/metadata/annotations/eks.amazonaws.com~1role-arn",
        Class::Value,
        vec![
            shown("arn:aws:iam::123456789012:role/k8s.prod-e1-1.monitoring.alb.service"),
            shown("arn:aws:iam::123456789012:role/k8s.remoting-prod-e1-1.monitoring.alb.service"),
        ],
    );
    arn.rule = Some("template[0]".to_owned());
    role.fields = vec![arn];
    let mut ignored = finding(
        "dashboards",
        "",
        "ConfigMap monitoring/kube-root-ca.crt",
        Standing::Ignored,
        &both,
    );
    ignored.rule = Some("ignore[0]".to_owned());
    let mut cosmetic = rule(
        "aws-alb-ingress-controller-rules",
        Standing::Cosmetic,
        &both,
    );
    cosmetic.fields = vec![field(
        "/spec/groups/name=alb/rules/alert=AlbDown/annotations/description",
        Class::Cosmetic,
        vec![
            shown("The controller is down.\n"),
            shown("The controller is down."),
        ],
    )];
    vec![only, role, ignored, cosmetic]
}

fn parts() -> Vec<Part> {
    let rules = || Kind::new(MONITORING, "PrometheusRule");
    let monitors = || Kind::new(MONITORING, "ServiceMonitor");
    let pods = || Kind::new(MONITORING, "PodMonitor");
    let secret = || Kind::new("", "Secret");
    let mut denied = part("credentials", secret(), 1, 0);
    denied.read = Err(Gap {
        reason: Unknown::Forbidden,
        trouble: trouble(
            Exit::Denied,
            "cluster-forbidden",
            "cluster `remoting-prod-e1-1`: secrets is forbidden: User \"check-consistency\" cannot \
             get resource \"secrets\" in the namespace \"monitoring\"",
            "give the job's Role `get` on these Secrets by name",
        ),
    });
    let mut slow = part("live/images", Kind::new("", "Pod"), 1, 0);
    slow.read = Err(Gap {
        reason: Unknown::Timeout,
        trouble: trouble(
            Exit::Transient,
            "cluster-timeout",
            "cluster `remoting-prod-e1-1`: no answer within 10s",
            "run again; if it stays so, look at the API server",
        ),
    });
    vec![
        part("rules", rules(), 0, 38),
        part("rules", rules(), 1, 31),
        part("monitors", monitors(), 0, 22),
        part("monitors", monitors(), 1, 19),
        part("monitors", pods(), 0, 1),
        part("monitors", pods(), 1, 0),
        part("dashboards", Kind::new("", "ConfigMap"), 0, 41),
        part("dashboards", Kind::new("", "ConfigMap"), 1, 41),
        part("accounts", Kind::new("", "ServiceAccount"), 0, 6),
        part("accounts", Kind::new("", "ServiceAccount"), 1, 5),
        part("alertmanager", secret(), 0, 1),
        part("alertmanager", secret(), 1, 1),
        part("prometheus", Kind::new(MONITORING, "Prometheus"), 0, 1),
        part("prometheus", Kind::new(MONITORING, "Prometheus"), 1, 1),
        part("jobs", Kind::new("batch", "CronJob"), 0, 4),
        part("jobs", Kind::new("batch", "CronJob"), 1, 2),
        part("credentials", secret(), 0, 3),
        denied,
        part("live/rules", rules(), 0, 112),
        part("live/cron-jobs", Kind::new("batch", "CronJob"), 0, 4),
        part("live/images", Kind::new("", "Pod"), 0, 9),
        slow,
    ]
}

fn rules() -> Vec<RuleUse> {
    let mut expired = rule_use(
        "ignore[1]",
        "not compared: Ingress/*/* /metadata/annotations/*",
        "the controller of <remoting> is being replaced",
        0,
    );
    expired.expires = Some("2026-10-31".parse().unwrap());
    expired.expired = true;
    let mut soon = rule_use(
        "ignore[0]",
        "not compared: ConfigMap/*/kube-root-ca.crt",
        "each cluster has a CA of its own",
        1,
    );
    soon.expires = Some("2027-01-31".parse().unwrap());
    vec![
        rule_use(
            "only_in[0]",
            "only in prod-e1-1: PrometheusRule/monitoring/toolchain-alert-rules",
            "the python services run there",
            0,
        ),
        rule_use(
            "only_in[1]",
            "only in remoting-prod-e1-1: PrometheusRule/monitoring/remoting-alert-rules",
            "remote execution runs there",
            1,
        ),
        rule_use(
            "template[0]",
            "ServiceAccount/monitoring/* /metadata/annotations/eks.amazonaws.com~1role-arn is \
             arn:aws:iam::*:role/k8s.{{cluster}}.monitoring.*.service",
            "a role for each cluster",
            2,
        ),
        soon,
        expired,
    ]
}

/// Three clusters, the second of them the baseline; one kind of the third was not seen.
pub(super) fn three() -> Survey {
    let mut mixed = rule(
        "core-alerts-rules",
        Standing::Different,
        &[Here, Here, Here],
    );
    mixed.fields = vec![
        field(
            "/spec/groups/name=core/rules/alert=Down/for",
            Class::Value,
            vec![shown("20m"), shown("20m"), shown("10m")],
        ),
        field(
            "/spec/groups/name=core/interval",
            Class::Presence,
            vec![Side::Absent, shown("30s"), shown("1m")],
        ),
        field(
            "/metadata/annotations/token",
            Class::Value,
            vec![
                Side::Hidden { group: 0 },
                Side::Hidden { group: 1 },
                Side::Hidden { group: 2 },
            ],
        ),
    ];
    let mut partly = rule("dns", Standing::Different, &[Here, Here, Absent]);
    partly.rule = Some("only_in[0]".to_owned());
    partly.fields = vec![field(
        "/spec/groups/name=dns/interval",
        Class::Value,
        vec![shown("30s"), shown("1m"), Side::NoObject],
    )];
    let kind = || Kind::new(MONITORING, "PrometheusRule");
    let monitors = || Kind::new(MONITORING, "ServiceMonitor");
    let slow = Part {
        read: Err(Gap {
            reason: Unknown::Timeout,
            trouble: trouble(
                Exit::Transient,
                "cluster-timeout",
                "cluster `staging-w2-1`: no answer within 10s",
                "run again; if it stays so, look at the API server",
            ),
        }),
        ..part("monitors", monitors(), 2, 0)
    };
    let cluster = |name: &str, version: &str| ClusterFacts {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        ..ClusterFacts::default()
    };
    let timeout = Standing::Unknown(Unknown::Timeout);
    let monitor = |name: &str, at: [Presence; 3]| {
        let name = format!("ServiceMonitor monitoring/{name}");
        finding("monitors", MONITORING, &name, timeout, &at)
    };
    Survey {
        at: time("2026-11-29T05:51:29Z"),
        clusters: vec![
            cluster("prod-e1-1", "v1.34.0"),
            cluster("remoting-prod-e1-1", "v1.34.0"),
            cluster("staging-w2-1", "v1.33.2"),
        ],
        baseline: Some(1),
        parts: vec![
            part("rules", kind(), 0, 3),
            part("rules", kind(), 1, 3),
            part("rules", kind(), 2, 1),
            part("monitors", monitors(), 0, 2),
            part("monitors", monitors(), 1, 1),
            slow,
        ],
        findings: vec![
            monitor("etcd", [Here, Here, NotSeen]),
            monitor("nodes", [Here, Absent, NotSeen]),
            partly,
            mixed,
        ],
        rules: Vec::new(),
        warnings: Vec::new(),
        converged: 0,
        undetailed: 2,
        remembered: false,
    }
}

/// Two clusters that are equal, and everything was read.
pub(super) fn equal() -> Survey {
    let mut survey = two();
    survey.parts.retain(|part| part.read.is_ok());
    survey
        .findings
        .retain(|finding| !finding.standing.is_drift() && !finding.standing.is_unknown());
    survey.rules.retain(|rule| rule.used > 0);
    survey.warnings.clear();
    survey.converged = 0;
    survey
}

/// Two clusters, one of them out of reach.
pub(super) fn lost() -> Survey {
    let lost = trouble(
        Exit::Transient,
        "cluster-unreachable",
        "cluster `remoting-prod-e1-1`: connecting to https://10.0.0.1: connection refused",
        "look whether the API server answers",
    );
    let mut survey = equal();
    survey.clusters[1].version = None;
    for part in survey.parts.iter_mut().filter(|part| part.cluster == 1) {
        part.read = Err(Gap {
            reason: Unknown::Unreachable,
            trouble: lost.clone(),
        });
    }
    survey.clusters[1].trouble = Some(lost);
    for finding in &mut survey.findings {
        finding.standing = Standing::Unknown(Unknown::Unreachable);
        finding.presence = vec![Here, NotSeen];
        finding.fields.clear();
        finding.rule = None;
    }
    survey
}
