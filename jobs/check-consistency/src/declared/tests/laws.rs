use proptest::prelude::*;
use serde_json::{Value, json};

use super::{PROMETHEUS, distinct, ignore, judged, template, today};
use crate::declared::Rule;
use crate::finding::Standing;

/// Small objects of which some fit the rules.
fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![Just("a"), Just("b"), Just("x"), Just("x\n")];
    prop::collection::btree_map("[pqr]", scalar, 0..4).prop_map(|map| json!({"spec": map}))
}

fn rule() -> impl Strategy<Value = Rule> {
    let path = prop_oneof![
        Just("/spec/p"),
        Just("/spec/q"),
        Just("/spec/*"),
        Just("/spec")
    ];
    (0..3_u8, path).prop_map(|(sort, path)| match sort {
        0 => template("Prometheus/*/*", path, "{{cluster}}"),
        1 => distinct(PROMETHEUS, path),
        _ => ignore(path),
    })
}

proptest! {
    #[test]
    fn only_a_rule_that_was_used_explains(
        values in prop::collection::vec(value(), 2..4),
        rules in prop::collection::vec(rule(), 0..4),
    ) {
        let used = today(&rules);
        let found = judged(&values, &used);
        let uses = used.uses();
        for field in &found.fields {
            if let Some(id) = &field.rule {
                let mut counted = rules.iter().zip(&uses);
                prop_assert!(counted.any(|(rule, uses)| rule.id == *id && *uses > 0));
            }
        }
        let open = found.fields.iter().any(|field| {
            field.rule.is_none() && field.difference.class != crate::difference::Class::Cosmetic
        });
        if open {
            prop_assert!(found.standing.is_drift(), "{:?}", found);
        }
        if found.standing == Standing::Equal {
            prop_assert!(found.fields.is_empty());
            let first = &values[0];
            prop_assert!(values.iter().all(|value| value == first));
        }
    }

    #[test]
    fn the_same_object_is_judged_the_same(
        values in prop::collection::vec(value(), 2..4),
        rules in prop::collection::vec(rule(), 0..4),
    ) {
        prop_assert_eq!(judged(&values, &today(&rules)), judged(&values, &today(&rules)));
    }

    #[test]
    fn without_rules_an_object_is_equal_only_where_nothing_differs(
        values in prop::collection::vec(value(), 2..4),
    ) {
        let found = judged(&values, &today(&[]));
        let first = &values[0];
        let equal = values.iter().all(|value| value == first);
        prop_assert_eq!(found.standing == Standing::Equal, equal);
    }
}
