//! The secret's versions.

use std::io::{self, Write};

use super::paint::Painted;
use super::{View, table};
use crate::world::{Contents, Reading, Version};

pub(super) fn render(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let store = match &view.world.store {
        Reading::Known(store) => store,
        Reading::Failed(trouble) => {
            return writeln!(out, "secret {}: not seen: {trouble}", view.secret);
        }
        Reading::NotMine => return writeln!(out, "secret {}: not looked at", view.secret),
    };
    writeln!(out, "secret {}", view.secret)?;
    let current = Version {
        version: store.current.version.clone(),
        contents: Contents::Pair(store.current.key.clone()),
    };
    let labelled = [
        ("AWSCURRENT", Some(&current)),
        ("AWSPREVIOUS", store.previous.as_ref()),
        ("AWSPENDING", store.pending.as_ref()),
    ];
    let rows: Vec<_> = labelled
        .into_iter()
        .filter_map(|(label, version)| Some(row(label, version?)))
        .collect();
    table::render(out, 2, &rows)
}

fn row(label: &str, version: &Version) -> Vec<Painted> {
    let contents = match &version.contents {
        Contents::Pair(key) => format!("pair of {}", key.short()),
        Contents::Empty => "no value".to_owned(),
        Contents::Malformed => "no usable pair".to_owned(),
    };
    let id = format!("{}…", version.version.short());
    vec![label.into(), id.into(), contents.into()]
}
