//! What a rule needs to be listed, and what one series of `ListMetrics` calls lists.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::config::Rule;

/// AWS accepts this many dimension filters in a request.
pub const MAX_FILTERS: usize = 10;

/// AWS lists metrics as recently active that had a datapoint in the last three hours.
const RECENT_SECONDS: u64 = 3 * 60 * 60;

/// Which metrics a listing leaves out by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Activity {
    /// Only those with a datapoint in the last three hours.
    Recent,
    /// Those of the last two weeks, which is all that AWS lists.
    Any,
}

impl Activity {
    /// What the window of a rule allows: recently active metrics suffice only when the window,
    /// one period more, and the lag behind the present lie within three hours.
    pub fn of(rule: &Rule, lag_seconds: u64) -> Self {
        let window = [rule.delay_seconds, rule.range_seconds, rule.period_seconds].map(u64::from);
        let reach = window.into_iter().fold(lag_seconds, u64::saturating_add);
        if reach < RECENT_SECONDS {
            Self::Recent
        } else {
            Self::Any
        }
    }
}

/// The metrics of one name with exactly one set of dimension names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need {
    /// Such as `AWS/ES`.
    pub namespace: Arc<str>,
    /// Such as `CPUUtilization`.
    pub metric_name: Arc<str>,
    /// The exact set of dimension names; may be empty.
    pub dimensions: BTreeSet<Arc<str>>,
    /// Dimensions of which only one value is wanted, with that value.
    pub pinned: BTreeSet<(Arc<str>, Arc<str>)>,
    /// Which metrics suffice.
    pub activity: Activity,
}

/// A condition on one dimension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Filter {
    /// The dimension must be present,
    pub name: Arc<str>,
    /// and, if given, have this value.
    pub value: Option<Arc<str>>,
}

/// The parameters of one listing. Requests that are equal list the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// Such as `AWS/ES`.
    pub namespace: Arc<str>,
    /// `None`: every metric of the namespace.
    pub metric_name: Option<Arc<str>>,
    /// Sorted, at most [`MAX_FILTERS`].
    pub filters: Vec<Filter>,
    /// Which metrics are listed.
    pub activity: Activity,
}

impl Request {
    /// The request that lists the least of all that cover `need`.
    ///
    /// With more dimensions than AWS takes filters, those with a value go first.
    pub(crate) fn finest(need: &Need) -> Self {
        let pinned = need.pinned.iter().map(|(name, value)| (name, Some(value)));
        let is_pinned = |name: &Arc<str>| need.pinned.iter().any(|(pinned, _)| pinned == name);
        let open = need
            .dimensions
            .iter()
            .filter(|name| !is_pinned(name))
            .map(|name| (name, None));
        let filters = pinned.chain(open).take(MAX_FILTERS);
        let mut filters: Vec<_> = filters
            .map(|(name, value)| Filter {
                name: Arc::clone(name),
                value: value.cloned(),
            })
            .collect();
        filters.sort();
        Self {
            namespace: Arc::clone(&need.namespace),
            metric_name: Some(Arc::clone(&need.metric_name)),
            filters,
            activity: need.activity,
        }
    }

    /// The same for every value of its dimensions.
    pub(crate) fn unpinned(mut self) -> Self {
        for filter in &mut self.filters {
            filter.value = None;
        }
        self
    }

    /// The same for every metric name.
    pub(crate) fn nameless(mut self) -> Self {
        self.metric_name = None;
        self
    }

    /// The same for every metric name and all dimensions.
    pub(crate) fn whole_namespace(mut self) -> Self {
        self.metric_name = None;
        self.filters.clear();
        self
    }

    /// Whether everything that `need` wants is among what this lists.
    pub fn covers(&self, need: &Need) -> bool {
        self.namespace == need.namespace
            && self.activity == need.activity
            && self
                .metric_name
                .as_ref()
                .is_none_or(|name| *name == need.metric_name)
            && self.filters.iter().all(|filter| match &filter.value {
                None => need.dimensions.contains(&filter.name),
                Some(value) => need
                    .pinned
                    .iter()
                    .any(|(name, pinned)| (name, pinned) == (&filter.name, value)),
            })
    }

    /// Whether everything that `other` lists is among what this lists.
    pub(super) fn includes(&self, other: &Self) -> bool {
        self.namespace == other.namespace
            && self.activity == other.activity
            && (self.metric_name.is_none() || self.metric_name == other.metric_name)
            && self.filters.iter().all(|filter| {
                let mut same = other
                    .filters
                    .iter()
                    .filter(|found| found.name == filter.name);
                same.any(|found| filter.value.is_none() || found.value == filter.value)
            })
    }
}

