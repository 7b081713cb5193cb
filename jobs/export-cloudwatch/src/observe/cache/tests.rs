//! What a cache file survives, and what is kept in it.

mod format;

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::intern::Interner;
use super::super::listed::{Gathering, Listed};
use super::super::listing::{Pages, Request};
use super::super::testing::{need, rule};
use super::{Cache, CacheError};
use crate::config::{Rule, RuleNumber};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const HOUR: u32 = 3_600;

fn lister(number: usize, name: &str) -> Rule {
    Rule {
        list_metrics_cache_ttl_seconds: HOUR,
        ..rule(number, "N", name, Some(&["D"]))
    }
}

/// A listing by name for `rule` that found these values of its dimension.
fn listed(rule: &Rule, values: &[&str]) -> Arc<Listed> {
    let need = need(rule);
    let mut gathering = Gathering::new([&need]);
    for value in values {
        gathering.add(&need.metric_name, &[("D", value)], &mut Interner::default());
    }
    Arc::new(gathering.finish(Request::finest(&need), NOW, 1))
}

fn remember(cache: &mut Cache, rules: &[&Rule], values: &[&str]) {
    let numbers: Vec<_> = rules.iter().map(|rule| rule.number).collect();
    cache.remember(&listed(rules[0], values), HOUR, &numbers);
}

fn is_fresh(cache: &Cache, rule: &Rule, seconds_later: i64) -> bool {
    let now = NOW + SignedDuration::from_secs(seconds_later);
    cache
        .fresh(&need(rule), rule.list_metrics_cache_ttl_seconds, now)
        .is_some()
}

fn load(directory: &tempfile::TempDir) -> Cache {
    let (cache, error) = Cache::load(directory.path(), "account");
    assert!(error.is_none(), "{error:?}");
    cache
}

#[test]
fn the_next_run_finds_what_this_one_listed() {
    let directory = tempfile::tempdir().unwrap();
    let rule = lister(1, "M");
    let mut cache = load(&directory);
    remember(&mut cache, &[&rule], &["a", "b"]);
    cache.remember_overflow(Request::finest(&need(&rule)).nameless(), NOW);
    cache.save(NOW).unwrap();

    let mut cache = load(&directory);
    assert!(is_fresh(&cache, &rule, 3_599) && !is_fresh(&cache, &rule, 3_600));
    let request = Request::finest(&need(&rule));
    assert_eq!(cache.pages(&request), Some(Pages::Exactly(1)));
    assert_eq!(
        cache.pages(&request.clone().nameless()),
        Some(Pages::MoreThanOne)
    );
    assert_eq!(
        cache.serve(&request, rule.number).unwrap(),
        listed(&rule, &["a", "b"])
    );
}

#[test]
fn scopes_do_not_disturb_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let rule = lister(1, "M");
    let mut cache = load(&directory);
    remember(&mut cache, &[&rule], &["a"]);
    cache.save(NOW).unwrap();
    let (mut other, error) = Cache::load(directory.path(), "another account");
    assert!(error.is_none() && !is_fresh(&other, &rule, 1));
    other.save(NOW).unwrap();
    assert!(is_fresh(&load(&directory), &rule, 1));
}

#[test]
fn whose_listings_these_are_is_not_written_in_clear() {
    let directory = tempfile::tempdir().unwrap();
    let key = "AKIASANDBOX000000000";
    let (mut cache, _) = Cache::load(directory.path(), &format!("aws {key} us-east-1"));
    cache.save(NOW).unwrap();
    for entry in fs::read_dir(directory.path()).unwrap() {
        let path = entry.unwrap().path();
        assert!(!path.to_string_lossy().contains(key));
        assert!(!fs::read_to_string(path).unwrap().contains(key));
    }
}

#[test]
fn an_abandoned_scope_goes_when_another_is_saved() {
    let directory = tempfile::tempdir().unwrap();
    let (mut gone, _) = Cache::load(directory.path(), "a key that was rotated");
    gone.save(NOW).unwrap();
    let path = gone.file.unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    let written = file.metadata().unwrap().modified().unwrap();
    let hours = std::time::Duration::from_hours;
    file.set_modified(written - hours(13 * 24)).unwrap();
    load(&directory).save(NOW).unwrap();
    assert!(path.exists());
    file.set_modified(written - hours(15 * 24)).unwrap();
    load(&directory).save(NOW).unwrap();
    assert!(!path.exists());
}

