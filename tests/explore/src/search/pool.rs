//! Work on every core.

use std::sync::Mutex;

/// Does all of it, in no order.
pub(super) fn run<T: Send>(mut tasks: Vec<T>, work: impl Fn(T) + Sync) {
    tasks.reverse();
    let tasks = Mutex::new(tasks);
    let next = || match tasks.lock() {
        Ok(mut tasks) => tasks.pop(),
        Err(poisoned) => poisoned.into_inner().pop(),
    };
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(task) = next() {
                    work(task);
                }
            });
        }
    });
}
