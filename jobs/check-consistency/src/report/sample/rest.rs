//! What nobody could judge, and what needs nobody's attention.

use super::{MONITORING, field, finding, rule, shown};
use crate::difference::Class;
use crate::finding::Presence::{Absent, Here, Unknown as NotSeen};
use crate::finding::{Finding, Standing, Unknown};

pub(super) fn undecided() -> Vec<Finding> {
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

pub(super) fn quiet() -> Vec<Finding> {
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
