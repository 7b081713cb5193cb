//! Who holds a Lease, as one line of text.

use std::fmt;

use crate::env::Env;
use crate::report::Identity;

/// A run's name in a Lease: `<pod>_<pod uid>`, or the run's id on a terminal.
///
/// The uid tells a pod from a later one of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder(String);

impl Holder {
    /// This run. In a pod, `POD_NAME` and `POD_UID` must both be set for the next run to see when
    /// this one is over; without them it has to wait.
    pub fn of(identity: &Identity, env: &Env) -> Self {
        match (env.get("POD_NAME"), env.get("POD_UID")) {
            (Some(name), Some(uid)) => Self(format!("{name}_{uid}")),
            _ => Self(identity.run.clone()),
        }
    }

    /// As the Lease has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Holder {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The pod in a holder's name, if it is one of a pod: the name of a pod has no underscore.
pub(super) fn pod(holder: &str) -> Option<PodIdentity<'_>> {
    let (name, uid) = holder.split_once('_')?;
    (!name.is_empty() && !uid.is_empty()).then_some(PodIdentity { name, uid })
}

/// One pod, and no other of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PodIdentity<'h> {
    pub(super) name: &'h str,
    pub(super) uid: &'h str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Mode;

    #[test]
    fn a_pod_is_told_from_a_run_on_a_terminal() {
        let identity = Identity {
            job: "rotate-credentials",
            version: "0.1.0",
            revision: "unknown".into(),
            run: "1767355200-42".into(),
            cluster: String::new(),
            namespace: String::new(),
            pod: String::new(),
            cronjob: None,
            mode: Mode::Run,
        };
        let holder = |variables: &[(&str, &str)]| {
            let env: Env = variables.iter().copied().collect();
            Holder::of(&identity, &env).to_string()
        };
        let in_pod = holder(&[("POD_NAME", "rotate-1-x"), ("POD_UID", "a-b")]);
        assert_eq!(in_pod, "rotate-1-x_a-b");
        let (name, uid) = ("rotate-1-x", "a-b");
        assert_eq!(pod(&in_pod), Some(PodIdentity { name, uid }));
        for other in [holder(&[]), holder(&[("POD_NAME", "rotate-1-x")])] {
            assert_eq!(other, "1767355200-42");
            assert_eq!(pod(&other), None);
        }
        for odd in ["", "_", "a_", "_b"] {
            assert_eq!(pod(odd), None);
        }
    }
}
