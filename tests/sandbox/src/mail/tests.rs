//! The server over the wire, with clients that send exactly what a test says.

use std::sync::Arc;
use std::time::Duration;

use common::clock::Clock;
use jiff::Timestamp;

use self::client::Client;
use super::{
    Fault, FaultKind, FixedAuthority, MailServer, Mechanism, Options, Reply, Senders, Stage,
};

mod client;
mod logins;

const NOW: &str = "2026-11-24T12:00:30Z";

fn options() -> Options {
    Options {
        clock: Clock::fixed(NOW.parse().unwrap()),
        ..Options::default()
    }
}

fn start(options: Options) -> MailServer {
    MailServer::start(Arc::new(FixedAuthority::new("user", "password")), options).unwrap()
}

/// `\0user\0password`.
const PLAIN: &str = "AUTH PLAIN AHVzZXIAcGFzc3dvcmQ=";

#[tokio::test]
async fn a_mail_over_starttls_arrives_as_it_was_sent() {
    let server = start(options());
    let mut client = Client::connect(server.addr()).await;
    assert_eq!(
        client.reply().await,
        "220 email-smtp.us-east-1.amazonaws.com ESMTP SimpleEmailService sandbox"
    );
    assert_eq!(
        client.ask("EHLO test").await,
        "250-email-smtp.us-east-1.amazonaws.com\n250-8BITMIME\n250-SIZE 10485760\n250-STARTTLS\n\
         250-AUTH PLAIN LOGIN\n250 Ok"
    );
    let mut client = client.start_tls(&server).await;
    assert_eq!(
        client.ask("EHLO test").await,
        "250-email-smtp.us-east-1.amazonaws.com\n250-8BITMIME\n250-SIZE 10485760\n\
         250-AUTH PLAIN LOGIN\n250 Ok",
        "STARTTLS is not offered twice"
    );
    client
        .transcript(&[
            (PLAIN, "235 Authentication successful"),
            ("MAIL FROM:<a@example.com> SIZE=20", "250 Ok"),
            ("RCPT TO:<b@example.com>", "250 Ok"),
            ("RCPT TO:<c@example.com>", "250 Ok"),
            ("DATA", "354 End data with <CR><LF>.<CR><LF>"),
            (
                "Subject: s\r\n\r\n..\r\nend\r\n.",
                "250 Ok 0100000000000001-5a4d-4b9c-8f0e-000000000000-000000",
            ),
            ("QUIT", "221 Bye"),
        ])
        .await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.from, "a@example.com");
    assert_eq!(mail.to, ["b@example.com", "c@example.com"]);
    assert_eq!((mail.subject.as_str(), mail.user.as_str()), ("s", "user"));
    assert_eq!(mail.data, "Subject: s\r\n\r\n.\r\nend\r\n");
    assert_eq!(mail.at, NOW.parse::<Timestamp>().unwrap());
    assert_eq!(server.refusals(), []);
}

#[tokio::test]
async fn nothing_is_listened_to_in_the_clear() {
    let server = start(options());
    let mut client = Client::greeted(server.addr()).await;
    client.ask("EHLO test").await;
    let refused = "530 Must issue a STARTTLS command first";
    client
        .transcript(&[(PLAIN, refused), ("MAIL FROM:<a@b>", refused)])
        .await;
    let stages: Vec<_> = server.refusals().iter().map(|it| it.stage).collect();
    assert_eq!(stages, [Stage::Auth, Stage::Mail]);
}

#[tokio::test]
async fn the_order_of_commands_and_the_limits_are_kept() {
    let options = Options {
        size_limit: 30,
        ..options()
    };
    let server = start(options);
    let mut client = Client::secured(&server).await;
    client
        .transcript(&[
            ("MAIL FROM:<a@b>", "530 Authentication required"),
            ("RCPT TO:<c@d>", "503 Bad sequence of commands"),
            ("DATA", "503 Bad sequence of commands"),
            ("STARTTLS", "503 Bad sequence of commands"),
            ("VRFY a", "502 Unrecognized command"),
            ("NOOP", "250 Ok"),
            (PLAIN, "235 Authentication successful"),
            (PLAIN, "503 Bad sequence of commands"),
            ("MAIL FROM:<a@b> SIZE=31", "552 Message is too long."),
            ("MAIL FROM:<a>", "553 Invalid email address."),
            ("MAIL FROM:<a@b>", "250 Ok"),
            ("MAIL FROM:<a@b>", "503 Bad sequence of commands"),
            ("DATA", "503 Bad sequence of commands"),
            ("RSET", "250 Ok"),
            ("RCPT TO:<c@d>", "503 Bad sequence of commands"),
            ("MAIL FROM:<a@b>", "250 Ok"),
            ("RCPT TO:<c@d>", "250 Ok"),
            ("DATA", "354 End data with <CR><LF>.<CR><LF>"),
            (
                "Subject: more than thirty bytes\r\n\r\n\r\n.",
                "552 Message is too long.",
            ),
        ])
        .await;
    assert_eq!(server.mails(), []);
}

