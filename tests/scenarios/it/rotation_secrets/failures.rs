//! Failures that come near a secret: what cannot be read, and what somebody refuses in words of its
//! own.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::secret::ExposeSecret as _;
use common::ses::smtp_password;
use sandbox::aws::{Fault as AwsFault, FaultKind, Operation, SecretValue};
use sandbox::checkout;
use sandbox::company::{GROUP, REGION, SECRET};
use sandbox::kubernetes::Change;
use sandbox::mail::{Fault as MailFault, Reply, Stage};
use scenarios::wait;
use serde_json::json;

use super::Scene;

const GATEWAY_PASSWORD: &str = "gate-way-pass-word-1";

/// The user's first key.
fn pair(scene: &Scene) -> Result<(String, String)> {
    let key = scene.company.keys()?.swap_remove(0);
    Ok((key.id, key.secret.expose_secret().to_owned()))
}

#[tokio::test]
async fn a_secret_that_cannot_be_used_is_not_quoted() -> Result<()> {
    let mut scene = Scene::start().await?;
    let text = scene.company.aws.secrets().current_text(SECRET)?;
    let (id, secret) = pair(&scene)?;
    let with = |from: &str, to: &str| text.replace(from, to);
    let quoted = format!("\"{secret}\"");
    let half = text.find(&secret).unwrap_or_default() + 20;
    let malformed = [
        ("white space", with(&secret, &format!("{secret}\\n"))),
        (
            "the two swapped",
            with(&id, "@").replace(&secret, &id).replace('@', &secret),
        ),
        (
            "an object",
            with(&quoted, &format!("{{{quoted}: {quoted}}}")),
        ),
        ("no quotes", with(&quoted, &secret)),
        ("cut", text.get(..half).unwrap_or_default().to_owned()),
        ("a text alone", quoted.clone()),
        (
            "twice",
            text.replacen(
                '{',
                &format!("{{\"email_secret_access_key\": {quoted}, "),
                1,
            ),
        ),
        ("no id", with("email_access_key_id", "email_access_key")),
    ];
    for (what, document) in malformed {
        assert_ne!(document, text, "{what}");
        scene.company.aws.secrets().put_value(SECRET, &document)?;
        for command in ["plan", "status", "explain", "apply", "init"] {
            let run = scene.run(&[command], 2).await;
            run.map_err(|error| error.context(what))?;
        }
    }
    let binary = SecretValue::Binary(text.clone().into_bytes());
    let secrets = scene.company.aws.secrets();
    secrets.put_staged(SECRET, binary, &["AWSCURRENT"])?;
    scene.run(&["apply"], 2).await?;

    // The pair is made, and its document is what KMS refuses to encrypt.
    scene.company.aws.secrets().put_value(SECRET, &text)?;
    scene
        .company
        .aws
        .inject(AwsFault::new(FaultKind::KmsDenied).on(Operation::PutSecretValue));
    scene.apply(&[], 4).await?;
    println!("{}", scene.end().await?);
    Ok(())
}

#[tokio::test]
async fn a_mail_server_that_repeats_the_login_is_not_repeated() -> Result<()> {
    let mut scene = Scene::start().await?;
    let key = scene.company.keys()?.swap_remove(0);
    let password = smtp_password(&key.secret, REGION);
    let password = password.expose_secret();
    let plain = STANDARD.encode(format!("\0{}\0{password}", key.id));
    let says = |code, text: String| Reply {
        code,
        text: text.into(),
    };
    // With the status of a look, and that of a run.
    let answers = [
        (Stage::Auth, Reply::INVALID_CREDENTIALS, 0, 3),
        (Stage::Auth, says(535, format!("not {password}")), 0, 3),
        (Stage::Auth, says(500, format!("AUTH PLAIN {plain}?")), 2, 2),
        (Stage::Auth, says(454, format!("busy: {password}")), 1, 1),
        // A login is all that is tried before there is a new pair.
        (Stage::Message, Reply::NOT_AUTHORIZED, 0, 4),
    ];
    for (stage, reply, look, status) in answers {
        scene.company.mail.clear_faults();
        scene.company.mail.inject(MailFault::answer(stage, reply));
        scene.run(&["plan", "--probe"], look).await?;
        scene.apply(&[], status).await?;
    }
    scene.company.mail.clear_faults();
    scene.apply(&["--max-steps", "1"], 0).await?;
    println!("{}", scene.end().await?);
    Ok(())
}

