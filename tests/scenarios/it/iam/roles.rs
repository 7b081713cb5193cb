//! The roles: one for each annotated service account, which nobody else can become.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::documents::{Documents, issuers};
use super::{Account, holds, text};
use crate::chart::documents::Rendered;

/// The longest name that IAM takes.
const NAME_LIMIT: usize = 64;

/// The only statement of a document.
fn statement(documents: &Documents, path: &str) -> Value {
    let document = documents.json(path).unwrap_or_default();
    match document["Statement"].as_array().map(Vec::as_slice) {
        Some([only]) => only.clone(),
        _ => Value::Null,
    }
}

fn roles(documents: &Documents, renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let accounts = Account::all(renders);
    let issuers = issuers().unwrap_or_default();
    for account in &accounts {
        let directory = account.directory();
        if account.role_name().len() > NAME_LIMIT {
            wrong.push(format!("IAM refuses the name {}", account.role_name()));
        }
        let irsa = statement(documents, &format!("{directory}/trust-irsa.json"));
        let provider = text(&irsa["Principal"]["Federated"]);
        let owner = account.role.split(":role/").next().unwrap_or_default();
        let issuer = issuers.get(&account.cluster).map_or("", String::as_str);
        let (subject, audience) = (format!("{issuer}:sub"), format!("{issuer}:aud"));
        let of = format!(
            "system:serviceaccount:{}:{}",
            account.namespace, account.name
        );
        if provider != format!("{owner}:oidc-provider/{issuer}")
            || irsa["Effect"] != "Allow"
            || irsa["Action"] != json!(["sts:AssumeRoleWithWebIdentity"])
            || irsa["Condition"]
                != json!({"StringEquals": {subject: of, audience: "sts.amazonaws.com"}})
        {
            wrong.push(format!("{directory}: who may become it by a token: {irsa}"));
        }
        let pod = statement(documents, &format!("{directory}/trust-pod-identity.json"));
        let tags = json!({"StringEquals": {
            "aws:RequestTag/eks-cluster-name": account.cluster,
            "aws:RequestTag/kubernetes-namespace": account.namespace,
            "aws:RequestTag/kubernetes-service-account": account.name,
        }});
        if pod["Effect"] != "Allow"
            || pod["Principal"] != json!({"Service": "pods.eks.amazonaws.com"})
            || pod["Action"] != json!(["sts:AssumeRole", "sts:TagSession"])
            || pod["Condition"] != tags
        {
            wrong.push(format!(
                "{directory}: who may become it by an association: {pod}"
            ));
        }
        let association = json!({
            "clusterName": account.cluster,
            "namespace": account.namespace,
            "serviceAccount": account.name,
            "roleArn": account.role,
        });
        if documents.json(&format!("{directory}/association.json")) != Some(association) {
            wrong.push(format!(
                "{directory}: it is associated with another account"
            ));
        }
    }
    let known: BTreeSet<String> = accounts.iter().map(Account::directory).collect();
    for path in documents.0.keys() {
        let (directory, file) = path.rsplit_once('/').unwrap_or_default();
        let entries = ["/access", "/people"];
        let other =
            directory == "mail-user" || entries.iter().any(|within| directory.ends_with(within));
        if !other && !known.contains(directory) {
            wrong.push(format!("{path}: no service account is this role"));
        }
        let files = [
            "association.json",
            "policy.json",
            "trust-irsa.json",
            "trust-pod-identity.json",
        ];
        if !other && !files.contains(&file) {
            wrong.push(format!("{path}: what is this?"));
        }
    }
    wrong
}

#[test]
fn each_annotated_account_has_a_role_of_its_own_and_no_role_is_left_over() {
    const EXPORT: &str = "prod-e1-1/k8s.prod-e1-1.monitoring.export-cloudwatch.service";
    fn trust(kind: &str) -> String {
        format!("{EXPORT}/trust-{kind}.json")
    }
    holds(
        roles,
        &[
            (
                |it| {
                    it.plant(
                        &trust("irsa"),
                        "monitoring:export-cloudwatch",
                        "monitoring:*",
                    );
                },
                "by a token",
            ),
            (
                |it| it.plant(&trust("irsa"), "StringEquals", "StringLike"),
                "by a token",
            ),
            (
                |it| it.plant(&trust("irsa"), "sts.amazonaws.com", "aws"),
                "by a token",
            ),
            (
                |it| it.plant(&trust("irsa"), "/PROD", "/REMOTING"),
                "by a token",
            ),
            (
                |it| it.plant(&trust("pod-identity"), "\"prod-e1-1\"", "\"prod-e1-2\""),
                "by an association",
            ),
            (
                |it| it.plant(&trust("pod-identity"), ", \"sts:TagSession\"", ""),
                "by an association",
            ),
            (
                |it| {
                    it.plant(
                        &format!("{EXPORT}/association.json"),
                        "watch\"",
                        "watch-plan\"",
                    );
                },
                "another account",
            ),
            (
                |it| {
                    it.0.remove(&trust("irsa"));
                },
                "by a token",
            ),
            (
                |it| {
                    it.0.insert(
                        "prod-e1-1/k8s.prod-e1-1.x.service/policy.json".into(),
                        "{}".into(),
                    );
                },
                "no service account",
            ),
            (
                |it| {
                    it.0.insert(format!("{EXPORT}/boundary.json"), "{}".into());
                },
                "what is this",
            ),
        ],
    );
}
