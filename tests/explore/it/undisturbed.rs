use std::cell::RefCell;

use explore::model::{DAY, HOUR, Terms, World};
use explore::run::{Orders, once};

#[test]
fn an_undisturbed_rotation_ends_idle() {
    for terms in [Terms::QUICK, Terms::SLOW] {
        let world = RefCell::new(World::with_key_of_age(41 * DAY, terms));
        let trace = RefCell::new(Vec::new());
        let mut last = None;
        for _ in 0..250 {
            let orders = Orders {
                trace: Some(&trace),
                ..Orders::default()
            };
            last = Some(once(&world, &orders));
            world.borrow_mut().advance_to_slot(HOUR);
        }
        let text = trace.borrow().join("\n");
        std::fs::write(format!("/tmp/trace-{}.txt", terms.iam_lag), &text).unwrap();
        println!("{last:?} {:?}", world.borrow().ledger);
        assert_eq!(world.borrow().ledger.violation, None);
    }
}
