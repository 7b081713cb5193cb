//! How a cluster's API server is reached, as a configuration says it.

use std::path::PathBuf;

use crate::cluster::Access;
use crate::yaml::{Cursor, Fields, Problem};

use super::names;

/// Reads exactly one of `in_cluster`, `context` and `eks`; `None` when that was refused.
pub fn read(fields: &mut Fields<'_>) -> Option<Access> {
    const KEYS: [&str; 3] = ["in_cluster", "context", "eks"];
    let given: Vec<_> = KEYS
        .into_iter()
        .filter_map(|key| Some((key, fields.get(key)?)))
        .collect();
    let kubeconfig = fields.get("kubeconfig");
    if let (Some(kubeconfig), false) = (&kubeconfig, given.iter().any(|(key, _)| *key == "context"))
    {
        kubeconfig.report(kubeconfig.problem("needs a `context` beside it"));
    }
    let [(key, cursor)] = given.as_slice() else {
        let item = fields.cursor();
        let problem = item.problem("must have exactly one of `in_cluster`, `context` and `eks`");
        item.report(problem.hint("it says how the cluster's API server is reached"));
        return None;
    };
    match *key {
        "in_cluster" => in_cluster(cursor),
        "context" => Some(Access::Kubeconfig {
            context: Some(names::text(cursor)?),
            path: match kubeconfig {
                Some(path) => Some(PathBuf::from(names::text(&path)?)),
                None => None,
            },
        }),
        _ => eks(cursor),
    }
}

fn in_cluster(cursor: &Cursor<'_>) -> Option<Access> {
    if cursor.boolean()? {
        return Some(Access::InCluster);
    }
    let problem = cursor.problem("can only be true");
    cursor.report(problem.hint("remove it and give a `context` or `eks`"));
    None
}

fn eks(cursor: &Cursor<'_>) -> Option<Access> {
    let mut fields = cursor.fields()?;
    let cluster = fields.required("cluster").and_then(|it| names::text(&it));
    let region = fields.required("region").and_then(|it| names::region(&it));
    let server = fields.required("server").and_then(|it| server(&it));
    let ca_file = fields.get("ca_file").map(|it| names::text(&it));
    let role_arn = fields.get("role_arn").map(|it| role_arn(&it));
    fields.deny_unknown();
    Some(Access::Eks {
        cluster: cluster?,
        region: region?.as_str().to_owned(),
        server: server?,
        ca_file: match ca_file {
            Some(path) => Some(PathBuf::from(path?)),
            None => None,
        },
        role_arn: match role_arn {
            Some(arn) => Some(arn?),
            None => None,
        },
    })
}

fn server(cursor: &Cursor<'_>) -> Option<String> {
    let text = names::text(cursor)?;
    if text
        .strip_prefix("https://")
        .is_some_and(|host| !host.is_empty())
    {
        return Some(text);
    }
    let problem = cursor.problem("is not the URL of an API server");
    cursor.report(problem.hint("write it as `aws eks describe-cluster` shows it: https://…"));
    None
}

fn role_arn(cursor: &Cursor<'_>) -> Option<String> {
    let text = names::text(cursor)?;
    let role = text
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(":role/"));
    if role.is_some_and(|(account, path)| !account.is_empty() && !path.is_empty()) {
        return Some(text);
    }
    let problem: Problem = cursor.problem("is not the ARN of a role");
    cursor.report(problem.hint("write it like arn:aws:iam::123456789012:role/NAME"));
    None
}
