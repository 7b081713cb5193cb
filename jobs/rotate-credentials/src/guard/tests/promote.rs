//! A version becomes current when its key was tried.

use super::*;

fn probed() -> World {
    let mut world = staged();
    world.allow('N');
    world
}

#[test]
fn a_version_becomes_current_only_when_every_condition_holds() {
    let policy = Policy::default();
    let table: [(ConditionName, bool, Change); 6] = [
        (Is::Listed, false, |world| {
            world.key_of('N').status = KeyStatus::Inactive;
        }),
        (Is::Ours, false, |world| {
            world.iam().marks.keys.remove(&id('N'));
        }),
        (Is::BuiltOnCurrent, false, |world| {
            world.store().current.version = version('2');
        }),
        (Is::LoginWorks, true, |world| world.run.probes.clear()),
        (Is::LoginWorks, false, |world| world.refuse('N')),
        (Is::MailWorks, true, |world| {
            world.run.probes.get_mut(&id('N')).unwrap().send = None;
        }),
    ];
    assert!(may_promote(&facts(&probed(), &policy)).is_ok());
    for (name, unknown, change) in table {
        let mut world = probed();
        change(&mut world);
        // What the version was built on stays known through the mark of its key, or the announcement.
        world.store().previous = Some(Version {
            version: version('1'),
            contents: crate::world::Contents::Pair(id('A')),
        });
        let list = may_promote(&facts(&world, &policy)).unwrap_err();
        assert!(
            refused(&list).contains(&(name, unknown)),
            "{name:?}: {list:?}"
        );
    }
}
