//! The fewest pages that show every rule what it needs.
//!
//! It starts with one listing for each different need and then tries ever broader requests: the
//! same name with fewer filters, every name with one set of dimensions, the whole namespace. A
//! broader request replaces the narrower ones that it covers when it is expected to take fewer
//! pages. So the expectation only ever falls, and there are never more listings than needs.
//!
//! What a listing takes is remembered from earlier runs. A listing by name that nobody has seen is
//! taken for one page. A broad one that nobody has seen is *tried*: its first page is requested,
//! and if there is a second one, the narrower listings are made instead (they are part of the
//! plan). Namespaces publish a few metrics or a few hundred thousand, and one call tells.

use std::collections::{BTreeMap, BTreeSet};

use super::request::{Need, Request};
use crate::config::RuleNumber;

/// How many pages a listing had when it was last made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// That many; at least 1.
    Exactly(u32),
    /// It was given up after the first page.
    MoreThanOne,
}

/// One listing, and what to do when it turns out to be larger than hoped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// What is asked for.
    pub request: Request,
    /// Pages it had when it was last made; `None` when that is not known.
    pub pages: Option<Pages>,
    /// The rules that it is made for, in file order.
    pub rules: Vec<RuleNumber>,
    /// Listings that serve the same rules and are made instead as soon as this one has a second
    /// page. Empty: this one is followed to its end.
    pub narrower: Vec<Listing>,
}

impl Listing {
    /// Pages that it should take if everything is as it was, and 1 where nothing is known.
    pub fn expected_pages(&self) -> u32 {
        match self.pages {
            Some(Pages::Exactly(pages)) => pages,
            Some(Pages::MoreThanOne) | None => 1,
        }
    }
}

/// Chooses the listings for all needs. Pure; the order of `needs` decides nothing but the order of
/// the answer.
pub(super) fn cover(
    needs: &[(RuleNumber, Need)],
    remembered: impl Fn(&Request) -> Option<Pages>,
) -> Vec<Listing> {
    let mut groups: BTreeMap<_, Vec<&(RuleNumber, Need)>> = BTreeMap::new();
    for need in needs {
        groups
            .entry((&need.1.namespace, need.1.activity))
            .or_default()
            .push(need);
    }
    let drafts = groups
        .into_values()
        .flat_map(|group| cover_group(&group, &remembered));
    let mut listings: Vec<_> = drafts.map(Draft::into_listing).collect();
    listings.sort_by(|a, b| a.rules.cmp(&b.rules));
    listings
}

/// Costs are counted in quarters of a page.
const PAGE: u64 = 4;

struct Draft<'n> {
    request: Request,
    pages: Option<Pages>,
    needs: Vec<&'n (RuleNumber, Need)>,
    cost: u64,
    narrower: Vec<Draft<'n>>,
}

impl Draft<'_> {
    fn covered_by(&self, request: &Request) -> bool {
        self.needs.iter().all(|(_, need)| request.covers(need))
    }

    fn into_listing(self) -> Listing {
        let rules: BTreeSet<_> = self.needs.iter().map(|(rule, _)| *rule).collect();
        Listing {
            request: self.request,
            pages: self.pages,
            rules: rules.into_iter().collect(),
            narrower: self.narrower.into_iter().map(Self::into_listing).collect(),
        }
    }
}

fn cover_group<'n>(
    needs: &[&'n (RuleNumber, Need)],
    remembered: &impl Fn(&Request) -> Option<Pages>,
) -> Vec<Draft<'n>> {
    let mut finest: BTreeMap<Request, Vec<&(RuleNumber, Need)>> = BTreeMap::new();
    for need in needs {
        finest
            .entry(Request::finest(&need.1))
            .or_default()
            .push(need);
    }
    let candidates = candidates(finest.keys());
    let is_long = |pages| matches!(pages, Some(Pages::MoreThanOne | Pages::Exactly(2..)));
    let long = candidates
        .iter()
        .filter(|request| is_long(remembered(request)));
    let too_long: Vec<_> = long.cloned().collect();
    let first = finest.into_iter().map(|(request, needs)| {
        let pages = remembered(&request);
        Draft {
            cost: PAGE * named_pages(pages),
            request,
            pages,
            needs,
            narrower: Vec::new(),
        }
    });
    let mut drafts: Vec<_> = first.collect();
    for request in candidates {
        let pages = remembered(&request);
        drafts = merged(drafts, request, pages, &too_long);
    }
    drafts
}

/// Broader requests, from the narrowest to the whole namespace.
fn candidates<'r>(finest: impl Iterator<Item = &'r Request>) -> Vec<Request> {
    let mut levels: [BTreeSet<Request>; 5] = Default::default();
    let [named, named_open, nameless, nameless_open, whole] = &mut levels;
    for request in finest {
        named.insert(request.clone());
        named_open.insert(request.clone().unpinned());
        nameless.insert(request.clone().nameless());
        nameless_open.insert(request.clone().nameless().unpinned());
        whole.insert(request.clone().whole_namespace());
    }
    let mut seen = BTreeSet::new();
    let mut ordered = Vec::new();
    for level in levels {
        let mut level: Vec<_> = level
            .into_iter()
            .filter(|r| seen.insert(r.clone()))
            .collect();
        level.sort_by_key(|request| std::cmp::Reverse(request.filters.len()));
        ordered.extend(level);
    }
    ordered
}

/// Puts `request` in the place of all drafts that it covers, if that is expected to save pages.
fn merged<'n>(
    drafts: Vec<Draft<'n>>,
    request: Request,
    pages: Option<Pages>,
    too_long: &[Request],
) -> Vec<Draft<'n>> {
    let (covered, mut rest): (Vec<_>, Vec<_>) = drafts
        .into_iter()
        .partition(|draft| draft.covered_by(&request));
    let separately = covered.iter().map(|draft| draft.cost).sum();
    let is_broad = request.metric_name.is_none();
    let cost = match pages {
        pages if !is_broad => Some(PAGE * named_pages(pages)),
        Some(Pages::Exactly(pages)) => Some(PAGE * u64::from(pages)),
        Some(Pages::MoreThanOne) => None,
        // It saves nothing, or lists something that is already known not to fit one page.
        None if covered.len() < 2 || too_long.iter().any(|long| request.includes(long)) => None,
        // One page, and the narrower listings if that is not all: the odds are guesses.
        None if request.filters.is_empty() => Some(PAGE + separately / 2),
        None => Some(PAGE + separately / 4),
    };
    match cost {
        Some(cost) if cost < separately => {
            let needs = covered
                .iter()
                .flat_map(|draft| draft.needs.iter().copied())
                .collect();
            let is_tried = is_broad && matches!(pages, None | Some(Pages::Exactly(1)));
            let narrower = if is_tried { covered } else { Vec::new() };
            rest.push(Draft {
                request,
                pages,
                needs,
                cost,
                narrower,
            });
        }
        Some(_) | None => rest.extend(covered),
    }
    rest
}

fn named_pages(pages: Option<Pages>) -> u64 {
    match pages {
        Some(Pages::Exactly(pages)) => u64::from(pages),
        Some(Pages::MoreThanOne) => 2,
        None => 1,
    }
}

#[cfg(test)]
mod tests;
