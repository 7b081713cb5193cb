use super::*;

fn check(findings: Vec<Finding>) -> Check {
    Check {
        area: Area::Jobs,
        well: "4 of 5 CronJobs are fresh".to_owned(),
        details: vec![
            vec!["check-consistency".into(), "ok".into(), "12 min ago".into()],
            vec!["sync-dashboards".into(), "noop".into(), "7 h ago".into()],
        ],
        findings,
    }
}

fn report(findings: Vec<Finding>) -> Report {
    Report {
        cluster: "prod-e1-1".to_owned(),
        at: "2026-11-29T12:00:00Z".parse().unwrap(),
        expected_from: "the chart in k8s/chart with the values of prod-e1-1".to_owned(),
        checks: vec![
            check(findings),
            Check {
                area: Area::Rules,
                well: "3 objects, 61 rules".to_owned(),
                details: Vec::new(),
                findings: Vec::new(),
            },
        ],
    }
}

fn trouble(exit: Exit) -> Trouble {
    Trouble {
        exit,
        code: "cluster-denied",
        text: "prod-e1-1: list pods in monitoring: 403 Forbidden".to_owned(),
        hint: Some("allow `list pods`".to_owned()),
    }
}

fn wrong() -> Finding {
    Finding::wrong(
        "CronJob monitoring/export-cloudwatch",
        "its last good run ended 3 h ago, and more than 20 min is too long",
        "kubectl --context prod-e1-1 --namespace monitoring create job export-cloudwatch-now --from=cronjob/export-cloudwatch",
    )
    .saying("error", "CloudWatch refused GetMetricData: AccessDenied")
    .saying("hint", "")
}

#[test]
fn what_is_wrong_decides_and_what_could_not_be_seen_is_never_well() {
    let unseen = |exit| Finding::unseen("pods", &trouble(exit));
    let warning = || Finding::warning("x", "y", "z");
    let exit = |findings| report(findings).conclusion().exit;
    assert_eq!(exit(vec![]), Exit::Done);
    assert_eq!(exit(vec![warning()]), Exit::Done);
    assert_eq!(exit(vec![unseen(Exit::Denied), wrong()]), Exit::Drift);
    assert_eq!(exit(vec![unseen(Exit::Denied), warning()]), Exit::Denied);
    let mixed = vec![unseen(Exit::Denied), unseen(Exit::Transient)];
    assert_eq!(exit(mixed), Exit::Transient);
}

#[test]
fn the_worst_comes_first_with_the_command_that_mends_it() {
    let findings = vec![
        Finding::warning("ServiceMonitor a/b", "1 of 2 targets is down", "kubectl x"),
        Finding::unseen("pods", &trouble(Exit::Denied)),
        wrong(),
    ];
    let report = report(findings);
    let mut out = Vec::new();
    report.render(&mut out).unwrap();
    let plain = anstream::adapter::strip_bytes(&out).into_vec();
    insta::assert_snapshot!(String::from_utf8(plain).unwrap());
    insta::assert_snapshot!(
        "document",
        serde_json::to_string_pretty(&report.document()).unwrap()
    );
}

#[test]
fn when_all_is_well_it_says_so() {
    let mut out = Vec::new();
    report(vec![]).render(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.ends_with("\n\u{1b}[32mall is well\u{1b}[0m\n"),
        "{text}"
    );
    let document = serde_json::to_value(report(vec![]).document()).unwrap();
    assert_eq!(document["verdict"], "well");
}

#[test]
fn after_an_installation_what_is_still_on_its_way_is_waited_for() {
    let of = |area, findings| Report {
        checks: vec![Check {
            area,
            ..check(findings)
        }],
        ..report(vec![])
    };
    let unseen = |exit| Finding::unseen("pods", &trouble(exit));
    // The operator, the kubelet and the reloaders have their time.
    for area in [
        Area::Operator,
        Area::Rules,
        Area::Monitors,
        Area::Alertmanager,
    ] {
        assert!(!of(area, vec![wrong()]).is_settled(), "{area:?}");
    }
    // Nobody is at work there.
    for area in [Area::Objects, Area::Jobs, Area::Mail, Area::Rights] {
        assert!(of(area, vec![wrong()]).is_settled(), "{area:?}");
    }
    assert!(!of(Area::Mail, vec![unseen(Exit::Transient)]).is_settled());
    assert!(of(Area::Rules, vec![unseen(Exit::Denied)]).is_settled());
    let warning = Finding::warning("x", "y", "z");
    assert!(of(Area::Rules, vec![warning]).is_settled());
}

#[test]
fn a_check_that_is_left_out_does_not_decide() {
    let report = report(vec![wrong()]);
    assert_eq!(report.conclusion().exit, Exit::Drift);
    let rest = report.without(&[Area::Jobs]);
    assert_eq!(rest.conclusion().exit, Exit::Done);
    assert_eq!(rest.checks.len(), 1);
}
