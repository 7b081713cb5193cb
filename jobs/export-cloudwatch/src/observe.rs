//! From rules to metrics: which metrics exist, and which of them a rule wants.
//!
//! [`ListingPlan`] is decided first, from the rules and from what earlier runs have left in the
//! [`Cache`]; [`observe`] executes it and reads nothing else. Values are not read here, and nothing
//! is ever written to AWS. A failure stays with the rules that needed the call.

mod cache;
mod cloudwatch;
mod decide;
mod intern;
mod listed;
mod listing;
mod nearest;
mod resources;
mod select;
#[cfg(test)]
mod testing;
mod why;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::cancel::Cancellation;
use common::rate::TokenBucket;
use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;

pub use self::cache::{Cache, CacheError};
pub use self::decide::Product;
pub use self::listing::{
    Activity, Filter, Listing, ListingPlan, MAX_FILTERS, MetricSource, Need, Pages, PlannedRule,
    Request,
};
pub use self::nearest::{DimensionSet, nearest_sets};
pub use self::resources::{Resource, ResourceQuery};
pub use self::why::{Filtering, Finding, Source, Why};

use self::cloudwatch::{Lister, Outcome};
use self::listed::Listed;
use self::resources::Tagged;
use crate::config::{Rule, RuleNumber};
use crate::metric::Metric;
use crate::rule_fault::{RuleError, RuleFault};

/// `GetResources` queries in flight at once.
const TAGGING_IN_FLIGHT: usize = 8;

/// What a rule was resolved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMetrics {
    /// The rule.
    pub rule: RuleNumber,
    /// Its metrics, each once: in AWS's order, or in the order of the configured values.
    pub metrics: Vec<Metric>,
    /// Resources that its tag selection matches, whether or not they have a metric.
    pub resources: Vec<Resource>,
    /// How this came about.
    pub why: Why,
}

impl RuleMetrics {
    /// Whether listing found nothing with the rule's dimensions: the metric may have others.
    pub fn is_empty_listing(&self) -> bool {
        matches!(
            self.why.finding,
            Finding::NothingListed | Finding::OtherDimensions { .. }
        )
    }
}

/// What AWS is asked with.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// For `ListMetrics`.
    pub cloudwatch: &'a aws_sdk_cloudwatch::Client,
    /// For `GetResources`.
    pub tagging: &'a aws_sdk_resourcegroupstagging::Client,
    /// The pace of `ListMetrics`; AWS allows 25 a second.
    pub listing_rate: &'a TokenBucket,
    /// The pace of `GetResources`; AWS allows 15 a second.
    pub tagging_rate: &'a TokenBucket,
    /// Ends everything early.
    pub cancel: &'a Cancellation,
}

/// Executes `plan`, which was made for these `rules` and this `cache`. `now` is the real present.
///
/// The answer has one entry for each rule, in their order. New listings go to the cache; it is the
/// caller who saves it.
pub async fn observe(
    rules: &[Rule],
    plan: &ListingPlan,
    sources: Sources<'_>,
    cache: &mut Cache,
    now: Timestamp,
) -> Vec<Result<RuleMetrics, RuleFault>> {
    let needs = plan
        .rules
        .iter()
        .filter_map(|planned| match &planned.source {
            MetricSource::Listing(need) => Some((planned.rule, need)),
            MetricSource::NoDimensions | MetricSource::Product(_) | MetricSource::Cache { .. } => {
                None
            }
        });
    let lister = Lister {
        client: sources.cloudwatch,
        rate: sources.listing_rate,
        cancel: sources.cancel,
        needs: needs.collect(),
        now,
    };
    let ask = async |query: &'_ ResourceQuery| {
        query
            .observe(sources.tagging, sources.tagging_rate, sources.cancel)
            .await
    };
    let tagging = stream::iter(&plan.resources)
        .map(ask)
        .buffered(TAGGING_IN_FLIGHT);
    let (outcomes, tagged) =
        tokio::join!(lister.observe(&plan.listings), tagging.collect::<Vec<_>>());

    let tagged = plan.resources.iter().zip(tagged).collect();
    let mut found = Found {
        listed: BTreeMap::new(),
        tagged,
        cache,
    };
    let ttl: BTreeMap<RuleNumber, u32> = rules
        .iter()
        .map(|rule| (rule.number, rule.list_metrics_cache_ttl_seconds))
        .collect();
    for (served, outcome) in outcomes {
        let longest = served.iter().filter_map(|rule| ttl.get(rule)).max();
        found.take(served, outcome, longest.copied().unwrap_or_default(), now);
    }
    rules
        .iter()
        .zip(&plan.rules)
        .map(|(rule, planned)| found.resolve(rule, planned))
        .collect()
}

