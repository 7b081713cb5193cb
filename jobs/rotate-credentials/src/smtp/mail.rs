//! The one mail that a probe sends.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Address;
use lettre::message::header::{ContentType, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message};

/// A mail whose only purpose is to be accepted.
#[derive(Debug, Clone, Copy)]
pub struct ProbeMail<'a> {
    /// The sender that Alertmanager uses: what SES allows depends on it.
    pub from: &'a Mailbox,
    /// A mailbox that nobody reads, such as [`simulator`].
    pub to: &'a Address,
    /// The run that sends it: subject and message id carry it.
    pub run: &'a str,
    /// The time of its header.
    pub at: Timestamp,
}

impl ProbeMail<'_> {
    /// Headers and body as they go over the wire: ASCII, ends of line CRLF.
    pub(super) fn message(&self) -> Result<Vec<u8>, lettre::error::Error> {
        let run = plain(self.run);
        let domain = self.from.email.domain();
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, self.to.clone()))
            .subject(format!("rotate-credentials probe {run}"))
            .date(SystemTime::from(self.at))
            .message_id(Some(format!("<probe.{run}@{domain}>")))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(format!(
                "Sent by rotate-credentials, run {run}, to see that mail goes through.\r\n"
            ))?;
        Ok(message.formatted())
    }
}

/// SES's mailbox that accepts everything, labelled with the run. Mail to it costs what any does, and
/// counts neither towards the quota of the day nor towards the sender's reputation.
pub fn simulator(run: &str) -> Address {
    /// A local part has at most 64 characters, of which `success+` takes eight.
    const LABEL: usize = 56;
    let label: String = plain(run).chars().take(LABEL).collect();
    Address::new_dangerous(format!("success+{label}"), "simulator.amazonses.com")
}

/// What can stand in an address and a header without quotes.
fn plain(run: &str) -> String {
    run.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect()
}

#[cfg(test)]
mod tests {
    use lettre::Address;

    use super::{ProbeMail, simulator};

    #[test]
    fn the_mail_is_short_plain_and_carries_the_run() {
        let mail = ProbeMail {
            from: &"Prometheus <alerts@example.com>".parse().unwrap(),
            to: &simulator("rc-7"),
            run: "rc-7",
            at: "2026-11-24T12:00:30Z".parse().unwrap(),
        };
        let message = String::from_utf8(mail.message().unwrap()).unwrap();
        insta::assert_snapshot!(message.replace("\r\n", "\n"), @r"
        From: Prometheus <alerts@example.com>
        To: success+rc-7@simulator.amazonses.com
        Subject: rotate-credentials probe rc-7
        Date: Tue, 24 Nov 2026 12:00:30 +0000
        Message-ID: <probe.rc-7@example.com>
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 7bit

        Sent by rotate-credentials, run rc-7, to see that mail goes through.
        ");
    }

    #[test]
    fn a_run_cannot_break_out_of_header_or_address() {
        let run = "a\r\nBcc: x@example.com, <\"b\">";
        assert_eq!(
            simulator(run).to_string(),
            "success+aBccxexamplecomb@simulator.amazonses.com"
        );
        let mail = ProbeMail {
            from: &"alerts@example.com".parse().unwrap(),
            to: &simulator(run),
            run,
            at: "2026-11-24T12:00:30Z".parse().unwrap(),
        };
        let message = String::from_utf8(mail.message().unwrap()).unwrap();
        assert!(!message.contains("\nBcc"), "{message}");
    }

    #[test]
    fn every_label_makes_an_address() {
        for run in ["", "rc-7", &"x".repeat(200), "-", "ä.ö"] {
            let address = simulator(run).to_string();
            assert!(address.parse::<Address>().is_ok(), "{address}");
        }
    }
}
