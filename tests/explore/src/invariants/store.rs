//! What may be done to the secret.

use rotate_credentials::version::VersionId;

use super::{Found, Moment, is_emergency, wrong};
use crate::model::{Secret, World};

pub(super) fn put(world: &World, version: &VersionId, text: &str) -> Found {
    let secret = &world.secret;
    let others = Secret::others_of(text);
    for (base, base_text) in &secret.versions {
        let mut keys = world.iam.keys.iter();
        let Some(key) = keys.find(|key| VersionId::token(&key.id, base) == *version) else {
            continue;
        };
        return if others != Secret::others_of(base_text) {
            wrong("I5", "other programs' bytes would change")
        } else if *text != *Secret::filled_with(&others, key) {
            wrong("I6", "it is not that key's pair")
        } else {
            Ok(())
        };
    }
    wrong(
        "I6",
        "its name tells no key and no version that it was built on",
    )
}

pub(super) fn promotion(
    world: &World,
    from: &VersionId,
    to: &VersionId,
    moment: &Moment<'_>,
) -> Found {
    let secret = &world.secret;
    if secret.current != *from || secret.current == *to {
        // Secrets Manager refuses it, or it is there already.
        return Ok(());
    }
    let Some(key) = secret.key_in(to) else {
        return wrong("I6", "that version holds no pair");
    };
    if !moment.logged_in.contains(&key) {
        return wrong("I6", "its pair did not log in, in this run");
    }
    let promotes = VersionId::token(&key, from) == *to;
    if promotes && !moment.mailed.contains(&key) && !is_emergency(world) {
        return wrong("I6", "its pair sent no mail, in this run");
    }
    if !promotes && !is_emergency(world) {
        return wrong("I6", "it was not built on the current version");
    }
    if !world.key(&key).is_some_and(|it| it.is_usable(world.now)) {
        return wrong("I1", "its key cannot log in");
    }
    if world.ledger.went_back_from.as_ref() == Some(&key) && !is_emergency(world) {
        return wrong("I7", "a person went back from it");
    }
    let text = secret.versions.get(to).map(|text| Secret::others_of(text));
    if text.as_deref() != Some(&*secret.others_text) {
        return wrong("I5", "what others wrote since would be lost");
    }
    Ok(())
}
