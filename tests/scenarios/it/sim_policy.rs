//! Permissions in the simulated AWS: the rotator's policy lets every operation through, and without
//! one of its permissions the operation that needs it is refused in AWS's words.
// Marks what follows as test code, in which unwrapping and indexing are welcome.
#![cfg(test)]

use aws_sdk_iam::types::{StatusType, Tag};
use common::clock::Clock;
use sandbox::aws::{AwsSim, Content, Options};
use scenarios::sdk::{self, code, refusal};
use serde_json::{Value, json};

const ROTATOR: &str = "AKIAROTATOR000000000";
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const FIRST: &str = "00000000-0000-4000-8000-000000000001";
const SECOND: &str = "00000000-0000-4000-8000-000000000002";

const CONTENT: &str = "
accounts: [{ id: 123456789012, alias: company }]
users:
  - name: mailer
    access_keys: [{ id: AKIAIOSFODNN7EXAMPLE, created: 2026-10-14T08:00:00Z }]
  - name: other
    access_keys: [{ id: AKIAOTHERUSER0000000, created: 2026-10-14T08:00:00Z }]
secrets:
  - name: prod/monitoring
    kms_key: arn:aws:kms:us-east-1:123456789012:key/k
    versions:
      - id: 00000000-0000-4000-8000-000000000001
        created: 2026-10-14T08:00:00Z
        stages: [AWSCURRENT]
        text: one
callers:
  - access_key: AKIAROTATOR000000000
    role: rotator
    policy: |
      {\"Version\": \"2012-10-17\", \"Statement\": []}
";

/// Everything that a rotation calls, with what it asks for.
const PERMISSIONS: [&str; 14] = [
    "iam:ListAccessKeys",
    "iam:ListUserTags",
    "iam:GetAccessKeyLastUsed",
    "iam:CreateAccessKey",
    "iam:UpdateAccessKey",
    "iam:DeleteAccessKey",
    "iam:TagUser",
    "iam:UntagUser",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
    "kms:Decrypt",
    "kms:GenerateDataKey",
];

/// The rotator's policy as the documentation has it, without the action `missing`.
fn policy(missing: &str) -> String {
    let user = "arn:aws:iam::123456789012:user/mailer";
    let actions = |wanted: &[&str]| -> Value {
        // IAM wants a list that is not empty, so something harmless stands for what is missing.
        let there = wanted.iter().filter(|it| **it != missing);
        there.chain(&["sts:GetCallerIdentity"]).copied().collect()
    };
    let own_tags = json!({
        "ForAllValues:StringLike": { "aws:TagKeys": ["rotate-credentials.*"] },
        "Null": { "aws:TagKeys": "false" },
    });
    let through = json!({
        "StringEquals": { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" },
        "StringLike": {
            "kms:EncryptionContext:SecretARN":
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/monitoring-*",
        },
    });
    json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "Keys", "Effect": "Allow", "Action": actions(&PERMISSIONS[..6]), "Resource": user },
        { "Sid": "OwnTagsOnly", "Effect": "Allow", "Action": actions(&PERMISSIONS[6..8]),
          "Resource": user, "Condition": own_tags },
        { "Sid": "Secret", "Effect": "Allow", "Action": actions(&PERMISSIONS[8..12]),
          "Resource": "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/monitoring-??????" },
        { "Sid": "Key", "Effect": "Allow", "Action": actions(&PERMISSIONS[12..]),
          "Resource": "arn:aws:kms:us-east-1:123456789012:key/k", "Condition": through },
        { "Sid": "NoEscalation", "Effect": "Deny", "Action": ["iam:PutUserPolicy"], "Resource": "*" },
    ] })
    .to_string()
}

struct Bench {
    sim: AwsSim,
    iam: aws_sdk_iam::Client,
    secrets: aws_sdk_secretsmanager::Client,
}

fn start(policy: &str) -> Bench {
    let options = Options {
        clock: Clock::fixed("2026-11-24T12:00:00Z".parse().unwrap()),
        ..Options::default()
    };
    let sim = AwsSim::start(
        Content::from_yaml("content.yaml", CONTENT).unwrap(),
        options,
    )
    .unwrap();
    sim.set_policy(ROTATOR, policy).unwrap();
    let iam = sdk::iam(&sim.endpoint(), ROTATOR);
    let secrets = sdk::secrets(&sim.endpoint(), ROTATOR);
    Bench { sim, iam, secrets }
}

impl Bench {
    async fn tag(&self, key: &str) -> Result<(), (u16, String, String)> {
        let tag = Tag::builder().key(key).value("v").build().unwrap();
        let call = self.iam.tag_user().user_name("mailer").tags(tag);
        call.send()
            .await
            .map(|_| ())
            .map_err(|error| refusal(&error))
    }

