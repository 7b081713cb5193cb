//! Whose a group is, and what happens to one that nobody configures any more.

use super::*;

#[test]
fn only_groups_of_ours_that_are_no_longer_configured_are_removed() {
    let previous = || {
        vec![
            data_group("aws_lambda", 60, vec![]),
            data_group("pants_demo_depgraph", 60, vec![]),
            own(&["aws_es", "aws_lambda"], &[]),
        ]
    };
    let intent = case(previous()).decide();
    assert_eq!(intent.delete, BTreeSet::from(["aws_lambda".to_owned()]));

    let part = Case {
        only: Some("AWS/ES"),
        ..case(previous())
    };
    let intent = part.decide();
    assert_eq!(
        intent.delete,
        BTreeSet::new(),
        "a run of one namespace tidies nothing up"
    );
    assert_eq!(intent.groups.len(), 1);
}

#[test]
fn another_file_or_a_run_by_hand_does_not_take_all_groups_away() {
    let previous = || vec![own(&["aws_lambda", "aws_s3"], &[])];
    let both = BTreeSet::from(["aws_lambda".to_owned(), "aws_s3".to_owned()]);
    let guarded = case(previous()).decide();
    assert_eq!(
        (guarded.delete, guarded.left),
        (BTreeSet::new(), both.clone())
    );
    let forced = Case {
        removal: Removal::Always,
        ..case(previous())
    }
    .decide();
    assert_eq!((forced.delete, forced.left), (both, BTreeSet::new()));
    let some_stay = || vec![own(&["aws_es", "aws_s3"], &[])];
    let by_hand = Case {
        removal: Removal::Never,
        ..case(some_stay())
    }
    .decide();
    assert_eq!(by_hand.left, BTreeSet::from(["aws_s3".to_owned()]));
    assert_eq!(by_hand.delete, BTreeSet::new());
}

/// The own group of another exporter, with these jobs on its list.
fn of_another(jobs: &[&str], minutes: i64) -> StoredGroup {
    let key = owner(Some("export-second")).group().clone();
    stored(key, minutes, vec![ownership(jobs.iter().copied())])
}

#[test]
fn a_group_on_two_lists_goes_with_the_one_that_wrote_it_last() {
    let decide = |written, listed| {
        let group = data_group("aws_lambda", written, vec![]);
        let previous = vec![
            group,
            own(&["aws_es", "aws_lambda"], &[]),
            of_another(&["aws_lambda"], listed),
        ];
        case(previous).decide()
    };
    let lambda = BTreeSet::from(["aws_lambda".to_owned()]);
    // Our last run was five minutes ago.
    let moved = decide(1, 1);
    assert_eq!(
        (moved.released, moved.left, moved.delete),
        (lambda.clone(), [].into(), [].into())
    );
    let listed_by_hand = decide(6, 60);
    assert_eq!(
        (listed_by_hand.left, listed_by_hand.delete),
        (lambda.clone(), [].into())
    );
    let list_is_old = decide(6, 25 * 60);
    assert_eq!((list_is_old.left, list_is_old.delete), ([].into(), lambda));
}

#[test]
fn the_guard_holds_although_a_group_is_shared() {
    let previous = vec![
        own(&["aws_lambda", "aws_s3"], &[]),
        of_another(&["aws_s3"], 1),
    ];
    assert_eq!(case(previous).decide().delete, BTreeSet::new());
}

#[test]
fn a_group_on_another_list_is_not_taken_over() {
    let known = data_group("aws_efs", 5, vec![family("aws_efs_load_sum", vec![])]);
    let intent = case(vec![known, of_another(&["aws_efs"], 1)]).decide();
    let other = owner(Some("export-second")).group().clone();
    assert_eq!(
        *action(&intent, "aws_efs"),
        Action::Foreign(Foreign::Owned(other))
    );
}

#[test]
fn a_group_that_somebody_else_writes_is_left_and_named() {
    let foreign = || data_group("aws_efs", 5, vec![family("pants_jobs", vec![])]);
    let intent = case(vec![foreign()]).decide();
    let named = Action::Foreign(Foreign::Family("pants_jobs".to_owned()));
    assert_eq!(*action(&intent, "aws_efs"), named);
    assert_eq!(intent.written().collect::<Vec<_>>(), ["aws_es"]);

    // On our list it is ours, and so is one that holds only what we write.
    let listed = case(vec![foreign(), own(&["aws_efs"], &[])]).decide();
    assert!(matches!(action(&listed, "aws_efs"), Action::Put { .. }));
    let known = data_group("aws_efs", 5, vec![family("aws_efs_load_sum", vec![])]);
    assert!(matches!(
        action(&case(vec![known]).decide(), "aws_efs"),
        Action::Put { .. }
    ));
}
