//! What a listing has shown, cut down to what the rules behind it can use.
//!
//! A broad listing may hold a hundred times more metrics than wanted. They are counted, for the
//! sake of an explanation, and forgotten page by page.

#![expect(
    clippy::disallowed_types,
    reason = "names are looked up, and shapes come in their order"
)]

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::intern::Interner;
use super::listing::{Need, Request};
use crate::metric::Dimension;

/// The metrics of one name with exactly one set of dimension names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) metric_name: Arc<str>,
    pub(super) dimensions: BTreeSet<Arc<str>>,
    /// Metrics of that name with these dimensions or more.
    pub(super) listed: u64,
    /// Those with exactly these dimensions, each once, as AWS orders them.
    pub(super) metrics: Vec<Arc<[Dimension]>>,
}

/// A complete listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) request: Request,
    pub(super) fetched_at: Timestamp,
    /// Calls that it took.
    pub(super) pages: u32,
    /// One for each kind of metric that some rule asked for.
    pub(super) shapes: Vec<Shape>,
}

impl Listed {
    /// The metrics for `need`, if the listing was made for such a need.
    pub(super) fn shape(&self, need: &Need) -> Option<&Shape> {
        self.shapes.iter().find(|shape| {
            shape.metric_name == need.metric_name && shape.dimensions == need.dimensions
        })
    }

    /// The same without the kinds of metric of which there is none.
    pub(super) fn without_empty_shapes(self: &Arc<Self>) -> Arc<Self> {
        let filled = |shape: &&Shape| !shape.metrics.is_empty();
        if self.shapes.iter().all(|shape| filled(&shape)) {
            return Arc::clone(self);
        }
        let shapes = self.shapes.iter().filter(filled).cloned().collect();
        Arc::new(Self {
            request: self.request.clone(),
            shapes,
            ..**self
        })
    }
}

/// A listing while its pages come in.
#[derive(Debug)]
pub(super) struct Gathering {
    shapes: Vec<Shape>,
    by_name: HashMap<Arc<str>, Vec<usize>>,
}

impl Gathering {
    /// For these needs; what none of them wants is not kept.
    pub(super) fn new<'n>(needs: impl IntoIterator<Item = &'n Need>) -> Self {
        let wanted: BTreeSet<_> = needs
            .into_iter()
            .map(|need| (&need.metric_name, &need.dimensions))
            .collect();
        let mut gathering = Self {
            shapes: Vec::new(),
            by_name: HashMap::new(),
        };
        for (metric_name, dimensions) in wanted {
            let same_name = gathering
                .by_name
                .entry(Arc::clone(metric_name))
                .or_default();
            same_name.push(gathering.shapes.len());
            gathering.shapes.push(Shape {
                metric_name: Arc::clone(metric_name),
                dimensions: dimensions.clone(),
                listed: 0,
                metrics: Vec::new(),
            });
        }
        gathering
    }

    /// Takes one metric of a page.
    pub(super) fn add(&mut self, name: &str, dimensions: &[(&str, &str)], interner: &mut Interner) {
        for &index in self.by_name.get(name).into_iter().flatten() {
            let Some(shape) = self.shapes.get_mut(index) else {
                continue;
            };
            let has = |wanted: &str| dimensions.iter().any(|(name, _)| *name == wanted);
            if shape.dimensions.iter().all(|wanted| has(wanted)) {
                shape.listed += 1;
                if dimensions.len() == shape.dimensions.len() {
                    shape
                        .metrics
                        .push(interner.dimensions(dimensions.iter().copied()));
                }
            }
        }
    }

    /// The complete listing. Metrics that AWS listed twice, which happens when some come or go
    /// between two pages, are kept once.
    pub(super) fn finish(mut self, request: Request, fetched_at: Timestamp, pages: u32) -> Listed {
        for shape in &mut self.shapes {
            let mut seen = HashSet::new();
            shape.metrics.retain(|dimensions| {
                let mut identity: Vec<Dimension> = dimensions.to_vec();
                identity.sort();
                seen.insert(identity)
            });
        }
        Listed {
            request,
            fetched_at,
            pages,
            shapes: self.shapes,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::intern::Interner;
    use super::super::listing::Request;
    use super::super::testing::{dimensions, need, rule};
    use super::{Gathering, Listed};

    fn gather(needs: &[(&str, &[&str])], metrics: &[(&str, &[(&str, &str)])]) -> Listed {
        let needs = needs
            .iter()
            .map(|&(name, dims)| need(&rule(1, "N", name, Some(dims))));
        let needs: Vec<_> = needs.collect();
        let mut gathering = Gathering::new(&needs);
        let mut interner = Interner::default();
        for (name, dimensions) in metrics {
            gathering.add(name, dimensions, &mut interner);
        }
        gathering.finish(Request::finest(&needs[0]), Timestamp::UNIX_EPOCH, 1)
    }

    #[test]
    fn a_metric_with_more_dimensions_is_counted_and_not_kept() {
        let listed = gather(
            &[("M", &["A"]), ("M", &[]), ("O", &["A"])],
            &[
                ("M", &[("A", "1")]),
                ("M", &[("A", "1"), ("B", "2")]),
                ("M", &[("B", "2")]),
                ("M", &[]),
                ("Unwanted", &[("A", "1")]),
            ],
        );
        let seen = |name, dims| {
            let shape = listed
                .shape(&need(&rule(1, "N", name, Some(dims))))
                .unwrap();
            (
                shape.listed,
                shape
                    .metrics
                    .iter()
                    .map(|found| found.to_vec())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(seen("M", &["A"]), (2, vec![dimensions(&[("A", "1")])]));
        assert_eq!(seen("M", &[]), (4, vec![vec![]]));
        assert_eq!(seen("O", &["A"]), (0, vec![]));
        assert_eq!(listed.shape(&need(&rule(1, "N", "M", Some(&["B"])))), None);
    }

    #[test]
    fn a_metric_that_is_listed_twice_is_kept_once() {
        let listed = gather(
            &[("M", &["A", "B"])],
            &[
                ("M", &[("B", "2"), ("A", "1")]),
                ("M", &[("A", "1"), ("B", "2")]),
                ("M", &[("B", "1"), ("A", "2")]),
            ],
        );
        let kept: Vec<_> = listed.shapes[0]
            .metrics
            .iter()
            .map(|found| found.to_vec())
            .collect();
        assert_eq!(
            kept,
            [
                dimensions(&[("B", "2"), ("A", "1")]),
                dimensions(&[("B", "1"), ("A", "2")])
            ]
        );
    }
}
