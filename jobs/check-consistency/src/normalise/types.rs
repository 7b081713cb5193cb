//! Where an object has something other than plain text: the one table of types, lists and empty values.
//!
//! Everywhere else a text is a text, a list has an order, and an empty mapping is not an absent one.
//! Places are fields from the root, `*` for one step of any kind, and `**` at the start for any number of
//! steps. Documents in texts have kinds of their own ([`super::document`]).

/// What a scalar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Quantity,
    PrometheusDuration,
    GoDuration,
    Bytes,
    Schedule,
    Expression,
    Image,
}

/// How the items of a list are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    /// By these fields, in any order.
    Keyed(&'static [&'static str]),
    /// By these fields, and their order has a meaning.
    OrderedKeyed(&'static [&'static str]),
    /// By their names; ordered only if a value uses that of an earlier one.
    Environment,
    /// By themselves, in any order.
    Set,
    /// In order, whatever the schema says.
    Ordered,
    /// Rules of Prometheus: in order, known by what they alert on or record.
    Rules,
}

/// Kinds that hold a pod template, or what becomes one.
const PODS: &[&str] = &[
    "Pod",
    "apps/DaemonSet",
    "apps/Deployment",
    "apps/ReplicaSet",
    "apps/StatefulSet",
    "batch/CronJob",
    "batch/Job",
    "monitoring.coreos.com/Alertmanager",
    "monitoring.coreos.com/Prometheus",
    "monitoring.coreos.com/PrometheusAgent",
    "monitoring.coreos.com/ThanosRuler",
];
const PROMETHEUS: &[&str] = &[
    "monitoring.coreos.com/Prometheus",
    "monitoring.coreos.com/PrometheusAgent",
    "monitoring.coreos.com/ThanosRuler",
];
const RUNNING: &[&str] = &[
    "monitoring.coreos.com/Alertmanager",
    "monitoring.coreos.com/Prometheus",
    "monitoring.coreos.com/PrometheusAgent",
    "monitoring.coreos.com/ThanosRuler",
];
const ALERTMANAGER: &[&str] = &["monitoring.coreos.com/Alertmanager"];
const ALERTMANAGER_CONFIG: &[&str] = &["monitoring.coreos.com/AlertmanagerConfig"];
const MONITORS: &[&str] = &[
    "monitoring.coreos.com/PodMonitor",
    "monitoring.coreos.com/Probe",
    "monitoring.coreos.com/ScrapeConfig",
    "monitoring.coreos.com/ServiceMonitor",
];
const RULES: &[&str] = &[
    "monitoring.coreos.com/PrometheusRule",
    super::document::RULES,
];
const ALERTMANAGER_FILE: &[&str] = &[super::document::ALERTMANAGER];
const PROMETHEUS_FILE: &[&str] = &[super::document::PROMETHEUS];
const CLAIM: &[&str] = &["PersistentVolumeClaim"];
const VOLUME: &[&str] = &["PersistentVolume"];
const QUOTA: &[&str] = &["ResourceQuota"];
const LIMITS: &[&str] = &["LimitRange"];
const AUTOSCALER: &[&str] = &["autoscaling/HorizontalPodAutoscaler"];
const CRON_JOB: &[&str] = &["batch/CronJob"];
const CERTIFICATE: &[&str] = &["cert-manager.io/Certificate"];
const SERVICE: &[&str] = &["Service"];
const BINDING: &[&str] = &[
    "rbac.authorization.k8s.io/ClusterRoleBinding",
    "rbac.authorization.k8s.io/RoleBinding",
];
const ACCOUNT: &[&str] = &["ServiceAccount"];
const WEBHOOKS: &[&str] = &[
    "admissionregistration.k8s.io/MutatingWebhookConfiguration",
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
];
const DEFINITION: &[&str] = &["apiextensions.k8s.io/CustomResourceDefinition"];

/// Any kind.
const ANY: &[&str] = &[];
/// A place, without the kinds that have it.
type Row<T> = (&'static [&'static str], &'static str, T);

