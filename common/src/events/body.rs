//! The Event object, within the API server's limits.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event as Object;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};

use super::owners::Owners;
use super::{Event, Publisher};

const NOTE_BYTES: usize = 1024;
const WORD_BYTES: usize = 128;

impl Publisher {
    pub(super) fn object(&self, event: &Event, owners: &Owners) -> Object {
        let batch = |kind: &str, name: &str, uid: Option<&String>| ObjectReference {
            api_version: Some("batch/v1".to_owned()),
            kind: Some(kind.to_owned()),
            namespace: Some(self.namespace.clone()),
            name: Some(name.to_owned()),
            uid: uid.cloned(),
            ..ObjectReference::default()
        };
        let regarding = batch("CronJob", &self.cronjob, owners.cronjob_uid.as_ref());
        let related = owners
            .job
            .as_ref()
            .map(|job| batch("Job", &job.name, Some(&job.uid)));
        Object {
            metadata: ObjectMeta {
                // The server adds five characters. A dot at the end, as client-go has it in its names,
                // is refused.
                generate_name: Some(format!("{}-", self.cronjob)),
                namespace: Some(self.namespace.clone()),
                ..ObjectMeta::default()
            },
            event_time: Some(MicroTime(self.clock.now())),
            type_: Some(event.kind.word().to_owned()),
            reason: Some(cut(event.reason, WORD_BYTES)),
            action: Some(cut(event.action, WORD_BYTES)),
            note: Some(cut(&event.note, NOTE_BYTES)),
            regarding: Some(regarding),
            related,
            reporting_controller: Some(format!("monitoring-jobs/{}", self.job)),
            reporting_instance: Some(cut(&self.pod, WORD_BYTES)),
            ..Object::default()
        }
    }
}

/// The text, or as much of it as fits with an ellipsis, ending at a character.
fn cut(text: &str, limit: usize) -> String {
    const ELLIPSIS: &str = "…";
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(limit.saturating_sub(ELLIPSIS.len()));
    text.get(..end).unwrap_or_default().to_owned() + ELLIPSIS
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_text_that_fits_is_left_alone() {
        for text in ["", "short", &"x".repeat(1024)] {
            assert_eq!(cut(text, 1024), text);
        }
    }

    #[test]
    fn a_longer_one_is_cut_between_characters_and_says_so() {
        for (text, kept) in [("é", 510), ("x", 1021), ("🦀", 255), ("漢", 340)] {
            let cut = cut(&text.repeat(2000), 1024);
            assert!(cut.len() <= 1024);
            assert_eq!(cut, text.repeat(kept) + "…", "{text}");
        }
    }
}
