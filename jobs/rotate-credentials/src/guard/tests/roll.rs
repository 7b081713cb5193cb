//! A cluster is written when those before it are proven or out of reach.

use super::*;

fn to_be_rolled() -> World {
    let mut world = tried();
    world.cluster(1).source.fit = Fit::Login;
    world
}

#[test]
fn a_cluster_is_written_only_when_every_condition_holds() {
    let policy = Policy::default();
    let table: [(ConditionName, bool, Change); 6] = [
        (Is::EarlierClusters, false, |world| {
            world.cluster(0).source.fit = Fit::Login;
        }),
        (Is::EarlierClusters, false, |world| {
            world.cluster(0).replicas[0].state.as_mut().unwrap().ready = false;
        }),
        (Is::LoginWorks, true, |world| world.run.probes.clear()),
        (Is::LoginWorks, false, |world| world.refuse('A')),
        (Is::OnlyLoginDiffers, false, |world| {
            world.cluster(1).source.fit = Fit::Beyond(vec!["/route/receiver".into()]);
        }),
        (Is::OnlyLoginDiffers, true, unreachable),
    ];
    let proof = may_roll(&facts(&to_be_rolled(), &policy), 1).unwrap();
    assert_eq!(
        (proof.cluster().as_str(), proof.revision()),
        ("prod-e1-1", "100")
    );
    for (name, unknown, change) in table {
        let mut world = to_be_rolled();
        change(&mut world);
        let list = may_roll(&facts(&world, &policy), 1).unwrap_err();
        assert!(
            refused(&list).contains(&(name, unknown)),
            "{name:?}: {list:?}"
        );
    }
}

#[test]
fn an_absent_canary_cluster_does_not_hold_the_next_one_back() {
    let policy = Policy::default();
    let mut world = to_be_rolled();
    world.clusters[0].state = Err(trouble(
        "cluster-unreachable",
        common::exit::Exit::Transient,
    ));
    assert!(may_roll(&facts(&world, &policy), 1).is_ok());
}
