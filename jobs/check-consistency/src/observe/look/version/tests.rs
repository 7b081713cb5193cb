use common::cluster::ServedKind;
use kube::api::ApiResource;

use super::{Choice, choose};
use crate::finding::Unknown;
use crate::object::Kind;

fn kind() -> Kind {
    Kind::new("example.com", "Thing")
}

fn versions(versions: &[&str]) -> Vec<ServedKind> {
    let served = |version: &&str| ServedKind {
        resource: ApiResource {
            group: "example.com".to_owned(),
            version: (*version).to_owned(),
            api_version: format!("example.com/{version}"),
            kind: "Thing".to_owned(),
            plural: "things".to_owned(),
        },
        namespaced: true,
    };
    versions.iter().map(served).collect()
}

/// The version that is chosen in each cluster; `missing`, `nowhere`, `skew` or `-` where none is.
fn chosen(clusters: &[Option<&[&str]>]) -> Vec<String> {
    let served: Vec<_> = clusters.iter().map(|all| all.map(versions)).collect();
    let offers = served.iter().map(|all| match all.as_deref() {
        None => Choice::NotAsked,
        Some([]) => Choice::Missing,
        Some(all) => Choice::Read(all),
    });
    let words = choose(&kind(), offers.collect())
        .into_iter()
        .map(|choice| match choice {
            Choice::Read(served) => served.resource.version,
            Choice::Missing => "missing".to_owned(),
            Choice::Gap(gap) if gap.reason == Unknown::VersionSkew => "skew".to_owned(),
            Choice::Gap(gap) if gap.reason == Unknown::NotComparable => {
                let hint = gap.trouble.hint.unwrap();
                assert!(hint.contains("`select`"), "{hint}");
                "nowhere".to_owned()
            }
            Choice::Gap(gap) => panic!("{gap:?}"),
            Choice::NotAsked => "-".to_owned(),
        });
    words.collect()
}

#[test]
fn one_version_is_read_in_all_clusters_that_have_the_kind() {
    type Clusters<'a> = &'a [Option<&'a [&'a str]>];
    let table: [(Clusters<'_>, &[&str]); 10] = [
        (&[], &[]),
        (&[Some(&["v1"]), Some(&["v1"])], &["v1", "v1"]),
        (&[Some(&["v2", "v1"]), Some(&["v1", "v2"])], &["v2", "v2"]),
        (&[Some(&["v2", "v1"]), Some(&["v1"])], &["v1", "v1"]),
        (&[Some(&["v2"]), Some(&["v1"])], &["skew", "skew"]),
        (&[Some(&["v2"]), Some(&[])], &["v2", "missing"]),
        (
            &[Some(&[]), Some(&["v2"]), Some(&["v1"])],
            &["missing", "skew", "skew"],
        ),
        (
            &[None, Some(&["v2", "v1"]), Some(&["v1"])],
            &["-", "v1", "v1"],
        ),
        (&[Some(&[]), Some(&[])], &["nowhere", "nowhere"]),
        (&[None, Some(&[])], &["-", "nowhere"]),
    ];
    for (clusters, expected) in table {
        assert_eq!(chosen(clusters), expected, "{clusters:?}");
    }
}
