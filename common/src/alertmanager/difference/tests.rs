use super::{Difference, difference};
use crate::alertmanager::{Filled, SmtpLogin, Template};

const TEMPLATE: &str = "\
global:
  smtp_auth_username: '@@smtp_username@@'
  smtp_auth_password: '@@smtp_password@@'
  slack_api_url: '@@secret/slack@@'
route: {receiver: mail, group_wait: 30s}
receivers:
- name: mail
  email_configs:
  - to: a@example.com
    send_resolved: true
";

fn template() -> Template {
    Template::parse("am.yaml", TEMPLATE).unwrap()
}

fn filled(username: &str, password: &str, slack: &str) -> Filled {
    let login = SmtpLogin {
        username: username.to_owned(),
        password: password.into(),
    };
    template().fill(&login, |_| Some(slack.into())).unwrap()
}

/// Compares an edited file with the unedited one.
fn after_edit(edit: impl Fn(&str) -> String) -> Difference {
    let wanted = filled("AKIANEW", "new", "https://s");
    difference(&edit(wanted.expose()), &wanted, &template())
}

fn beyond(paths: &[&str]) -> Difference {
    Difference::Beyond(paths.iter().map(|&path| path.to_owned()).collect())
}

#[test]
fn the_same_bytes_are_the_same() {
    assert_eq!(after_edit(str::to_owned), Difference::Same);
}

#[test]
fn another_login_is_told_from_every_other_change() {
    let wanted = filled("AKIANEW", "new", "https://s");
    for live in [
        filled("AKIAOLD", "old", "https://s"),
        filled("AKIANEW", "old", "https://s"),
        filled("AKIAOLD", "new", "https://s"),
    ] {
        assert_eq!(
            difference(live.expose(), &wanted, &template()),
            Difference::LoginOnly
        );
    }
    // The webhook is another secret, and not ours to replace.
    let live = filled("AKIAOLD", "old", "https://t");
    assert_eq!(
        difference(live.expose(), &wanted, &template()),
        beyond(&["/global/slack_api_url"])
    );
}

#[test]
fn other_bytes_for_the_same_configuration_are_only_another_format() {
    for (from, to) in [
        ("\"AKIANEW\"", "AKIANEW # by hand"),
        (
            "{receiver: mail, group_wait: 30s}",
            "\n  group_wait: '30s'\n  receiver: mail",
        ),
        ("route", "# a comment\nroute"),
    ] {
        assert_eq!(
            after_edit(|text| text.replace(from, to)),
            Difference::Reformatted,
            "{to}"
        );
    }
    let login_too = after_edit(|text| {
        text.replace("route", "\nroute")
            .replace("AKIANEW", "AKIAOLD")
    });
    assert_eq!(login_too, Difference::LoginOnly);
}

#[test]
fn an_edit_by_hand_is_named_by_its_path() {
    for (from, to, path) in [
        (
            "a@example.com",
            "b@example.com",
            "/receivers/0/email_configs/0/to",
        ),
        (
            "send_resolved: true",
            "send_resolved: 'true'",
            "/receivers/0/email_configs/0/send_resolved",
        ),
        (
            "send_resolved: true",
            "send_resolved: yes",
            "/receivers/0/email_configs/0/send_resolved",
        ),
        ("\"AKIANEW\"", "[AKIANEW]", "/global/smtp_auth_username"),
        (
            "- to:",
            "- to: c@example.com\n  - to:",
            "/receivers/0/email_configs/0/to",
        ),
        ("group_wait: 30s", "group_wait: 30s, a/b: 1", "/route/a~1b"),
        (
            "  smtp_auth_password: \"new\"\n",
            "",
            "/global/smtp_auth_password",
        ),
    ] {
        let found = after_edit(|text| text.replace(from, to));
        let Difference::Beyond(paths) = &found else {
            panic!("{to}: {found:?}")
        };
        assert!(paths.contains(&path.to_owned()), "{to}: {paths:?}");
    }
}

#[test]
fn a_default_file_and_an_empty_one_are_beyond_the_login() {
    let found =
        after_edit(|_| "route: {receiver: 'null'}\nreceivers: [{name: 'null'}]\n".to_owned());
    let expected = beyond(&[
        "/global",
        "/route/receiver",
        "/route/group_wait",
        "/receivers/0/name",
        "/receivers/0/email_configs",
    ]);
    assert_eq!(found, expected);
    assert_eq!(after_edit(|_| String::new()), beyond(&["/"]));
}

#[test]
fn a_file_that_is_not_yaml_is_placed_and_not_quoted() {
    let found = after_edit(|text| text.replace("\"new\"", "\"hunter2"));
    assert!(
        matches!(found, Difference::Unreadable { line: 3.., .. }),
        "{found:?}"
    );
    assert!(!format!("{found:?}").contains("hunter2"));
}

#[test]
fn no_more_than_twenty_paths_are_reported_and_never_a_value() {
    let found = after_edit(|text| {
        let extra: Vec<String> = (0..30).map(|i| format!("x{i}: hunter2")).collect();
        format!("{text}{}\n", extra.join("\n"))
    });
    let Difference::Beyond(paths) = &found else {
        panic!("{found:?}")
    };
    assert_eq!((paths.len(), paths[19].as_str()), (20, "/x19"));
    assert!(!format!("{found:?}").contains("hunter2"));
}
