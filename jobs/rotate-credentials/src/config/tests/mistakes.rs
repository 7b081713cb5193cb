//! What a wrong file is answered with.

use std::path::PathBuf;

use common::exit::Exit;
use common::fault::Fault as _;
use common::ses::TlsMode;
use jiff::SignedDuration;

use super::*;
use crate::policy::{MailProof, Orphans};

pub(super) const GOOD: &str = "\
role: writer
home: b
mail: {from: alerts@example.com, smarthost: 'email-smtp.us-east-1.amazonaws.com:587'}
clusters:
- {name: a, context: ctx, kubeconfig: /etc/kubeconfig, alertmanager: main}
- {name: b, in_cluster: true, alertmanager: main}
";

/// Every message about `text`, a line each.
fn said(text: &str) -> Vec<String> {
    match Config::parse("f.yaml", text) {
        Err(ConfigError::Invalid(invalid)) => {
            let problems = invalid.problems().iter();
            problems
                .map(|it| format!("{}:{}: {}", it.line, it.column, it.message))
                .collect()
        }
        other => panic!("{other:?}"),
    }
}

/// What is said about the good file with `from` replaced by `to`.
fn about(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    said(&GOOD.replacen(from, to, 1))
}

fn with_policy(policy: &str) -> String {
    format!("{GOOD}policy: {policy}\n")
}

#[test]
fn a_file_of_few_lines_has_the_defaults() {
    let config = parse(GOOD);
    assert_eq!(config.user, "prod-monitoring-email-user");
    assert_eq!(config.secret, SecretConfig::default());
    assert_eq!(config.lease, LeaseConfig::default());
    assert_eq!(config.policy, Policy::default());
    let access = Access::Kubeconfig {
        path: Some(PathBuf::from("/etc/kubeconfig")),
        context: Some("ctx".into()),
    };
    assert_eq!(config.clusters[0].access, access);
    assert_eq!(config.clusters[0].region.as_str(), "us-east-1");
}

#[test]
fn all_mistakes_are_told_at_once_each_at_its_place() {
    let text = "
role: writter
user: a/b
secret: {name: '', region: US, acces_key_id_field: x}
mail: {from: nobody, smarthost: mail.example.com}
home: b
lease: {namespace: No_Such}
clusters:
- {name: 'a b', context: c, alertmanager: Main}
- {name: b, in_cluster: false, alertmanager: main}
policy: {soak: 10m, grace: soon, orphan_policy: quarantin, self_check_hour: 24}
polcy: {}
";
    let result = Config::parse("f.yaml", text).unwrap_err();
    insta::assert_snapshot!(result.to_string());
    assert_eq!(
        (result.exit(), result.code()),
        (Exit::Config, "config-invalid")
    );
}

#[test]
fn durations_below_their_floor_are_refused_with_the_floor() {
    for (policy, message) in [
        ("{soak: 59m}", "`policy.soak` must be at least 1h, not 59m"),
        (
            "{grace: 23h}",
            "`policy.grace` must be at least 1d, not 23h",
        ),
        (
            "{reread: 59s}",
            "`policy.reread` must be at least 1m, not 59s",
        ),
        (
            "{use_margin: 14m}",
            "`policy.use_margin` must be at least 15m, not 14m",
        ),
    ] {
        let said = said(&with_policy(policy));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].ends_with(message), "{said:?}");
    }
}

#[test]
fn durations_that_do_not_go_together_are_refused() {
    for (policy, message) in [
        (
            "{rotate_after: 0d}",
            "`policy.rotate_after` must be at least 1s, not 0s",
        ),
        (
            "{skew_limit: 6m}",
            "`policy.skew_limit` must be at most 5m, not 6m",
        ),
        (
            "{use_margin: 24h}",
            "`policy.use_margin` must be less than `soak`, which is 1d",
        ),
        (
            "{soak: 1h, use_margin: 1h}",
            "`policy.use_margin` must be less than `soak`, which is 1h",
        ),
        (
            "{proof_timeout: 5s}",
            "`policy.proof_timeout` must be at least `proof_interval`, which is 10s",
        ),
        (
            "{proof_interval: 11m}",
            "`policy.proof_interval` must be at most `proof_timeout`, which is 10m",
        ),
        // What was refused is compared with nothing.
        (
            "{soak: 10m, use_margin: 2h}",
            "`policy.soak` must be at least 1h, not 10m",
        ),
    ] {
        let said = said(&with_policy(policy));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].ends_with(message), "{said:?}");
    }
    parse(&with_policy("{proof_interval: 10m, skew_limit: 5m}"));
}

