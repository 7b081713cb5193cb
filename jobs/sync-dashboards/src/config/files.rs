//! `files`: the target in a repository.

use std::path::{Path, PathBuf};

use common::config_file::names;
use common::yaml::Cursor;

use crate::target::files::{Bump, FilesConfig};

pub(super) fn read(section: &Cursor<'_>) -> Option<FilesConfig> {
    let mut fields = section.fields()?;
    let dir = fields.required("directory").and_then(|it| names::text(&it));
    let chart = names::optional(&mut fields, "chart", names::text);
    let bump = names::optional(&mut fields, "bump", |it| {
        let words = [
            ("patch", Bump::Patch),
            ("minor", Bump::Minor),
            ("none", Bump::None),
        ];
        names::choice(it, &words)
    });
    let final_newline = match fields.get("final_newline") {
        None => Some(None),
        Some(flag) => flag.boolean().map(Some),
    };
    let lock = names::optional(&mut fields, "lock", lock);
    fields.deny_unknown();
    let mut config = FilesConfig::new(PathBuf::from(dir?));
    config.chart = chart?.map(PathBuf::from);
    if let Some(bump) = bump? {
        config.bump = bump;
    }
    if let Some(newline) = final_newline? {
        config.final_newline = newline;
    }
    if let Some(lock) = lock? {
        config.lock = lock;
    }
    Some(config)
}

fn lock(cursor: &Cursor<'_>) -> Option<String> {
    let name = names::text(cursor)?;
    let json = Path::new(&name).extension().is_some_and(|it| it == "json");
    if !name.contains('/') && json {
        return Some(name);
    }
    cursor.error("must be a file name that ends with `.json`");
    None
}
