//! The mail that a person gets: the chart's own configuration in a real Alertmanager, an alert of the chart's own
//! rules, a real conversation over SMTP, and what stands in the mailbox then.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use common::http::Timeouts;
use sandbox::mail::{FixedAuthority, Mail, MailServer, Options};
use sandbox::servers::Alertmanager;
use sandbox::tools::Tools;
use scenarios::alertmanager::{LOGIN, filled, template};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{JOBS, alerts};

const MINUTE: Duration = Duration::from_mins(1);

/// An Alertmanager as the chart configures it, and the mail server that it sends to.
struct Post {
    server: MailServer,
    alertmanager: Alertmanager,
    _files: TempDir,
}

impl Post {
    async fn start() -> Result<Self> {
        let (user, password) = LOGIN;
        let pair = Arc::new(FixedAuthority::new(user, password));
        let server = MailServer::start(pair, Options::default())?;
        let files = TempDir::new()?;
        let ca = files.path().join("ca.pem");
        fs::write(&ca, server.ca_pem())?;
        let mut configuration = filled(&template()?)?.expose().to_owned();
        // Where the mail server is, whom to trust, and no patience; all that is said stays as it is.
        let port = server.addr().port();
        for (from, to) in [
            (
                "smtp_smarthost: email-smtp.us-east-1.amazonaws.com:587",
                format!(
                    "smtp_smarthost: localhost:{port}\n  smtp_tls_config: {{ca_file: '{}'}}",
                    ca.display()
                ),
            ),
            ("group_wait: 1m", "group_wait: 1s".to_owned()),
            (
                "  group_interval: 5m\n  routes",
                "  group_interval: 1s\n  routes".to_owned(),
            ),
        ] {
            assert!(configuration.contains(from), "{from}");
            configuration = configuration.replacen(from, &to, 1);
        }
        let alertmanager = Alertmanager::start(&Tools::from_process()?, &configuration).await?;
        Ok(Self {
            server,
            alertmanager,
            _files: files,
        })
    }