#[test]
fn a_secret_has_a_name_that_secrets_manager_takes() {
    let named = |name: &str| format!("{GOOD}secret: {{name: '{name}'}}\n");
    assert_eq!(parse(&named("a/B_1+=.@-")).secret.name, "a/B_1+=.@-");
    parse(&named(&"a".repeat(512)));
    let arn = "arn:aws:secretsmanager:us-east-1:1:secret:x";
    for wrong in ["", "a b", arn, "ä", &"a".repeat(513)] {
        let said = said(&named(wrong));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].ends_with("is not the name of a secret"), "{said:?}");
    }
}

#[test]
fn a_general_mail_server_without_its_region_is_told_once() {
    let host = "'email-smtp.us-east-1.amazonaws.com:587'";
    let lacks = about(host, "'relay.example.com:587'");
    assert_eq!(
        lacks,
        ["3:7: `mail` needs a `region`: the host `relay.example.com` does not name its region"]
    );
    let wrong = about(host, &format!("{host}, region: eu-west-1"));
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(
        wrong[0].contains("`mail.region` contradicts `smarthost`"),
        "{wrong:?}"
    );
    let enough = GOOD.replace(host, "'relay.example.com:587', region: eu-west-1");
    assert_eq!(parse(&enough).clusters[0].region.as_str(), "eu-west-1");
}

#[test]
fn every_key_of_the_policy_is_read() {
    let config = parse(&with_policy(
        "{rotate_after: 30d, soak: 1h, grace: 1d, orphan_settle: 20m, orphan_quarantine: 2d, \
          reread: 61s, probe_window: 6m, proof_timeout: 11m, proof_interval: 11s, use_margin: 15m, \
          skew_limit: 59s, mail_patience: 3h, orphan_policy: block, mail_proof: off, \
          self_check_hour: off}",
    ));
    let minutes = SignedDuration::from_mins;
    let default = Policy::default();
    let expected = Policy {
        rotate_after: SignedDuration::from_hours(30 * 24),
        soak: minutes(60),
        grace: minutes(24 * 60),
        orphan_settle: minutes(20),
        short_grace: minutes(2 * 24 * 60),
        reread: SignedDuration::from_secs(61),
        probe_window: minutes(6),
        proof_timeout: minutes(11),
        poll: SignedDuration::from_secs(11),
        use_margin: minutes(15),
        skew_limit: SignedDuration::from_secs(59),
        mail_patience: minutes(180),
        orphans: Orphans::Block,
        mail_proof: MailProof::Off,
        self_check_hour: None,
        ..default
    };
    assert_eq!(config.policy, expected);
    assert_eq!(
        parse(&with_policy("{self_check_hour: 0}"))
            .policy
            .self_check_hour,
        Some(0)
    );
}

#[test]
fn a_cluster_is_reached_in_exactly_one_way() {
    let one = "must have exactly one of `in_cluster`, `context` and `eks`";
    let none = about("context: ctx, kubeconfig: /etc/kubeconfig, ", "");
    assert!(none[0].contains(one), "{none:?}");
    let two = about("in_cluster: true", "in_cluster: true, context: x");
    assert!(two[0].contains(one), "{two:?}");
    let lonely = about("in_cluster: true", "in_cluster: true, kubeconfig: x");
    assert!(lonely[0].contains("needs a `context`"), "{lonely:?}");
    let elsewhere = about(
        "context: ctx, kubeconfig: /etc/kubeconfig",
        "in_cluster: true",
    );
    assert!(
        elsewhere[0].contains("is `a`, and `home` is `b`"),
        "{elsewhere:?}"
    );
}

