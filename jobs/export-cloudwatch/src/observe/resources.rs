//! Resources by type and tags, from the Resource Groups Tagging API.
//!
//! It never returns a resource that was never tagged. Its limits on keys and values are checked when
//! the configuration is read.

use std::collections::HashSet;

use aws_sdk_resourcegroupstagging::Client;
use aws_sdk_resourcegroupstagging::types::{ResourceTagMapping, TagFilter};
use common::aws::CallError;
use common::cancel::Cancellation;
use common::rate::TokenBucket;

use crate::config::TagSelect;
use crate::naming;
use crate::rule_fault::RuleError;

/// The largest page.
const PER_PAGE: i32 = 100;

/// A resource that a rule's tag selection matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its Amazon resource name.
    pub arn: String,
    /// What the rule's pattern finds in the ARN; may be empty.
    pub id: String,
    /// Keys and values, in AWS's order.
    pub tags: Vec<(String, String)>,
}

/// What is asked. Rules that ask the same share the answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceQuery {
    /// `service:type`.
    pub resource_type: String,
    /// Every key must be present and, if values are given, have one of them.
    pub tags: Vec<(String, Vec<String>)>,
}

/// A resource as AWS describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tagged {
    pub(super) arn: String,
    pub(super) tags: Vec<(String, String)>,
}

impl ResourceQuery {
    /// What a rule asks for.
    pub fn new(select: &TagSelect) -> Self {
        Self {
            resource_type: select.resource_type.clone(),
            tags: select.tags.clone().unwrap_or_default(),
        }
    }

    /// Asks for every page.
    pub(super) async fn observe(
        &self,
        client: &Client,
        rate: &TokenBucket,
        cancel: &Cancellation,
    ) -> Result<Vec<Tagged>, RuleError> {
        let filters: Vec<_> = self.tags.iter().map(tag_filter).collect();
        let mut found = Vec::new();
        let mut arns = HashSet::new();
        let mut tokens = HashSet::new();
        let mut token = None;
        loop {
            let call = async {
                rate.take().await;
                let request = client
                    .get_resources()
                    .resource_type_filters(&self.resource_type)
                    .set_tag_filters(Some(filters.clone()).filter(|filters| !filters.is_empty()))
                    .resources_per_page(PER_PAGE)
                    .set_pagination_token(token.clone());
                request.send().await
            };
            let answer = cancel
                .bound(call)
                .await
                .ok_or_else(|| RuleError::Stopped(cancel.cause()))?;
            let page =
                answer.map_err(|error| CallError::from_sdk("tag", "GetResources", &error))?;
            let listed = page.resource_tag_mapping_list.unwrap_or_default();
            let listed = listed.into_iter().map(tagged);
            found.extend(listed.filter(|it| arns.insert(it.arn.clone())));
            token = page.pagination_token.filter(|token| !token.is_empty());
            match &token {
                None => return Ok(found),
                Some(token) if !tokens.insert(token.clone()) => {
                    return Err(RuleError::RepeatedToken {
                        operation: "GetResources",
                    });
                }
                Some(_) => {}
            }
        }
    }
}

/// Resources as a rule sees them: with the id that its pattern finds.
pub(super) fn identified(tagged: &[Tagged], select: &TagSelect) -> Vec<Resource> {
    let resource = |tagged: &Tagged| Resource {
        arn: tagged.arn.clone(),
        id: naming::resource_id(&tagged.arn, &select.arn_pattern).to_owned(),
        tags: tagged.tags.clone(),
    };
    tagged.iter().map(resource).collect()
}

/// A key without values asks for its presence.
fn tag_filter((key, values): &(String, Vec<String>)) -> TagFilter {
    let values = Some(values.clone()).filter(|values| !values.is_empty());
    TagFilter::builder().key(key).set_values(values).build()
}

fn tagged(mapping: ResourceTagMapping) -> Tagged {
    let tags = mapping.tags.unwrap_or_default().into_iter();
    Tagged {
        arn: mapping.resource_arn.unwrap_or_default(),
        tags: tags.map(|tag| (tag.key, tag.value)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Tagged, identified, tag_filter};
    use crate::config::{JavaRegex, TagSelect};

    fn tags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|&(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn a_key_without_values_is_asked_for_without_values() {
        let filter = |values: &[&str]| {
            tag_filter(&(
                "Team".to_owned(),
                values.iter().map(|&value| value.to_owned()).collect(),
            ))
        };
        assert_eq!(
            (
                filter(&["a", "b"]).key(),
                filter(&["a", "b"]).values().len()
            ),
            (Some("Team"), 2)
        );
        assert_eq!(filter(&[]).values, None);
    }

    #[test]
    fn each_rule_reads_its_own_id_from_an_arn() {
        let select = |pattern| TagSelect {
            resource_type: "x:y".into(),
            resource_id_dimension: "D".into(),
            tags: None,
            arn_pattern: JavaRegex::find(pattern).unwrap(),
        };
        let tagged = [Tagged {
            arn: "arn:aws:sqs:eu-1:1:jobs".into(),
            tags: tags(&[("a", "b")]),
        }];
        assert_eq!(identified(&tagged, &select("([^:]+)$"))[0].id, "jobs");
        assert_eq!(identified(&tagged, &select("(table/.+)$"))[0].id, "");
        assert_eq!(
            identified(&tagged, &select("([^:]+)$"))[0].tags,
            tags(&[("a", "b")])
        );
    }
}
