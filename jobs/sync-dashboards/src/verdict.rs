//! The one table of everything that this job itself can find wrong: code, exit status, alert, what
//! it means and what to do. Alert rules and the README are checked against it.
//!
//! Codes of calls to clusters that failed (`cluster-…`) are those of `common`.

pub use common::verdict::Verdict;

common::verdicts! {
    UPSTREAM_UNREACHABLE = "upstream-unreachable", Transient, "JobFailed",
        "No source answered with the pinned file, and there is no copy of it in the cache.",
        "check the network and the proxy, then run again; or name a mirror under `source.from`";
    UPSTREAM_MISSING = "upstream-missing", Config, "JobFailed",
        "The source has no such repository, reference or path.",
        "correct `source`: branches move and are renamed, a commit stays";
    UPSTREAM_DENIED = "upstream-denied", Denied, "JobFailed",
        "The source wants credentials.",
        "use a public source or a mirror, or give a token";
    UPSTREAM_REDIRECT = "upstream-redirect", Config, "JobFailed",
        "The source sends elsewhere, to a host that is not allowed or without encryption.",
        "name the new address under `source.from` if you trust it";
    UPSTREAM_NOT_THE_FILE = "upstream-not-the-file", Transient, "JobFailed",
        "The source answered with something else: a web page, an empty or a cut-off file.",
        "look at the address with curl: a proxy or a login page may answer in its place";
    UPSTREAM_TOO_LARGE = "upstream-too-large", Config, "JobFailed",
        "The source's answer is larger than any dashboards' file.",
        "check that `source.path` is the file with the dashboards";
    UPSTREAM_SOURCE = "upstream-source", Config, "JobFailed",
        "A local source cannot be read.",
        "correct its path under `source.from`, or make it readable";
    DIGEST_MISMATCH = "digest-mismatch", Config, "JobFailed",
        "The file is not the pinned one.",
        "look at the difference with `pin`; never copy the new digest without";
    BUNDLE_MALFORMED = "bundle-malformed", Config, "JobFailed",
        "The file does not hold dashboards as upstream writes them.",
        "check that `source.path` is the file with the dashboards, and the pin";
    BUNDLE_HOSTILE = "bundle-hostile", Config, "JobFailed",
        "The file holds a name that no dashboard may have.",
        "do not use this file: find out who wrote it";
    BUNDLE_SHRUNK = "bundle-shrunk", Drift, "JobFailed",
        "Upstream has less than half of the dashboards that are here.",
        "look with `diff`; if it is right, allow it with `--allow-removals`";
    DASHBOARD_REJECTED = "dashboard-rejected", Drift, "JobFailed",
        "A dashboard of upstream cannot be written: it would break itself or others.",
        "see what `check` says about it; exclude it or pin another commit";
    DASHBOARD_COLLISION = "dashboard-collision", Drift, "JobFailed",
        "Another dashboard has the same file name, uid, or title in the same folder.",
        "rename the other one or exclude this one: with both Grafana saves neither";
    HAND_EDIT = "hand-edit", Drift, "DashboardsDrifted",
        "A person has changed a dashboard that belongs to upstream.",
        "copy the change to a dashboard of your own or bring it upstream, then `apply --restore NAME`";
    FOREIGN = "foreign-owner", Drift, "DashboardsDrifted",
        "A file or an object of a dashboard's name belongs to somebody else.",
        "remove it there, exclude the dashboard here, or `adopt` it";
    FIELD_CONFLICT = "field-conflict", Drift, "DashboardsDrifted",
        "Another field manager has set a field of one of our objects.",
        "stop that manager, then `apply --restore NAME`";
    REMOVAL_GUARD = "removal-guard", Drift, "JobFailed",
        "More dashboards would be removed than may go unasked.",
        "look with `plan`; if it is right, allow it with `--allow-removals N`";
    IMMUTABLE = "immutable-object", Drift, "JobFailed",
        "A ConfigMap is immutable.",
        "replace it with `apply --replace-immutable`";
    OBJECT_REFUSED = "object-refused", Drift, "JobFailed",
        "An API server refuses a dashboard's ConfigMap.",
        "do what its message says; nothing was written in its place";
    LOCK_MALFORMED = "lock-malformed", Config, "JobFailed",
        "The lock file is not one of ours.",
        "restore it from the repository's history";
    CHART_MALFORMED = "chart-malformed", Config, "JobFailed",
        "Chart.yaml does not have exactly one version that can be raised.",
        "write one line `version: X.Y.Z`";
    DIRTY_TREE = "dirty-tree", Config, "JobFailed",
        "The repository has changes that are not committed where this job would write.",
        "commit or stash them, or give `--allow-dirty`";
    TARGET_UNSAFE = "target-unsafe", Config, "JobFailed",
        "The folder for dashboards lies outside of its repository.",
        "give a folder of the repository, not a link that leads out of it";
    TARGET_UNWRITABLE = "target-unwritable", Config, "JobFailed",
        "A file cannot be written.",
        "check space and permissions; what was not written is as it was";
    RELEASE_TOO_LARGE = "release-too-large", Drift, "JobFailed",
        "The chart's release would hardly fit into the Secret that Helm keeps it in.",
        "exclude dashboards, or use the ConfigMap target";
    CHANGED_MEANWHILE = "changed-meanwhile", Transient, "JobFailed",
        "Something was changed between the look at it and the write, by a person or another run.",
        "run again: it decides anew";
    NO_SUCH_TARGET = "no-such-target", Config, "JobFailed",
        "A target was named that the configuration does not have.",
        "choose `files` or a cluster of the configuration";
    NO_SUCH_DASHBOARD = "no-such-dashboard", Config, "JobFailed",
        "A dashboard was named that neither upstream nor a target has.",
        "write it as `plan` shows it";
    NO_SUCH_REFERENCE = "no-such-reference", Config, "JobFailed",
        "A name is neither a file nor a commit, a tag or a branch.",
        "give a commit, a tag, a branch, or the path of a file";
    NO_SUCH_CODE = "no-such-code", Config, "JobFailed",
        "A code was named that this job does not have.",
        "`explain` alone lists all of them";
    FOLDER_UNREADABLE = "folder-unreadable", Config, "JobFailed",
        "A folder with dashboards cannot be read, or has none.",
        "give a folder that holds dashboards as `*.json`";
    PROMETHEUS_UNREACHABLE = "prometheus-unreachable", Transient, "JobFailed",
        "A Prometheus does not say which metrics it has.",
        "check the URL: it is the one before /api/v1";
    PIN_NOT_FOUND = "pin-not-found", Config, "JobFailed",
        "`ref` and `sha256` do not stand in the configuration on a line of their own, once each.",
        "write the new pin into the configuration yourself";
    PIN_NOT_EXACT = "pin-not-exact", Config, "JobFailed",
        "The only source that answered holds one version, whatever reference is asked for.",
        "name a source that knows references, or write the pin yourself";
    DIFFERENCES = "differences", Drift, "JobFailed",
        "Something is not as the pin has it, and that was asked for.",
        "run `apply`";
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_unique_and_everything_is_said() {
        common::verdict::assert_sound(super::ALL);
    }
}
