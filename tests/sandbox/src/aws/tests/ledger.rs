//! Users, secrets and callers: how a file states them, and whose time stamps what changes.

use common::clock::driven::Crown;
use common::secret::ExposeSecret as _;
use jiff::{SignedDuration, Timestamp};

use crate::aws::{AwsSim, Content, KeyStatus, Options, SecretValue};

const CONTENT: &str = "
accounts: [{ id: 111111111111 }, { id: 222222222222 }]
users:
  - name: mailer
    path: /system/
    account: 222222222222
    tags: { Owner: ops, number: 7 }
    access_keys:
      - id: AKIAIOSFODNN7EXAMPLE
        secret: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
        status: Expired
        created: 2026-10-14T08:00:00Z
        last_used: { at: 2026-11-24T11:00:00Z, service: ses, region: us-east-1 }
      - { created: 2026-10-15T08:00:00Z }
secrets:
  - name: files
    region: eu-west-1
    versions:
      - { created: 2026-10-14T08:00:00Z, stages: [AWSCURRENT], binary: AAEC }
      - { created: 2026-10-15T08:00:00Z, stages: [AWSPENDING] }
callers:
  - { access_key: AKIAROTATOR, role: rotator, policy: '{\"Version\": \"2012-10-17\", \"Statement\": []}' }
";

fn start(yaml: &str, options: Options) -> AwsSim {
    let content = Content::from_yaml("content.yaml", yaml);
    AwsSim::start(content.unwrap_or_else(|error| panic!("{error}")), options).unwrap()
}

#[test]
fn a_file_states_users_keys_and_secrets_and_the_seed_what_it_leaves_open() {
    let sim = start(CONTENT, Options::default());
    let keys = sim.iam().keys("mailer").unwrap();
    assert_eq!(keys[0].id, "AKIAIOSFODNN7EXAMPLE");
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    assert_eq!(keys[0].secret.expose_secret(), secret);
    assert_eq!(
        (keys[0].status, keys[0].usable),
        (KeyStatus::Expired, false)
    );
    assert_eq!((keys[1].status, keys[1].usable), (KeyStatus::Active, true));
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(
        sim.iam().tags("mailer").unwrap(),
        [pair("Owner", "ops"), pair("number", "7")]
    );

    let arn = sim.secrets().arn("files").unwrap();
    assert!(arn.starts_with("arn:aws:secretsmanager:eu-west-1:111111111111:secret:files-"));
    let id = |stage| sim.secrets().version_at("files", stage).unwrap().unwrap();
    let value = |stage| sim.secrets().value("files", &id(stage)).unwrap();
    assert_eq!(
        value("AWSCURRENT"),
        Some(SecretValue::Binary(vec![0, 1, 2]))
    );
    assert_eq!(value("AWSPENDING"), None);

    let drawn = |seed| {
        let sim = start(
            CONTENT,
            Options {
                seed,
                ..Options::default()
            },
        );
        let made = sim.iam().keys("mailer").unwrap()[1].id.clone();
        (
            made,
            sim.secrets().version_at("files", "AWSCURRENT").unwrap(),
        )
    };
    assert_eq!(drawn(0), (keys[1].id.clone(), Some(id("AWSCURRENT"))));
    assert_ne!(drawn(0), drawn(1));
}

#[test]
fn all_mistakes_in_users_secrets_and_callers_are_reported() {
    let yaml = "\
users:
  - name: mailer
    path: system
    tags: { a: 'x;y' }
    access_keys:
      - { id: AKIA, secret: short, status: active, created: today }
      - { id: AKIAIOSFODNN7EXAMPLE, created: 2026-10-14T08:00:00Z }
  - name: mailer
  - name: thief
    access_keys: [{ id: AKIAIOSFODNN7EXAMPLE, created: 2026-10-14T08:00:00Z }]
  - name: many
    access_keys:
      - { created: 2026-10-14T08:00:00Z }
      - { created: 2026-10-14T08:00:00Z }
      - { created: 2026-10-14T08:00:00Z, made: here }
secrets:
  - name: s
    versions:
      - { created: 2026-10-14T08:00:00Z, stages: [A], text: a, binary: AAEC }
      - { id: short, created: 2026-10-14T08:00:00Z, stages: [A], binary: '?' }
  - { name: s, rotation_enabled: perhaps }
callers:
  - { access_key: k, role: r, policy: '{}' }
";
    let invalid = Content::from_yaml("content.yaml", yaml).expect_err("has mistakes");
    let found: Vec<_> = invalid
        .problems()
        .iter()
        .map(|it| format!("{}:{} {}", it.line, it.column, it.message))
        .collect();
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn what_changes_is_stamped_with_the_clock_that_the_simulator_is_given() {
    let directory = tempfile::tempdir().unwrap();
    let start_at: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    let crown = Crown::start(directory.path().join("clock"), start_at, 1.0).unwrap();
    let options = Options {
        clock: crown.clock(),
        ..Options::default()
    };
    let sim = start("users: [{ name: mailer }]", options);
    let created = || {
        let key = sim.iam().create_key("mailer").unwrap();
        sim.iam().key(&key.id).unwrap().created
    };
    let first = created();
    crown.advance(SignedDuration::from_hours(48)).unwrap();
    let apart = created().duration_since(first);
    assert!((48..49).contains(&apart.as_hours()), "{apart}");
}

#[test]
fn other_content_starts_users_and_secrets_anew() {
    let sim = start(CONTENT, Options::default());
    sim.iam().untag("mailer", &["owner"]).unwrap();
    sim.set_content(Content::from_yaml("content.yaml", CONTENT).unwrap());
    assert_eq!(sim.iam().tags("mailer").unwrap().len(), 2);
    sim.set_content(Content::default());
    assert_eq!(sim.iam().tags("mailer").unwrap_err().code(), "NoSuchEntity");
}