/// `1h30m`, without fractions.
const DURATION: Type = Type::PrometheusDuration;
/// `1.5h`, without days.
const GO_DURATION: Type = Type::GoDuration;

const TYPES: &[Row<Type>] = &[
    (RULES, "**/groups/*/interval", DURATION),
    (RULES, "**/groups/*/query_offset", DURATION),
    (RULES, "**/groups/*/rules/*/expr", Type::Expression),
    (RULES, "**/groups/*/rules/*/for", DURATION),
    (RULES, "**/groups/*/rules/*/keep_firing_for", DURATION),
    (MONITORS, "**/interval", DURATION),
    (MONITORS, "**/scrapeInterval", DURATION),
    (MONITORS, "**/scrapeTimeout", DURATION),
    (MONITORS, "**/refreshInterval", DURATION),
    (PROMETHEUS, "spec/retention", DURATION),
    (PROMETHEUS, "spec/retentionSize", Type::Bytes),
    (PROMETHEUS, "spec/scrapeInterval", DURATION),
    (PROMETHEUS, "spec/scrapeTimeout", DURATION),
    (PROMETHEUS, "spec/evaluationInterval", DURATION),
    (PROMETHEUS, "spec/ruleQueryOffset", DURATION),
    (PROMETHEUS, "spec/query/timeout", DURATION),
    (PROMETHEUS, "spec/query/lookbackDelta", DURATION),
    (PROMETHEUS, "spec/tsdb/outOfOrderTimeWindow", DURATION),
    (PROMETHEUS, "spec/rules/alert/forGracePeriod", DURATION),
    (PROMETHEUS, "spec/rules/alert/forOutageTolerance", DURATION),
    (PROMETHEUS, "spec/rules/alert/resendDelay", DURATION),
    (
        PROMETHEUS,
        "spec/alerting/alertmanagers/*/timeout",
        DURATION,
    ),
    (PROMETHEUS, "**/remoteTimeout", DURATION),
    (PROMETHEUS, "**/sendInterval", DURATION),
    (PROMETHEUS, "**/queueConfig/batchSendDeadline", DURATION),
    (PROMETHEUS, "**/queueConfig/minBackoff", DURATION),
    (PROMETHEUS, "**/queueConfig/maxBackoff", DURATION),
    (PROMETHEUS, "spec/thanos/blockSize", DURATION),
    (PROMETHEUS, "spec/thanos/getConfigInterval", DURATION),
    (PROMETHEUS, "spec/thanos/getConfigTimeout", DURATION),
    (PROMETHEUS, "spec/thanos/readyTimeout", DURATION),
    (ALERTMANAGER, "spec/retention", GO_DURATION),
    (ALERTMANAGER, "spec/clusterGossipInterval", GO_DURATION),
    (ALERTMANAGER, "spec/clusterPeerTimeout", GO_DURATION),
    (ALERTMANAGER, "spec/clusterPushpullInterval", GO_DURATION),
    (ALERTMANAGER_CONFIG, "**/groupInterval", DURATION),
    (ALERTMANAGER_CONFIG, "**/groupWait", DURATION),
    (ALERTMANAGER_CONFIG, "**/repeatInterval", DURATION),
    (ALERTMANAGER_FILE, "**/group_interval", DURATION),
    (ALERTMANAGER_FILE, "**/group_wait", DURATION),
    (ALERTMANAGER_FILE, "**/repeat_interval", DURATION),
    (ALERTMANAGER_FILE, "global/resolve_timeout", DURATION),
    (ALERTMANAGER_FILE, "receivers/*/*/*/expire", DURATION),
    (ALERTMANAGER_FILE, "receivers/*/*/*/retry", DURATION),
    (ALERTMANAGER_FILE, "receivers/*/*/*/timeout", DURATION),
    (ALERTMANAGER_FILE, "receivers/*/*/*/ttl", DURATION),
    (PROMETHEUS_FILE, "**/evaluation_interval", DURATION),
    (PROMETHEUS_FILE, "**/refresh_interval", DURATION),
    (PROMETHEUS_FILE, "**/remote_timeout", DURATION),
    (PROMETHEUS_FILE, "**/scrape_interval", DURATION),
    (PROMETHEUS_FILE, "**/scrape_timeout", DURATION),
    (PODS, "**/containers/*/image", Type::Image),
    (PODS, "**/ephemeralContainers/*/image", Type::Image),
    (PODS, "**/initContainers/*/image", Type::Image),
    (RUNNING, "spec/image", Type::Image),
    (PROMETHEUS, "spec/thanos/image", Type::Image),
    (PODS, "**/resources/limits/*", Type::Quantity),
    (PODS, "**/resources/requests/*", Type::Quantity),
    (PODS, "**/emptyDir/sizeLimit", Type::Quantity),
    (PODS, "**/resourceFieldRef/divisor", Type::Quantity),
    (PODS, "**/overhead/*", Type::Quantity),
    (CLAIM, "spec/resources/limits/*", Type::Quantity),
    (CLAIM, "spec/resources/requests/*", Type::Quantity),
    (VOLUME, "spec/capacity/*", Type::Quantity),
    (QUOTA, "spec/hard/*", Type::Quantity),
    (LIMITS, "spec/limits/*/*/*", Type::Quantity),
    (AUTOSCALER, "**/target/averageValue", Type::Quantity),
    (AUTOSCALER, "**/target/value", Type::Quantity),
    (CRON_JOB, "spec/schedule", Type::Schedule),
    (CERTIFICATE, "spec/duration", GO_DURATION),
    (CERTIFICATE, "spec/renewBefore", GO_DURATION),
];

