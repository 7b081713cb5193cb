//! Who is let in, by which mechanism, and who hears of it.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::secret::{ExposeSecret as _, SecretString};
use common::ses::smtp_password;

use super::client::Client;
use super::{PLAIN, options, start};
use crate::mail::{Authority, KeyState, Login, MailServer, SesAuthority, Stage};

#[tokio::test]
async fn login_is_asked_for_in_two_steps_as_alertmanager_answers_them() {
    let server = start(options());
    let mut client = Client::secured(&server).await;
    client
        .transcript(&[
            // "Username:", "Password:".
            ("AUTH LOGIN", "334 VXNlcm5hbWU6"),
            ("dXNlcg==", "334 UGFzc3dvcmQ6"),
            ("cGFzc3dvcmQ=", "235 Authentication successful"),
        ])
        .await;
    let mut client = Client::secured(&server).await;
    client
        .transcript(&[
            ("AUTH LOGIN dXNlcg==", "334 UGFzc3dvcmQ6"),
            ("*", "501 Syntax error in parameters or arguments"),
            ("AUTH PLAIN", "334 "),
            ("AHVzZXIAcGFzc3dvcmQ=", "235 Authentication successful"),
        ])
        .await;
}

#[tokio::test]
async fn a_refused_login_is_remembered_and_leaves_nobody_logged_in() {
    let server = start(options());
    let mut client = Client::secured(&server).await;
    client
        .transcript(&[
            (
                "AUTH PLAIN AHVzZXIAd3Jvbmc=",
                "535 Authentication Credentials Invalid",
            ),
            ("MAIL FROM:<a@b>", "530 Authentication required"),
            (PLAIN, "235 Authentication successful"),
        ])
        .await;
    let refusals = server.refusals();
    let seen: Vec<_> = refusals
        .iter()
        .map(|it| {
            (
                it.stage,
                it.user.as_deref(),
                it.reply.as_ref().unwrap().code,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [(Stage::Auth, Some("user"), 535), (Stage::Mail, None, 530)]
    );
}

#[tokio::test]
async fn each_verdict_about_a_login_has_its_reply() {
    struct Says(Login);
    impl Authority for Says {
        fn login(&self, _: &str, _: &str) -> Login {
            self.0
        }
    }
    for (login, reply) in [
        (Login::Granted, "235 Authentication successful"),
        (Login::Refused, "535 Authentication Credentials Invalid"),
        (Login::NotSubscribed, "535 Account not subscribed to SES"),
        (Login::Temporary, "454 Temporary authentication failure"),
    ] {
        let server = MailServer::start(Arc::new(Says(login)), options()).unwrap();
        let mut client = Client::secured(&server).await;
        assert_eq!(client.ask(PLAIN).await, reply);
    }
}

#[test]
fn ses_lets_in_the_derived_password_of_an_active_key_that_has_arrived() {
    let secret = || SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let uses = Arc::new(Mutex::new(Vec::new()));
    let key = move |id: &str| {
        let (active, usable) = match id {
            "GOOD" => (true, true),
            "INACTIVE" => (false, true),
            "FRESH" => (true, false),
            _ => return None,
        };
        Some(KeyState {
            secret: secret(),
            active,
            usable,
        })
    };
    let record_use = {
        let uses = Arc::clone(&uses);
        move |id: &str| uses.lock().unwrap().push(id.to_owned())
    };
    let authority = SesAuthority::new("eu-west-1", key, record_use);
    let here = smtp_password(&secret(), "eu-west-1");
    let elsewhere = smtp_password(&secret(), "us-east-1");
    let here = here.expose_secret();
    for (user, password, login) in [
        ("GOOD", here, Login::Granted),
        ("GOOD", elsewhere.expose_secret(), Login::Refused),
        ("GOOD", secret().expose_secret(), Login::Refused),
        ("GOOD", "", Login::Refused),
        ("INACTIVE", here, Login::Refused),
        ("FRESH", here, Login::Refused),
        ("NOBODY", here, Login::Refused),
    ] {
        assert_eq!(authority.login(user, password), login, "{user} {password}");
    }
    assert_eq!(*uses.lock().unwrap(), ["GOOD"], "a refusal is no use");
}

#[tokio::test]
async fn the_user_of_a_mail_is_the_one_that_logged_in() {
    let secret = SecretString::from("some+secret+key");
    let password = smtp_password(&secret, "us-east-1");
    let key = move |_: &str| {
        Some(KeyState {
            secret: secret.clone(),
            active: true,
            usable: true,
        })
    };
    let authority = SesAuthority::new("us-east-1", key, |_| {});
    let server = MailServer::start(Arc::new(authority), options()).unwrap();
    let pair = format!("\0AKIAEXAMPLE\0{}", password.expose_secret());
    let login = format!("AUTH PLAIN {}", STANDARD.encode(pair));
    let mut client = Client::secured(&server).await;
    client.deliver(&login, "a@example.com").await;
    assert_eq!(server.mails()[0].user, "AKIAEXAMPLE");
}