#[test]
fn what_was_not_found_is_looked_for_again_in_the_next_run() {
    let directory = tempfile::tempdir().unwrap();
    let rule = lister(1, "M");
    let mut cache = load(&directory);
    remember(&mut cache, &[&rule], &[]);
    assert!(!is_fresh(&cache, &rule, 1));
    // Of a listing for two rules, the half that found something is kept.
    let (one, two) = (lister(1, "A"), lister(2, "B"));
    let needs = [need(&one), need(&two)];
    let mut gathering = Gathering::new(&needs);
    gathering.add("A", &[("D", "1")], &mut Interner::default());
    let request = Request::finest(&needs[0]).nameless();
    cache.remember(
        &Arc::new(gathering.finish(request, NOW, 1)),
        HOUR,
        &[one.number, two.number],
    );
    assert!(is_fresh(&cache, &one, 1) && !is_fresh(&cache, &two, 1));
}

#[test]
fn nothing_is_kept_for_rules_without_a_time_to_live_but_its_size() {
    let directory = tempfile::tempdir().unwrap();
    let rule = lister(1, "M");
    let mut cache = load(&directory);
    cache.remember(&listed(&rule, &["a"]), 0, &[rule.number]);
    assert!(!is_fresh(&cache, &rule, 1));
    assert_eq!(
        cache.pages(&Request::finest(&need(&rule))),
        Some(Pages::Exactly(1))
    );
}

#[test]
fn a_listing_is_dropped_early_only_when_all_its_rules_are_silent() {
    let directory = tempfile::tempdir().unwrap();
    let rules = [lister(1, "M"), lister(2, "M")];
    let silent = |numbers: &[usize]| -> BTreeSet<_> {
        numbers
            .iter()
            .map(|&number| RuleNumber::new(number))
            .collect()
    };
    let mut cache = load(&directory);
    remember(&mut cache, &[&rules[0], &rules[1]], &["a"]);
    cache.refresh_early(&silent(&[1]));
    assert!(is_fresh(&cache, &rules[0], 1));
    cache.save(NOW).unwrap();

    // In the next run it is served from the cache.
    let mut cache = load(&directory);
    cache.refresh_early(&silent(&[1, 2]));
    assert!(
        is_fresh(&cache, &rules[0], 1),
        "no rule of this run used it"
    );
    for rule in &rules {
        cache
            .serve(&Request::finest(&need(rule)), rule.number)
            .unwrap();
    }
    cache.refresh_early(&silent(&[1, 2, 3]));
    assert!(!is_fresh(&cache, &rules[0], 1));
}

#[test]
fn what_is_too_old_to_be_used_is_not_written_again() {
    let directory = tempfile::tempdir().unwrap();
    let rule = lister(1, "M");
    let mut cache = load(&directory);
    remember(&mut cache, &[&rule], &["a"]);
    cache.save(NOW + SignedDuration::from_hours(1)).unwrap();
    assert!(!is_fresh(&load(&directory), &rule, 1));
    assert!(
        load(&directory)
            .pages(&Request::finest(&need(&rule)))
            .is_some()
    );
    let mut cache = load(&directory);
    cache
        .save(NOW + SignedDuration::from_hours(14 * 24))
        .unwrap();
    assert_eq!(load(&directory).pages(&Request::finest(&need(&rule))), None);
}

#[test]
fn without_a_directory_nothing_is_kept() {
    let rule = lister(1, "M");
    let mut cache = Cache::none();
    remember(&mut cache, &[&rule], &["a"]);
    assert!(!is_fresh(&cache, &rule, 1));
    cache.save(NOW).unwrap();
}

#[test]
fn a_missing_directory_is_made_and_one_that_cannot_be_made_is_an_error_only_when_saving() {
    let parent = tempfile::tempdir().unwrap();
    let nested = parent.path().join("a/b");
    let (mut cache, error) = Cache::load(&nested, "account");
    assert!(error.is_none());
    cache.save(NOW).unwrap();
    assert_eq!(
        fs::read_dir(&nested).unwrap().count(),
        1,
        "the draft is gone"
    );

    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    let (mut cache, _) = Cache::load(&file.join("below"), "account");
    let error = cache.save(NOW).unwrap_err();
    assert!(
        matches!(
            error,
            CacheError::Io {
                what: "writing",
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn a_damaged_file_is_a_cold_start_and_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let rule = lister(1, "M");
    let mut cache = load(&directory);
    remember(&mut cache, &[&rule], &["a"]);
    cache.save(NOW).unwrap();
    let file = fs::read_dir(directory.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    fs::write(&file, &fs::read(&file).unwrap()[..100]).unwrap();

    let (mut cache, error) = Cache::load(directory.path(), "account");
    assert!(
        matches!(error, Some(CacheError::Unusable { .. })),
        "{error:?}"
    );
    assert!(!is_fresh(&cache, &rule, 1));
    remember(&mut cache, &[&rule], &["a"]);
    cache.save(NOW).unwrap();
    assert!(is_fresh(&load(&directory), &rule, 1));
}