/// Everything that was read, waiting to be handed to the rules.
struct Found<'p, 'c> {
    listed: BTreeMap<RuleNumber, Result<Answer, RuleError>>,
    tagged: BTreeMap<&'p ResourceQuery, Result<Vec<Tagged>, RuleError>>,
    cache: &'c mut Cache,
}

/// A listing of this run, for one of its rules.
#[derive(Clone)]
struct Answer {
    listed: Arc<Listed>,
    /// Rules that share it.
    rules: usize,
}

impl Found<'_, '_> {
    fn take(&mut self, rules: &[RuleNumber], outcome: Outcome, ttl_seconds: u32, now: Timestamp) {
        let answer = match outcome {
            Outcome::TooLong(request) => return self.cache.remember_overflow(request, now),
            Outcome::Failed(error) => Err(error),
            Outcome::Complete(listed) => {
                let listed = Arc::new(listed);
                self.cache.remember(&listed, ttl_seconds, rules);
                Ok(Answer {
                    listed,
                    rules: rules.len(),
                })
            }
        };
        self.listed
            .extend(rules.iter().map(|&rule| (rule, answer.clone())));
    }

    fn resolve(&mut self, rule: &Rule, planned: &PlannedRule) -> Result<RuleMetrics, RuleFault> {
        let resolved = self.resources(rule, planned).and_then(|resources| {
            let (metrics, why) = self.metrics(rule, planned, &resources)?;
            Ok(RuleMetrics {
                rule: rule.number,
                metrics,
                resources,
                why,
            })
        });
        if let Ok(RuleMetrics { metrics, why, .. }) = &resolved
            && metrics.is_empty()
            && rule.warn_on_empty_list_dimensions
        {
            let number = rule.number.get();
            tracing::warn!(rule.index = number, %why, "rule has no metric");
        }
        resolved.map_err(|error| RuleFault {
            rule: rule.number,
            error,
        })
    }

    fn resources(&self, rule: &Rule, planned: &PlannedRule) -> Result<Vec<Resource>, RuleError> {
        let asked = rule.tag_select.as_ref().zip(planned.resources.as_ref());
        let Some((select, query)) = asked else {
            return Ok(Vec::new());
        };
        match self.tagged.get(query) {
            Some(Ok(tagged)) => Ok(resources::identified(tagged, select)),
            Some(Err(error)) => Err(error.clone()),
            None => Err(RuleError::Stopped(None)),
        }
    }

    fn metrics(
        &mut self,
        rule: &Rule,
        planned: &PlannedRule,
        resources: &[Resource],
    ) -> Result<(Vec<Metric>, Why), RuleError> {
        let (namespace, name) = (
            rule.namespace.as_str().into(),
            rule.metric_name.as_str().into(),
        );
        let (listed, need, source) = match &planned.source {
            MetricSource::NoDimensions => {
                let metric = Metric {
                    namespace,
                    name,
                    dimensions: [].into(),
                };
                let why = Why {
                    source: Source::Config,
                    finding: Finding::NoDimensions,
                };
                return Ok((vec![metric], why));
            }
            MetricSource::Product(product) => {
                let metrics = product.metrics(&namespace, &name);
                let finding = Finding::Product {
                    metrics: metrics.len(),
                };
                return Ok((
                    metrics,
                    Why {
                        source: Source::Config,
                        finding,
                    },
                ));
            }
            MetricSource::Cache { need, request } => {
                let served = self.cache.serve(request, rule.number);
                let source = served.as_ref().map(|listed| listed.fetched_at);
                let source = source.map(|fetched_at| Source::Cache { fetched_at });
                (served, need, source)
            }
            MetricSource::Listing(need) => match self.listed.get(&rule.number) {
                Some(Ok(Answer { listed, rules })) => {
                    let source = Source::Calls {
                        calls: listed.pages,
                        rules: *rules,
                    };
                    (Some(Arc::clone(listed)), need, Some(source))
                }
                Some(Err(error)) => return Err(error.clone()),
                None => (None, need, None),
            },
        };
        // Absent only if the plan was made for other rules or another cache.
        let (Some(listed), Some(source)) = (listed, source) else {
            return Err(RuleError::Stopped(None));
        };
        match listed.shape(need) {
            Some(shape) => {
                let (metrics, finding) = select::select(rule, shape, resources);
                Ok((metrics, Why { source, finding }))
            }
            None => Ok((
                Vec::new(),
                Why {
                    source,
                    finding: Finding::NothingListed,
                },
            )),
        }
    }
}
