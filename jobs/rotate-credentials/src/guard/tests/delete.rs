//! A key is deleted when the grace after its deactivation is over.

use super::*;

#[test]
fn a_key_is_deleted_only_when_every_condition_holds() {
    let rows: &[(ConditionName, bool, Change)] = &[
        (Is::Listed, false, |world| {
            world.key_of('B').status = KeyStatus::Active;
        }),
        (Is::Listed, false, |world| {
            world.key_of('B').status = KeyStatus::Other;
        }),
        (Is::EveryReplica, false, |world| {
            let replica = &mut world.cluster(1).replicas[1];
            replica.state.as_mut().unwrap().ready = false;
        }),
        (Is::EveryReplica, false, |world| {
            let name = world.clusters[0].name.clone();
            world.run.revisions.insert(name, "99".to_owned());
        }),
        (Is::GraceOver, false, |world| {
            world.mark_of('B').since = ago(days(6));
        }),
        (Is::GraceOver, false, |world| {
            world.mark_of('B').stage = Stage::Soaking;
        }),
        (Is::Unused, false, |world| {
            world.key_of('B').last_used = LastUsed::At {
                at: ago(hours(1)),
                service: "ses".into(),
                region: "us-east-1".into(),
            };
        }),
        (Is::CurrentActive, false, |world| {
            world.key_of('A').status = KeyStatus::Inactive;
        }),
    ];
    each(
        watched,
        |facts| may_delete(facts, &id('B')),
        &with_retired(rows),
    );
}
