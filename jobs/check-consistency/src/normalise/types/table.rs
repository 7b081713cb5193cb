//! The table. Rows of Prometheus Operator's kinds are what its definitions (v0.85.0) give a pattern for.

use super::super::document;
use super::{Lists, Type};

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
const RULES: &[&str] = &["monitoring.coreos.com/PrometheusRule", document::RULES];
const ALERTMANAGER_FILE: &[&str] = &[document::ALERTMANAGER];
const PROMETHEUS_FILE: &[&str] = &[document::PROMETHEUS];
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
/// Kinds, a place in them, and what is there.
pub(super) type Row<T> = (&'static [&'static str], &'static str, T);

/// `1h30m`, without fractions.
const DURATION: Type = Type::PrometheusDuration;
/// `1.5h`, without days.
const GO_DURATION: Type = Type::GoDuration;

/// What scalars are.
pub(super) const TYPES: &[Row<Type>] = &[
    (RULES, "**/groups/*/interval", DURATION),
    (RULES, "**/groups/*/query_offset", DURATION),
    (RULES, "**/groups/*/rules/*/expr", Type::Expression),
    (RULES, "**/groups/*/rules/*/for", DURATION),
    (RULES, "**/groups/*/rules/*/keep_firing_for", DURATION),
    (MONITORS, "**/interval", DURATION),
    (MONITORS, "**/scrapeInterval", DURATION),
    (MONITORS, "**/scrapeTimeout", DURATION),
    (MONITORS, "**/refreshInterval", DURATION),
    (MONITORS, "**/fetchTimeout", DURATION),
    (MONITORS, "spec/bodySizeLimit", Type::Bytes),
    (
        MONITORS,
        "spec/nativeHistogramMinBucketFactor",
        Type::Quantity,
    ),
    (PROMETHEUS, "spec/retention", DURATION),
    (PROMETHEUS, "spec/retentionSize", Type::Bytes),
    (PROMETHEUS, "spec/bodySizeLimit", Type::Bytes),
    (PROMETHEUS, "spec/enforcedBodySizeLimit", Type::Bytes),
    (
        PROMETHEUS,
        "spec/shardRetentionPolicy/retain/retentionPeriod",
        DURATION,
    ),
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
    (PROMETHEUS, "**/queueConfig/sampleAgeLimit", DURATION),
    (PROMETHEUS, "spec/tracingConfig/timeout", DURATION),
    (
        PROMETHEUS,
        "spec/tracingConfig/samplingFraction",
        Type::Quantity,
    ),
    (PROMETHEUS, "spec/resendDelay", DURATION),
    (PROMETHEUS, "spec/ruleGracePeriod", DURATION),
    (PROMETHEUS, "spec/ruleOutageTolerance", DURATION),
    (PROMETHEUS, "spec/thanos/blockSize", DURATION),
    (PROMETHEUS, "spec/thanos/getConfigInterval", DURATION),
    (PROMETHEUS, "spec/thanos/getConfigTimeout", DURATION),
    (PROMETHEUS, "spec/thanos/readyTimeout", DURATION),
    (ALERTMANAGER, "spec/retention", GO_DURATION),
    (
        ALERTMANAGER,
        "spec/alertmanagerConfiguration/global/resolveTimeout",
        DURATION,
    ),
    (ALERTMANAGER, "spec/limits/maxPerSilenceBytes", Type::Bytes),
    (ALERTMANAGER, "spec/clusterGossipInterval", GO_DURATION),
    (ALERTMANAGER, "spec/clusterPeerTimeout", GO_DURATION),
    (ALERTMANAGER, "spec/clusterPushpullInterval", GO_DURATION),
    (ALERTMANAGER_CONFIG, "**/groupInterval", DURATION),
    (ALERTMANAGER_CONFIG, "**/groupWait", DURATION),
    (ALERTMANAGER_CONFIG, "**/repeatInterval", DURATION),
    (ALERTMANAGER_CONFIG, "spec/receivers/*/*/*/expire", DURATION),
    (ALERTMANAGER_CONFIG, "spec/receivers/*/*/*/retry", DURATION),
    (
        ALERTMANAGER_CONFIG,
        "spec/receivers/*/*/*/timeout",
        DURATION,
    ),
    (ALERTMANAGER_CONFIG, "spec/receivers/*/*/*/ttl", DURATION),
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

/// How the items of lists are told apart.
pub(super) const LISTS: &[Row<Lists>] = &[
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
pub(super) const EMPTY: &[Row<()>] = &[
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
