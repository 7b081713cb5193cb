//! Which `ListMetrics` and `GetResources` calls a run makes, decided before the first one.
//!
//! Pure. [`ListingPlan`] is what `plan` prints and what the shell executes; the only choice left to
//! the shell is to fall back from a listing to its narrower ones, which the plan holds as well.

mod cover;
mod request;

use std::collections::BTreeSet;

use jiff::Timestamp;

pub use self::cover::{Listing, Pages};
pub use self::request::{Activity, Filter, MAX_FILTERS, Need, Request};
use super::cache::Cache;
use super::decide::{Decision, Product, decide};
use super::resources::ResourceQuery;
use crate::config::{Rule, RuleNumber};

/// How every rule of a run gets its metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingPlan {
    /// One for each rule, in their order.
    pub rules: Vec<PlannedRule>,
    /// Listings to make, by the first rule that each is for.
    pub listings: Vec<Listing>,
    /// Resources to ask for; each query once.
    pub resources: Vec<ResourceQuery>,
}

/// How one rule gets its metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRule {
    /// The rule.
    pub rule: RuleNumber,
    /// Where its metrics come from.
    pub source: MetricSource,
    /// What it asks of the tagging service.
    pub resources: Option<ResourceQuery>,
}

/// Where the metrics of a rule come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricSource {
    /// One metric without dimensions.
    NoDimensions,
    /// The combinations of its select.
    Product(Product),
    /// A listing of an earlier run that is still good.
    Cache {
        /// What the rule needs.
        need: Need,
        /// The remembered listing that has it.
        request: Request,
    },
    /// One of [`ListingPlan::listings`].
    Listing(Need),
}

impl ListingPlan {
    /// Plans for `rules` with what earlier runs have left in `cache`.
    ///
    /// `now` is the real present: it decides what in the cache is still good. `lag_seconds` is how
    /// far the run's own "now" lies before it.
    pub fn new(rules: &[Rule], cache: &Cache, now: Timestamp, lag_seconds: u64) -> Self {
        let mut needs = Vec::new();
        let mut queries = BTreeSet::new();
        let mut planned = Vec::with_capacity(rules.len());
        for rule in rules {
            let source = match decide(rule, lag_seconds) {
                Decision::NoDimensions => MetricSource::NoDimensions,
                Decision::Product(product) => MetricSource::Product(product),
                Decision::Listing(need) => {
                    let ttl_seconds = rule.list_metrics_cache_ttl_seconds;
                    if let Some(request) = cache.fresh(&need, ttl_seconds, now) {
                        MetricSource::Cache {
                            request: request.clone(),
                            need,
                        }
                    } else {
                        needs.push((rule.number, need.clone()));
                        MetricSource::Listing(need)
                    }
                }
            };
            let resources = rule.tag_select.as_ref().map(ResourceQuery::new);
            queries.extend(resources.clone());
            planned.push(PlannedRule {
                rule: rule.number,
                source,
                resources,
            });
        }
        Self {
            rules: planned,
            listings: cover::cover(&needs, |request| cache.pages(request)),
            resources: queries.into_iter().collect(),
        }
    }

    /// `ListMetrics` calls if every listing has as many pages as it had before, and one where that
    /// is not known.
    pub fn expected_calls(&self) -> u32 {
        self.listings
            .iter()
            .map(Listing::expected_pages)
            .fold(0, u32::saturating_add)
    }
}

#[cfg(test)]
mod tests;
