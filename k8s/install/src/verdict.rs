//! The one table of everything that an installation can find wrong: code, exit status, what it means and
//! what to do. No alert comes of it: whoever installs sits before it.
//!
//! Codes of what can happen to any program (`aws-…`, `cluster-…`, `usage`) are in
//! [`common::verdict::shared`].

pub use common::verdict::Verdict;

common::verdicts! {
    USAGE = "usage", Config, "",
        "The flags do not go together.",
        "see `install-monitoring --help`";
    FILES = "files-missing", Config, "",
        "The directory holds no chart, or nothing for this cluster.",
        "run it in the checkout, or name its `k8s` directory with --files";
    EXAMPLES = "values-are-examples", Config, "",
        "The cluster's values still have examples where its own facts belong.",
        "write them into the file: a release has the digest of the image, its registry those of the others, `aws eks describe-cluster` the rest";
    WRONG_CLUSTER = "wrong-cluster", Config, "",
        "The context leads to another API server than the cluster's values name.",
        "choose the cluster's context with --context, or correct `api` in its values";
    STACK_MISSING = "stack-missing", Config, "",
        "What the chart builds on is not in the cluster, or not ready: the operator's kinds, the operator, kube-state-metrics.",
        "install k8s/stack first, as its README says; `--stack kinds` if both run, but not as Deployments";
    NAMESPACE_GOING = "namespace-terminating", Transient, "",
        "The namespace is being deleted.",
        "wait until it is gone, then run this again";
    LOCKED = "install-locked", Transient, "",
        "Somebody else is installing in this cluster.",
        "wait for them to end, then run this again";
    LOCK_LOST = "install-lock-lost", HalfDone, "",
        "Somebody else has begun to install meanwhile.",
        "wait for them to end, then run this again";
    OTHER_CHART = "release-of-another-chart", Drift, "",
        "The release of this name holds another chart, whose objects would be deleted.",
        "see `install-monitoring migrate --plan` with the same flags";
    RELEASE_PENDING = "release-pending", Drift, "",
        "Helm was stopped in the middle of a change, or is at work.",
        "see `helm history`; if nobody is at work, run `install-monitoring rollback`";
    RELEASE_UNREADABLE = "release-unreadable", Drift, "",
        "What Helm keeps of the release cannot be read.",
        "see `helm status` and `helm history`";
    NO_RELEASE = "no-release", Config, "",
        "Nothing is installed under this name.",
        "install it first";
    NO_REVISION = "no-revision", Config, "",
        "There is no such revision to go back to.",
        "choose one that `helm history` shows with the status `deployed` or `superseded`";
    NOT_OURS = "objects-of-others", Drift, "",
        "Objects of these names exist and belong to somebody else.",
        "find out whose they are; delete them, or have Helm adopt them by the annotations meta.helm.sh/release-name and -namespace";
    VOLUME = "volume-in-the-way", Drift, "",
        "A volume would be deleted, or cannot become what the chart says.",
        "keep it by the annotation helm.sh/resource-policy=keep, or say in the values what it is";
    FIELDS_HELD = "fields-held", Drift, "",
        "Somebody has set fields of the release by hand.",
        "put what they wanted into the values, then take the fields back with --take-fields";
    KIND_UNKNOWN = "kind-unknown", Config, "",
        "The cluster does not know a kind of object that the chart has.",
        "install the kinds that come with k8s/stack, of the version that it names";
    HELM_MISSING = "helm-missing", Config, "",
        "There is no Helm of version 4.",
        "install Helm 4 from https://helm.sh, or name the program with --helm";
    HELM_UNSTARTED = "helm-unstarted", Transient, "",
        "Helm could not be started, or what it printed not be read.",
        "see whether the program named by --helm runs, and whether there is room for temporary files";
    CHART = "chart-unusable", Config, "",
        "Helm cannot render the chart with the cluster's values.",
        "correct what Helm names; `helm lint --strict` shows all of it";
    MANIFEST = "manifest-unreadable", Config, "",
        "What Helm has rendered is not understood.",
        "see `helm template` with the same chart and values";
    HELM_FAILED = "helm-failed", HalfDone, "",
        "Helm did not bring the release about.",
        "read what it says and what the events of the namespace say; then run this again";
    SECRET_MISSING = "aws-secret-missing", Config, "",
        "The secret does not exist in Secrets Manager, or has no value.",
        "create it, or correct `secret:` in the rotation's configuration; `rotate-credentials init` makes the first pair";
    SECRET_MALFORMED = "aws-secret-malformed", Config, "",
        "The secret is not a JSON object with a usable pair in it.",
        "correct the named member with `aws secretsmanager put-secret-value`";
    MEMBER_MISSING = "aws-secret-member-missing", Config, "",
        "The secret lacks a member that is needed.",
        "add the member to the secret, or name another one";
    TEMPLATE = "alertmanager-template", Config, "",
        "Alertmanager's template is missing or cannot be filled.",
        "correct the template in the chart, or add the missing member to the secret in AWS";
    REFUSED = "alertmanager-refuses", Config, "",
        "Alertmanager would refuse the configuration that its template makes.",
        "correct k8s/chart/files/alertmanager-template.yaml, or go back to another revision with --revision";
    IMMUTABLE = "secret-immutable", Config, "",
        "The Secret in the cluster cannot be changed.",
        "delete it, then run this again at once: Alertmanager runs on meanwhile";
    OVERTAKEN = "overtaken", Transient, "",
        "Somebody else wrote the same object at the same time.",
        "run it again; if it stays, find out who writes it";
    NOT_CONFIRMED = "not-confirmed", Config, "",
        "A removal was not confirmed.",
        "look at it with --plan, then repeat the cluster's name with --confirm";
    SECRET_LEFT = "secret-left-behind", HalfDone, "",
        "A Secret that holds credentials is still there.",
        "delete it with kubectl";
    UNHEALTHY = "installed-and-unhealthy", Drift, "",
        "Everything was installed, and something of it is not as it should be.",
        "do what `install-monitoring doctor` names for each finding";
    WRONG = "installation-wrong", Drift, "",
        "`doctor` found something that is not as it should be.",
        "do what it names for each finding, the first one first";
    UNSEEN = "installation-unseen", Transient, "",
        "`doctor` found nothing wrong, and could not look at everything.",
        "do what it names for each finding, then run it again";
    UNSEEN_DENIED = "installation-unseen-denied", Denied, "",
        "`doctor` found nothing wrong, and may not look at everything.",
        "run it as whoever installs: it reads all that an installation holds; people on call have `install-monitoring status`";
    JOBS = "jobs-need-a-person", Drift, "",
        "A job is stale, suspended or gone, or no rule names one.",
        "see `install-monitoring doctor` in the cluster that is named";
    STATUS_UNSEEN = "status-incomplete", Transient, "",
        "`status` found no job in need of a person, and could not see everything.",
        "do what it says of each cluster that it has not seen, then run it again";
    STATUS_DENIED = "status-incomplete-denied", Denied, "",
        "`status` found no job in need of a person, and may not see everything.",
        "ask somebody who administers the cluster to apply k8s/rbac/operators.yaml, whose group may run it, or to run it";
    STATUS_FILES = "status-incomplete-config", Config, "",
        "`status` found no job in need of a person, and cannot see everything with such flags or files.",
        "correct what it says of each cluster that it has not seen";
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_unique_and_everything_is_said() {
        common::verdict::assert_sound(super::ALL);
    }
}
