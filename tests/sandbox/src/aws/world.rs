//! The content, indexed for lookups: by account, region, name and the set of dimensions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::content::{Account, Content, Metric, Resource};

/// Everything the simulator answers from. Immutable: a change of content is a new world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) region: Arc<str>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) resources: Vec<Resource>,
    places: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Place>>,
    nowhere: Place,
}

/// The metrics of one account in one region.
#[derive(Debug, Default)]
pub(crate) struct Place {
    metrics: Vec<Metric>,
    by_identity: BTreeMap<String, usize>,
    by_name: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Vec<usize>>>,
}

/// The identity of a metric as a request states it. Dimensions are ordered by name, because their
/// order carries no meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MetricRef<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) dims: Vec<(&'a str, &'a str)>,
}

impl<'a> MetricRef<'a> {
    pub(crate) fn new(
        namespace: &'a str,
        name: &'a str,
        mut dims: Vec<(&'a str, &'a str)>,
    ) -> Self {
        dims.sort_unstable();
        Self {
            namespace,
            name,
            dims,
        }
    }

    /// The identity of `metric`.
    pub(crate) fn of(metric: &'a Metric) -> Self {
        let dims = metric
            .dims
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        Self::new(&metric.namespace, &metric.name, dims)
    }

    /// Writes a text that is equal exactly for equal identities. AWS allows no control characters
    /// in names, so a zero byte separates safely.
    pub(crate) fn write_identity(&self, out: &mut String) {
        out.clear();
        for part in [self.namespace, self.name]
            .into_iter()
            .chain(self.dims.iter().flat_map(|(name, value)| [*name, *value]))
        {
            out.push_str(part);
            out.push('\0');
        }
    }
}

impl World {
    pub(crate) fn new(content: Content) -> Self {
        let mut places: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Place>> = BTreeMap::new();
        for metric in content.metrics {
            places
                .entry(Arc::clone(&metric.account))
                .or_default()
                .entry(Arc::clone(&metric.region))
                .or_default()
                .add(metric);
        }
        Self {
            region: content.region,
            accounts: content.accounts,
            resources: content.resources,
            places,
            nowhere: Place::default(),
        }
    }

    /// The account `id`, if the content has it.
    pub(crate) fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| &*account.id == id)
    }

    /// The metrics of an account in a region; empty where nothing is.
    pub(crate) fn place(&self, account: &str, region: &str) -> &Place {
        self.places
            .get(account)
            .and_then(|regions| regions.get(region))
            .unwrap_or(&self.nowhere)
    }
}

impl Place {
    fn add(&mut self, metric: Metric) {
        let index = self.metrics.len();
        let mut identity = String::new();
        MetricRef::of(&metric).write_identity(&mut identity);
        self.by_identity.insert(identity, index);
        self.by_name
            .entry(Arc::clone(&metric.namespace))
            .or_default()
            .entry(Arc::clone(&metric.name))
            .or_default()
            .push(index);
        self.metrics.push(metric);
    }

    /// The metric with exactly this identity. `buffer` is scratch space, so that a call with 500
    /// queries allocates once.
    pub(crate) fn find(&self, metric: &MetricRef<'_>, buffer: &mut String) -> Option<&Metric> {
        metric.write_identity(buffer);
        self.metrics.get(*self.by_identity.get(buffer.as_str())?)
    }

    /// The metrics of a namespace and name, each optional, in a stable order.
    pub(crate) fn named<'w>(
        &'w self,
        namespace: Option<&'w str>,
        name: Option<&'w str>,
    ) -> impl Iterator<Item = &'w Metric> {
        self.by_name
            .iter()
            .filter(move |(key, _)| namespace.is_none_or(|wanted| wanted == &***key))
            .flat_map(|(_, names)| names)
            .filter(move |(key, _)| name.is_none_or(|wanted| wanted == &***key))
            .flat_map(|(_, indices)| indices)
            .filter_map(|index| self.metrics.get(*index))
    }
}
