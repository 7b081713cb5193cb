//! `clusters`: where each Alertmanager is and how its API server is reached, in roll order.

use std::path::PathBuf;

use common::cluster::{Access, ClusterName};
use common::yaml::{Cursor, Fields, Problem};

use super::mail::Server;
use super::{ClusterConfig, names};

/// Reads the list; `None` when a cluster of it was refused.
pub(super) fn read(
    list: &Cursor<'_>,
    general: Option<&Server>,
    home: Option<&ClusterName>,
) -> Option<Vec<ClusterConfig>> {
    let items = list.items()?;
    if items.is_empty() {
        list.error("must name at least one cluster");
        return None;
    }
    let general = general.cloned().unwrap_or_else(Server::refused);
    let clusters: Vec<_> = items
        .iter()
        .map(|item| cluster(item, &general, home))
        .collect();
    for (index, item) in items.iter().enumerate() {
        let name = |index: usize| Some(&clusters.get(index)?.as_ref()?.name);
        let twin =
            (0..index).find(|earlier| name(*earlier).is_some() && name(*earlier) == name(index));
        if let (Some(twin), Some(name)) = (twin, name(index)) {
            item.error(format_args!(
                "has the name of cluster {}: `{name}`",
                twin + 1
            ));
            continue;
        }
        let place = |index: usize| {
            let cluster = clusters.get(index)?.as_ref()?;
            Some((&cluster.access, &cluster.namespace, &cluster.alertmanager))
        };
        let same =
            (0..index).find(|earlier| place(*earlier).is_some() && place(*earlier) == place(index));
        if let Some(same) = same {
            // Both would be proven by one, and the other would be left with the old key.
            let text = format_args!("is reached as cluster {} is", same + 1);
            item.report(
                item.problem(text)
                    .hint("each entry is an Alertmanager of its own"),
            );
        }
    }
    clusters.into_iter().collect()
}

fn cluster(
    item: &Cursor<'_>,
    general: &Server,
    home: Option<&ClusterName>,
) -> Option<ClusterConfig> {
    let mut fields = item.fields()?;
    let name = fields
        .required("name")
        .and_then(|name| names::cluster(&name));
    let access = access(&mut fields);
    if let (Some(Access::InCluster), Some(name), Some(home)) = (&access, &name, home)
        && name != home
    {
        let problem = item.problem(format_args!("is `{name}`, and `home` is `{home}`"));
        item.report(problem.hint("`in_cluster` is the cluster that this runs in"));
    }
    let namespace = names::or_default(&mut fields, "namespace", "monitoring", names::object);
    let alertmanager = fields
        .required("alertmanager")
        .and_then(|name| names::object(&name));
    let template = names::or_default(
        &mut fields,
        "template",
        "alertmanager-template",
        names::object,
    );
    let own = match fields.get("mail") {
        None => Server::default(),
        Some(section) => match section.fields() {
            None => Server::refused(),
            Some(mut fields) => {
                let server = Server::read(&mut fields);
                fields.deny_unknown();
                server
            }
        },
    };
    let server = own.within(general, item);
    fields.deny_unknown();
    let (smarthost, region) = server?;
    Some(ClusterConfig {
        name: name?,
        access: access?,
        namespace: namespace?,
        alertmanager: alertmanager?,
        template: template?,
        smarthost,
        region,
    })
}

/// Exactly one of `in_cluster`, `context` and `eks`.
fn access(fields: &mut Fields<'_>) -> Option<Access> {
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
