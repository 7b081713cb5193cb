//! Nothing goes wrong.

use explore::model::Terms;

use crate::stage::{Stage, line};

#[test]
fn a_rotation_goes_through_the_rows_of_the_table_in_their_order() {
    let stage = Stage::with_key_of(41);
    assert_eq!(
        line(&stage.run()),
        "0  | 29 30 12 14 3 15 16 17 16 17 19 32"
    );
    // The announcement is cleaned up; nothing else happens until the soak is over.
    assert_eq!(line(&stage.run()), "0  | 27 32");
    assert_eq!(line(&stage.run()), "0  | 32");
    stage.days(1);
    assert_eq!(stage.keys(), "IA");
    stage.days(7);
    assert_eq!(stage.keys(), "-A");
    assert_eq!((stage.current(), stage.running()), (2, vec![2; 4]));
    // And it stays so until that key is old.
    assert_eq!(line(&stage.days(31)), "0  | 32");
    assert_eq!(stage.keys(), "-A");
}

#[test]
fn readings_that_lag_and_keys_that_are_valid_late_only_delay_it() {
    for iam_lag in [0, 10, 25] {
        for valid_lag in [10, 400] {
            for used_delay in [0, 15 * 60] {
                let terms = Terms {
                    iam_lag,
                    valid_lag,
                    used_delay,
                };
                let stage = Stage::under(41, terms);
                stage.days(10);
                assert_eq!(stage.keys(), "-A", "{terms:?}\n{}", stage.told());
            }
        }
    }
}

#[test]
fn a_run_with_nothing_to_do_writes_nothing() {
    let stage = Stage::with_key_of(10);
    let outcome = stage.run();
    assert_eq!((outcome.boundaries, outcome.effects), (1, 0));
    assert_eq!(stage.world.borrow().secret.versions.len(), 1);
}
