//! The mail user: it sends as Alertmanager and does nothing else, whatever else is ever attached to it.

use serde_json::json;

use super::documents::Documents;
use super::{Account, holds, text};
use crate::chart::documents::{Rendered, documents as yaml};

fn mail(documents: &Documents, renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let policy = documents.json("mail-user/policy.json").unwrap_or_default();
    if documents.json("mail-user/boundary.json").as_ref() != Some(&policy) {
        wrong.push("the boundary is another policy".to_owned());
    }
    let accounts = Account::all(renders);
    let rotators = accounts.iter().filter(|it| it.name == "rotate-credentials");
    for account in rotators {
        let files = account.configuration(renders);
        let config = files.get("config.yaml").and_then(|it| yaml(it).ok()?.pop());
        let mail = config.unwrap_or_default()["mail"].clone();
        let from = text(&mail["from"]);
        let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain);
        let smarthost = text(&mail["smarthost"]);
        // email-smtp.REGION.amazonaws.com
        let region = smarthost.split('.').nth(1).unwrap_or_default();
        let owner = account.role.split(':').nth(4).unwrap_or_default();
        let identity = |of: &str| format!("arn:aws:ses:{region}:{owner}:identity/{of}");
        let expected = json!([{
            "Sid": "SendAsAlertmanager", "Effect": "Allow", "Action": ["ses:SendRawEmail"],
            // SES looks at whichever of the two is verified.
            "Resource": [identity(domain), identity(&from)],
            "Condition": {"StringEquals": {"ses:FromAddress": from}},
        }]);
        if policy["Statement"] != expected {
            wrong.push(format!(
                "{}: its mail is not what the user may send: {expected}",
                account.cluster
            ));
        }
    }
    wrong
}

/// Every sender in Alertmanager's configuration is the one that the user may send as.
fn senders(documents: &Documents, renders: &[Rendered]) -> Vec<String> {
    let policy = documents.json("mail-user/policy.json").unwrap_or_default();
    let allowed = &policy["Statement"][0]["Condition"]["StringEquals"]["ses:FromAddress"];
    let mut wrong = Vec::new();
    for render in renders {
        let map = render.object("ConfigMap", "alertmanager-template");
        let configuration = yaml(&text(&map["data"]["alertmanager.yaml"])).ok();
        let configuration = configuration.and_then(|mut it| it.pop());
        let configuration = configuration.unwrap_or_default();
        let receivers = configuration["receivers"].as_array().into_iter().flatten();
        let mails = receivers.flat_map(|it| it["email_configs"].as_array().into_iter().flatten());
        let own = mails.map(|it| &it["from"]).filter(|it| !it.is_null());
        for sender in own.chain([&configuration["global"]["smtp_from"]]) {
            if sender != allowed {
                let cluster = &render.cluster;
                wrong.push(format!(
                    "{cluster}: mail is sent as {sender}, and may be as {allowed}"
                ));
            }
        }
    }
    wrong
}

#[test]
fn alertmanager_sends_as_whom_the_mail_user_may() {
    holds(
        senders,
        &[(
            |it| {
                it.plant(
                    "mail-user/policy.json",
                    "\"ses:FromAddress\": \"prometheus",
                    "\"ses:FromAddress\": \"x",
                );
            },
            "is sent as",
        )],
    );
    // The chart's side.
    let documents = Documents::committed().unwrap();
    for (right, wrong) in [
        ("smtp_from: prometheus", "smtp_from: alerts"),
        ("send_resolved: false", "from: alerts@toolchain.com"),
    ] {
        let mut renders = Rendered::all().unwrap();
        let map = renders[1].object_mut("ConfigMap", "alertmanager-template");
        let configuration = &mut map["data"]["alertmanager.yaml"];
        *configuration = text(configuration).replacen(right, wrong, 1).into();
        assert_eq!(senders(&documents, &renders).len(), 1, "{wrong}");
    }
}

#[test]
fn the_mail_user_sends_as_what_the_rotation_is_configured_for() {
    const POLICY: &str = "mail-user/policy.json";
    const BOUNDARY: &str = "mail-user/boundary.json";
    holds(
        mail,
        &[
            (
                |it| it.plant(BOUNDARY, "ses:SendRawEmail", "ses:*"),
                "another policy",
            ),
            (
                |it| {
                    it.plant(
                        POLICY,
                        "\"ses:FromAddress\": \"prometheus",
                        "\"ses:FromAddress\": \"x",
                    );
                },
                "may send",
            ),
            (|it| it.plant(POLICY, "us-east-1", "us-west-2"), "may send"),
            (
                |it| {
                    for path in [POLICY, BOUNDARY] {
                        it.plant(path, "ses:SendRawEmail", "ses:SendEmail");
                    }
                },
                "may send",
            ),
        ],
    );
}
