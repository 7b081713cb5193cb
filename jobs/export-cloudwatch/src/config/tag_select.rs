//! `aws_tag_select`: resources chosen by their tags.

use common::yaml::{Cursor, Fields, Key};

use super::keys::{self, Level};
use super::{JavaRegex, UnknownKeys, list, select};

/// What CWE takes for the id of an ARN: the part behind the last colon, or behind its first slash.
const DEFAULT_ARN_PATTERN: &str = "(?:([^:/]+)|[^:/]+/([^:]+))$";

/// Limits of `GetResources`.
const MAX_TAG_KEYS: usize = 50;
const MAX_TAG_VALUES: usize = 20;

/// Which resources a rule reads, by type and tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagSelect {
    /// One `ResourceTypeFilters` entry, `service:type`.
    pub resource_type: String,
    /// Dimension compared with the resource's id.
    pub resource_id_dimension: String,
    /// Tag keys with their accepted values, file order; a key without values must merely exist.
    /// `None`: metrics are not filtered, resources are only reported.
    pub tags: Option<Vec<(String, Vec<String>)>>,
    /// Finds the resource's id in its ARN: the first non-empty group.
    pub arn_pattern: JavaRegex,
}

/// The rule's tag selection, if it has one.
pub(super) fn read(fields: &mut Fields<'_>, unknown: UnknownKeys) -> Option<TagSelect> {
    let cursor = fields.get_or_null("aws_tag_select")?;
    let mut fields = cursor.fields()?;
    let resource_type = fields.get("resource_type_selection");
    let resource_id_dimension = fields.get("resource_id_dimension");
    let tags = fields.get("tag_selections").map(|tags| tag_filters(&tags));
    let arn_pattern = match fields.get("arn_resource_id_regexp") {
        Some(pattern) => arn_pattern(&pattern),
        None => JavaRegex::find(DEFAULT_ARN_PATTERN).ok(),
    };
    let required = [
        ("resource_type_selection", &resource_type),
        ("resource_id_dimension", &resource_id_dimension),
    ];
    let missing = keys::missing(required);
    let [resource_type, resource_id_dimension] =
        [resource_type, resource_id_dimension].map(|name| name.and_then(|name| list::name(&name)));
    keys::require(
        "resource_type_selection and resource_id_dimension",
        missing,
        &fields,
        unknown,
    );
    keys::check(Level::TagSelect, &fields, unknown);
    Some(TagSelect {
        resource_type: resource_type?,
        resource_id_dimension: resource_id_dimension?,
        tags,
        arn_pattern: arn_pattern?,
    })
}

fn arn_pattern(cursor: &Cursor<'_>) -> Option<JavaRegex> {
    let text = cursor.string()?;
    let regex = select::compiled(cursor, &text, JavaRegex::find(&text))?;
    if regex.groups() == 0 {
        let problem = cursor.problem("has no group, so that no resource would have an id");
        cursor.report(problem.hint("put the part of the ARN that is the id in parentheses"));
    }
    Some(regex)
}

fn tag_filters(cursor: &Cursor<'_>) -> Vec<(String, Vec<String>)> {
    let entries = list::lists(cursor);
    limit(cursor, "tag keys", entries.len(), MAX_TAG_KEYS);
    let filter = |(key, values): (&Key, Cursor<'_>)| {
        let values = values.items().map(|items| {
            limit(&values, "values of one tag", items.len(), MAX_TAG_VALUES);
            // A tag's value may be empty, and filtering twice for one is no harm.
            list::texts(items)
                .into_iter()
                .map(|(text, _)| text)
                .collect()
        })?;
        Some((key.text.clone(), values))
    };
    entries.into_iter().filter_map(filter).collect()
}

fn limit(cursor: &Cursor<'_>, what: &str, count: usize, most: usize) {
    if count > most {
        cursor.error(format!("has {count} {what}; AWS accepts at most {most}"));
    }
}
