//! The one table of everything that this job itself can find wrong: code, exit status, alert, what it
//! means and what to do. Alert rules and the README are checked against it.
//!
//! Codes of calls to clusters that failed (`cluster-…`) are those of `common`.

pub use common::verdict::Verdict;

common::verdicts! {
    DRIFT = "drift", Drift, "ConfigurationDrift",
        "Clusters differ where nothing declares that they should.",
        "look with `run`; mend a cluster, or declare the difference with its reason";
    INCOMPLETE = "incomplete", Transient, "JobFailed",
        "Not everything that was to be compared could be read, so nobody can say that it is equal.",
        "see the report for what is missing, and run again";
    INCOMPLETE_DENIED = "incomplete-denied", Denied, "JobFailed",
        "Not everything could be read, and each time because it is not allowed.",
        "give the job's Role what `cluster NAME` names";
    NOTHING_COMPARED = "nothing-compared", Transient, "JobFailed",
        "Not one object was found in any cluster.",
        "check `select` and the namespaces: an empty look proves nothing";
    SAME_CLUSTER = "same-cluster", Config, "JobFailed",
        "Two entries reach the same cluster: comparing it with itself would always pass.",
        "correct how one of them is reached";
    OTHER_CLUSTER = "other-cluster", Config, "JobFailed",
        "A name reaches another cluster than it did before.",
        "correct how it is reached; if it was built anew, give `--accept-cluster-identity`";
    NAME_COLLISION = "name-collision", Config, "JobFailed",
        "Two objects of a cluster have the same name once templates are applied.",
        "make `name_templates` more exact";
    UNUSED_RULES = "unused-rules", Config, "JobFailed",
        "A declared difference explains nothing, and that was asked about.",
        "remove it from the configuration, or correct what it names";
    STATE_NEWER = "state-newer", Config, "JobFailed",
        "What is remembered was written by a newer version of this job.",
        "run that version; this one leaves it alone";
    STATE_UNUSABLE = "state-unusable", Config, "JobFailed",
        "What is to be remembered cannot be written.",
        "check the place that `state` names, its permissions and its space";
    NO_RANDOM_NUMBERS = "no-random-numbers", Transient, "JobFailed",
        "The operating system has no random numbers to give, without which no secret can be compared.",
        "run it again; if it stays, look at the node";
    NO_SUCH_CLUSTER = "no-such-cluster", Config, "JobFailed",
        "A cluster was named that the configuration does not have.",
        "choose one that it has";
    NO_SUCH_SELECTION = "no-such-selection", Config, "JobFailed",
        "An entry of `select` was named that the configuration does not have.",
        "choose one of its `id`s";
    NO_SUCH_OBJECT = "no-such-object", Config, "JobFailed",
        "An object was named that no cluster has.",
        "write it as `run` shows it: KIND/NAMESPACE/NAME";
    NO_CONFIGURATION = "no-configuration", Config, "JobFailed",
        "A command that looks at clusters was given no configuration.",
        "give `--config FILE`";
    NO_SUCH_CODE = "no-such-code", Config, "JobFailed",
        "A code was named that this job does not have.",
        "`explain` alone lists all of them";
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_unique_and_everything_is_said() {
        common::verdict::assert_sound(super::ALL);
    }
}
