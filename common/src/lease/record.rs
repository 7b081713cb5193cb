//! What is read out of a Lease object and written into it. Pure; foreign fields and annotations
//! stay as they are.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;

use super::Terms;
use crate::cluster::DOMAIN;

/// Durable state in a Lease's annotations, by their names without the domain.
pub(super) type Notes = BTreeMap<String, String>;

/// Who holds it; a blank name is nobody's.
pub(super) fn holder(lease: &Lease) -> Option<&str> {
    let holder = lease.spec.as_ref()?.holder_identity.as_deref()?;
    (!holder.is_empty()).then_some(holder)
}

/// Since when.
pub(super) fn since(lease: &Lease) -> Option<Timestamp> {
    let spec = lease.spec.as_ref()?;
    spec.acquire_time.as_ref().map(|MicroTime(time)| *time)
}

/// How long the holder may leave it untouched; `None` when it does not say.
pub(super) fn promised(lease: &Lease) -> Option<Duration> {
    let seconds = lease.spec.as_ref()?.lease_duration_seconds?;
    u64::try_from(seconds).ok().map(Duration::from_secs)
}

/// Our notes.
pub(super) fn notes(lease: &Lease) -> Notes {
    let annotations = lease.metadata.annotations.iter().flatten();
    annotations
        .filter_map(|(key, value)| {
            let key = key.strip_prefix(DOMAIN)?.strip_prefix('/')?;
            Some((key.to_owned(), value.clone()))
        })
        .collect()
}

/// Adds notes.
pub(super) fn note(lease: &mut Lease, notes: &Notes) {
    if notes.is_empty() {
        return;
    }
    let annotations = lease.metadata.annotations.get_or_insert_default();
    let prefixed = notes
        .iter()
        .map(|(key, value)| (format!("{DOMAIN}/{key}"), value.clone()));
    annotations.extend(prefixed);
}

/// Makes `me` the holder.
pub(super) fn take(lease: &mut Lease, me: &str, terms: Terms, now: Timestamp) {
    let changes_hands = holder(lease) != Some(me);
    let spec = lease.spec.get_or_insert_default();
    let transitions = spec.lease_transitions.unwrap_or(0);
    *spec = LeaseSpec {
        holder_identity: Some(me.to_owned()),
        lease_duration_seconds: Some(terms.duration_seconds()),
        acquire_time: Some(MicroTime(now)),
        renew_time: Some(MicroTime(now)),
        lease_transitions: Some(transitions.saturating_add(i32::from(changes_hands))),
        ..std::mem::take(spec)
    };
}

/// Says that the holder is at work.
pub(super) fn renew(lease: &mut Lease, terms: Terms, now: Timestamp) {
    let spec = lease.spec.get_or_insert_default();
    spec.lease_duration_seconds = Some(terms.duration_seconds());
    spec.renew_time = Some(MicroTime(now));
}

/// Gives it back.
pub(super) fn release(lease: &mut Lease, now: Timestamp) {
    let spec = lease.spec.get_or_insert_default();
    spec.holder_identity = None;
    // Zero is refused by the API server.
    spec.lease_duration_seconds = Some(1);
    spec.renew_time = Some(MicroTime(now));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn terms() -> Terms {
        Terms {
            duration: Duration::from_mins(5),
            renew_every: Duration::from_mins(1),
        }
    }

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    #[test]
    fn a_life_of_a_lease_from_empty_to_released() {
        let mut lease: Lease = serde_json::from_value(json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": "rotate", "annotations": {"helm.sh/resource-policy": "keep"}},
        }))
        .unwrap();
        assert_eq!((holder(&lease), promised(&lease)), (None, None));

        take(&mut lease, "pod_1", terms(), at("2026-01-02T03:04:05Z"));
        note(
            &mut lease,
            &[("last-code".to_owned(), "0".to_owned())].into(),
        );
        renew(&mut lease, terms(), at("2026-01-02T03:05:05.0000019Z"));
        insta::assert_snapshot!(
            serde_json::to_string(&lease).unwrap(),
            @r#"{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"annotations":{"helm.sh/resource-policy":"keep","monitoring-jobs.toolchain.private/last-code":"0"},"name":"rotate"},"spec":{"acquireTime":"2026-01-02T03:04:05.000000Z","holderIdentity":"pod_1","leaseDurationSeconds":300,"leaseTransitions":1,"renewTime":"2026-01-02T03:05:05.000001Z"}}"#
        );
        assert_eq!(holder(&lease), Some("pod_1"));
        assert_eq!(since(&lease), Some(at("2026-01-02T03:04:05Z")));
        assert_eq!(promised(&lease), Some(Duration::from_mins(5)));
        assert_eq!(
            notes(&lease),
            [("last-code".to_owned(), "0".to_owned())].into()
        );

        take(&mut lease, "pod_1", terms(), at("2026-01-02T03:06:00Z"));
        let transitions = |lease: &Lease| lease.spec.as_ref().unwrap().lease_transitions;
        assert_eq!(transitions(&lease), Some(1), "it has not changed hands");
        take(&mut lease, "pod_2", terms(), at("2026-01-02T03:06:00Z"));
        assert_eq!(transitions(&lease), Some(2));

        release(&mut lease, at("2026-01-02T03:07:00Z"));
        assert_eq!(holder(&lease), None);
        assert_eq!(promised(&lease), Some(Duration::from_secs(1)));
        assert_eq!(transitions(&lease), Some(2));
        assert_eq!(notes(&lease).len(), 1, "notes outlive the run");
    }

    #[test]
    fn what_others_leave_in_a_lease_is_read_with_care() {
        let lease: Lease = serde_json::from_value(json!({
            "metadata": {"annotations": {
                "monitoring-jobs.toolchain.private": "x",
                "monitoring-jobs.toolchain.private.example/last-code": "x",
            }},
            "spec": {"holderIdentity": "", "leaseDurationSeconds": -1},
        }))
        .unwrap();
        assert_eq!(holder(&lease), None);
        assert_eq!(promised(&lease), None);
        assert!(notes(&lease).is_empty());
    }
}
