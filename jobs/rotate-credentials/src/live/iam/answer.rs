//! From IAM's answers to keys and pairs. Pure.

use aws_sdk_iam::operation::create_access_key::CreateAccessKeyOutput;
use aws_sdk_iam::types::{AccessKeyLastUsed, AccessKeyMetadata};
use aws_smithy_types::DateTime;
use common::secret::ExposeSecret as _;
use jiff::Timestamp;

use crate::key::{AccessKeyId, Key, KeyStatus, LastUsed};
use crate::pair::{Pair, is_secret_access_key};

/// What stands for service and region of a key that was never used.
const NOT_APPLICABLE: &str = "N/A";

/// A key without its last use.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: AccessKeyId,
    status: KeyStatus,
    created: Timestamp,
}

impl Listed {
    pub(super) fn with(self, last_used: LastUsed) -> Key {
        let Self {
            id,
            status,
            created,
        } = self;
        Key {
            id,
            status,
            created,
            last_used,
        }
    }
}

/// One entry of the list, if it is complete.
pub(super) fn listed(key: &AccessKeyMetadata) -> Option<Listed> {
    Some(Listed {
        id: key.access_key_id()?.parse().ok()?,
        status: match key.status()?.as_str() {
            "Active" => KeyStatus::Active,
            "Inactive" => KeyStatus::Inactive,
            _ => KeyStatus::Other,
        },
        created: time(key.create_date()?)?,
    })
}

/// Where the page after one begins that says that there is more. One that does not say where, or
/// sends back to `before`, would make half a list look like a whole one.
pub(super) fn next_page(marker: Option<&str>, before: Option<&str>) -> Option<String> {
    let marker = marker.filter(|marker| !marker.is_empty() && Some(*marker) != before);
    marker.map(str::to_owned)
}

/// What the answer says of a key's last use. `Never` is only what IAM writes for it.
pub(super) fn last_used(said: Option<&AccessKeyLastUsed>) -> LastUsed {
    let Some(said) = said else {
        return LastUsed::Unknown;
    };
    match said.last_used_date().map(time) {
        Some(Some(at)) => LastUsed::At {
            at,
            service: said.service_name().to_owned(),
            region: said.region().to_owned(),
        },
        None if said.service_name() == NOT_APPLICABLE => LastUsed::Never,
        Some(None) | None => LastUsed::Unknown,
    }
}

/// The pair that was created. IAM shows its secret this once.
pub(super) fn pair(answer: CreateAccessKeyOutput) -> Option<Pair> {
    let key = answer.access_key?;
    let pair = Pair {
        id: key.access_key_id.parse().ok()?,
        secret: key.secret_access_key.into(),
    };
    is_secret_access_key(pair.secret.expose_secret()).then_some(pair)
}

fn time(at: &DateTime) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(at.subsec_nanos()).ok()?;
    Timestamp::new(at.secs(), nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::types::{AccessKey, StatusType};

    use super::*;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";

    fn metadata(id: &str, status: &str) -> AccessKeyMetadata {
        AccessKeyMetadata::builder()
            .access_key_id(id)
            .status(StatusType::from(status))
            .create_date(DateTime::from_secs(1_800_000_000))
            .build()
    }

    #[test]
    fn a_status_that_is_not_known_is_neither_active_nor_inactive() {
        let status = |text| listed(&metadata(ID, text)).unwrap().status;
        assert_eq!(status("Active"), KeyStatus::Active);
        assert_eq!(status("Inactive"), KeyStatus::Inactive);
        for other in ["Expired", "active", "", "Suspended"] {
            assert_eq!(status(other), KeyStatus::Other, "{other}");
        }
    }

    #[test]
    fn a_key_that_is_not_wholly_described_is_not_listed_in_part() {
        assert!(listed(&metadata(ID, "Active")).is_some());
        assert_eq!(listed(&metadata("ASIAIOSFODNN7EXAMPLE", "Active")), None);
        let whole = AccessKeyMetadata::builder().access_key_id(ID);
        assert_eq!(listed(&whole.build()), None);
    }

    #[test]
    fn never_is_what_iam_writes_for_it_and_silence_is_unknown() {
        let said = |service: &str, date| {
            let said = AccessKeyLastUsed::builder()
                .service_name(service)
                .region(service)
                .set_last_used_date(date);
            last_used(Some(&said.build().unwrap()))
        };
        assert_eq!(last_used(None), LastUsed::Unknown);
        assert_eq!(said("N/A", None), LastUsed::Never);
        assert_eq!(said("ses", None), LastUsed::Unknown);
        assert_eq!(said("", None), LastUsed::Unknown);
        let out_of_range = DateTime::from_secs(i64::MAX);
        assert_eq!(said("N/A", Some(out_of_range)), LastUsed::Unknown);
        let at = DateTime::from_secs_and_nanos(1_800_000_000, 500_000_000);
        let expected = LastUsed::At {
            at: "2027-01-15T08:00:00.5Z".parse().unwrap(),
            service: "N/A".into(),
            region: "N/A".into(),
        };
        assert_eq!(said("N/A", Some(at)), expected, "a date counts");
    }

    #[test]
    fn a_list_goes_on_where_it_says_and_never_in_a_circle() {
        assert_eq!(next_page(Some("b"), Some("a")), Some("b".to_owned()));
        assert_eq!(next_page(Some("a"), None), Some("a".to_owned()));
        for (marker, before) in [(None, None), (Some(""), None), (Some("a"), Some("a"))] {
            assert_eq!(next_page(marker, before), None);
        }
    }

    #[test]
    fn a_pair_that_could_not_be_used_is_no_pair() {
        let answer = |id: &str, secret: &str| {
            let key = AccessKey::builder()
                .user_name("mailer")
                .access_key_id(id)
                .status(StatusType::Active)
                .secret_access_key(secret);
            let answer = CreateAccessKeyOutput::builder().access_key(key.build().unwrap());
            pair(answer.build())
        };
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let created = answer(ID, secret).unwrap();
        assert_eq!(created.id.as_str(), ID);
        assert_eq!(created.secret.expose_secret(), secret);
        assert!(answer("AKIA", secret).is_none());
        assert!(answer(ID, "").is_none());
        assert!(pair(CreateAccessKeyOutput::builder().build()).is_none());
    }
}
