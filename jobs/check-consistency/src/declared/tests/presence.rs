use serde_json::json;

use super::{ignore_whole, judged, object, only_in, today, vars};
use crate::compare::tests::node;
use crate::declared::{Judged, Rule, Vars, judge};
use crate::finding::Presence::{self, Absent, Here, NotAsked, Terminating, Unknown};
use crate::finding::{Standing, Unknown as Why};

/// Judges an object that is the same wherever it is.
fn placed(presence: &[Presence], rules: &[Rule]) -> Judged {
    let root = node(json!({"a": 1}));
    let side = |it: &Presence| (*it == Here).then_some(&root);
    let sides: Vec<_> = presence.iter().map(side).collect();
    judge(
        &object(),
        presence,
        &sides,
        Vec::new(),
        &today(rules),
        &vars(presence.len()),
    )
}

#[test]
fn without_a_rule_an_object_is_everywhere_and_one_that_is_nowhere_is_not_equal() {
    let unknown = Standing::Unknown(Why::NotComparable);
    let unsettled = Standing::Unknown(Why::NotSettled);
    let nowhere = "is in none of the clusters any more";
    for (presence, standing, text) in [
        (vec![Here, Here, Here], Standing::Equal, None),
        (vec![Absent, Absent], unsettled, Some(nowhere)),
        (vec![Absent, NotAsked], unsettled, Some(nowhere)),
        (vec![Here, NotAsked], Standing::Equal, None),
        (
            vec![Here, Here, Absent],
            Standing::Missing,
            Some("is in a and b, not in c"),
        ),
        (
            vec![Absent, Here, Absent],
            Standing::Missing,
            Some("is in b, not in a and c"),
        ),
        (
            vec![Here, NotAsked, Absent],
            Standing::Missing,
            Some("is in a, not in c"),
        ),
        (
            vec![Here, Terminating],
            Standing::Terminating,
            Some("is being deleted in b"),
        ),
        (
            vec![Absent, Terminating],
            Standing::Terminating,
            Some("is being deleted in b"),
        ),
        (
            vec![Here, Absent, Terminating],
            Standing::Missing,
            Some("is in a, not in b"),
        ),
        (vec![Here, Unknown], unknown, None),
        (vec![Absent, Unknown], unknown, None),
        (
            vec![Here, Absent, Unknown],
            Standing::Missing,
            Some("is in a, not in b"),
        ),
    ] {
        let judged = placed(&presence, &[]);
        assert_eq!(
            (judged.standing, judged.text.as_deref(), judged.rule),
            (standing, text, None),
            "{presence:?}"
        );
    }
}

#[test]
fn a_rule_says_where_an_object_has_to_be() {
    let unknown = Standing::Unknown(Why::NotComparable);
    for (wanted, presence, standing, text) in [
        (vec![0], vec![Here, Absent], Standing::Explained, None),
        (
            vec![0, 2],
            vec![Here, Absent, Here],
            Standing::Explained,
            None,
        ),
        (vec![0], vec![Here, NotAsked], Standing::Equal, None),
        (
            vec![0],
            vec![Absent, Absent],
            Standing::Missing,
            Some("is not in a, where only_in expects it"),
        ),
        (
            vec![0, 1],
            vec![Here, Absent, Absent],
            Standing::Missing,
            Some("is not in b, where only_in expects it"),
        ),
        (
            vec![0],
            vec![Here, Here, Here],
            Standing::Unexpected,
            Some("is in b and c, where only_in does not expect it"),
        ),
        (
            vec![0],
            vec![Absent, Here],
            Standing::Missing,
            Some(
                "is not in a, where only_in expects it; is in b, where only_in does not expect it",
            ),
        ),
        (
            vec![0],
            vec![Here, Terminating],
            Standing::Terminating,
            Some("is being deleted in b"),
        ),
        (
            vec![0],
            vec![Terminating, Absent],
            Standing::Terminating,
            Some("is being deleted in a"),
        ),
        (vec![0], vec![Unknown, Absent], unknown, None),
        (vec![0], vec![Here, Unknown], unknown, None),
    ] {
        let judged = placed(&presence, &[only_in(&wanted)]);
        assert_eq!(
            (judged.standing, judged.text.as_deref()),
            (standing, text),
            "{wanted:?} {presence:?}"
        );
        let by_rule = matches!(
            standing,
            Standing::Explained | Standing::Missing | Standing::Unexpected
        );
        assert_eq!(judged.rule.is_some(), by_rule, "{wanted:?} {presence:?}");
    }
}

