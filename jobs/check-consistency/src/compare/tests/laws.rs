use proptest::prelude::*;
use proptest::sample::Index;

use super::leaf;
use crate::compare::compare;
use crate::difference::{Class, Difference, Side};
use crate::node::{Item, List, Meaning, Node};
use crate::path::{Path, Segment};

fn scalar() -> impl Strategy<Value = Node> {
    prop_oneof![
        Just(leaf(Meaning::Null, "null")),
        any::<bool>().prop_map(|it| leaf(Meaning::Bool(it), &it.to_string())),
        (0..9_u8).prop_map(|it| leaf(Meaning::Number(it.to_string()), &it.to_string())),
        "[ab]{0,2}\n?".prop_map(|it| leaf(Meaning::Text(it.clone()), &it)),
        (0..3_u8).prop_map(|it| leaf(Meaning::Secret([it; 32]), "")),
    ]
}

fn tree() -> impl Strategy<Value = Node> {
    scalar().prop_recursive(4, 40, 5, |inner| {
        let key = prop_oneof![
            1 => Just(None),
            4 => "[a-f]".prop_map(|it| Some(vec![("name".to_owned(), it)])),
        ];
        let item = (key, inner.clone()).prop_map(|(key, node)| Item { key, node });
        let list = (
            prop::collection::vec(item, 0..5),
            any::<bool>(),
            any::<bool>(),
        );
        prop_oneof![
            prop::collection::btree_map("[a-d]", inner.clone(), 0..5).prop_map(Node::Map),
            list.prop_map(|(items, ordered, keyed)| Node::List(List {
                items,
                ordered,
                keyed
            })),
            (inner, "[xy]").prop_map(|(root, text)| Node::Document {
                root: Box::new(root),
                text
            }),
        ]
    })
}

/// Every scalar, to be changed, in a fixed order.
fn leaves(node: &mut Node) -> Vec<&mut Node> {
    match node {
        Node::Leaf(_) => vec![node],
        Node::Map(map) => map.values_mut().flat_map(leaves).collect(),
        Node::List(list) => list
            .items
            .iter_mut()
            .flat_map(|it| leaves(&mut it.node))
            .collect(),
        Node::Document { root, .. } => leaves(root),
    }
}

/// Whether a path from a node leads to a marked scalar or above it.
fn leads_to(node: &Node, path: &[Segment]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return holds_mark(node);
    };
    match (node, first) {
        (Node::Map(map), Segment::Field(name)) => leads_to(&map[name], rest),
        (Node::List(list), Segment::Item(key)) => {
            let mut items = list.items.iter();
            items.any(|item| item.key.as_ref() == Some(key) && leads_to(&item.node, rest))
        }
        (Node::List(list), Segment::Index(at)) => {
            let mut items: Vec<_> = list.items.iter().collect();
            if !list.ordered {
                items.sort_by_key(|item| &item.key);
            }
            leads_to(&items[*at].node, rest)
        }
        (Node::Document { root, .. }, Segment::Document) => leads_to(root, rest),
        _ => false,
    }
}

const MARK: &str = "changed";

fn holds_mark(node: &Node) -> bool {
    let mut node = node.clone();
    leaves(&mut node)
        .into_iter()
        .any(|it| matches!(it, Node::Leaf(leaf) if leaf.text == MARK))
}

/// What does not depend on the order of the sides: which of them agree.
fn agreement(difference: &Difference, order: &[usize]) -> (Path, Class, Vec<Vec<bool>>) {
    let sides: Vec<&Side> = order.iter().map(|at| &difference.sides[*at]).collect();
    let row = |one: &&Side| sides.iter().map(|other| *one == *other).collect();
    (
        difference.path.clone(),
        difference.class,
        sides.iter().map(row).collect(),
    )
}

proptest! {
    #[test]
    fn equal_nodes_have_no_difference(node in tree(), copies in 2..4_usize) {
        let sides = vec![Some(&node); copies];
        prop_assert_eq!(compare(&sides), []);
    }

    #[test]
    fn a_changed_scalar_is_found_where_it_is(
        node in tree(),
        beside in scalar(),
        which in any::<Index>(),
    ) {
        let fields = [("tree".to_owned(), node), ("beside".to_owned(), beside)];
        let node = Node::Map(fields.into());
        let mut changed = node.clone();
        let mut places = leaves(&mut changed);
        let at = which.index(places.len());
        *places[at] = leaf(Meaning::Text(MARK.to_owned()), MARK);
        let found = compare(&[Some(&node), Some(&changed)]);
        prop_assert!(!found.is_empty());
        for difference in &found {
            prop_assert!(leads_to(&changed, &difference.path.0), "{}", difference.path);
        }
    }

    #[test]
    fn the_order_of_the_clusters_does_not_matter(nodes in prop::collection::vec(tree(), 3)) {
        let [a, b, c] = [&nodes[0], &nodes[1], &nodes[2]];
        let straight = compare(&[Some(a), Some(b), Some(c)]);
        let turned = compare(&[Some(c), Some(a), Some(b)]);
        let sorted = |found: &[Difference], order: &[usize]| {
            let mut all: Vec<_> = found.iter().map(|it| agreement(it, order)).collect();
            all.sort();
            all
        };
        // The sides of `turned` are put back into the order of `straight`.
        prop_assert_eq!(sorted(&straight, &[0, 1, 2]), sorted(&turned, &[1, 2, 0]));
    }

    #[test]
    fn two_that_agree_are_shown_to_agree(one in tree(), other in tree(), odd in 0..3_usize) {
        let mut sides = [Some(&one); 3];
        sides[odd] = Some(&other);
        let found = compare(&sides);
        prop_assert_eq!(found.is_empty(), compare(&[Some(&one), Some(&other)]).is_empty());
        for difference in found {
            let shown: Vec<_> = (0..3).filter(|at| *at != odd).map(|at| &difference.sides[at]).collect();
            prop_assert_eq!(shown[0], shown[1]);
            prop_assert_ne!(&difference.sides[odd], shown[0]);
        }
    }

    #[test]
    fn a_cluster_without_the_object_changes_nothing(one in tree(), other in tree()) {
        let two = compare(&[Some(&one), Some(&other)]);
        let three = compare(&[Some(&one), None, Some(&other)]);
        let without: Vec<_> = three
            .into_iter()
            .map(|mut difference| {
                prop_assert_eq!(difference.sides.remove(1), Side::NoObject);
                Ok(difference)
            })
            .collect::<Result<_, TestCaseError>>()?;
        prop_assert_eq!(two, without);
    }
}
