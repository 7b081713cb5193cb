//! The families and kinds under which the checks report.

use kube::api::ApiResource;

use crate::object::Kind;

pub(super) const RULES: &str = "live/rules";
pub(super) const PROMETHEUS: &str = "live/prometheus";
pub(super) const ALERTMANAGER: &str = "live/alertmanager";
pub(super) const CRON_JOBS: &str = "live/cron-jobs";
pub(super) const VERSIONS: &str = "live/versions";
pub(super) const IMAGES: &str = "live/images";
pub(super) const WATCHDOG: &str = "live/watchdog";
pub(super) const PUSHGATEWAY: &str = "live/pushgateway";

const OPERATOR: &str = "monitoring.coreos.com";

/// A kind of the Prometheus operator.
pub(super) fn operator(kind: &str) -> Kind {
    Kind::new(OPERATOR, kind)
}

/// A kind of the Prometheus operator as it is read.
pub(super) fn operator_resource(kind: &str, plural: &str) -> ApiResource {
    resource(OPERATOR, kind, plural)
}

/// The kind of definitions as it is read.
pub(super) fn definitions() -> ApiResource {
    resource(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        "customresourcedefinitions",
    )
}

fn resource(group: &str, kind: &str, plural: &str) -> ApiResource {
    ApiResource {
        group: group.to_owned(),
        version: "v1".to_owned(),
        api_version: format!("{group}/v1"),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
    }
}
