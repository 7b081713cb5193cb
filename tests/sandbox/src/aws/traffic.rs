//! How fast the simulated services answer and how often they may be asked.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::number::{float_len, mix, unit_interval};
use super::operation::Operation;

/// How long a call takes: `base + per_query · queries + jitter · u`, with `u` in `[0, 1)` drawn
/// from `seed` and the number of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    /// Every call takes this long.
    pub base: Duration,
    /// Each query of a call adds this.
    pub per_query: Duration,
    /// The greatest random addition.
    pub jitter: Duration,
    /// Same seed and same order of calls, same delays.
    pub seed: u64,
}

impl Latency {
    /// The model that the benchmarks use: 50 ms a call and 0.5 ms a query.
    pub const BENCHMARK: Self = Self {
        base: Duration::from_millis(50),
        per_query: Duration::from_micros(500),
        jitter: Duration::ZERO,
        seed: 0,
    };

    /// The delay of call number `sequence`.
    pub(crate) fn of(&self, queries: usize, sequence: u64) -> Duration {
        let draw = unit_interval(mix(self.seed ^ mix(sequence)));
        self.base + self.per_query.mul_f64(float_len(queries)) + self.jitter.mul_f64(draw)
    }
}

/// How many calls a second an account may make in a region before it is throttled. A burst may
/// use up one second's worth at once. `None`: no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// CloudWatch's quota is 25 a second.
    pub list_metrics: Option<f64>,
    /// CloudWatch's quota is 50 a second.
    pub get_metric_data: Option<f64>,
    /// CloudWatch's quota is 400 a second.
    pub get_metric_statistics: Option<f64>,
    /// The tagging API's quota is 15 a second.
    pub get_resources: Option<f64>,
}

impl Limits {
    /// The default quotas of AWS.
    pub const AWS: Self = Self {
        list_metrics: Some(25.0),
        get_metric_data: Some(50.0),
        get_metric_statistics: Some(400.0),
        get_resources: Some(15.0),
    };
    /// Nothing is ever throttled.
    pub const NONE: Self = Self {
        list_metrics: None,
        get_metric_data: None,
        get_metric_statistics: None,
        get_resources: None,
    };

    const fn per_second(&self, operation: Operation) -> Option<f64> {
        match operation {
            Operation::ListMetrics => self.list_metrics,
            Operation::GetMetricData => self.get_metric_data,
            Operation::GetMetricStatistics => self.get_metric_statistics,
            Operation::GetResources => self.get_resources,
            Operation::AssumeRole
            | Operation::GetCallerIdentity
            | Operation::ListAccountAliases
            | Operation::ListAccessKeys
            | Operation::GetAccessKeyLastUsed
            | Operation::CreateAccessKey
            | Operation::UpdateAccessKey
            | Operation::DeleteAccessKey
            | Operation::ListUserTags
            | Operation::TagUser
            | Operation::UntagUser
            | Operation::DescribeSecret
            | Operation::GetSecretValue
            | Operation::PutSecretValue
            | Operation::UpdateSecretVersionStage => None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::AWS
    }
}

/// The state of all limits: one token bucket per account, region and operation.
#[derive(Debug)]
pub(crate) struct Throttle {
    limits: Limits,
    buckets: BTreeMap<(String, String, Operation), Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Throttle {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            buckets: BTreeMap::new(),
        }
    }

    /// Takes a token for one call at `now`; false means the call is throttled.
    pub(crate) fn admit(
        &mut self,
        account: &str,
        region: &str,
        operation: Operation,
        now: Instant,
    ) -> bool {
        let Some(rate) = self.limits.per_second(operation) else {
            return true;
        };
        let key = (account.to_owned(), region.to_owned(), operation);
        let bucket = self.buckets.entry(key).or_insert(Bucket {
            tokens: rate,
            filled: now,
        });
        let gained = now.saturating_duration_since(bucket.filled).as_secs_f64() * rate;
        bucket.tokens = (bucket.tokens + gained).min(rate);
        bucket.filled = now;
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_quota_may_be_used_at_once_and_refills_evenly() {
        let mut throttle = Throttle::new(Limits {
            list_metrics: Some(4.0),
            ..Limits::NONE
        });
        let start = Instant::now();
        let mut admitted = |after: u64, calls: usize| {
            let now = start + Duration::from_millis(after);
            (0..calls)
                .filter(|_| throttle.admit("1", "r", Operation::ListMetrics, now))
                .count()
        };
        assert_eq!(admitted(0, 10), 4);
        assert_eq!(admitted(500, 10), 2);
        assert_eq!(admitted(60_000, 10), 4);
    }

    #[test]
    fn accounts_regions_and_operations_have_buckets_of_their_own() {
        let only_one = Limits {
            list_metrics: Some(1.0),
            get_metric_data: Some(1.0),
            ..Limits::NONE
        };
        let mut throttle = Throttle::new(only_one);
        let now = Instant::now();
        for (account, region, operation) in [
            ("1", "r", Operation::ListMetrics),
            ("2", "r", Operation::ListMetrics),
            ("1", "s", Operation::ListMetrics),
            ("1", "r", Operation::GetMetricData),
        ] {
            assert!(throttle.admit(account, region, operation, now));
            assert!(!throttle.admit(account, region, operation, now));
        }
    }

    #[test]
    fn latency_grows_with_queries_and_repeats_with_its_seed() {
        let plain = Latency::BENCHMARK;
        assert_eq!(plain.of(500, 1), Duration::from_millis(300));
        let shaky = Latency {
            jitter: Duration::from_millis(20),
            seed: 1,
            ..plain
        };
        let delays: Vec<_> = (0..50).map(|call| shaky.of(0, call)).collect();
        assert_eq!(
            delays,
            (0..50).map(|call| shaky.of(0, call)).collect::<Vec<_>>()
        );
        let distinct: std::collections::BTreeSet<_> = delays.iter().collect();
        assert!(distinct.len() > 40);
        assert!(delays.iter().all(|it| (50..70).contains(&it.as_millis())));
    }
}