#[tokio::test]
async fn only_verified_senders_may_send() {
    let verified = ["a@example.com", "example.org"].map(str::to_owned).to_vec();
    let server = start(Options {
        senders: Senders::Verified(verified),
        region: "eu-west-1".to_owned(),
        ..options()
    });
    let refused = "554 Message rejected: Email address is not verified. The following identities \
                   failed the check in region EU-WEST-1: b@example.com";
    for (sender, accepted) in [
        ("a@example.com", true),
        ("anybody@example.org", true),
        ("b@example.com", false),
    ] {
        let mut client = Client::secured(&server).await;
        let answer = client.deliver(PLAIN, sender).await;
        if accepted {
            assert!(answer.starts_with("250 Ok 0100"), "{sender}: {answer}");
        } else {
            assert_eq!(answer, refused);
        }
    }
    assert_eq!(server.mails().len(), 2);
    let refusals = server.refusals();
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0].user.as_deref(), Some("user"));
    assert_eq!(refusals[0].stage, Stage::Message);
}

#[tokio::test]
async fn the_wrapper_port_speaks_tls_at_once_and_the_certificate_carries_more_names() {
    let server = start(Options {
        wrapper: Some(([127, 0, 0, 1], 0).into()),
        names: vec!["10.77.0.1".to_owned(), "mail.example.com".to_owned()],
        ..options()
    });
    for name in ["localhost", "127.0.0.1", "10.77.0.1", "mail.example.com"] {
        let client = Client::connect(server.wrapper_addr().unwrap()).await;
        let mut client = client.handshake(server.ca_pem(), name).await.unwrap();
        assert!(client.reply().await.starts_with("220 "), "{name}");
    }
    let client = Client::connect(server.wrapper_addr().unwrap()).await;
    let error = client.handshake(server.ca_pem(), "example.com").await;
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("not valid for name")
    );
}

#[tokio::test]
async fn a_fault_strikes_the_connections_that_it_names_and_no_others() {
    let server = start(options());
    server.inject(
        Fault::answer(Stage::Greeting, Reply::TOO_MANY_CONNECTIONS).connections(2, Some(3)),
    );
    let mut answers = Vec::new();
    for _ in 0..4 {
        let mut client = Client::connect(server.addr()).await;
        answers.push(client.reply().await.get(..3).unwrap().to_owned());
    }
    assert_eq!(answers, ["220", "421", "421", "220"]);
    assert_eq!(server.connections(), 4);

    server.inject(Fault::new(FaultKind::Slow(Duration::from_millis(1))));
    server.inject(Fault::new(FaultKind::Cut { at: Stage::Hello }));
    let mut client = Client::greeted(server.addr()).await;
    assert_eq!(client.ask("EHLO test").await, "", "the connection is gone");
    server.clear_faults();
    let mut client = Client::greeted(server.addr()).await;
    assert!(client.ask("EHLO test").await.ends_with("250 Ok"));
    let stages: Vec<_> = server.refusals().iter().map(|it| it.stage).collect();
    assert_eq!(stages, [Stage::Greeting, Stage::Greeting, Stage::Hello]);
}

#[tokio::test]
async fn a_stripped_offer_lures_a_careless_client_into_the_clear() {
    let server = start(options());
    server.inject(Fault::new(FaultKind::Stripped));
    let mut client = Client::greeted(server.addr()).await;
    let offer = client.ask("EHLO test").await;
    assert!(
        !offer.contains("STARTTLS") && offer.contains("AUTH PLAIN"),
        "{offer}"
    );
    client
        .transcript(&[
            ("STARTTLS", "502 Unrecognized command"),
            (PLAIN, "235 Authentication successful"),
        ])
        .await;
}

#[tokio::test]
async fn whoever_waits_for_mail_is_woken_by_it_or_told_what_came() {
    let server = Arc::new(start(options()));
    let patience = Duration::from_secs(20);
    let waiting = {
        let server = Arc::clone(&server);
        tokio::spawn(async move { server.wait_for(|mails| mails.len() == 2, patience).await })
    };
    for _ in 0..2 {
        let mut client = Client::secured(&server).await;
        client.deliver(PLAIN, "a@example.com").await;
    }
    assert_eq!(waiting.await.unwrap().unwrap().len(), 2);
    let short = Duration::from_millis(5);
    let error = server.wait_for(|mails| mails.len() == 3, short).await;
    assert_eq!(error.unwrap_err().mails.len(), 2);
}

#[tokio::test]
async fn mechanisms_are_offered_in_the_order_asked_for_and_others_refused() {
    let server = start(Options {
        mechanisms: vec![Mechanism::Login],
        ..options()
    });
    let mut client = Client::secured(&server).await;
    assert!(client.ask("EHLO test").await.contains("250-AUTH LOGIN\n"));
    let refused = "504 Unrecognized authentication type";
    client
        .transcript(&[(PLAIN, refused), ("AUTH CRAM-MD5", refused)])
        .await;
}
