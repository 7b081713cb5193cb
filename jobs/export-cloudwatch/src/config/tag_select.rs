//! `aws_tag_select`: resources chosen by their tags.

use super::JavaRegex;

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