    /// Calls everything once. What was refused: operation and code.
    async fn all(&self) -> Vec<(&'static str, String)> {
        let mut refused = Vec::new();
        macro_rules! call {
            ($name:literal, $call:expr) => {
                if let Err(error) = $call.send().await {
                    refused.push(($name, code(&error)));
                }
            };
        }
        let Self { iam, secrets, .. } = self;
        call!("ListAccessKeys", iam.list_access_keys().user_name("mailer"));
        call!("ListUserTags", iam.list_user_tags().user_name("mailer"));
        call!(
            "GetAccessKeyLastUsed",
            iam.get_access_key_last_used().access_key_id(KEY)
        );
        call!(
            "CreateAccessKey",
            iam.create_access_key().user_name("mailer")
        );
        let update = iam
            .update_access_key()
            .user_name("mailer")
            .access_key_id(KEY);
        call!("UpdateAccessKey", update.status(StatusType::Inactive));
        let delete = iam.delete_access_key().user_name("mailer");
        call!("DeleteAccessKey", delete.access_key_id(KEY));
        let tag = Tag::builder()
            .key("rotate-credentials.a")
            .value("v")
            .build()
            .unwrap();
        call!("TagUser", iam.tag_user().user_name("mailer").tags(tag));
        let untag = iam.untag_user().user_name("mailer");
        call!("UntagUser", untag.tag_keys("rotate-credentials.a"));
        let id = "prod/monitoring";
        call!("DescribeSecret", secrets.describe_secret().secret_id(id));
        call!("GetSecretValue", secrets.get_secret_value().secret_id(id));
        let put = secrets
            .put_secret_value()
            .secret_id(id)
            .client_request_token(SECOND);
        call!(
            "PutSecretValue",
            put.secret_string("two").version_stages("AWSPENDING")
        );
        let stage = secrets.update_secret_version_stage().secret_id(id);
        let stage = stage.version_stage("mark").move_to_version_id(FIRST);
        call!("UpdateSecretVersionStage", stage);
        refused
    }
}

#[tokio::test]
async fn the_rotator_s_policy_lets_every_operation_through() {
    assert_eq!(start(&policy("nothing")).all().await, []);
}

#[tokio::test]
async fn without_one_permission_exactly_the_operations_that_need_it_are_refused() {
    for missing in PERMISSIONS {
        let refused = start(&policy(missing)).all().await;
        let names: Vec<_> = refused.iter().map(|(name, _)| *name).collect();
        let (service, action) = missing.split_once(':').unwrap();
        let expected = match missing {
            "kms:Decrypt" => vec!["GetSecretValue", "PutSecretValue"],
            "kms:GenerateDataKey" => vec!["PutSecretValue"],
            _ => vec![action],
        };
        assert_eq!(names, expected, "{missing}");
        let denied = if service == "iam" {
            "AccessDenied"
        } else {
            "AccessDeniedException"
        };
        assert!(
            refused.iter().all(|(_, code)| code == denied),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_refusal_names_the_role_the_permission_and_the_resource() {
    let bench = start(&policy("iam:CreateAccessKey"));
    let error = bench
        .iam
        .create_access_key()
        .user_name("mailer")
        .send()
        .await
        .unwrap_err();
    let message = "User: arn:aws:sts::123456789012:assumed-role/rotator/sandbox is not authorized \
                   to perform: iam:CreateAccessKey on resource: user mailer because no \
                   identity-based policy allows the iam:CreateAccessKey action";
    assert_eq!(
        refusal(&error),
        (403, "AccessDenied".to_owned(), message.to_owned())
    );
    assert_eq!(bench.sim.iam().keys("mailer").unwrap().len(), 1);

    let bench = start(&policy("secretsmanager:PutSecretValue"));
    let put = bench
        .secrets
        .put_secret_value()
        .secret_id("prod/monitoring")
        .secret_string("x");
    let (status, code, message) = refusal(&put.send().await.unwrap_err());
    assert_eq!((status, code.as_str()), (400, "AccessDeniedException"));
    let what = "perform: secretsmanager:PutSecretValue on resource: prod/monitoring because";
    assert!(message.contains(what), "{message}");

    // KMS is asked by Secrets Manager, which keeps to itself what KMS said.
    let bench = start(&policy("kms:Decrypt"));
    let get = bench
        .secrets
        .get_secret_value()
        .secret_id("prod/monitoring");
    let (_, _, message) = refusal(&get.send().await.unwrap_err());
    assert_eq!(message, "Access to KMS is not allowed");
}

#[tokio::test]
async fn only_the_named_user_and_its_own_tags_may_be_touched() {
    let bench = start(&policy("nothing"));
    let error = bench
        .iam
        .list_access_keys()
        .user_name("other")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&error), "AccessDenied");
    // A user that does not exist is no different from one that may not be seen.
    let error = bench
        .iam
        .list_access_keys()
        .user_name("nobody")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&error), "AccessDenied");
    let call = bench
        .iam
        .get_access_key_last_used()
        .access_key_id("AKIAOTHERUSER0000000");
    assert_eq!(code(&call.send().await.unwrap_err()), "AccessDenied");
    bench.tag("rotate-credentials.hold").await.unwrap();
    assert_eq!(
        bench.tag("notify_emails").await.unwrap_err().1,
        "AccessDenied"
    );
    let aliases = bench.iam.list_account_aliases().send().await.unwrap_err();
    assert_eq!(code(&aliases), "AccessDenied");
    // Whoever has no policy may do everything.
    let other = sdk::iam(&bench.sim.endpoint(), sdk::CALLER);
    other.list_account_aliases().send().await.unwrap();
}

#[tokio::test]
async fn an_explicit_denial_outweighs_and_says_so() {
    let deny = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Effect": "Deny", "Action": "iam:Delete*", "Resource": "*" },
    ] });
    let bench = start(&deny.to_string());
    let delete = bench
        .iam
        .delete_access_key()
        .user_name("mailer")
        .access_key_id(KEY);
    let (_, code, message) = refusal(&delete.send().await.unwrap_err());
    assert_eq!(code, "AccessDenied");
    let end = "on resource: user mailer with an explicit deny in an identity-based policy";
    assert!(message.ends_with(end), "{message}");
    let unknown =
        json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "NotAction": "*" } });
    assert!(bench.sim.set_policy(ROTATOR, &unknown.to_string()).is_err());
}
