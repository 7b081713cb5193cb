//! `exclude` and `transforms`: what is left out and what is changed.

use common::config_file::names;
use common::yaml::Fields;

use crate::transform::{Excludes, Transforms};

pub(super) fn excludes(fields: &mut Fields<'_>) -> Option<Excludes> {
    let Some(list) = fields.get("exclude") else {
        return Some(Excludes::default());
    };
    let items = list.items()?;
    let patterns: Option<Vec<_>> = items.iter().map(names::text).collect();
    match Excludes::parse(&patterns?) {
        Ok(excludes) => Some(excludes),
        Err(error) => {
            let problem = list.problem(format_args!("is not usable: {error}"));
            list.report(problem.hint("write names without `.json`; `*` stands for any characters"));
            None
        }
    }
}

pub(super) fn read(fields: &mut Fields<'_>) -> Option<Transforms> {
    let Some(section) = fields.get("transforms") else {
        return Some(Transforms::default());
    };
    let mut fields = section.fields()?;
    let fill_uid = flag(&mut fields, "fill_uid");
    let overview_all_value = flag(&mut fields, "overview_all_value");
    let overview_job = names::optional(&mut fields, "overview_job", names::text);
    let (default, regex) = match fields.get("datasource") {
        None => (Some(None), Some(None)),
        Some(section) => {
            let mut fields = section.fields()?;
            let default = names::optional(&mut fields, "default", names::text);
            let regex = names::optional(&mut fields, "regex", names::text);
            fields.deny_unknown();
            (default, regex)
        }
    };
    fields.deny_unknown();
    Some(Transforms {
        fill_uid: fill_uid?,
        datasource_default: default?,
        datasource_regex: regex?,
        overview_all_value: overview_all_value?,
        overview_job: overview_job?,
    })
}

fn flag(fields: &mut Fields<'_>, key: &'static str) -> Option<bool> {
    fields.get(key).map_or(Some(false), |it| it.boolean())
}