#[tokio::test]
async fn answers_that_are_cut_or_refused_are_not_quoted() -> Result<()> {
    let mut scene = Scene::start().await?;
    let faults = [(FaultKind::Truncate, 1), (FaultKind::AccessDenied, 4)];
    for (kind, status) in faults {
        scene.company.aws.clear_faults();
        scene
            .company
            .aws
            .inject(AwsFault::new(kind).on(Operation::GetSecretValue));
        scene.run(&["plan"], status).await?;
        scene.apply(&[], status).await?;
    }
    scene.company.aws.clear_faults();

    let site = &scene.company.clusters[0];
    let secret = site.alertmanagers.config_secret_path();
    let job = site
        .cluster
        .client_for("rotate-credentials", Some(GROUP))
        .await?;
    let namespace = [
        "delete",
        "role",
        "rotate-credentials",
        "--namespace=monitoring",
    ];
    site.cluster.kubectl(&namespace, "").await?;
    wait::until("the Role is gone", async || {
        Ok(job.status(&secret).await? == 403)
    })
    .await?;
    scene.run(&["plan"], 4).await?;
    scene.apply(&[], 4).await?;
    let role = std::fs::read_to_string(checkout::file("k8s/rbac/rotate-credentials.yaml"))?;
    let site = &scene.company.clusters[0];
    site.cluster.apply(&[&role]).await?;
    wait::until("the Role is back", async || {
        Ok(job.status(&secret).await? == 200)
    })
    .await?;

    // Nobody listens there; the run goes on without.
    let url = format!("http://rotator:{GATEWAY_PASSWORD}@127.0.0.1:9");
    scene
        .sought
        .value("password of the gateway", GATEWAY_PASSWORD)?;
    scene
        .run(&["apply", "--max-steps", "3", "--pushgateway", &url], 0)
        .await?;
    println!("{}", scene.end().await?);
    Ok(())
}

/// Refuses whatever is written to the Secret, and quotes it.
const TALKATIVE: &str = r#"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: talkative}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [''], apiVersions: [v1], operations: [UPDATE], resources: [secrets]}
  matchConditions:
  - {name: one, expression: "object.metadata.name == 'alertmanager-prod-monitoring'"}
  validations:
  - expression: 'false'
    messageExpression: "string(object.data['alertmanager.yaml']).replace('\\n', ' ')"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: talkative}
spec: {policyName: talkative, validationActions: [Deny]}
"#;

#[tokio::test]
async fn a_cluster_that_quotes_what_it_refuses_is_not_quoted() -> Result<()> {
    let mut scene = Scene::start().await?;
    let site = &scene.company.clusters[0];
    let path = format!("{}?dryRun=All", site.alertmanagers.config_secret_path());
    site.cluster.apply(&[TALKATIVE]).await?;
    let admin = site.cluster.client().await?;
    let mut refusal = String::new();
    wait::until("the policy is in force", async || {
        let change = json!({"metadata": {"annotations": {"touched": "yes"}}});
        let patched = admin.patch(&path, Change::Merge, &change).await;
        refusal = patched.err().map(|it| it.to_string()).unwrap_or_default();
        Ok(!refusal.is_empty())
    })
    .await?;
    // It does quote it.
    assert!(refusal.contains(": 422 "), "{refusal}");
    assert_ne!(
        scene.sought.found_in(&refusal),
        Vec::<&str>::new(),
        "{refusal}"
    );

    let run = scene.apply(&[], 2).await?;
    assert!(run.stderr.contains("cluster-invalid"), "{}", run.stderr);
    // Not in the API server's own log: that is where the hint sends people, and it has the refusal.
    scene.evidence.objects(&scene.company).await?;
    let leaks = scene.evidence.leaks(&scene.sought);
    assert_eq!(leaks, Vec::<String>::new());
    Ok(())
}
