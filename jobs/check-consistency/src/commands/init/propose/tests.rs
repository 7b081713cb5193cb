//! What is proposed is a configuration, whatever the names and values are.

use std::collections::BTreeMap;

use common::cluster::Access;
use common::exit::Exit;
use common::trouble::Trouble;
use proptest::prelude::*;

use super::{Proposal, quoted};
use crate::cli::InitArgs;
use crate::config::{ClusterConfig, Config, Limits, Live, Settle};
use crate::declared::What;
use crate::difference::{Class, Difference, Side};
use crate::finding::{Field, Finding, Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::path::Path;
use crate::survey::{Gap, Part, Survey};

/// Quotes, colons, marks of comments and templates, and characters that YAML does not take.
const HOSTILE: &str = "a\"b': c # d {{cluster}} *\\ \u{1b}[2J\u{7f}\u{85}\u{2028}\u{feff}\n- x";

fn config(context: &str) -> Config {
    let cluster = |name: &str, context: &str| ClusterConfig {
        name: name.parse().unwrap(),
        access: Access::Kubeconfig {
            path: Some("/etc/it's \"here\"".into()),
            context: Some(context.to_owned()),
        },
        vars: BTreeMap::new(),
    };
    Config {
        clusters: vec![cluster("one", context), cluster("two", "plain")],
        baseline: None,
        settle: Settle::default(),
        families: Vec::new(),
        rules: Vec::new(),
        live: Live::default(),
        state: None,
        limits: Limits::default(),
    }
}

fn survey(findings: Vec<Finding>) -> Survey {
    let part = |cluster, read| Part {
        family: "rules".to_owned(),
        kind: Kind::new("monitoring.coreos.com", "PrometheusRule"),
        cluster,
        read,
    };
    let gap = Gap {
        reason: Unknown::Forbidden,
        trouble: Trouble {
            exit: Exit::Denied,
            code: "cluster-denied",
            text: format!("no: {HOSTILE}"),
            hint: None,
        },
    };
    Survey {
        at: jiff::Timestamp::UNIX_EPOCH,
        clusters: Vec::new(),
        baseline: None,
        parts: vec![part(0, Ok(3)), part(1, Err(gap))],
        findings,
        rules: Vec::new(),
        warnings: Vec::new(),
        converged: 0,
        undetailed: 2,
        remembered: false,
    }
}

fn finding(name: &str, standing: Standing, fields: Vec<Field>) -> Finding {
    let second = if standing == Standing::Missing {
        Presence::Absent
    } else {
        Presence::Here
    };
    Finding {
        family: "rules".to_owned(),
        object: ObjectName {
            kind: Kind::new("monitoring.coreos.com", "PrometheusRule"),
            namespace: Some("monitoring".to_owned()),
            name: name.to_owned(),
        },
        standing,
        presence: vec![Presence::Here, second],
        fields,
        text: None,
        hint: None,
        rule: None,
        age: None,
    }
}

fn field(name: &str, one: Side, two: Side) -> Field {
    Field {
        difference: Difference {
            path: Path::default().field("spec").field(name),
            class: Class::Value,
            sides: vec![one, two],
        },
        rule: None,
        note: None,
        fingerprint: None,
        age: None,
    }
}

fn shown(text: &str) -> Side {
    Side::Shown(text.to_owned())
}

fn proposed(config: &Config, survey: &Survey) -> String {
    let args = InitArgs {
        context: Vec::new(),
        kubeconfig: None,
        namespace: vec!["monitoring".to_owned()],
    };
    let proposal = Proposal {
        args: &args,
        config,
        survey,
    };
    let mut out = Vec::new();
    proposal.write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn parsed(text: &str) -> Config {
    match Config::parse("f.yaml", text) {
        Ok((config, _)) => config,
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// The same with the marks of comments taken away where the text says so.
fn uncommented(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix("  # ") {
        Some(rest) if rest == "ignore:" || rest.starts_with("  ") => format!("  {rest}\n"),
        Some(_) | None => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn what_differs_is_declared_or_left_to_be_declared() {
    let findings = vec![
        finding("only-one", Standing::Missing, Vec::new()),
        finding(
            "differs",
            Standing::Different,
            vec![
                field("label", shown("x.one.y"), shown("x.two.y")),
                field("for", shown("10m"), Side::Absent),
                field(
                    "token",
                    Side::Hidden { group: 0 },
                    Side::Hidden { group: 1 },
                ),
            ],
        ),
    ];
    let text = proposed(&config("ctx"), &survey(findings));
    insta::assert_snapshot!(text);
    let config = parsed(&text);
    let ids: Vec<_> = config.rules.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["only_in[1]", "template[1]"]);
    assert_eq!(parsed(&uncommented(&text)).rules.len(), 4);
}

#[test]
fn without_a_difference_it_is_a_configuration_too() {
    let mut survey = survey(Vec::new());
    survey.undetailed = 0;
    let config = parsed(&proposed(&config("ctx"), &survey));
    assert!(config.rules.is_empty());
    // Where all that differs is to be mended first.
    let differs = vec![field("for", shown("10m"), shown("20m"))];
    survey.findings = vec![finding("x", Standing::Different, differs)];
    assert!(parsed(&proposed(&config, &survey)).rules.is_empty());
}

#[test]
fn hostile_names_and_values_stay_what_they_are() {
    let value = |cluster: &str| {
        shown(&format!(
            "a\"b': c # d {cluster} \\ \u{1b}\u{7f}\u{2028}\n- x: y"
        ))
    };
    let fields = vec![
        field("a\"b': c # d", value("one"), value("two")),
        field("{{x}}", shown(HOSTILE), shown("{{ $labels.x }}: - #")),
    ];
    let findings = vec![
        finding("a: \"b\" # c", Standing::Missing, Vec::new()),
        finding("{{ x }}'", Standing::Different, fields),
    ];
    let text = proposed(&config(HOSTILE), &survey(findings));
    let config = parsed(&text);
    let Access::Kubeconfig { context, path } = &config.clusters[0].access else {
        panic!("{:?}", config.clusters);
    };
    assert_eq!(context.as_deref(), Some(HOSTILE));
    assert_eq!(
        path.as_deref(),
        Some(std::path::Path::new("/etc/it's \"here\""))
    );
    let [only_in, template] = config.rules.as_slice() else {
        panic!("{:?}", config.rules);
    };
    let What::OnlyIn { clusters, objects } = &only_in.what else {
        panic!("{only_in:?}");
    };
    assert_eq!(clusters, &[0]);
    assert_eq!(
        objects.to_string(),
        "PrometheusRule/monitoring/a: \"b\" # c"
    );
    let What::Template { value, path, .. } = &template.what else {
        panic!("{template:?}");
    };
    let expected = "a\"b': c # d {{cluster}} \\ \u{1b}\u{7f}\u{2028}\n- x: y";
    assert_eq!(value.to_string(), expected);
    assert!(path.matches(&Path::default().field("spec").field("a\"b': c # d")));
    assert_eq!(parsed(&uncommented(&text)).rules.len(), 3);
}

#[test]
fn a_kind_that_is_missing_is_no_object_to_declare() {
    let mut kind = finding("monitoring.coreos.com/Probe", Standing::Missing, Vec::new());
    kind.object.kind = Kind::new("apiextensions.k8s.io", "CustomResourceDefinition");
    kind.text = Some("two does not serve this kind".to_owned());
    let text = proposed(&config("ctx"), &survey(vec![kind]));
    assert!(parsed(&text).rules.is_empty());
    let told = "# monitoring.coreos.com/Probe: two does not serve this kind";
    assert!(text.contains(told), "{text}");
}

proptest! {
    #[test]
    fn a_quoted_text_is_read_as_it_was(text in "(?s)[^ ].{0,30}[^ ]|[\u{0}-\u{a0}\u{2028}\u{feff}\u{ffff}#:\"'\\\\{}-]{1,8}") {
        let text = format!("x{text}x");
        let config = parsed(&proposed(&config(&text), &survey(Vec::new())));
        let Access::Kubeconfig { context, .. } = &config.clusters[0].access else {
            panic!("{:?}", config.clusters);
        };
        prop_assert_eq!(context.as_deref(), Some(text.as_str()), "{}", quoted(&text));
    }
}
