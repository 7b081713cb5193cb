//! A key is created when one is due, there is no other, and it was announced.

use super::*;

fn announced() -> World {
    let mut world = tried();
    world.key_of('A').created = ago(days(41));
    let intent = crate::marks::Intent {
        at: ago(SignedDuration::from_secs(1)),
        base: version('1'),
        known: [id('A')].into(),
    };
    let run = world.run.id.clone();
    world.iam().marks.intents.insert(run, Ok(intent));
    world.confirm();
    world
}

#[test]
fn a_key_is_created_only_when_every_condition_holds() {
    let rows: &[(ConditionName, bool, Change)] = &[
        (Is::Due, false, |world| {
            world.key_of('A').created = ago(days(40));
        }),
        (Is::NoOtherKey, false, |world| {
            world.add(key('X', days(1)), None);
        }),
        (Is::NothingPending, false, |world| {
            world.store().pending = Some(Version {
                version: version('7'),
                contents: crate::world::Contents::Empty,
            });
        }),
        (Is::EveryReplica, false, unreachable),
        (Is::LoginWorks, true, |world| world.run.probes.clear()),
        (Is::NothingInFuture, false, |world| {
            world.key_of('A').created = ago(minutes(-2));
        }),
        (Is::Announced, false, |world| {
            world.iam().marks.intents.clear();
        }),
        (Is::Announced, false, |world| {
            let run = world.run.id.clone();
            let intent = world.iam().marks.intents.get_mut(&run).unwrap();
            intent.as_mut().unwrap().at = ago(SignedDuration::from_secs(61));
        }),
    ];
    each(announced, may_create, &with_anywhere(rows));
}
