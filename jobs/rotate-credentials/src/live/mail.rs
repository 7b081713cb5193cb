//! The mail servers of all clusters, asked with one pair.

use std::collections::BTreeSet;

use common::exit::Exit;
use common::ses::{Region, Smarthost, smtp_password};
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::config::ClusterConfig;
use crate::marks::RunId;
use crate::pair::Pair;
use crate::smtp::{
    self, Endpoint, Login, Mailbox, ProbeMail, Reply, Timeouts, Trust, Verdict, simulator,
};
use crate::verdict;
use crate::world::{ProbeAnswer, ProbeKind};

/// Who asks, and whom.
#[derive(Debug)]
pub(super) struct Mail {
    from: Mailbox,
    run: RunId,
    servers: BTreeSet<(Smarthost, Region)>,
    pub(super) trust: Trust,
}

impl Mail {
    /// From this sender, to the mail servers of these clusters, each server once.
    pub(super) fn new(from: Mailbox, run: RunId, clusters: &[ClusterConfig]) -> Self {
        let server = |config: &ClusterConfig| (config.smarthost.clone(), config.region.clone());
        Self {
            from,
            run,
            servers: clusters.iter().map(server).collect(),
            trust: Trust::System,
        }
    }

    /// Asks every server once; the worst answer counts.
    pub(super) async fn probe(&self, pair: &Pair, kind: ProbeKind, now: Timestamp) -> ProbeAnswer {
        let asked = self.servers.iter().map(async |(smarthost, region)| {
            let reply = self.ask(smarthost, region, pair, kind, now).await;
            answer(smarthost, kind, &reply)
        });
        worst(join_all(asked).await)
    }

    async fn ask(
        &self,
        smarthost: &Smarthost,
        region: &Region,
        pair: &Pair,
        kind: ProbeKind,
        now: Timestamp,
    ) -> Reply {
        let endpoint = Endpoint {
            trust: self.trust.clone(),
            ..Endpoint::new(smarthost.clone())
        };
        let login = Login {
            user: pair.id.as_str(),
            password: &smtp_password(&pair.secret, region.as_str()),
        };
        let timeouts = Timeouts::default();
        match kind {
            ProbeKind::Auth => smtp::auth(&endpoint, &login, timeouts).await,
            ProbeKind::Send => {
                let run = self.run.as_str();
                let mail = ProbeMail {
                    from: &self.from,
                    to: &simulator(run),
                    run,
                    at: now,
                };
                smtp::send(&endpoint, &login, &mail, timeouts).await
            }
        }
    }
}

/// What a reply says about what was asked.
fn answer(smarthost: &Smarthost, kind: ProbeKind, reply: &Reply) -> ProbeAnswer {
    let verdict = match reply.verdict {
        Verdict::Accepted => return ProbeAnswer::Accepted,
        Verdict::Refused => return ProbeAnswer::Refused,
        // A mail that was put off shows that the login works, and nothing about mails.
        Verdict::Throttled if kind == ProbeKind::Auth => return ProbeAnswer::Accepted,
        Verdict::Throttled | Verdict::Temporary => verdict::SMTP_BUSY,
        Verdict::NotSubscribed => verdict::SMTP_NOT_SUBSCRIBED,
        Verdict::NotVerified => verdict::SMTP_SENDER,
        Verdict::Protocol => verdict::SMTP_PROTOCOL,
        Verdict::NotAuthorized => verdict::DENIED_BY_SES,
        Verdict::Unreachable | Verdict::Tls | Verdict::Silent => verdict::SMTP_UNREACHABLE,
    };
    ProbeAnswer::Failed(verdict.because(format!("{smarthost}: {reply}")))
}

/// The answer that decides: a refused login over any other failure, what a person must mend over
/// what passes.
fn worst(answers: impl IntoIterator<Item = ProbeAnswer>) -> ProbeAnswer {
    let rank = |answer: &ProbeAnswer| match answer {
        ProbeAnswer::Refused => 3,
        ProbeAnswer::Failed(trouble) if trouble.exit != Exit::Transient => 2,
        ProbeAnswer::Failed(_) => 1,
        ProbeAnswer::Accepted => 0,
    };
    let nobody =
        || ProbeAnswer::Failed(verdict::SMTP_UNREACHABLE.because("there is no mail server"));
    answers.into_iter().max_by_key(rank).unwrap_or_else(nobody)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::Step;

    fn said(kind: ProbeKind, verdict: Verdict) -> &'static str {
        let reply = Reply {
            verdict,
            step: Step::Auth,
            code: None,
            text: "text".into(),
        };
        match answer(&"mail.example.com:587".parse().unwrap(), kind, &reply) {
            ProbeAnswer::Accepted => "accepted",
            ProbeAnswer::Refused => "refused",
            ProbeAnswer::Failed(trouble) => {
                assert_eq!(trouble.text, "mail.example.com:587: AUTH: text");
                trouble.code
            }
        }
    }

    #[test]
    fn each_class_of_reply_has_its_verdict() {
        use ProbeKind::{Auth, Send};
        for kind in [Auth, Send] {
            for (verdict, expected) in [
                (Verdict::Accepted, "accepted"),
                (Verdict::Refused, "refused"),
                (Verdict::NotSubscribed, "smtp-not-subscribed"),
                (Verdict::Temporary, "smtp-busy"),
                (Verdict::NotAuthorized, "smtp-denied"),
                (Verdict::NotVerified, "smtp-sender-not-verified"),
                (Verdict::Protocol, "smtp-protocol"),
                (Verdict::Unreachable, "smtp-unreachable"),
                (Verdict::Tls, "smtp-unreachable"),
                (Verdict::Silent, "smtp-unreachable"),
            ] {
                assert_eq!(said(kind, verdict), expected, "{verdict}");
            }
        }
        assert_eq!(said(Auth, Verdict::Throttled), "accepted");
        assert_eq!(said(Send, Verdict::Throttled), "smtp-busy");
    }

    #[test]
    fn the_worst_answer_counts_whatever_the_order() {
        let failed = |verdict: verdict::Verdict| ProbeAnswer::Failed(verdict.because(""));
        let ladder = [
            ProbeAnswer::Accepted,
            failed(verdict::SMTP_BUSY),
            failed(verdict::DENIED_BY_SES),
            ProbeAnswer::Refused,
        ];
        for (index, higher) in ladder.iter().enumerate() {
            for lower in ladder.iter().take(index) {
                let pair = || [lower.clone(), higher.clone()];
                assert_eq!(worst(pair()), *higher);
                assert_eq!(worst(pair().into_iter().rev()), *higher);
            }
        }
        assert!(matches!(worst([]), ProbeAnswer::Failed(_)));
    }
}
