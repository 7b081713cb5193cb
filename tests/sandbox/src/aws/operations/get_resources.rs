//! `GetResources` of the Resource Groups Tagging API: tagged resources by type and tag.

use super::super::content::Resource;
use super::super::error::{INVALID_PARAMETER, PAGINATION_TOKEN_EXPIRED, ServiceError};
use super::super::node::Node;
use super::super::shape::{Shape, Writer};
use super::super::token;
use super::Context;

const MAX_KEYS: usize = 50;
const MAX_VALUES: usize = 20;
const MAX_PAGE: usize = 100;

/// A request for one page.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// `service` or `service:type`; several are alternatives.
    pub(crate) resource_types: Vec<&'a str>,
    tag_filters: Vec<TagFilter<'a>>,
    per_page: usize,
    pub(super) pagination_token: Option<&'a str>,
}

/// A key that must be there, with one of the values unless none are named.
#[derive(Debug, Hash)]
struct TagFilter<'a> {
    key: &'a str,
    values: Vec<&'a str>,
}

/// One page. The token is empty on the last one.
#[derive(Debug)]
pub(crate) struct Response<'w> {
    pub(crate) resources: Vec<&'w Resource>,
    pub(crate) pagination_token: String,
}

impl<'a> Request<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let tag_filters = node
            .list("TagFilters")?
            .iter()
            .map(|filter| {
                let (key, values) = (filter.required_text("Key")?, filter.texts("Values")?);
                if values.len() > MAX_VALUES {
                    return Err(invalid(format!(
                        "The key {key} has more than {MAX_VALUES} values"
                    )));
                }
                Ok(TagFilter { key, values })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if tag_filters.len() > MAX_KEYS {
            return Err(invalid(format!(
                "There are more than {MAX_KEYS} tag filters"
            )));
        }
        let per_page = match node.integer("ResourcesPerPage")? {
            None => MAX_PAGE,
            Some(wanted) => usize::try_from(wanted)
                .ok()
                .filter(|wanted| (1..=MAX_PAGE).contains(wanted))
                .ok_or_else(|| invalid(format!("ResourcesPerPage is not in 1..={MAX_PAGE}")))?,
        };
        Ok(Self {
            resource_types: node.texts("ResourceTypeFilters")?,
            tag_filters,
            per_page,
            pagination_token: node
                .text("PaginationToken")?
                .filter(|token| !token.is_empty()),
        })
    }

    pub(crate) fn run<'r>(&'r self, context: &Context<'r>) -> Result<Response<'r>, ServiceError> {
        let selection = (&self.resource_types, &self.tag_filters);
        let fingerprint = token::fingerprint(&(selection, &context.account.id, context.region));
        let position = match self.pagination_token {
            None => 0,
            Some(text) => token::open(text, fingerprint)
                .and_then(|position| usize::try_from(position).ok())
                .ok_or_else(|| {
                    let message = "The specified pagination token is not valid or has expired";
                    ServiceError::new(PAGINATION_TOKEN_EXPIRED, message)
                })?,
        };
        let mut found = context
            .world
            .resources
            .iter()
            .filter(|resource| resource.account == context.account.id)
            .filter(|resource| self.admits(resource, context.region))
            .skip(position);
        let resources: Vec<_> = found.by_ref().take(self.per_page).collect();
        let pagination_token = found.next().map_or_else(String::new, |_| {
            token::seal(fingerprint, super::saturate(position + resources.len()))
        });
        Ok(Response {
            resources,
            pagination_token,
        })
    }

    fn admits(&self, resource: &Resource, region: &str) -> bool {
        // arn:partition:service:region:account:resource
        let mut parts = resource.arn.splitn(6, ':').skip(2);
        let service = parts.next().unwrap_or_default();
        let its_region = parts.next().unwrap_or_default();
        let path = parts.nth(1).unwrap_or_default();
        // What was never tagged is not in this API at all.
        !resource.tags.is_empty()
            && (its_region.is_empty() || its_region == region)
            && (self.resource_types.is_empty()
                || self
                    .resource_types
                    .iter()
                    .any(|wanted| is_of_type(service, path, wanted)))
            && self
                .tag_filters
                .iter()
                .all(|filter| filter.admits(resource))
    }
}

/// Whether a resource is of type `service`, `service:type` or, without a type in its ARN (an S3
/// bucket), `service:`.
fn is_of_type(service: &str, path: &str, wanted: &str) -> bool {
    let Some((wanted_service, wanted_type)) = wanted.split_once(':') else {
        return service == wanted;
    };
    service == wanted_service
        && if wanted_type.is_empty() {
            !path.contains(['/', ':'])
        } else {
            path.strip_prefix(wanted_type)
                .is_some_and(|rest| rest.starts_with(['/', ':']))
        }
}

impl TagFilter<'_> {
    fn admits(&self, resource: &Resource) -> bool {
        resource.tags.iter().any(|(key, value)| {
            key == self.key && (self.values.is_empty() || self.values.contains(&value.as_str()))
        })
    }
}

fn invalid(message: String) -> ServiceError {
    ServiceError::new(INVALID_PARAMETER, message)
}

impl Shape for Response<'_> {
    fn members<W: Writer>(&self, w: &mut W) {
        w.text_member("PaginationToken", &self.pagination_token);
        w.member("ResourceTagMappingList", |w| {
            w.list(&self.resources, |w, resource| {
                w.structure(|w| {
                    w.text_member("ResourceARN", &resource.arn);
                    w.member("Tags", |w| {
                        let tags = &resource.tags;
                        w.pairs(
                            "Key",
                            "Value",
                            tags.iter().map(|(k, v)| (k.as_str(), v.as_str())),
                        );
                    });
                });
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::is_of_type;

    #[test]
    fn a_resource_type_is_matched_against_the_arn() {
        let balancer = ("elasticloadbalancing", "loadbalancer/app/prod/1");
        for (wanted, expected) in [
            ("elasticloadbalancing", true),
            ("elasticloadbalancing:loadbalancer", true),
            ("elasticloadbalancing:loadbalancer/app", true),
            ("elasticloadbalancing:load", false),
            ("elasticloadbalancing:", false),
            ("rds:loadbalancer", false),
        ] {
            assert_eq!(
                is_of_type(balancer.0, balancer.1, wanted),
                expected,
                "{wanted}"
            );
        }
        assert!(is_of_type("s3", "my-bucket", "s3:"));
        assert!(is_of_type("rds", "db:prod", "rds:db"));
    }
}
