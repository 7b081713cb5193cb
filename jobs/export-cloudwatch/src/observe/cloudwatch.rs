//! Makes the listings of a plan. It decides nothing: what to ask, and what to ask instead when an
//! answer is too long, stands in the plan.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::list_metrics::ListMetricsOutput;
use aws_sdk_cloudwatch::types::{DimensionFilter, RecentlyActive};
use common::aws::CallError;
use common::cancel::Cancellation;
use common::rate::TokenBucket;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::intern::Interner;
use super::listed::{Gathering, Listed};
use super::listing::{Activity, Listing, Need, Request};
use crate::config::RuleNumber;
use crate::rule_fault::RuleError;

/// Listings in flight at once: beyond that only slow answers pile up.
const IN_FLIGHT: usize = 32;

/// What came of one listing.
pub(super) enum Outcome {
    /// All of it.
    Complete(Listed),
    /// It has a second page and was given up for its narrower listings, which follow.
    TooLong(Request),
    /// It failed, and with it the rules that it was for.
    Failed(RuleError),
}

/// What the listings are made with.
pub(super) struct Lister<'a> {
    pub(super) client: &'a Client,
    pub(super) rate: &'a TokenBucket,
    pub(super) cancel: &'a Cancellation,
    /// What the rules that list need.
    pub(super) needs: BTreeMap<RuleNumber, &'a Need>,
    /// The present: when the listings are made.
    pub(super) now: Timestamp,
}

impl Lister<'_> {
    /// Makes all listings, concurrently, and the narrower ones where a listing is too long. Each
    /// outcome comes with the rules that it is for, in no particular order.
    pub(super) async fn observe<'p>(
        &self,
        listings: &'p [Listing],
    ) -> Vec<(&'p [RuleNumber], Outcome)> {
        let interner = Mutex::new(Interner::default());
        let slots = Semaphore::new(IN_FLIGHT);
        let list = |listing: &'p Listing| {
            let (interner, slots) = (&interner, &slots);
            async move {
                // The semaphore is never closed; without a permit the call is merely not limited.
                let permit = slots.acquire().await;
                // Boxed, so that listings that wait for their turn take no room.
                let outcome = Box::pin(self.list(listing, interner)).await;
                drop(permit);
                (listing, outcome.unwrap_or_else(Outcome::Failed))
            }
        };
        let mut running: FuturesUnordered<_> = listings.iter().map(list).collect();
        let mut outcomes = Vec::with_capacity(listings.len());
        while let Some((listing, outcome)) = running.next().await {
            if matches!(outcome, Outcome::TooLong(_)) {
                running.extend(listing.narrower.iter().map(list));
            }
            outcomes.push((listing.rules.as_slice(), outcome));
        }
        outcomes
    }

    async fn list(
        &self,
        listing: &Listing,
        interner: &Mutex<Interner>,
    ) -> Result<Outcome, RuleError> {
        let needs = listing
            .rules
            .iter()
            .filter_map(|rule| self.needs.get(rule).copied());
        let mut gathering = Gathering::new(needs);
        let mut tokens = HashSet::new();
        let mut token = None;
        let mut pages = 0;
        loop {
            let page = self.page(&listing.request, token).await?;
            pages += 1;
            token = page.next_token.clone().filter(|token| !token.is_empty());
            match &token {
                Some(_) if !listing.narrower.is_empty() => {
                    return Ok(Outcome::TooLong(listing.request.clone()));
                }
                Some(token) if !tokens.insert(token.clone()) => {
                    return Err(RuleError::RepeatedToken {
                        operation: "cloudwatch ListMetrics",
                    });
                }
                Some(_) | None => {}
            }
            gather(&page, &mut gathering, interner);
            if token.is_none() {
                let request = listing.request.clone();
                return Ok(Outcome::Complete(
                    gathering.finish(request, self.now, pages),
                ));
            }
        }
    }

    async fn page(
        &self,
        request: &Request,
        token: Option<String>,
    ) -> Result<ListMetricsOutput, RuleError> {
        let call = async {
            self.rate.take().await;
            let filters: Vec<_> = request.filters.iter().map(filter).collect();
            self.client
                .list_metrics()
                .namespace(&*request.namespace)
                .set_metric_name(request.metric_name.as_deref().map(str::to_owned))
                .set_dimensions(Some(filters).filter(|filters| !filters.is_empty()))
                .set_recently_active(match request.activity {
                    Activity::Recent => Some(RecentlyActive::Pt3H),
                    Activity::Any => None,
                })
                .set_next_token(token)
                .send()
                .await
        };
        let stopped = || RuleError::Stopped(self.cancel.cause());
        let answer = self.cancel.bound(call).await.ok_or_else(stopped)?;
        Ok(answer.map_err(|error| CallError::from_sdk("cloudwatch", "ListMetrics", &error))?)
    }
}

fn filter(filter: &super::listing::Filter) -> DimensionFilter {
    DimensionFilter::builder()
        .name(&*filter.name)
        .set_value(filter.value.as_deref().map(str::to_owned))
        .build()
}

fn gather(page: &ListMetricsOutput, gathering: &mut Gathering, interner: &Mutex<Interner>) {
    let mut interner = interner.lock().unwrap_or_else(PoisonError::into_inner);
    let mut dimensions = Vec::new();
    for metric in page.metrics() {
        dimensions.clear();
        let pairs = metric.dimensions().iter().map(|dimension| {
            (
                dimension.name().unwrap_or_default(),
                dimension.value().unwrap_or_default(),
            )
        });
        dimensions.extend(pairs);
        gathering.add(
            metric.metric_name().unwrap_or_default(),
            &dimensions,
            &mut interner,
        );
    }
}
