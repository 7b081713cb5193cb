//! What the planner makes of the alerts' own configuration and of a filled cache.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::cache::Cache;
use super::super::intern::Interner;
use super::super::listed::Gathering;
use super::super::testing::{need, rule, values};
use super::{Listing, ListingPlan, MetricSource, Pages, Request};
use crate::config::{JavaRegex, Rule, RuleNumber, TagSelect};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Six namespaces, 24 rules: what the alerts of a real account read.
fn account() -> Vec<Rule> {
    let es_node: &[&str] = &["DomainName", "NodeId", "ClientId"];
    let table: &[&str] = &["TableName", "Operation"];
    let sections: [(&str, &[&str], &[&str]); 8] = [
        (
            "AWS/Lambda",
            &["Duration", "Invocations", "Errors"],
            &["FunctionName", "Resource"],
        ),
        (
            "AWS/ES",
            &["FreeStorageSpace", "CPUUtilization", "JVMMemoryPressure"],
            es_node,
        ),
        (
            "AWS/ES",
            &["Nodes", "ClusterStatus.red", "ClusterStatus.yellow"],
            &["DomainName", "ClientId"],
        ),
        (
            "AWS/DynamoDB",
            &["ThrottledRequests", "SystemErrors"],
            table,
        ),
        (
            "AWS/DynamoDB",
            &["ConsumedWriteCapacityUnits", "ConsumedReadCapacityUnits"],
            &["TableName"],
        ),
        (
            "AWS/ApplicationELB",
            &["HTTPCode_ELB_4XX_Count", "HTTPCode_ELB_5XX_Count"],
            &["LoadBalancer", "AvailabilityZone"],
        ),
        (
            "AWS/ElastiCache",
            &[
                "CPUUtilization",
                "EngineCPUUtilization",
                "CurrConnections",
                "Evictions",
                "A",
                "B",
            ],
            &["CacheClusterId", "CacheNodeId"],
        ),
        (
            "AWS/EFS",
            &["ClientConnections", "MeteredIOBytes", "PermittedThroughput"],
            &["FileSystemId"],
        ),
    ];
    let mut rules = Vec::new();
    for (namespace, metrics, dimensions) in sections {
        for metric in metrics {
            let mut rule = rule(rules.len() + 1, namespace, metric, Some(dimensions));
            if namespace == "AWS/DynamoDB" {
                rule.select = values(&[("TableName", &["prod"])]);
            }
            rules.push(rule);
        }
    }
    rules
}

fn plan(rules: &[Rule], cache: &Cache) -> ListingPlan {
    ListingPlan::new(rules, cache, NOW, 0)
}

fn texts(listings: &[Listing]) -> Vec<String> {
    listings
        .iter()
        .map(|listing| format!("{} [{}]", listing.request, listing.rules.len()))
        .collect()
}

#[test]
fn an_account_that_nobody_has_seen_is_tried_by_dimensions_first() {
    let rules = account();
    let plan = plan(&rules, &Cache::none());
    assert_eq!(
        texts(&plan.listings),
        [
            "AWS/Lambda (every name) by FunctionName, Resource [3]",
            "AWS/ES (every name) by ClientId, DomainName [6]",
            "AWS/DynamoDB (every name) by Operation, TableName=prod [2]",
            "AWS/ApplicationELB (every name) by AvailabilityZone, LoadBalancer [2]",
            "AWS/ElastiCache (every name) by CacheClusterId, CacheNodeId [6]",
            "AWS/EFS (every name) by FileSystemId [3]",
        ]
    );
    assert_eq!(plan.expected_calls(), 6);
    let products = plan
        .rules
        .iter()
        .filter(|it| matches!(it.source, MetricSource::Product(_)));
    assert_eq!(
        products.map(|it| it.rule.get()).collect::<Vec<_>>(),
        [12, 13]
    );
    assert!(
        plan.listings
            .iter()
            .all(|listing| !listing.narrower.is_empty())
    );
}

#[test]
fn a_listing_that_was_too_long_is_not_tried_again() {
    let rules = account();
    let mut cache = Cache::none();
    for listing in &plan(&rules, &cache).listings {
        cache.remember_overflow(listing.request.clone(), NOW);
    }
    // The nodes of AWS/ES have dimensions of their own, which are tried in their turn.
    for listing in &plan(&rules, &cache).listings {
        if listing.request.metric_name.is_none() {
            cache.remember_overflow(listing.request.clone(), NOW);
        }
    }
    let by_name = plan(&rules, &cache);
    assert!(
        by_name
            .listings
            .iter()
            .all(|listing| listing.request.metric_name.is_some())
    );
    assert_eq!(by_name.listings.len(), 22);
    assert_eq!(by_name.expected_calls(), 22);
}

/// A complete listing for `rule` that found one metric in each of `pages` pages.
fn remember(cache: &mut Cache, request: &Request, rule: &Rule, pages: u32, at: Timestamp) {
    let need = need(rule);
    let mut gathering = Gathering::new([&need]);
    for page in 0..pages {
        let value = page.to_string();
        let dimensions: Vec<_> = need
            .dimensions
            .iter()
            .map(|name| (&**name, &*value))
            .collect();
        gathering.add(&need.metric_name, &dimensions, &mut Interner::default());
    }
    let listed = Arc::new(gathering.finish(request.clone(), at, pages));
    cache.remember(&listed, rule.list_metrics_cache_ttl_seconds, &[rule.number]);
}

