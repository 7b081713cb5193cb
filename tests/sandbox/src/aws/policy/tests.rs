//! What a policy means, on the statements that a rotator has.

use super::{Need, Policy, Verdict};

const USER: &str = "arn:aws:iam::123456789012:user/mail";

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["iam:ListAccessKeys", "iam:*AccessKey"], "Resource": "arn:aws:iam::123456789012:user/mail"},
  {"Sid": "OwnTags", "Effect": "Allow", "Action": ["iam:TagUser"], "Resource": "arn:aws:iam::123456789012:user/mail",
   "Condition": {"ForAllValues:StringLike": {"aws:TagKeys": ["own.*"]}, "Null": {"aws:TagKeys": "false"}}},
  {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
   "Condition": {"StringEquals": {"kms:ViaService": ["a", "b"]}, "StringLike": {"kms:EncryptionContext:SecretARN": "arn:*"}}},
  {"Effect": "Deny", "Action": ["iam:DeleteAccessKey", "iam:Put*"], "Resource": "*"}]}"#;

fn judge(action: &str, resource: &str, context: &[(&'static str, &[&str])]) -> Verdict {
    let owned = |values: &[&str]| values.iter().map(|it| (*it).to_owned()).collect();
    let need = Need {
        action: action.to_owned(),
        resource: resource.to_owned(),
        shown: String::new(),
        context: context
            .iter()
            .map(|(key, values)| (*key, owned(values)))
            .collect(),
    };
    Policy::from_json(POLICY).unwrap().judge(&need)
}

#[test]
fn what_no_statement_allows_is_not_allowed_and_a_denial_outweighs() {
    for (action, resource, expected) in [
        ("iam:ListAccessKeys", USER, Verdict::Allowed),
        ("IAM:listaccesskeys", USER, Verdict::Allowed),
        ("iam:CreateAccessKey", USER, Verdict::Allowed),
        (
            "iam:CreateAccessKey",
            "arn:aws:iam::123456789012:user/Mail",
            Verdict::NotAllowed,
        ),
        ("iam:ListUserTags", USER, Verdict::NotAllowed),
        ("iam:DeleteAccessKey", USER, Verdict::Denied),
        ("iam:PutUserPolicy", USER, Verdict::Denied),
    ] {
        assert_eq!(
            judge(action, resource, &[]),
            expected,
            "{action} {resource}"
        );
    }
}

#[test]
fn for_all_values_wants_every_value_and_null_wants_one_at_all() {
    for (keys, expected) in [
        (&["own.a"][..], Verdict::Allowed),
        (&["own.a", "own.b"], Verdict::Allowed),
        (&["own.a", "other"], Verdict::NotAllowed),
        (&["OWN.a"], Verdict::NotAllowed),
    ] {
        assert_eq!(
            judge("iam:TagUser", USER, &[("aws:TagKeys", keys)]),
            expected,
            "{keys:?}"
        );
    }
    assert_eq!(judge("iam:TagUser", USER, &[]), Verdict::NotAllowed);
}

#[test]
fn all_conditions_of_a_statement_must_hold_and_an_absent_key_never_does() {
    let (via, arn) = ("kms:ViaService", "kms:EncryptionContext:SecretARN");
    let decrypt = |context: &[(&'static str, &[&str])]| judge("kms:Decrypt", "k", context);
    assert_eq!(
        decrypt(&[(via, &["b"]), (arn, &["arn:x"])]),
        Verdict::Allowed
    );
    assert_eq!(
        decrypt(&[("KMS:viaservice", &["b"]), (arn, &["arn:x"])]),
        Verdict::Allowed
    );
    assert_eq!(
        decrypt(&[(via, &["c"]), (arn, &["arn:x"])]),
        Verdict::NotAllowed
    );
    assert_eq!(
        decrypt(&[(via, &["b"]), (arn, &["x"])]),
        Verdict::NotAllowed
    );
    assert_eq!(decrypt(&[(via, &["b"])]), Verdict::NotAllowed);
}

#[test]
fn a_document_that_cannot_be_enforced_is_refused() {
    let statement = |rest: &str| {
        let json =
            format!(r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", {rest}}}}}"#);
        Policy::from_json(&json)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert_eq!(statement(r#""Action": "*", "Resource": "*""#), Ok(()));
    for (rest, expected) in [
        (
            r#""NotAction": "*", "Resource": "*""#,
            "Statement[1]: NotAction is not implemented",
        ),
        (
            r#""Action": "*""#,
            "Statement[1]: Resource must be a text or a list of texts",
        ),
        (
            r#""Action": [], "Resource": "*""#,
            "Statement[1]: Action must be a text or a list of texts",
        ),
        (
            r#""Action": "*", "Resource": "*", "Condition": {"Bool": {"a": "b"}}"#,
            "Statement[1].Condition: Bool is not implemented",
        ),
    ] {
        assert_eq!(statement(rest), Err(expected.to_owned()));
    }
    let error = Policy::from_json("{").unwrap_err();
    assert_eq!(error.to_string(), "the policy is not JSON");
    let old = r#"{"Version": "2008-10-17", "Statement": []}"#;
    assert!(Policy::from_json(old).is_err());
}
