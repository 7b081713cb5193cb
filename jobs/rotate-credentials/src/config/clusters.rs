//! `clusters`: where each Alertmanager is and how its API server is reached, in roll order.

use common::cluster::{Access, ClusterName};
use common::config_file::{access, names};
use common::yaml::Cursor;

use super::ClusterConfig;
use super::mail::{General, Server};

/// Reads the list; `None` when a cluster of it was refused.
pub(super) fn read(
    list: &Cursor<'_>,
    general: Option<&General<'_>>,
    home: Option<&ClusterName>,
) -> Option<Vec<ClusterConfig>> {
    let items = list.items()?;
    if items.is_empty() {
        list.error("must name at least one cluster");
        return None;
    }
    let clusters: Vec<_> = items
        .iter()
        .map(|item| cluster(item, general, home))
        .collect();
    for (index, item) in items.iter().enumerate() {
        let same_place = |a: &ClusterConfig, b: &ClusterConfig| {
            (&a.access, &a.namespace, &a.alertmanager) == (&b.access, &b.namespace, &b.alertmanager)
        };
        if let Some((this, twin)) = names::twin(&clusters, index, |a, b| a.name == b.name) {
            let name = &this.name;
            item.error(format_args!("has the name of cluster {twin}: `{name}`"));
        } else if let Some((_, twin)) = names::twin(&clusters, index, same_place) {
            // Both would be proven by one, and the other would be left with the old key.
            let problem = item.problem(format_args!("is reached as cluster {twin} is"));
            item.report(problem.hint("each entry is an Alertmanager of its own"));
        }
    }
    clusters.into_iter().collect()
}

fn cluster(
    item: &Cursor<'_>,
    general: Option<&General<'_>>,
    home: Option<&ClusterName>,
) -> Option<ClusterConfig> {
    let mut fields = item.fields()?;
    let name = fields
        .required("name")
        .and_then(|name| names::cluster(&name));
    let access = access::read(&mut fields);
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