#[test]
fn the_clusters_that_have_it_are_still_compared() {
    let (one, other) = (node(json!({"a": 1})), node(json!({"a": 2})));
    let sides = [Some(&one), None, Some(&other)];
    let presence = [Here, Absent, Here];
    let rules = [only_in(&[0, 2])];
    let found = crate::compare::compare(&sides);
    let judged = judge(
        &object(),
        &presence,
        &sides,
        found,
        &today(&rules),
        &vars(3),
    );
    assert_eq!(judged.standing, Standing::Different);
    assert_eq!(super::shown(&judged), ["/a value 1 | - | 2"]);
}

#[test]
fn a_rule_of_yesterday_is_not_applied() {
    let mut rules = [only_in(&[0]), ignore_whole()];
    let expires = |rules: &mut [Rule], day| {
        for rule in rules {
            rule.expires = Some(day);
        }
    };
    expires(&mut rules, jiff::civil::date(2026, 11, 28));
    assert_eq!(
        placed(&[Here, Absent], &rules[..1]).standing,
        Standing::Missing
    );
    assert_eq!(placed(&[Here, Absent], &rules).standing, Standing::Missing);
    assert!(rules[0].is_expired(jiff::civil::date(2026, 11, 29)));
    let table = today(&rules).table(&vars(2));
    assert!(
        table.iter().all(|it| it.expired && it.used == 0),
        "{table:?}"
    );
    // Its last day is one of its days.
    expires(&mut rules, jiff::civil::date(2026, 11, 29));
    assert_eq!(
        placed(&[Here, Absent], &rules[..1]).standing,
        Standing::Explained
    );
    assert_eq!(placed(&[Here, Absent], &rules).standing, Standing::Ignored);
}

#[test]
fn of_two_rules_on_one_object_the_first_applies_and_is_counted() {
    let mut second = only_in(&[1]);
    second.id = "second".to_owned();
    let rules = [only_in(&[0]), second];
    let rules = today(&rules);
    let presence = [Here, Absent];
    let root = node(json!({}));
    let sides = [Some(&root), None];
    let judged = judge(&object(), &presence, &sides, Vec::new(), &rules, &vars(2));
    assert_eq!(
        (judged.standing, judged.rule.as_deref()),
        (Standing::Explained, Some("only_in"))
    );
    assert_eq!(rules.uses(), [1, 0]);
    let (rule, clusters) = rules.only_in(&object()).unwrap();
    assert_eq!((rule.id.as_str(), clusters), ("only_in", [0].as_slice()));
}

#[test]
fn an_object_that_is_ignored_is_so_whatever_differs() {
    let rules = [ignore_whole()];
    let rules = today(&rules);
    let judged = judged(&[json!({"a": 1}), json!({"a": 2})], &rules);
    assert_eq!(
        (judged.standing, judged.rule.as_deref()),
        (Standing::Ignored, Some("whole"))
    );
    assert_eq!(judged.fields, []);
    assert_eq!(rules.uses(), [1]);
    assert_eq!(
        rules.ignores_whole(&object()).map(|it| it.id.as_str()),
        Some("whole")
    );
    let mut other = object();
    other.kind.kind = "Alertmanager".to_owned();
    assert!(rules.ignores_whole(&other).is_none());
}

#[test]
fn clusters_are_named_as_in_a_sentence() {
    let vars: Vec<Vars> = vars(3);
    for (clusters, text) in [
        (vec![], ""),
        (vec![1], "b"),
        (vec![0, 1], "a and b"),
        (vec![0, 1, 2], "a, b and c"),
    ] {
        assert_eq!(crate::declared::names(&vars, clusters.into_iter()), text);
    }
}
