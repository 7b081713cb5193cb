//! What the operating system may not show of this process: its memory holds secrets.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};

/// Variables with which the AWS SDK prints request and response bodies in its most verbose logs.
const BODY_VARIABLES: [&str; 2] = ["LOG_SENSITIVE_BODIES", "LOG_SIGNABLE_BODY"];

/// To be called first, before anything is read.
///
/// Starts the program again without the variables that make the AWS SDK print bodies: they are read
/// deep in the SDK, and a process cannot remove its own variables without `unsafe`. The cap on the
/// SDK's log level holds in any case. Then forbids core dumps and the reading of its memory by other
/// processes of the same user.
///
/// What fails is not told here, where no log exists yet, but by [`tell`].
pub fn harden() {
    if BODY_VARIABLES
        .iter()
        .any(|variable| std::env::var_os(variable).is_some())
    {
        start_again();
    }
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).unwrap_or_default();
    set_dumpable_behavior(DumpableBehavior::NotDumpable).unwrap_or_default();
}

/// Replaces this process by the same program with the same arguments. Comes back only on failure.
fn start_again() {
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    let mut command = Command::new(program);
    command.arg0(name).args(arguments);
    for variable in BODY_VARIABLES {
        command.env_remove(variable);
    }
    // An error is all that it returns.
    drop(command.exec());
}

/// Warns of what [`harden`] could not do.
pub fn tell() {
    let dumps = getrlimit(Resource::Core).current != Some(0);
    let readable = rustix::process::dumpable_behavior()
        .is_ok_and(|behaviour| behaviour != DumpableBehavior::NotDumpable);
    if dumps || readable {
        tracing::warn!("a crash of this process may leave its memory, with secrets, in a file");
    }
    for variable in BODY_VARIABLES {
        if std::env::var_os(variable).is_some() {
            tracing::warn!(
                "{variable} is set; it has no effect, because such log lines are capped"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hardened_process_leaves_no_core() {
        harden();
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        let behaviour = rustix::process::dumpable_behavior().unwrap();
        assert_eq!(behaviour, DumpableBehavior::NotDumpable);
    }
}
