//! What a plan costs, by AWS's price list: $0.01 for 1,000 metrics requested with `GetMetricData`
//! (no free tier), and $0.01 for 1,000 other calls beyond a million a month.

use std::time::Duration;

use common::number::to_f64;

/// Dividing by a whole number gives the decimal fraction that people expect; multiplying by its
/// inexact inverse does not.
const METRICS_PER_USD: f64 = 100_000.0;
const LISTING_CALLS_PER_USD: f64 = 100_000.0;
const FREE_LISTING_CALLS_A_MONTH: u64 = 1_000_000;
const DAYS_A_MONTH: f64 = 30.0;
/// A month of thirty days.
pub const MONTH: Duration = Duration::from_hours(30 * 24);

/// How often a plan is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Always this long after the last time; not zero.
    Every(Duration),
    /// At irregular times: so often in [`MONTH`].
    InAMonth(u64),
}

impl Frequency {
    fn runs_per_month(self) -> f64 {
        match self {
            Self::Every(distance) => MONTH.as_secs_f64() / distance.as_secs_f64(),
            Self::InAMonth(runs) => to_f64(runs),
        }
    }
}

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
            usd: to_f64(billed_metrics) / METRICS_PER_USD,
        }
    }

    /// Of running so often, with `listing_calls` a run.
    pub fn repeated(self, frequency: Frequency, listing_calls: u64) -> Recurring {
        let runs_per_month = frequency.runs_per_month();
        let usd_per_month = to_f64(self.billed_metrics) * runs_per_month / METRICS_PER_USD;
        let listings = to_f64(listing_calls) * runs_per_month;
        let paid = (listings - to_f64(FREE_LISTING_CALLS_A_MONTH)).max(0.0);
        Recurring {
            every_seconds: match frequency {
                Frequency::Every(distance) => Some(distance.as_secs_f64()),
                Frequency::InAMonth(_) => None,
            },
            runs_per_month,
            usd_per_day: usd_per_month / DAYS_A_MONTH,
            usd_per_month,
            listing_calls_per_month: listings,
            listing_usd_per_month_without_free_tier: listings / LISTING_CALLS_PER_USD,
            listing_usd_per_month: paid / LISTING_CALLS_PER_USD,
        }
    }
}

/// Price of a schedule; a month has thirty days.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Recurring {
    /// Distance of two runs, if it is always the same.
    pub every_seconds: Option<f64>,
    /// How many runs.
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

    fn every(minutes: u64) -> Frequency {
        Frequency::Every(Duration::from_mins(minutes))
    }

    #[test]
    fn an_amount_is_the_decimal_fraction_that_a_person_computes() {
        let price = RunPrice::of(192);
        assert_eq!(price.usd.to_string(), "0.00192");
        let month = price.repeated(every(3), 6);
        assert_eq!(month.usd_per_month.to_string(), "27.648");
        assert_eq!(month.usd_per_day.to_string(), "0.9216");
    }

    #[test]
    fn an_hour_of_minutes_a_day_is_not_a_month_of_minutes() {
        let price = RunPrice::of(200).repeated(Frequency::InAMonth(30 * 60), 22);
        assert_eq!(price.every_seconds, None);
        assert!(close(price.runs_per_month, 1_800.0));
        assert!(close(price.usd_per_month, 3.60));
        assert!(close(price.usd_per_day, 0.12));
        assert!(close(price.listing_calls_per_month, 39_600.0));
    }

    #[test]
    fn the_example_of_the_price_list_comes_out() {
        // 200 metrics every three minutes: 14,400 runs, 2.88 million metrics.
        let price = RunPrice::of(200).repeated(every(3), 22);
        assert!(close(price.runs_per_month, 14_400.0));
        assert!(close(price.usd_per_month, 28.80));
        assert!(close(price.listing_calls_per_month, 316_800.0));
        assert!(close(price.listing_usd_per_month_without_free_tier, 3.168));
        assert!(close(price.listing_usd_per_month, 0.0));
    }

    #[test]
    fn only_listings_beyond_the_free_million_cost() {
        let price = RunPrice::of(0).repeated(every(1), 100);
        assert!(close(price.listing_calls_per_month, 4_320_000.0));
        assert!(close(price.listing_usd_per_month, 33.20));
        assert!(close(price.total_usd_per_month(), 33.20));
    }
}
