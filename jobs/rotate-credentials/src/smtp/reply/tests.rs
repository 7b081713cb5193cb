//! The table of answers, row by row.

use super::{Class, Reply, Step, Verdict, classify};

/// Every row of SES's table, and what stands between its rows.
const TABLE: &str = "
Auth      | 235 Authentication successful | Accepted | Good
Mail      | 250 Ok | Accepted | Good
Data      | 354 End data with <CR><LF>.<CR><LF> | Accepted | Good
Message   | 250 Ok 0100018f-000000 | Accepted | Good
Auth      | 535 Authentication Credentials Invalid | Refused | Login
Auth      | 535 5.7.8 Error: authentication failed | Refused | Login
Auth      | 535 Account not subscribed to SES | NotSubscribed | Config
Mail      | 530 Authentication required | Protocol | Config
Auth      | 530 Must issue a STARTTLS command first | Protocol | Config
Auth      | 454 Temporary authentication failure | Temporary | Transient
Message   | 454 Throttling failure: Maximum sending rate exceeded | Throttled | Transient
Mail      | 454 Throttling failure: Daily message quota exceeded | Throttled | Transient
Auth      | 454 Throttling failure: Maximum sending rate exceeded | Temporary | Transient
StartTls  | 454 TLS not available due to temporary reason | Temporary | Transient
Message   | 454 Temporary service failure | Temporary | Transient
Message   | 451 Temporary service failure | Temporary | Transient
Message   | 451 Timeout waiting for data from client | Temporary | Transient
Hello     | 421 Too many concurrent SMTP connections | Temporary | Transient
Message   | 554 Access denied: User `arn:u' is not authorized to perform `ses:SendRawEmail' on resource `arn:i' | NotAuthorized | Denied
Message   | 554 Message rejected: Email address is not verified. The following identities failed: a@b | NotVerified | Config
Message   | 554 Message rejected: Sending paused for this account. | Temporary | Transient
Message   | 554 Transaction failed | Protocol | Config
Message   | 552 Message is too long. | Protocol | Config
Recipient | 553 Invalid email address. | Protocol | Config
Hello     | 554 No SMTP service here | Protocol | Config
Auth      | 250 a yes of the wrong kind | Protocol | Config
Auth      | 334 a yes of the wrong kind | Protocol | Config
Message   | 354 a yes of the wrong kind | Protocol | Config
";

const STEPS: [Step; 8] = [
    Step::Connect,
    Step::Hello,
    Step::StartTls,
    Step::Auth,
    Step::Mail,
    Step::Recipient,
    Step::Data,
    Step::Message,
];

const VERDICTS: [Verdict; 11] = [
    Verdict::Accepted,
    Verdict::Refused,
    Verdict::NotSubscribed,
    Verdict::Throttled,
    Verdict::Temporary,
    Verdict::NotAuthorized,
    Verdict::NotVerified,
    Verdict::Protocol,
    Verdict::Unreachable,
    Verdict::Tls,
    Verdict::Silent,
];

#[test]
fn every_row_of_the_table_has_its_verdict_and_class() {
    for row in TABLE.trim().lines() {
        let columns: Vec<&str> = row.split('|').map(str::trim).collect();
        let step = STEPS.into_iter().find(|it| format!("{it:?}") == columns[0]);
        let (code, text) = columns[1].split_once(' ').unwrap();
        let verdict = classify(step.unwrap(), code.parse().unwrap(), text);
        assert_eq!(format!("{verdict:?}"), columns[2], "{row}");
        assert_eq!(format!("{:?}", verdict.class()), columns[3], "{row}");
    }
}

#[test]
fn failures_without_an_answer_are_transient() {
    for verdict in [Verdict::Unreachable, Verdict::Tls, Verdict::Silent] {
        assert_eq!(verdict.class(), Class::Transient);
    }
}

#[test]
fn only_a_login_that_was_answered_with_yes_is_proven() {
    let proving = VERDICTS.into_iter().filter(|it| it.proves_login());
    let proving: Vec<_> = proving.collect();
    assert_eq!(proving, [Verdict::Accepted, Verdict::Throttled]);
}

#[test]
fn a_reply_reads_alone() {
    let mut reply = Reply {
        verdict: Verdict::Refused,
        step: Step::Auth,
        code: Some(535),
        text: "Authentication Credentials Invalid".to_owned(),
    };
    let text = reply.to_string();
    assert_eq!(text, "AUTH: 535 Authentication Credentials Invalid");
    reply.code = None;
    reply.text = "no answer within 10 s".to_owned();
    assert_eq!(reply.to_string(), "AUTH: no answer within 10 s");
}
