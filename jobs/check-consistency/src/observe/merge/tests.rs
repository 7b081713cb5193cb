use common::exit::Exit;
use common::trouble::Trouble;

use super::{Merged, merge};
use crate::finding::{Presence, Unknown};
use crate::observe::digest::{Digest, Versions};
use crate::observe::{Census, FamilyLook, Key, Seen};
use crate::survey::Gap;

fn key(name: &str) -> Key {
    Key {
        namespace: None,
        name: name.to_owned(),
    }
}

/// Names with the number of their digest.
fn read(objects: &[(&str, u128)]) -> FamilyLook {
    let mut census = Census::default();
    for (name, number) in objects {
        let seen = Seen {
            name: (*name).to_owned(),
            digest: Digest::numbered(*number),
            terminating: *name == "ending",
            rolling: *number == 7,
            resource_version: String::new(),
            versions: Versions::default(),
        };
        census.objects.insert(key(name), seen);
    }
    FamilyLook::Read(census)
}

fn gap() -> FamilyLook {
    FamilyLook::Gap(Gap {
        reason: Unknown::Forbidden,
        trouble: Trouble {
            exit: Exit::Denied,
            code: "cluster-denied",
            text: "no".to_owned(),
            hint: None,
        },
    })
}

fn merged(looks: &[FamilyLook]) -> Vec<Merged> {
    merge(&looks.iter().collect::<Vec<_>>())
}

#[test]
fn every_object_that_any_cluster_has_is_there_once_with_where_it_is() {
    use Presence::{Absent, Here, NotAsked, Terminating, Unknown};
    let looks = [
        read(&[("a", 1), ("b", 2), ("ending", 3)]),
        read(&[("b", 2), ("c", 4)]),
        gap(),
        FamilyLook::KindMissing,
        FamilyLook::NotAsked,
    ];
    let found: Vec<_> = merged(&looks)
        .into_iter()
        .map(|merged| (merged.key.name, merged.presence))
        .collect();
    let expected = [
        ("a", [Here, Absent, Unknown, Absent, NotAsked]),
        ("b", [Here, Here, Unknown, Absent, NotAsked]),
        ("c", [Absent, Here, Unknown, Absent, NotAsked]),
        ("ending", [Terminating, Absent, Unknown, Absent, NotAsked]),
    ];
    let expected = expected.map(|(name, presence)| (name.to_owned(), presence.to_vec()));
    assert_eq!(found, expected);
}

#[test]
fn an_object_is_equal_only_when_all_clusters_that_have_it_agree() {
    let table: [(&[u128], bool); 6] = [
        (&[1], true),
        (&[1, 1], true),
        (&[1, 2], false),
        (&[1, 1, 1], true),
        (&[1, 1, 2], false),
        (&[1, 2, 1], false),
    ];
    for (numbers, equal) in table {
        let looks: Vec<_> = numbers
            .iter()
            .map(|number| read(&[("a", *number)]))
            .collect();
        assert_eq!(merged(&looks)[0].equal, equal, "{numbers:?}");
    }
    // Where it is not, there is nothing to agree with.
    assert!(merged(&[read(&[("a", 1)]), read(&[]), gap()])[0].equal);
}

#[test]
fn a_rollout_in_one_cluster_is_told() {
    assert!(merged(&[read(&[("a", 1)]), read(&[("a", 7)])])[0].rolling);
    assert!(!merged(&[read(&[("a", 1)]), read(&[("a", 2)])])[0].rolling);
}

#[test]
fn where_an_object_is_too_large_nobody_can_say_what_it_is() {
    let mut census = Census::default();
    census.too_large.insert(key("a"), "a".to_owned());
    let looks = [read(&[("a", 1)]), FamilyLook::Read(census)];
    let merged = merged(&looks);
    assert_eq!(merged.len(), 1);
    assert_eq!(merged[0].presence, [Presence::Here, Presence::Unknown]);
}

#[test]
fn without_any_list_there_is_no_object() {
    assert_eq!(merged(&[gap(), FamilyLook::KindMissing]), []);
    assert_eq!(merged(&[]), []);
}
