use super::{IdentityError, smtp_users};
use crate::alertmanager::Template;
use crate::exit::Exit;
use crate::fault::{Fault as _, chain};
use crate::ses::Smarthost;

fn users(config: &str) -> Result<Vec<String>, IdentityError> {
    let managed: Smarthost = "email-smtp.us-east-1.amazonaws.com:587".parse().unwrap();
    smtp_users(config, &managed).map(|users| users.managed.into_iter().collect())
}

const GLOBAL: &str = "\
global:
  smtp_smarthost: email-smtp.us-east-1.amazonaws.com:587
  smtp_auth_username: AKIAGLOBAL
  smtp_auth_password: <secret>
";

#[test]
fn every_receiver_counts_with_the_user_that_it_effectively_has() {
    for (receivers, expected) in [
        ("[]", vec![]),
        ("[{name: a}]", vec![]),
        ("[{name: a, email_configs: [{to: x}]}]", vec!["AKIAGLOBAL"]),
        (
            "[{name: a, email_configs: [{to: x}, {to: y, auth_username: AKIAOWN}]}]",
            vec!["AKIAGLOBAL", "AKIAOWN"],
        ),
        (
            "[{name: a, email_configs: [{auth_username: ''}]}]",
            vec!["AKIAGLOBAL"],
        ),
        (
            "[{name: a, email_configs: [{auth_username: null}]}]",
            vec!["AKIAGLOBAL"],
        ),
        (
            "[{name: a, email_configs: [{auth_username: 123}]}]",
            vec!["123"],
        ),
        (
            "[{name: a, email_configs: [{smarthost: 'mail.example.com:25', auth_username: other}]}]",
            vec![],
        ),
        (
            "[{name: a, email_configs: [{smarthost: 'mail.example.com:smtp'}]}]",
            vec![],
        ),
        (
            "[{name: a, email_configs: [{smarthost: 'EMAIL-SMTP.us-east-1.amazonaws.com:587', auth_username: b}]}]",
            vec!["b"],
        ),
        (
            "[{name: a, email_configs: ~}, {name: b, slack_configs: [{channel: c}]}]",
            vec![],
        ),
    ] {
        let found = users(&format!("{GLOBAL}receivers: {receivers}\n")).unwrap();
        assert_eq!(found, expected, "{receivers}");
    }
}

#[test]
fn mail_without_a_login_shows_as_the_empty_name() {
    let config = "
global: {smtp_smarthost: 'email-smtp.us-east-1.amazonaws.com:587', smtp_auth_username: ''}
receivers: [{name: a, email_configs: [{to: x}, {to: y, auth_username: u}]}]
";
    assert_eq!(users(config).unwrap(), ["", "u"]);
}

#[test]
fn a_receiver_s_own_smarthost_counts_without_any_global_section() {
    let config = "receivers: [{name: a, email_configs: [{smarthost: 'email-smtp.us-east-1.amazonaws.com:587', auth_username: u}]}]";
    assert_eq!(users(config).unwrap(), ["u"]);
    assert_eq!(users("").unwrap(), [""; 0]);
}

#[test]
fn receivers_that_a_rotation_would_not_reach_are_named() {
    let check = |user: &str, receivers: &str| {
        let text = format!(
            "
global:
  smtp_smarthost: email-smtp.us-east-1.amazonaws.com:587
  smtp_auth_username: '{user}'
  smtp_auth_password: '@@smtp_password@@'
receivers:
- {{name: a, email_configs: [{{to: x}}, {{to: y, smarthost: 'mail.example.com:25', auth_username: z}}]}}
- {{name: '@@smtp_username@@', email_configs: [{receivers}]}}
"
        );
        let template = Template::parse("am.yaml", &text).unwrap();
        let smarthost = "email-smtp.us-east-1.amazonaws.com:587".parse().unwrap();
        template.mail_without_login(&smarthost).unwrap()
    };
    let (good, own) = ("@@smtp_username@@", "/receivers/1/email_configs/0");
    for (user, receivers, expected) in [
        (good, "", vec![]),
        (
            good,
            "{auth_username: '@@smtp_username@@', auth_password: \"@@smtp_password@@\"}",
            vec![],
        ),
        (good, "{auth_username: apikey}", vec![own]),
        (good, "{auth_password: fixed}", vec![own]),
        (good, "{auth_password: 'x@@smtp_password@@'}", vec![own]),
        (good, "{auth_password_file: /etc/password}", vec![own]),
        ("fixed", "", vec!["/receivers/0/email_configs/0"]),
        (
            "fixed",
            "{auth_username: '@@smtp_username@@'}",
            vec!["/receivers/0/email_configs/0"],
        ),
    ] {
        assert_eq!(check(user, receivers), expected, "{user} {receivers}");
    }
}

#[test]
fn what_is_no_configuration_is_an_error_and_never_an_empty_set() {
    for (config, expected) in [
        (
            "a: hunter2: x",
            "the Alertmanager configuration is not valid YAML at line 1, column 11",
        ),
        (
            "hunter2",
            "`/` of the Alertmanager configuration is not a mapping",
        ),
        (
            "receivers: hunter2",
            "`/receivers` of the Alertmanager configuration is not a list",
        ),
        (
            "receivers: [hunter2]",
            "`/receivers/0` of the Alertmanager configuration is not a mapping",
        ),
        (
            "receivers: [{email_configs: {a: hunter2}}]",
            "`/receivers/0/email_configs` of the Alertmanager configuration is not a list",
        ),
        (
            "global: [hunter2]",
            "`/global` of the Alertmanager configuration is not a mapping",
        ),
        (
            "global: {smtp_auth_username: [hunter2]}",
            "`/global/smtp_auth_username` of the Alertmanager configuration is not text",
        ),
        (
            "receivers: [{email_configs: [{to: hunter2}]}]",
            "`/receivers/0/email_configs/0` of the Alertmanager configuration is not a mail receiver with a smarthost",
        ),
    ] {
        let error = users(config).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(
            (error.exit(), error.code()),
            (Exit::Drift, "alertmanager-identity")
        );
        assert!(!format!("{error:?} {} {:?}", chain(&error), error.hint()).contains("hunter2"));
    }
}

#[test]
fn a_user_of_another_server_stands_somewhere_and_sends_nothing_here() {
    let managed: Smarthost = "email-smtp.us-east-1.amazonaws.com:587".parse().unwrap();
    let config = format!(
        "{GLOBAL}receivers: [{{name: a, email_configs: [{{to: x, auth_username: AKIANEW}}, \
         {{to: y, smarthost: 'email-smtp.eu-west-1.amazonaws.com:587', auth_username: AKIAOLD}}]}}]"
    );
    let users = smtp_users(&config, &managed).unwrap();
    assert!(users.are_only("AKIANEW"));
    for user in ["AKIANEW", "AKIAOLD", "AKIAGLOBAL"] {
        assert!(users.names(user), "{user}");
    }
    assert!(!users.names("AKIAOTHER"));
}