#[test]
fn an_eks_cluster_has_a_url_and_may_have_a_role() {
    let eks = "eks: {cluster: a, region: eu-west-1, server: 'https://x.eks.amazonaws.com', ca_file: /ca, role_arn: 'arn:aws:iam::1:role/r'}";
    let text = GOOD.replace("context: ctx, kubeconfig: /etc/kubeconfig", eks);
    let access = Access::Eks {
        cluster: "a".into(),
        region: "eu-west-1".into(),
        server: "https://x.eks.amazonaws.com".into(),
        ca_file: Some("/ca".into()),
        role_arn: Some("arn:aws:iam::1:role/r".into()),
    };
    assert_eq!(parse(&text).clusters[0].access, access);
    for (from, to, message) in [
        ("https://", "http://", "is not the URL of an API server"),
        ("arn:aws:iam::1:role/r", "r", "is not the ARN of a role"),
    ] {
        let said = said(&text.replace(from, to));
        assert!(said[0].contains(message), "{said:?}");
    }
}

#[test]
fn home_is_among_the_clusters_and_a_followers_only_one() {
    let lost = about("home: b", "home: c");
    assert!(
        lost.iter().any(|it| it.contains("must contain `c`")),
        "{lost:?}"
    );
    let follower = about("role: writer", "role: follower");
    assert!(follower[0].contains("must hold `b` alone"), "{follower:?}");
    let twice = about("name: a, context", "name: b, context");
    assert!(
        twice[0].contains("has the name of cluster 1: `b`"),
        "{twice:?}"
    );
    let same = "{name: c, context: ctx, kubeconfig: /etc/kubeconfig, alertmanager: main}";
    let same = said(&format!("{GOOD}- {same}\n"));
    assert!(same[0].contains("is reached as cluster 1 is"), "{same:?}");
    let nothing = said("{role: writer, home: b, mail: {from: a@b.c}, clusters: []}");
    assert!(
        nothing[0].contains("must name at least one cluster"),
        "{nothing:?}"
    );
    assert_eq!(said(""), ["1:1: the file is empty"]);
}

#[test]
fn a_cluster_may_have_a_mail_server_of_its_own() {
    let own = |mail: &str| {
        GOOD.replace(
            "in_cluster: true",
            &format!("in_cluster: true, mail: {mail}"),
        )
    };
    let region = |mail: &str| parse(&own(mail)).clusters[1].region.as_str().to_owned();
    assert_eq!(
        region("{smarthost: 'email-smtp.eu-west-1.amazonaws.com:465'}"),
        "eu-west-1"
    );
    assert_eq!(
        region("{smarthost: 'relay.example.com:587', region: eu-north-1}"),
        "eu-north-1"
    );
    let sandbox = parse(&own(
        "{smarthost: '127.0.0.1:4025', tls: starttls, region: us-west-2}",
    ));
    assert_eq!(sandbox.clusters[1].smarthost.tls(), TlsMode::StartTls);
    for (mail, message) in [
        (
            "{smarthost: 'relay.example.com:587'}",
            "does not name its region",
        ),
        (
            "{region: eu-west-1}",
            "is in us-east-1, and the configuration says eu-west-1",
        ),
        (
            "{smarthost: '127.0.0.1:4025', region: us-west-2}",
            "does not tell whether TLS",
        ),
        ("{tls: wrapper}", "`tls` belongs to a `smarthost`"),
        ("{smarhost: 'x:587'}", "unknown key `smarhost`"),
    ] {
        let said = said(&own(mail));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains(message), "{said:?}");
    }
    let general = GOOD.replace(", smarthost: 'email-smtp.us-east-1.amazonaws.com:587'", "");
    let said = said(&general);
    assert_eq!(said.len(), 2, "once for each cluster: {said:?}");
    assert!(said[0].contains("has no mail server"), "{said:?}");
}

#[test]
fn the_two_halves_of_a_pair_have_two_names() {
    let said = said(&format!(
        "{GOOD}secret: {{access_key_id_field: x, secret_access_key_field: x}}\n"
    ));
    assert!(said[0].contains("must name two members"), "{said:?}");
}
