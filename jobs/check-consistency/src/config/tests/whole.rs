//! A file with every key.

use common::cluster::Access;

use crate::config::*;
use crate::declared::What;

pub(super) const WHOLE: &str = include_str!("good.yaml");

/// The least that is a configuration.
pub(super) const LEAST: &str = "\
clusters:
- {name: a, in_cluster: true}
- {name: b, context: ctx}
select:
- {id: rules, kinds: [monitoring.coreos.com/PrometheusRule]}
";

fn parse(text: &str) -> Config {
    let (config, warnings) = Config::parse("f.yaml", text).unwrap();
    assert_eq!(warnings.len(), 0, "{warnings}");
    config
}

#[test]
fn every_key_is_read() {
    let config = parse(WHOLE);
    let names: Vec<_> = config.clusters.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["prod-e1-1", "remoting-prod-e1-1", "staging"]);
    let [home, context, eks] = config.clusters.as_slice() else {
        panic!("{names:?}");
    };
    assert_eq!(home.access, Access::InCluster);
    assert_eq!(home.vars["account"], "123456789012");
    assert_eq!(home.vars["tier"], "prod");
    let remoting = Access::Kubeconfig {
        path: Some("/etc/kube/config".into()),
        context: Some("remoting".to_owned()),
    };
    assert_eq!(context.access, remoting);
    let staging = Access::Eks {
        cluster: "staging-1".to_owned(),
        region: "us-east-1".to_owned(),
        server: "https://x.eks.amazonaws.com".to_owned(),
        ca_file: Some("/ca".into()),
        role_arn: Some("arn:aws:iam::1:role/r".to_owned()),
    };
    assert_eq!(eks.access, staging);
    assert_eq!((config.home(), config.baseline), (Some(0), Some(0)));
    let settle = Settle {
        recheck: Duration::from_secs(30),
        min_age: Duration::from_mins(10),
    };
    assert_eq!(config.settle, settle);
    let place = StatePlace::ConfigMap {
        cluster: 0,
        namespace: "m".to_owned(),
        name: "n".to_owned(),
    };
    assert_eq!(config.state, Some(place));
    let limits = Limits {
        page: 100,
        details: 7,
        in_flight: 3,
        per_cluster: Duration::from_mins(1),
        object_bytes: 2048,
    };
    assert_eq!(config.limits, limits);
}

#[test]
fn an_entry_of_select_is_a_family_for_each_of_its_kinds() {
    let config = parse(WHOLE);
    let [rules, deployments, maps] = config.families.as_slice() else {
        panic!("{:?}", config.families);
    };
    let default = Family {
        id: "rules".to_owned(),
        kind: Kind::new("monitoring.coreos.com", "PrometheusRule"),
        namespaces: vec!["monitoring".to_owned()],
        labels: String::new(),
        names: Vec::new(),
        name_templates: Vec::new(),
        clusters: vec![0, 1, 2],
        owned: false,
    };
    assert_eq!(*rules, default);
    let given = Family {
        id: "workloads".to_owned(),
        kind: Kind::new("apps", "Deployment"),
        namespaces: vec!["monitoring".to_owned(), "kube-system".to_owned()],
        labels: "app=x".to_owned(),
        names: vec!["prod-*".to_owned()],
        name_templates: vec![
            "prometheus-{{cluster}}".to_owned(),
            "{{ tier }}-x".to_owned(),
        ],
        clusters: vec![0, 2],
        owned: true,
    };
    assert_eq!(*deployments, given);
    let kind = Kind::new("", "ConfigMap");
    assert_eq!(*maps, Family { kind, ..given });
}

#[test]
fn declared_differences_are_known_by_their_places() {
    let config = parse(WHOLE);
    let ids: Vec<_> = config.rules.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "only_in[1]",
            "template[1]",
            "distinct[1]",
            "same_secret[1]",
            "same_secret[2]",
            "ignore[1]",
            "ignore[2]",
            "ignore[3]",
            "ignore[4]"
        ]
    );
    let vars: Vec<_> = config
        .clusters
        .iter()
        .map(|it| crate::declared::Vars::new(it.name.as_str(), &it.vars))
        .collect();
    let said: Vec<_> = config.rules.iter().map(|it| it.summary(&vars)).collect();
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(config.rules[0].reason, "services run there");
    assert_eq!(config.rules[1].expires, Some("2027-01-31".parse().unwrap()));
    assert!(matches!(&config.rules[4].what,
        What::SameSecret { namespace, path: None, .. } if namespace == "monitoring"));
}

#[test]
fn every_key_of_live_is_read() {
    let expected = Live {
        namespace: "other".to_owned(),
        prometheus: Some(ServiceRef {
            service: "prometheus".to_owned(),
            port: "http-web".to_owned(),
        }),
        rules: false,
        watchdog: Some("Watchdog".to_owned()),
        alertmanager: Some(AlertmanagerRef {
            selector: "app=alertmanager".to_owned(),
            port: 9094,
            same_file: true,
            same_user: false,
        }),
        cron_jobs: vec![
            CronJobs {
                name: "export-*".to_owned(),
                grace: Duration::from_mins(10),
                may_be_suspended: true,
            },
            CronJobs {
                name: "x".to_owned(),
                grace: Duration::from_hours(24),
                may_be_suspended: false,
            },
        ],
        definitions: vec!["prometheusrules.monitoring.coreos.com".to_owned()],
        charts: true,
        images: vec!["app=grafana".to_owned()],
        pushgateway: Some(PushgatewayRef {
            service: ServiceRef {
                service: "pushgateway".to_owned(),
                port: "9091".to_owned(),
            },
            prefix: "gcp_".to_owned(),
            stale_after: Duration::from_mins(45),
            reap: true,
        }),
    };
    assert_eq!(parse(WHOLE).live, expected);
}

#[test]
fn a_file_of_few_lines_has_the_defaults() {
    let config = parse(LEAST);
    assert_eq!((config.baseline, config.settle), (None, Settle::default()));
    assert!(config.rules.is_empty());
    assert_eq!((config.live, config.state), (Live::default(), None));
    assert_eq!(config.limits, Limits::default());
    let sections = "live:\n  prometheus: {service: p, port: 80}\n  alertmanager: {selector: x}\n\
                    \x20 pushgateway: {service: g, port: 80}\nstate: {file: /tmp/x}\n";
    let config = parse(&format!("{LEAST}{sections}"));
    assert_eq!(config.live.namespace, "monitoring");
    assert!(config.live.rules && config.live.watchdog.is_none());
    let alertmanager = config.live.alertmanager.unwrap();
    assert_eq!(alertmanager.port, 9093);
    assert!(alertmanager.same_user && !alertmanager.same_file);
    let gateway = config.live.pushgateway.unwrap();
    assert_eq!((gateway.prefix.as_str(), gateway.reap), ("aws_", false));
    assert_eq!(gateway.stale_after, Duration::from_mins(30));
    assert_eq!(config.state, Some(StatePlace::File("/tmp/x".into())));
}

#[test]
fn a_file_that_is_not_there_is_told_by_its_name() {
    let error = Config::read(Path::new("/nowhere/at/all.yaml")).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }), "{error:?}");
    assert!(
        error.to_string().contains("/nowhere/at/all.yaml"),
        "{error}"
    );
}
