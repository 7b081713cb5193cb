//! What a plan costs, by AWS's price list: $0.01 for 1,000 metrics requested with `GetMetricData`
//! (no free tier), and $0.01 for 1,000 other calls beyond a million a month.

use std::time::Duration;

use common::number::to_f64;

const USD_PER_METRIC: f64 = 0.01 / 1000.0;
const USD_PER_LISTING_CALL: f64 = 0.01 / 1000.0;
const FREE_LISTING_CALLS_A_MONTH: u64 = 1_000_000;
const DAY: Duration = Duration::from_hours(24);
/// A month of thirty days.
const MONTH: Duration = Duration::from_hours(30 * 24);

/// Price of one run.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct RunPrice {
    /// Metrics that AWS bills.
    pub billed_metrics: u64,
    /// For them, in US dollars.
    pub usd: f64,
}

impl RunPrice {
    /// Of a run that requests so many metrics.
    pub fn of(billed_metrics: u64) -> Self {
        Self {
            billed_metrics,
            usd: to_f64(billed_metrics) * USD_PER_METRIC,
        }
    }

    /// Of running every `every`, with `listing_calls` a run.
    pub fn repeated(self, every: Duration, listing_calls: u64) -> Recurring {
        let runs = |span: Duration| span.as_secs_f64() / every.as_secs_f64();
        let listings = to_f64(listing_calls) * runs(MONTH);
        let paid = (listings - to_f64(FREE_LISTING_CALLS_A_MONTH)).max(0.0);
        Recurring {
            every_seconds: every.as_secs_f64(),
            runs_per_month: runs(MONTH),
            usd_per_day: self.usd * runs(DAY),
            usd_per_month: self.usd * runs(MONTH),
            listing_calls_per_month: listings,
            listing_usd_per_month_without_free_tier: listings * USD_PER_LISTING_CALL,
            listing_usd_per_month: paid * USD_PER_LISTING_CALL,
        }
    }
}

/// Price of a schedule; a month has thirty days.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Recurring {
    /// Distance of two runs.
    pub every_seconds: f64,
    /// How many of them.
    pub runs_per_month: f64,
    /// For `GetMetricData`.
    pub usd_per_day: f64,
    /// For `GetMetricData`.
    pub usd_per_month: f64,
    /// As many as this run makes, each time: with a warm cache none.
    pub listing_calls_per_month: f64,
    /// If the account's free tier is used up by others.
    pub listing_usd_per_month_without_free_tier: f64,
    /// If nobody else uses the free million.
    pub listing_usd_per_month: f64,
}

impl Recurring {
    /// Everything that can be billed, if nobody else uses the free tier.
    pub fn total_usd_per_month(&self) -> f64 {
        self.usd_per_month + self.listing_usd_per_month
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) -> bool {
        (actual - expected).abs() < 1e-6
    }

    #[test]
    fn the_example_of_the_price_list_comes_out() {
        // 200 metrics every three minutes: 14,400 runs, 2.88 million metrics.
        let price = RunPrice::of(200).repeated(Duration::from_mins(3), 22);
        assert!(close(price.runs_per_month, 14_400.0));
        assert!(close(price.usd_per_month, 28.80));
        assert!(close(price.listing_calls_per_month, 316_800.0));
        assert!(close(price.listing_usd_per_month_without_free_tier, 3.168));
        assert!(close(price.listing_usd_per_month, 0.0));
    }

    #[test]
    fn only_listings_beyond_the_free_million_cost() {
        let price = RunPrice::of(0).repeated(Duration::from_mins(1), 100);
        assert!(close(price.listing_calls_per_month, 4_320_000.0));
        assert!(close(price.listing_usd_per_month, 33.20));
        assert!(close(price.total_usd_per_month(), 33.20));
    }
}
