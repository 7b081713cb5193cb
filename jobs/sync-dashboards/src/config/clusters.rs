//! `clusters`: where `ConfigMap`s go and how each API server is reached.

use common::config_file::{access, names};
use common::yaml::Cursor;

use crate::target::clusters::ClusterConfig;

pub(super) fn read(list: &Cursor<'_>) -> Option<Vec<ClusterConfig>> {
    let items = list.items()?;
    let clusters: Vec<_> = items.iter().map(cluster).collect();
    for (index, item) in items.iter().enumerate() {
        let earlier = |same: &dyn Fn(&ClusterConfig, &ClusterConfig) -> bool| {
            let this = clusters.get(index)?.as_ref()?;
            let twin = clusters
                .iter()
                .take(index)
                .position(|other| other.as_ref().is_some_and(|other| same(this, other)))?;
            Some((twin + 1, &this.name))
        };
        if let Some((twin, name)) = earlier(&|a, b| a.name == b.name) {
            item.error(format_args!("has the name of cluster {twin}: `{name}`"));
        } else if let Some((twin, _)) =
            earlier(&|a, b| a.access == b.access && a.namespace == b.namespace)
        {
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
