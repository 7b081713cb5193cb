//! Laws of the cover, for random rules and random memories.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::super::testing::{need, rule, values};
use super::super::{Activity, Need, Request};
use super::{Listing, Pages, cover};
use crate::config::RuleNumber;

/// A listing that is not remembered by any of these has unknown size.
type MemoryOf = BTreeMap<Request, Pages>;

fn needs() -> impl Strategy<Value = Vec<(RuleNumber, Need)>> {
    let one = (
        select(&["N", "O"][..]),
        select(&["A", "B", "C", "D"][..]),
        subsequence(vec!["d", "e", "f"], 0..=3),
        proptest::option::weighted(0.3, select(&["1", "2"][..])),
        proptest::bool::weighted(0.2),
    );
    vec(one, 1..12).prop_map(|drafts| {
        let needs = (1..)
            .zip(drafts)
            .map(|(number, (namespace, name, dims, pin, old))| {
                let mut rule = rule(number, namespace, name, Some(&dims));
                // A select of one of several dimensions; of a single one it would be a product.
                if let (Some(value), [first, _, ..]) = (pin, dims.as_slice()) {
                    rule.select = values(&[(first, &[value])]);
                }
                if old {
                    rule.range_seconds = 86_400;
                }
                (rule.number, need(&rule))
            });
        needs.collect()
    })
}

fn variants(need: &Need) -> [Request; 5] {
    let finest = Request::finest(need);
    [
        finest.clone(),
        finest.clone().unpinned(),
        finest.clone().nameless(),
        finest.clone().nameless().unpinned(),
        finest.whole_namespace(),
    ]
}

fn remembered() -> impl Strategy<Value = (Vec<(RuleNumber, Need)>, MemoryOf)> {
    let pages = prop_oneof![
        3 => Just(None),
        3 => (1_u32..5).prop_map(|pages| Some(Pages::Exactly(pages))),
        1 => Just(Some(Pages::MoreThanOne)),
    ];
    needs().prop_flat_map(move |needs| {
        let requests: BTreeSet<_> = needs.iter().flat_map(|(_, need)| variants(need)).collect();
        let pages = vec(pages.clone(), requests.len());
        pages.prop_map(move |pages| {
            let memory = requests.iter().cloned().zip(pages);
            // Only a broad listing is ever given up after its first page.
            let memory = memory
                .filter_map(|(request, pages)| Some((request, pages?)))
                .filter(|(request, pages)| {
                    request.metric_name.is_none() || *pages != Pages::MoreThanOne
                });
            (needs.clone(), memory.collect())
        })
    })
}

fn ways(listing: &Listing) -> Vec<Vec<&Listing>> {
    let mut ways = vec![vec![listing]];
    if !listing.narrower.is_empty() {
        ways.push(listing.narrower.iter().collect());
        let deepest = listing
            .narrower
            .iter()
            .flat_map(|it| ways_last(it))
            .collect();
        ways.push(deepest);
    }
    ways
}

fn ways_last(listing: &Listing) -> Vec<&Listing> {
    ways(listing).pop().unwrap()
}

fn served(listings: &[&Listing]) -> Vec<RuleNumber> {
    let mut rules: Vec<_> = listings
        .iter()
        .flat_map(|listing| listing.rules.clone())
        .collect();
    rules.sort();
    rules
}

fn expected(listings: &[Listing]) -> u32 {
    listings.iter().map(Listing::expected_pages).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_rule_is_served_once_by_a_listing_that_covers_it((needs, memory) in remembered()) {
        let listings = cover(&needs, |request| memory.get(request).copied());
        let all: Vec<_> = needs.iter().map(|(rule, _)| *rule).collect();
        prop_assert_eq!(served(&listings.iter().collect::<Vec<_>>()), all);
        for listing in &listings {
            // However the shell falls back, the same rules are served, and by what covers them.
            for way in ways(listing) {
                prop_assert_eq!(served(&way), listing.rules.clone());
                for part in way {
                    for (rule, need) in &needs {
                        if part.rules.contains(rule) {
                            prop_assert!(part.request.covers(need), "{} for {need:?}", part.request);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn there_are_never_more_listings_than_rules_nor_two_equal_ones(
        (needs, memory) in remembered()
    ) {
        let listings = cover(&needs, |request| memory.get(request).copied());
        prop_assert!(listings.len() <= needs.len());
        let requests: BTreeSet<_> = listings.iter().map(|listing| &listing.request).collect();
        prop_assert_eq!(requests.len(), listings.len());
        let deepest: Vec<_> = listings.iter().flat_map(ways_last).collect();
        prop_assert!(deepest.len() <= needs.len());
    }

    #[test]
    fn no_plain_strategy_is_expected_to_take_fewer_pages((needs, memory) in remembered()) {
        let pages = |request: &Request| memory.get(request).copied();
        let chosen = expected(&cover(&needs, pages));
        // One listing for each of the requests; a broad one must be known to be any good.
        let strategy = |request: &dyn Fn(&Need) -> Request| -> Option<u32> {
            let requests: BTreeSet<_> = needs.iter().map(|(_, need)| request(need)).collect();
            requests.iter().map(|request| match (pages(request), &request.metric_name) {
                (Some(Pages::Exactly(pages)), _) => Some(pages),
                (None, Some(_)) => Some(1),
                (None | Some(Pages::MoreThanOne), _) => None,
            }).sum()
        };
        for plain in [
            strategy(&Request::finest),
            strategy(&|need| Request::finest(need).unpinned().nameless()),
            strategy(&|need| Request::finest(need).whole_namespace()),
        ].into_iter().flatten() {
            prop_assert!(chosen <= plain, "{chosen} > {plain}");
        }
    }

    #[test]
    fn the_order_of_rules_decides_nothing((mut needs, memory) in remembered()) {
        let forwards = cover(&needs, |request| memory.get(request).copied());
        needs.reverse();
        prop_assert_eq!(cover(&needs, |request| memory.get(request).copied()), forwards);
    }

    #[test]
    fn metrics_of_different_age_are_never_listed_together((needs, memory) in remembered()) {
        for listing in cover(&needs, |request| memory.get(request).copied()) {
            let ages: BTreeSet<Activity> = needs
                .iter()
                .filter(|(rule, _)| listing.rules.contains(rule))
                .map(|(_, need)| need.activity)
                .collect();
            prop_assert_eq!(ages, [listing.request.activity].into());
        }
    }
}