#[test]
fn remembered_page_counts_decide_between_one_broad_listing_and_several_by_name() {
    let names = ["A", "B", "C"];
    let rules: Vec<_> = (1..)
        .zip(names)
        .map(|(number, name)| rule(number, "N", name, Some(&["D"])))
        .collect();
    let by_name: Vec<_> = rules
        .iter()
        .map(|rule| Request::finest(&need(rule)))
        .collect();
    let broad = by_name[0].clone().nameless();
    for (broad_pages, expected) in [(1, 1), (2, 1), (3, 3), (9, 3)] {
        let mut cache = Cache::none();
        remember(&mut cache, &broad, &rules[0], broad_pages, NOW);
        let plan = plan(&rules, &cache);
        assert_eq!(plan.listings.len(), expected, "{broad_pages} pages");
        assert_eq!(plan.expected_calls(), broad_pages.min(3));
        // Only a listing of one page may turn out longer than the narrower ones.
        let tried = plan
            .listings
            .iter()
            .any(|listing| !listing.narrower.is_empty());
        assert_eq!(tried, broad_pages == 1);
    }
    // A broad listing holds at least what a long one by name holds: no use in trying it.
    let mut cache = Cache::none();
    remember(&mut cache, &by_name[1], &rules[1], 2, NOW);
    let long = plan(&rules, &cache);
    assert_eq!(long.listings.len(), 3);
    assert_eq!(long.listings[1].pages, Some(Pages::Exactly(2)));
    assert_eq!(long.expected_calls(), 4);
}

/// A cache in a directory, with `rule` listed `age_seconds` ago.
fn cached(directory: &std::path::Path, rule: &Rule, age_seconds: i64) -> Cache {
    let (mut cache, warning) = Cache::load(directory, "account");
    assert!(warning.is_none());
    let at = NOW - SignedDuration::from_secs(age_seconds);
    remember(&mut cache, &Request::finest(&need(rule)), rule, 1, at);
    cache
}

#[test]
fn a_fresh_listing_is_used_by_the_rules_that_allow_its_age() {
    let directory = tempfile::tempdir().unwrap();
    let with_ttl = |number, ttl| Rule {
        list_metrics_cache_ttl_seconds: ttl,
        ..rule(number, "N", "M", Some(&["D"]))
    };
    let cache = cached(directory.path(), &with_ttl(1, 1_000), 100);
    let rules = [
        with_ttl(1, 1_000),
        with_ttl(2, 101),
        with_ttl(3, 100),
        with_ttl(4, 0),
    ];
    let plan = plan(&rules, &cache);
    let from_cache = plan
        .rules
        .iter()
        .filter(|it| matches!(it.source, MetricSource::Cache { .. }));
    assert_eq!(
        from_cache.map(|it| it.rule.get()).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(texts(&plan.listings), ["N M by D [2]"]);
}

#[test]
fn a_listing_from_the_future_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    let rule = Rule {
        list_metrics_cache_ttl_seconds: 1_000,
        ..rule(1, "N", "M", Some(&["D"]))
    };
    let cache = cached(directory.path(), &rule, -1);
    assert_eq!(plan(&[rule], &cache).listings.len(), 1);
}

#[test]
fn a_rule_whose_dimensions_changed_does_not_find_its_old_listing() {
    let directory = tempfile::tempdir().unwrap();
    let rule = Rule {
        list_metrics_cache_ttl_seconds: 1_000,
        ..rule(1, "N", "M", Some(&["D"]))
    };
    let cache = cached(directory.path(), &rule, 1);
    // The listing by D covers it, but was cut down to metrics with exactly D.
    let changed = Rule {
        dimensions: Some(vec!["D".into(), "E".into()]),
        ..rule.clone()
    };
    assert_eq!(plan(&[changed], &cache).listings.len(), 1);
    // A window that needs silent metrics is another listing.
    let older = Rule {
        range_seconds: 86_400,
        ..rule.clone()
    };
    assert_eq!(plan(&[older], &cache).listings.len(), 1);
    assert_eq!(
        ListingPlan::new(std::slice::from_ref(&rule), &cache, NOW, 86_400)
            .listings
            .len(),
        1
    );
    assert_eq!(plan(&[rule], &cache).listings.len(), 0);
}

#[test]
fn rules_with_the_same_tag_selection_share_one_query() {
    let tagged = |number, tags: Option<Vec<(String, Vec<String>)>>, pattern| {
        let mut rule = rule(number, "N", "M", Some(&["D"]));
        rule.tag_select = Some(TagSelect {
            resource_type: "x:y".into(),
            resource_id_dimension: "D".into(),
            tags,
            arn_pattern: JavaRegex::find(pattern).unwrap(),
        });
        rule
    };
    let team = || Some(vec![("Team".to_owned(), vec!["a".to_owned()])]);
    let rules = [
        tagged(1, team(), "(a)"),
        tagged(2, team(), "(b)"),
        tagged(3, None, "(a)"),
    ];
    let plan = plan(&rules, &Cache::none());
    assert_eq!(plan.resources.len(), 2);
    assert_eq!(plan.rules[0].resources, plan.rules[1].resources);
    assert!(
        plan.rules
            .iter()
            .all(|it| plan.resources.contains(it.resources.as_ref().unwrap()))
    );
    assert_eq!(plan.listings[0].rules, [1, 2, 3].map(RuleNumber::new));
}