    async fn post(&self, alerts: &Value) -> Result<()> {
        let client = common::http::client(Timeouts {
            connect: MINUTE,
            total: MINUTE,
        })?;
        let url = format!("{}/api/v2/alerts", self.alertmanager.url());
        client
            .post(url)
            .json(alerts)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// The mail after so many others, as text and as a page.
    async fn mail(&self, after: usize) -> Result<(Mail, String, String)> {
        let mails = self
            .server
            .wait_for(|mails| mails.len() > after, MINUTE)
            .await?;
        let mail = mails[after].clone();
        let text = part(&mail, "text/plain")?;
        let page = part(&mail, "text/html")?;
        Ok((mail, text, page))
    }
}

/// A part of a mail, decoded.
fn part(mail: &Mail, kind: &str) -> Result<String> {
    let parts = mail
        .data
        .split("\r\n--")
        .map(|part| part.split_once("\r\n\r\n"));
    let mut parts = parts.flatten().filter(|(head, _)| head.contains(kind));
    let (head, body) = parts.next().with_context(|| format!("no {kind}"))?;
    assert!(head.contains("quoted-printable"), "{head}");
    let text = quoted(&body.replace("=\r\n", ""));
    Ok(text.replace("\r\n", "\n").trim_end().to_owned())
}

/// What quoted-printable text stands for.
fn quoted(text: &str) -> String {
    let mut pieces = text.split('=');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}

/// The subject as a person sees it. Alertmanager encodes whatever is not plain.
fn subject(mail: &Mail) -> String {
    let encoded = mail.subject.strip_prefix("=?utf-8?");
    assert!(encoded.is_none(), "{}", mail.subject);
    mail.subject.clone()
}

/// An alert of the chart's as Prometheus sends it: with the labels of a series, and texts filled in.
fn alert(name: &str, series: &[(&str, &str)], ends: &str) -> Result<Value> {
    let rule = alerts(JOBS)?.into_iter().find(|rule| rule.name == name);
    let rule = rule.context("no such alert")?;
    let mut labels = rule.labels;
    labels.extend(
        series
            .iter()
            .map(|(label, value)| ((*label).to_owned(), (*value).to_owned())),
    );
    labels.insert("alertname".to_owned(), name.to_owned());
    // Prometheus puts it onto whatever it sends.
    labels.insert("cluster".to_owned(), "prod-e1-1".to_owned());
    let mut texts = BTreeMap::new();
    for (key, mut text) in rule.annotations {
        for (label, value) in &labels {
            text = text.replace(&format!("{{{{ $labels.{label} }}}}"), value);
        }
        text = text.replace("{{ $externalLabels.cluster }}", "prod-e1-1");
        text = text.replace(
            "{{ $value | humanizeTimestamp }}",
            "2026-01-02 03:02:00 +0000 UTC",
        );
        assert!(!text.contains("{{"), "{text}");
        texts.insert(key, text);
    }
    Ok(json!({
        "labels": labels,
        "annotations": texts,
        "startsAt": "2026-01-02T03:05:00Z",
        "endsAt": ends,
    }))
}

#[tokio::test]
async fn a_mail_says_which_job_in_which_cluster_what_is_wrong_and_what_to_type() -> Result<()> {
    let post = Post::start().await?;
    let of_job = [
        ("namespace", "monitoring-credentials"),
        ("cronjob", "rotate-credentials"),
    ];
    let firing = alert("JobFailed", &of_job, "2100-01-01T00:00:00Z")?;
    post.post(&json!([firing])).await?;
    let (mail, text, page) = post.mail(0).await?;
    assert_eq!(mail.to, ["ops-notify@toolchain.com"]);
    insta::assert_snapshot!("mail_firing", format!("{}\n\n{text}", subject(&mail)));
    insta::assert_snapshot!("mail_firing_page", page);

    // It is over, and a mail says that too.
    let over = alert("JobFailed", &of_job, "2026-01-02T04:05:00Z")?;
    post.post(&json!([over])).await?;
    let (mail, text, page) = post.mail(1).await?;
    insta::assert_snapshot!("mail_over", format!("{}\n\n{text}", subject(&mail)));
    assert!(
        !text.contains("kubectl") && !page.contains("kubectl"),
        "{text}"
    );
    assert_eq!(post.server.refusals(), []);
    Ok(())
}

#[tokio::test]
async fn commands_of_several_lines_stand_in_a_mail_as_they_are_typed() -> Result<()> {
    let post = Post::start().await?;
    let firing = alert(
        "ClustersNotConverged",
        &[("peer", "remoting-prod-e1-1")],
        "2100-01-01T00:00:00Z",
    )?;
    post.post(&json!([firing])).await?;
    let (_, text, page) = post.mail(0).await?;
    let kubectl = "    kubectl --context prod-e1-1 --namespace monitoring-credentials";
    let typed = format!(
        "See which replica:\n\n    job=rotate-plan-$(date +%s)\n{kubectl} create job $job \
         --from=cronjob/rotate-credentials-plan &&\n    until {} logs --follow job/$job; do sleep 1; done\n",
        kubectl.trim_start()
    );
    assert!(text.contains(&typed), "{text}");
    let escaped = typed.trim_end().replace('&', "&amp;").replace('+', "&#43;");
    assert!(page.contains(&escaped), "{page}");
    Ok(())
}

#[tokio::test]
async fn alerts_of_several_jobs_and_of_programs_that_are_none_of_ours_are_one_mail_each()
-> Result<()> {
    let post = Post::start().await?;
    let job = |name| {
        let series = [("namespace", "monitoring"), ("cronjob", name)];
        alert("JobFailed", &series, "2100-01-01T00:00:00Z")
    };
    post.post(&json!([job("sync-dashboards")?, job("check-consistency")?]))
        .await?;
    let (mail, text, _) = post.mail(0).await?;
    // The subject cannot name two jobs, and the text names both.
    insta::assert_snapshot!("mail_two_jobs", format!("{}\n\n{text}", subject(&mail)));

    // Upstream's alerts have other texts, and none for what to do.
    let others = json!([{
        "labels": {
            "alertname": "KubePodCrashLooping", "cluster": "prod-e1-1", "namespace": "prod", "severity": "warning",
        },
        "annotations": {
            "description": "Pod prod/<web> is in waiting state",
            "summary": "Pod is crash looping.",
            "runbook_url": "https://runbooks.prometheus-operator.dev/runbooks/kubernetes/kubepodcrashlooping",
        },
        "startsAt": "2026-01-02T03:05:00Z",
        "endsAt": "2100-01-01T00:00:00Z",
    }]);
    post.post(&others).await?;
    let (mail, text, page) = post.mail(1).await?;
    insta::assert_snapshot!("mail_upstream", format!("{}\n\n{text}", subject(&mail)));
    assert!(page.contains("prod/&lt;web&gt;"), "{page}");
    Ok(())
}