const CONTAINER_PORT: Lists = Lists::Keyed(&["containerPort", "protocol"]);
const SPREAD: Lists = Lists::Keyed(&["topologyKey", "whenUnsatisfiable"]);

const LISTS: &[Row<Lists>] = &[
    (ANY, "metadata/finalizers", Lists::Set),
    (
        ANY,
        "metadata/ownerReferences",
        Lists::Keyed(&["kind", "name"]),
    ),
    (RULES, "**/groups", Lists::Keyed(&["name"])),
    (RULES, "**/groups/*/rules", Lists::Rules),
    // A set by its schema, and yet what comes first is asked for first.
    (ANY, "**/scrapeProtocols", Lists::Ordered),
    (PODS, "**/containers", Lists::Keyed(&["name"])),
    (PODS, "**/ephemeralContainers", Lists::Keyed(&["name"])),
    (PODS, "**/initContainers", Lists::OrderedKeyed(&["name"])),
    (PODS, "**/volumes", Lists::Keyed(&["name"])),
    (PODS, "**/containers/*/env", Lists::Environment),
    (PODS, "**/ephemeralContainers/*/env", Lists::Environment),
    (PODS, "**/initContainers/*/env", Lists::Environment),
    (PODS, "**/containers/*/ports", CONTAINER_PORT),
    (PODS, "**/initContainers/*/ports", CONTAINER_PORT),
    (PODS, "**/volumeDevices", Lists::Keyed(&["devicePath"])),
    (PODS, "**/volumeMounts", Lists::Keyed(&["mountPath"])),
    (PODS, "**/hostAliases", Lists::Keyed(&["ip"])),
    (PODS, "**/imagePullSecrets", Lists::Keyed(&["name"])),
    (PODS, "**/topologySpreadConstraints", SPREAD),
    (PODS, "**/securityContext/supplementalGroups", Lists::Set),
    (PODS, "**/capabilities/add", Lists::Set),
    (PODS, "**/capabilities/drop", Lists::Set),
    (ACCOUNT, "imagePullSecrets", Lists::Keyed(&["name"])),
    (ACCOUNT, "secrets", Lists::Keyed(&["name"])),
    (SERVICE, "spec/ports", Lists::Keyed(&["port", "protocol"])),
    (
        BINDING,
        "subjects",
        Lists::Keyed(&["kind", "namespace", "name"]),
    ),
    // Calls of mutating webhooks depend on each other, and are still told apart by name.
    (WEBHOOKS, "webhooks", Lists::OrderedKeyed(&["name"])),
    (DEFINITION, "spec/versions", Lists::Keyed(&["name"])),
    (ALERTMANAGER_FILE, "receivers", Lists::Keyed(&["name"])),
    (ALERTMANAGER_FILE, "time_intervals", Lists::Keyed(&["name"])),
    (
        ALERTMANAGER_FILE,
        "mute_time_intervals",
        Lists::Keyed(&["name"]),
    ),
    (ALERTMANAGER_FILE, "**/group_by", Lists::Set),
    (ALERTMANAGER_FILE, "**/matchers", Lists::Set),
    (
        PROMETHEUS_FILE,
        "scrape_configs",
        Lists::Keyed(&["job_name"]),
    ),
];

