//! A key is deactivated when every cluster sends with another and nobody uses it.

use super::*;

#[test]
fn a_key_is_deactivated_only_when_every_condition_holds() {
    let rows: &[(ConditionName, bool, Change)] = &[
        (Is::Listed, false, |world| {
            world.key_of('B').status = KeyStatus::Inactive;
        }),
        (Is::Listed, false, |world| {
            drop(world.iam().keys.remove(&id('B')));
        }),
        (Is::EveryReplica, false, |world| {
            world.cluster(0).source.fit = Fit::Login;
        }),
        (Is::EveryReplica, false, |world| {
            world.cluster(1).replicas.clear();
        }),
        (Is::EveryReplica, false, |world| world.clusters.clear()),
        (Is::EveryReplica, false, |world| {
            world.cluster(1).generated = None;
        }),
        (Is::EveryReplica, false, |world| {
            world.cluster(1).replicas[1].state.as_mut().unwrap().loaded = None;
        }),
        (Is::NowhereInUse, false, |world| {
            let replica = &mut world.cluster(0).replicas[1];
            replica
                .state
                .as_mut()
                .unwrap()
                .users
                .anywhere
                .insert(id('B').to_string());
        }),
        (Is::LoginWorks, true, |world| {
            let failed = trouble("smtp-unreachable", common::exit::Exit::Transient);
            world.run.probes.get_mut(&id('A')).unwrap().auth = Some(ProbeAnswer::Failed(failed));
        }),
        (Is::Unused, false, |world| {
            world.key_of('B').last_used = LastUsed::At {
                at: ago(hours(24)),
                service: "ses".into(),
                region: "us-east-1".into(),
            };
        }),
        (Is::SoakOver, false, |world| {
            world.mark_of('B').since = ago(hours(23));
        }),
        (Is::MailCounted, true, |world| {
            world.cluster(0).mail = MailFlow::Unknown;
        }),
        (Is::MailCounted, false, |world| {
            world.cluster(1).mail = MailFlow::Flowing {
                since: ago(hours(1)),
                sent: 0,
            };
        }),
        (Is::MailCounted, false, |world| {
            world.cluster(1).mail = MailFlow::Flowing {
                since: ago(hours(26)),
                sent: 5,
            };
        }),
        (Is::MailCounted, false, |world| {
            world.cluster(1).mail = MailFlow::Refused {
                since: ago(hours(1)),
            };
        }),
    ];
    each(
        soaked,
        |facts| may_deactivate(facts, &id('B')),
        &with_retired(rows),
    );
}

#[test]
fn a_cluster_without_canary_mails_can_be_excused_from_them_by_configuration_alone() {
    let mut world = soaked();
    world.cluster(0).mail = MailFlow::Unknown;
    let policy = Policy {
        mail_proof: MailProof::Off,
        ..Policy::default()
    };
    assert!(may_deactivate(&facts(&world, &policy), &id('B')).is_ok());
}
