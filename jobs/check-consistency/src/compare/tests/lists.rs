use serde_json::{Value, json};

use super::{between, between_values, list, node};
use crate::node::Node;

fn named(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| json!({"name": name})).collect()
}

/// A list under `l`.
fn holding(list: Node) -> Node {
    Node::Map([("l".to_owned(), list)].into())
}

#[test]
fn items_with_keys_are_compared_by_them() {
    let one = vec![json!({"name": "a", "x": 1}), json!({"name": "b", "x": 1})];
    let other = vec![json!({"name": "c", "x": 1}), json!({"name": "b", "x": 2})];
    let lists = [one, other].map(|items| holding(list(items, false, true)));
    assert_eq!(
        between(&lists),
        [
            r#"/l[name=a] presence {"name":"a","x":1} | absent"#,
            "/l[name=b]/x value 1 | 2",
            r#"/l[name=c] presence absent | {"name":"c","x":1}"#,
        ]
    );
}

#[test]
fn another_order_is_one_difference_and_only_where_order_has_a_meaning() {
    for (ordered, one, other, expected) in [
        (false, vec!["a", "b"], vec!["b", "a"], vec![]),
        (
            true,
            vec!["a", "b"],
            vec!["b", "a"],
            vec![r#"/l order ["name=a","name=b"] | ["name=b","name=a"]"#],
        ),
        // An item more moves the others, but their order is the same.
        (
            true,
            vec!["a", "b"],
            vec!["x", "a", "b"],
            vec![r#"/l[name=x] presence absent | {"name":"x"}"#],
        ),
        (
            true,
            vec!["a", "b", "c"],
            vec!["c", "a", "d"],
            vec![
                r#"/l order ["name=a","name=b","name=c"] | ["name=c","name=a","name=d"]"#,
                r#"/l[name=b] presence {"name":"b"} | absent"#,
                r#"/l[name=d] presence absent | {"name":"d"}"#,
            ],
        ),
    ] {
        let lists = [&one, &other].map(|names| holding(list(named(names), ordered, true)));
        assert_eq!(between(&lists), expected, "{ordered} {one:?} {other:?}");
    }
}

#[test]
fn the_order_of_two_clusters_counts_though_a_third_has_other_items() {
    let lists =
        [vec!["a", "b"], vec!["b", "a"], vec!["c"]].map(|names| list(named(&names), true, true));
    let found = between(&lists);
    assert!(found[0].starts_with(" order "), "{found:?}");
}

#[test]
fn a_key_twice_leaves_the_whole_list_open() {
    let lists =
        [vec!["a", "b"], vec!["a", "a"]].map(|names| holding(list(named(&names), false, true)));
    assert_eq!(
        between(&lists),
        [r#"/l duplicate-key [{"name":"a"},{"name":"b"}] | [{"name":"a"},{"name":"a"}]"#]
    );
}

#[test]
fn a_key_twice_beside_an_item_without_one_leaves_the_list_open_as_well() {
    let item = |name: &str, x: u8| json!({"name": name, "x": x});
    let lists = [[1, 2], [2, 1]].map(|[one, two]| {
        list(
            vec![json!({"x": 0}), item("a", one), item("a", two)],
            false,
            true,
        )
    });
    let found = between(&lists);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(" duplicate-key "), "{found:?}");
}

#[test]
fn lists_that_are_equal_as_they_stand_are_so_with_a_key_twice() {
    let twice = || list(named(&["a", "a"]), true, true);
    assert_eq!(between(&[twice(), twice()]), [""; 0]);
}

#[test]
fn keys_that_are_not_declared_and_not_unique_are_no_keys() {
    let lists =
        [vec!["a", "a", "b"], vec!["a", "a", "c"]].map(|names| list(named(&names), true, false));
    assert_eq!(between(&lists), ["/2/name value b | c"]);
    // In a set the same items are the same whatever their order.
    let lists =
        [vec!["a", "b", "a"], vec!["b", "a", "a"]].map(|names| list(named(&names), false, false));
    assert_eq!(between(&lists), [""; 0]);
}

#[test]
fn items_without_keys_are_compared_by_place_between_what_is_the_same() {
    for (one, other, expected) in [
        (json!([1, 2, 3]), json!([1, 2, 3]), vec![]),
        (json!([1, 2, 3]), json!([1, 9, 3]), vec!["/1 value 2 | 9"]),
        (
            json!([1, 2, 3]),
            json!([1, 3]),
            vec!["/1 presence 2 | absent"],
        ),
        (
            json!([1, 3]),
            json!([1, 2, 3]),
            vec!["/1 presence absent | 2"],
        ),
        (json!([]), json!([1]), vec!["/0 presence absent | 1"]),
        (json!([1, 1]), json!([1]), vec!["/1 presence 1 | absent"]),
        (
            json!([1, 2]),
            json!([2, 1]),
            vec!["/0 value 1 | 2", "/1 value 2 | 1"],
        ),
        (
            json!([{"name": "a", "x": 1}, 5]),
            json!([{"name": "a", "x": 2}, 5]),
            vec!["/0/x value 1 | 2"],
        ),
    ] {
        assert_eq!(
            between_values(&[one.clone(), other.clone()]),
            expected,
            "{one} {other}"
        );
    }
    assert_eq!(
        between_values(&[json!([1, 2]), json!([1]), json!([1, 2])]),
        ["/1 presence 2 | absent | 2"]
    );
}

#[test]
fn documents_in_a_list_are_the_same_when_their_roots_are() {
    let item = |text: &str, root: Value| crate::node::Item {
        key: None,
        node: super::document(root, text),
    };
    let lists = [("a", 1, 2), ("b", 1, 3)].map(|(text, one, two)| {
        Node::List(crate::node::List {
            items: vec![item(text, json!(one)), item(text, json!(two))],
            ordered: true,
            keyed: false,
        })
    });
    assert_eq!(between(&lists), ["/1# value 2 | 3"]);
    assert_eq!(between(&[node(json!([])), node(json!([]))]), [""; 0]);
}
