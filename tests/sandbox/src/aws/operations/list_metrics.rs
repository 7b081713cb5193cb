//! `ListMetrics`: which metrics have published lately.
//!
//! A filter names some dimensions; metrics with additional ones are returned too. A metric is
//! listed for two weeks after its last datapoint, with `RecentlyActive` for three hours (AWS
//! itself may be up to fifty minutes late in dropping it; the simulator is exact).

use super::super::content::{Account, Metric};
use super::super::error::{INVALID_NEXT_TOKEN, INVALID_VALUE, ServiceError};
use super::super::node::Node;
use super::super::shape::{Shape, Writer};
use super::super::token;
use super::super::world::MetricRef;
use super::Context;

const PAGE: usize = 500;
const MAX_FILTERS: usize = 10;
const LISTED_SECONDS: i64 = 14 * 86_400;
const RECENTLY_ACTIVE_SECONDS: i64 = 3 * 3_600;

/// A request for one page.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    selection: Selection<'a>,
    pub(super) next_token: Option<&'a str>,
}

/// What must stay the same from page to page.
#[derive(Debug, Hash)]
struct Selection<'a> {
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    filters: Vec<(&'a str, Option<&'a str>)>,
    recently_active: bool,
    include_linked: bool,
    owning_account: Option<&'a str>,
}

/// One page.
#[derive(Debug)]
pub(crate) struct Response<'w> {
    pub(crate) metrics: Vec<&'w Metric>,
    /// The owner of each metric, if linked accounts were asked for.
    owners: Option<Vec<&'w str>>,
    pub(crate) next_token: Option<String>,
}

impl<'a> Request<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let filters = node.list("Dimensions")?;
        if filters.len() > MAX_FILTERS {
            return Err(ServiceError::validation(format!(
                "The collection Dimensions must not have a size greater than {MAX_FILTERS}."
            )));
        }
        let filters = filters
            .iter()
            .map(|filter| Ok((filter.required_text("Name")?, filter.text("Value")?)))
            .collect::<Result<_, ServiceError>>()?;
        let recently_active = match node.text("RecentlyActive")? {
            None => false,
            Some("PT3H") => true,
            Some(other) => {
                return Err(ServiceError::new(
                    INVALID_VALUE,
                    format!("The value {other} for parameter RecentlyActive is not PT3H."),
                ));
            }
        };
        Ok(Self {
            selection: Selection {
                namespace: node.text("Namespace")?,
                name: node.text("MetricName")?,
                filters,
                recently_active,
                include_linked: node.boolean("IncludeLinkedAccounts")?.unwrap_or(false),
                owning_account: node.text("OwningAccount")?,
            },
            next_token: node.text("NextToken")?,
        })
    }

    pub(super) fn subject(&self) -> String {
        let Selection {
            namespace, name, ..
        } = self.selection;
        format!("{} {}", namespace.unwrap_or("*"), name.unwrap_or("*"))
    }

    pub(super) fn names_metric(&self, predicate: impl Fn(&MetricRef<'_>) -> bool) -> bool {
        let Selection {
            namespace,
            name,
            filters,
            ..
        } = &self.selection;
        let dims = filters
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)))
            .collect();
        predicate(&MetricRef::new(
            namespace.unwrap_or_default(),
            name.unwrap_or_default(),
            dims,
        ))
    }

    pub(crate) fn run<'r>(&'r self, context: &Context<'r>) -> Result<Response<'r>, ServiceError> {
        self.page(context, PAGE)
    }

    /// A page of `size` metrics; AWS's is always 500.
    pub(crate) fn page<'r>(
        &'r self,
        context: &Context<'r>,
        size: usize,
    ) -> Result<Response<'r>, ServiceError> {
        let fingerprint =
            token::fingerprint(&(&self.selection, &context.account.id, context.region));
        let position = match self.next_token {
            None => 0,
            Some(text) => token::open(text, fingerprint)
                .and_then(|position| usize::try_from(position).ok())
                .ok_or_else(|| {
                    ServiceError::new(INVALID_NEXT_TOKEN, "The NextToken is not valid.")
                })?,
        };
        let mut found = self
            .accounts(context)
            .flat_map(|account| {
                let Selection {
                    namespace, name, ..
                } = self.selection;
                let place = context.world.place(&account.id, context.region);
                place
                    .named(namespace, name)
                    .map(move |metric| (&*account.id, metric))
            })
            .filter(|(_, metric)| self.selection.admits(metric, context.now))
            .skip(position);
        let (owners, metrics): (Vec<_>, Vec<_>) = found.by_ref().take(size).unzip();
        let next_token = found.next().map(|_| {
            let next = position + metrics.len();
            token::seal(fingerprint, super::saturate(next))
        });
        let owners = self.selection.include_linked.then_some(owners);
        Ok(Response {
            metrics,
            owners,
            next_token,
        })
    }

    /// The accounts whose metrics are listed.
    fn accounts<'r>(&self, context: &Context<'r>) -> impl Iterator<Item = &'r Account> {
        let Selection {
            include_linked,
            owning_account,
            ..
        } = self.selection;
        let (world, own) = (context.world, context.account);
        let linked = own.linked.iter().filter_map(|id| world.account(id));
        [own]
            .into_iter()
            .chain(linked.filter(move |_| include_linked))
            .filter(move |it| {
                !include_linked || owning_account.is_none_or(|wanted| wanted == &*it.id)
            })
    }
}

impl Selection<'_> {
    fn admits(&self, metric: &Metric, now: i64) -> bool {
        let age = if self.recently_active {
            RECENTLY_ACTIVE_SECONDS
        } else {
            LISTED_SECONDS
        };
        self.filters.iter().all(|(name, value)| {
            metric.dims.iter().any(|(its_name, its_value)| {
                &**its_name == *name && value.is_none_or(|value| &**its_value == value)
            })
        }) && metric
            .series
            .last(now)
            .is_some_and(|last| now - last <= age)
    }
}

impl Shape for Response<'_> {
    fn members<W: Writer>(&self, w: &mut W) {
        w.member("Metrics", |w| {
            w.list(&self.metrics, |w, metric| {
                w.structure(|w| {
                    w.text_member("Namespace", &metric.namespace);
                    w.text_member("MetricName", &metric.name);
                    w.member("Dimensions", |w| {
                        let dims = metric.dims.iter().map(|(name, value)| (&**name, &**value));
                        w.pairs("Name", "Value", dims);
                    });
                });
            });
        });
        w.optional_text("NextToken", self.next_token.as_deref());
        if let Some(owners) = &self.owners {
            w.member("OwningAccounts", |w| {
                w.list(owners, |w, owner| w.text(owner));
            });
        }
    }
}
