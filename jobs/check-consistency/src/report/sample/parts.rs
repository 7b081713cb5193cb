//! What was read, and the rules that were in force.

use common::exit::Exit;

use super::{MONITORING, part, rule_use, trouble};
use crate::finding::Unknown;
use crate::object::Kind;
use crate::survey::{Gap, Part, RuleUse};

pub(super) fn parts() -> Vec<Part> {
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

pub(super) fn rules() -> Vec<RuleUse> {
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