/// Such as `AWS/DynamoDB SystemErrors by Operation, TableName=t`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.metric_name.as_deref().unwrap_or("(every name)");
        write!(f, "{} {name}", self.namespace)?;
        for (index, filter) in self.filters.iter().enumerate() {
            let separator = if index == 0 { " by" } else { "," };
            write!(f, "{separator} {}", filter.name)?;
            if let Some(value) = &filter.value {
                write!(f, "={value}")?;
            }
        }
        match self.activity {
            Activity::Recent => Ok(()),
            Activity::Any => f.write_str(", silent ones too"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{need, rule, values};
    use super::{Activity, MAX_FILTERS, Request};

    #[test]
    fn recently_active_metrics_suffice_only_when_the_whole_window_is_recent() {
        for (delay, range, period, lag, expected) in [
            (600, 600, 60, 0, Activity::Recent),
            (0, 10_739, 60, 0, Activity::Recent),
            (0, 10_740, 60, 0, Activity::Any),
            (10_800, 3_600, 60, 0, Activity::Any),
            (0, 0, 10_800, 0, Activity::Any),
            (600, 600, 60, 86_400, Activity::Any),
            (600, 600, 60, u64::MAX, Activity::Any),
        ] {
            let mut rule = rule(1, "N", "M", Some(&[]));
            (rule.delay_seconds, rule.range_seconds, rule.period_seconds) = (delay, range, period);
            assert_eq!(
                Activity::of(&rule, lag),
                expected,
                "{delay} {range} {period} {lag}"
            );
        }
    }

    #[test]
    fn a_request_covers_needs_with_more_dimensions_and_never_with_fewer() {
        let listing = |dimensions| Request::finest(&need(&rule(1, "N", "M", Some(dimensions))));
        let wanted = need(&rule(1, "N", "M", Some(&["A", "B"])));
        assert!(listing(&["A"]).covers(&wanted) && listing(&[]).covers(&wanted));
        assert!(listing(&["B", "A"]).covers(&wanted));
        assert!(!listing(&["A", "B", "C"]).covers(&wanted) && !listing(&["C"]).covers(&wanted));
        assert!(
            listing(&["A"])
                .nameless()
                .covers(&need(&rule(1, "N", "Other", Some(&["A"]))))
        );
        assert!(!listing(&["A"]).covers(&need(&rule(1, "N", "Other", Some(&["A"])))));
        assert!(!listing(&["A"]).covers(&need(&rule(1, "n", "M", Some(&["A"])))));
    }

    #[test]
    fn a_pinned_request_covers_only_needs_with_the_same_pin() {
        let mut pinned = rule(1, "N", "M", Some(&["A", "B"]));
        pinned.select = values(&[("A", &["1"])]);
        let mut other = pinned.clone();
        other.select = values(&[("A", &["2"])]);
        let open = need(&rule(1, "N", "M", Some(&["A", "B"])));
        let request = Request::finest(&need(&pinned));
        assert_eq!(request.to_string(), "N M by A=1, B");
        assert!(request.covers(&need(&pinned)));
        assert!(!request.covers(&need(&other)) && !request.covers(&open));
        assert!(request.clone().unpinned().covers(&need(&other)));
        assert!(request.unpinned().covers(&open));
    }

    #[test]
    fn a_request_includes_what_asks_for_more() {
        let mut rule = rule(1, "N", "M", Some(&["A", "B"]));
        rule.select = values(&[("A", &["1"])]);
        let finest = Request::finest(&need(&rule));
        let broader = [
            finest.clone(),
            finest.clone().unpinned(),
            finest.clone().nameless(),
            finest.clone().nameless().unpinned(),
            finest.whole_namespace(),
        ];
        let includes = |one: usize, other: usize| broader[one].includes(&broader[other]);
        let included: Vec<Vec<usize>> = (0..5)
            .map(|one| (0..5).filter(|&other| includes(one, other)).collect())
            .collect();
        let expected = [
            vec![0],
            vec![0, 1],
            vec![0, 2],
            vec![0, 1, 2, 3],
            vec![0, 1, 2, 3, 4],
        ];
        assert_eq!(included, expected);
    }

    #[test]
    fn no_request_has_more_filters_than_aws_takes_and_values_go_first() {
        let names: Vec<String> = (10..25).map(|number| format!("D{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut rule = rule(1, "N", "M", Some(&names));
        rule.select = values(&[("D24", &["v"])]);
        let request = Request::finest(&need(&rule));
        assert_eq!(request.filters.len(), MAX_FILTERS);
        assert!(
            request
                .filters
                .iter()
                .any(|filter| filter.value.as_deref() == Some("v"))
        );
        assert!(request.covers(&need(&rule)));
    }

    #[test]
    fn a_request_reads_like_what_it_lists() {
        let mut rule = rule(1, "AWS/ES", "Nodes", Some(&["DomainName", "ClientId"]));
        let request = Request::finest(&need(&rule));
        assert_eq!(request.to_string(), "AWS/ES Nodes by ClientId, DomainName");
        rule.range_seconds = 86_400;
        let request = Request::finest(&need(&rule)).whole_namespace();
        assert_eq!(request.to_string(), "AWS/ES (every name), silent ones too");
    }
}
