//! What a cluster refuses, told to whoever sits before it. What [`common::cluster`] advises is for the jobs, whose
//! Roles are in the chart: a person has none, and is not to be given a right over all Secrets.

use common::fault::{Failure, Fault};
use common::trouble::Trouble;

/// The server knows who asks and says no.
const DENIED: &str = "cluster-denied";

/// What to do about it. What was refused is said before it.
const ASK: &str = "ask somebody who administers the cluster, for the right or to run it: k8s/OPERATIONS.md \
                   says under Permissions who may do what";

/// What a fault of any kind amounts to, for a person.
pub fn told(fault: &dyn Fault) -> Trouble {
    let trouble = Trouble::of(fault);
    let hint = if trouble.code == DENIED {
        Some(ASK.to_owned())
    } else {
        trouble.hint
    };
    Trouble { hint, ..trouble }
}

/// The same of what ends a run.
pub fn failed(failure: Failure) -> Failure {
    if failure.fault().code() == DENIED {
        told(failure.fault()).into()
    } else {
        failure
    }
}

#[cfg(test)]
mod tests {
    use common::exit::Exit;

    use super::*;

    fn trouble(code: &'static str) -> Trouble {
        Trouble {
            exit: Exit::Denied,
            code,
            text: "prod-e1-1: list secrets in monitoring: 403 Forbidden".to_owned(),
            hint: Some("add it to the job's Role".to_owned()),
        }
    }

    #[test]
    fn nobody_is_told_to_give_a_job_what_a_person_may_not() {
        let refused = trouble("cluster-denied");
        let expected = Trouble {
            hint: Some(ASK.to_owned()),
            ..refused.clone()
        };
        assert_eq!(told(&refused), expected);
        let failure = failed(refused.into());
        assert_eq!(Trouble::of(failure.fault()), expected);
    }

    #[test]
    fn any_other_advice_stays() {
        let refused = trouble("cluster-unauthorized");
        assert_eq!(told(&refused), refused);
        let failure = failed(refused.clone().into());
        assert_eq!(Trouble::of(failure.fault()), refused);
    }
}