/// Where an empty mapping or list is the same as none.
const EMPTY: &[Row<()>] = &[
    (ANY, "metadata/annotations", ()),
    (ANY, "metadata/finalizers", ()),
    (ANY, "metadata/labels", ()),
    (ANY, "metadata/ownerReferences", ()),
    (PODS, "**/metadata/annotations", ()),
    (PODS, "**/metadata/labels", ()),
    (PODS, "**/podMetadata/annotations", ()),
    (PODS, "**/podMetadata/labels", ()),
    (PODS, "**/resources", ()),
    (PODS, "**/resources/limits", ()),
    (PODS, "**/resources/requests", ()),
    (PODS, "**/securityContext", ()),
    (PODS, "**/affinity", ()),
    (PODS, "**/args", ()),
    (PODS, "**/command", ()),
    (PODS, "**/env", ()),
    (PODS, "**/envFrom", ()),
    (PODS, "**/hostAliases", ()),
    (PODS, "**/imagePullSecrets", ()),
    (PODS, "**/initContainers", ()),
    (PODS, "**/nodeSelector", ()),
    (PODS, "**/tolerations", ()),
    (PODS, "**/topologySpreadConstraints", ()),
    (PODS, "**/volumeMounts", ()),
    (PODS, "**/volumes", ()),
    (ACCOUNT, "imagePullSecrets", ()),
    (ACCOUNT, "secrets", ()),
    (RULES, "**/groups/*/labels", ()),
    (RULES, "**/groups/*/rules/*/annotations", ()),
    (RULES, "**/groups/*/rules/*/labels", ()),
];

/// The type of the scalar at a place.
pub(super) fn of_scalar(kind: &str, path: &[&str]) -> Option<Type> {
    find(TYPES, kind, path)
}

/// What is known about the list at a place.
pub(super) fn of_list(kind: &str, path: &[&str]) -> Option<Lists> {
    find(LISTS, kind, path)
}

/// Whether what is empty at a place is the same as what is not there.
pub(super) fn empty_is_absent(kind: &str, path: &[&str]) -> bool {
    find(EMPTY, kind, path).is_some()
}

fn find<T: Copy>(table: &[Row<T>], kind: &str, path: &[&str]) -> Option<T> {
    let row = table.iter().find(|(kinds, place, _)| {
        (kinds.is_empty() || kinds.contains(&kind)) && fits(place, path)
    })?;
    Some(row.2)
}

fn fits(place: &str, path: &[&str]) -> bool {
    let (steps, path) = match place.strip_prefix("**/") {
        None => (place, path),
        Some(steps) => {
            let count = steps.split('/').count();
            let Some(rest) = path
                .len()
                .checked_sub(count)
                .and_then(|from| path.get(from..))
            else {
                return false;
            };
            (steps, rest)
        }
    };
    steps.split('/').count() == path.len()
        && steps
            .split('/')
            .zip(path)
            .all(|(step, name)| step == "*" || step == *name)
}
