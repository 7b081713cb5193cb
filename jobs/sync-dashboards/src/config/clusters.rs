//! `clusters`: where `ConfigMap`s go and how each API server is reached.

use common::config_file::{access, names};
use common::yaml::Cursor;

use crate::target::clusters::ClusterConfig;

pub(super) fn read(list: &Cursor<'_>) -> Option<Vec<ClusterConfig>> {
    let items = list.items()?;
    let clusters: Vec<_> = items.iter().map(cluster).collect();
    for (index, item) in items.iter().enumerate() {
        let same_place = |a: &ClusterConfig, b: &ClusterConfig| {
            (&a.access, &a.namespace) == (&b.access, &b.namespace)
        };
        if let Some((this, twin)) = names::twin(&clusters, index, |a, b| a.name == b.name) {
            let name = &this.name;
            item.error(format_args!("has the name of cluster {twin}: `{name}`"));
        } else if let Some((_, twin)) = names::twin(&clusters, index, same_place) {
            item.error(format_args!("is reached as cluster {twin} is"));
        }
    }
    clusters.into_iter().collect()
}

fn cluster(item: &Cursor<'_>) -> Option<ClusterConfig> {
    let mut fields = item.fields()?;
    let name = fields.required("name").and_then(|it| names::cluster(&it));
    let access = access::read(&mut fields);
    let namespace = names::or_default(&mut fields, "namespace", "monitoring", names::object);
    fields.deny_unknown();
    let name = name?;
    if name.as_str() == "files" {
        item.error("must not be called `files`: that is the other target");
        return None;
    }
    Some(ClusterConfig {
        name,
        access: access?,
        namespace: namespace?,
    })
}
