//! What `init` finds in the secret.

use common::exit::Exit;
use common::secret::SecretString;

use crate::document::{Document, FieldNames, Room, room};
use crate::key::AccessKeyId;
use crate::outside::{Label, SecretReading};
use crate::pair::Pair;
use crate::verdict;
use crate::version::VersionId;
use common::trouble::Trouble;

/// The secret's current version: an object without a pair.
pub(super) struct Empty {
    pub(super) version: VersionId,
    pub(super) text: SecretString,
}

/// A pair that is stored as `AWSPENDING`.
pub(super) struct Stored {
    pub(super) version: VersionId,
    pub(super) pair: Pair,
}

/// What the secret holds.
pub(super) enum Look {
    /// The pair of an earlier `init`.
    Made(AccessKeyId),
    /// No pair, and perhaps one that an earlier `init` has stored.
    Empty(Empty, Option<Stored>),
}

/// Looks for a place for the pair, and for what an earlier `init` has left.
pub(super) fn look(mut secret: SecretReading, names: &FieldNames) -> Result<Look, Trouble> {
    let Some((version, Some(text))) = secret.labelled.remove(&Label::Current) else {
        return Err(malformed(
            "its current version has no value; store `{}` first",
        ));
    };
    match room(&text, names) {
        Err(error) => return Err(malformed(&error.to_string())),
        Ok(Room::Half { taken }) => {
            return Err(malformed(&format!(
                "member `{taken}` has a value without the other"
            )));
        }
        Ok(Room::Taken) => {
            let document =
                Document::parse(text, names).map_err(|error| malformed(&error.to_string()))?;
            let key = document.pair().id.clone();
            let previous = secret.labelled.get(&Label::Previous);
            let ours = previous.is_some_and(|(base, text)| {
                let was_free = text
                    .as_ref()
                    .is_some_and(|text| room(text, names) == Ok(Room::Free));
                was_free && VersionId::token(&key, base) == version
            });
            return if ours {
                Ok(Look::Made(key))
            } else {
                let text = format!("the secret holds the pair of {} already", key.short());
                Err(refused(
                    &text,
                    "run `apply`: it rotates the pair when it is due",
                ))
            };
        }
        Ok(Room::Free) => {}
    }
    let pending = match secret.labelled.remove(&Label::Pending) {
        None => None,
        // A label that was left on the current version means nothing.
        Some((pending, _)) if pending == version => None,
        Some((pending, text)) => Some(ours(pending, text, &version, names)?),
    };
    Ok(Look::Empty(Empty { version, text }, pending))
}

/// A pending version, if an `init` has written it.
fn ours(
    version: VersionId,
    text: Option<SecretString>,
    base: &VersionId,
    names: &FieldNames,
) -> Result<Stored, Trouble> {
    let document = text.and_then(|text| Document::parse(text, names).ok());
    let pair = document.map(|document| document.pair().duplicate());
    match pair {
        Some(pair) if VersionId::token(&pair.id, base) == version => Ok(Stored { version, pair }),
        Some(_) | None => {
            let text = format!("version {version} is AWSPENDING and not ours");
            Err(verdict::FOREIGN_PENDING.because(text))
        }
    }
}

pub(super) fn malformed(why: &str) -> Trouble {
    verdict::SECRET_MALFORMED.because(format!("the secret is unusable: {why}"))
}

pub(super) fn refused(text: &str, hint: &str) -> Trouble {
    Trouble {
        exit: Exit::Config,
        code: verdict::NOT_POSSIBLE.code,
        text: text.to_owned(),
        hint: Some(hint.to_owned()),
    }
}
