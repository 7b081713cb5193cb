//! Makes exactly one effect.

use common::secret::{ExposeSecret as _, SecretString};
use jiff::SignedDuration;

use crate::document::SIZE_LIMIT_BYTES;
use crate::key::{AccessKeyId, KeyStatus};
use crate::marks::{intent_name, name_of};
use crate::observe::Observation;
use crate::outside::{Effect, EffectError, Fill, Outside};
use crate::pair::Pair;
use crate::step::Step;
use crate::verdict;
use crate::version::VersionId;
use common::trouble::Trouble;

/// Pauses between tries to store a pair that exists in this process alone.
const STORE_PAUSES_SECONDS: [i64; 4] = [1, 2, 4, 8];

/// What an effect left in our hands.
#[derive(Debug)]
pub enum Applied {
    /// Nothing.
    Done,
    /// A pair whose secret AWS never shows again.
    Created(Pair),
}

/// Makes the effect of `step`. `in_hand` is the pair that is not stored yet.
///
/// # Errors
/// Tells what was refused, what somebody else was first with, and what may or may not have happened.
pub async fn apply<O: Outside>(
    outside: &O,
    step: &Step,
    seen: &Observation,
    in_hand: Option<&Pair>,
) -> Effect<Applied> {
    let done = match step {
        Step::Mark { key, mark } => outside.tag(&mark.tag(key)).await,
        Step::Unmark { key } => outside.untag(&name_of(key)).await,
        Step::Announce { tag, .. } => outside.tag(tag).await,
        Step::Withdraw { run } => outside.untag(&intent_name(run)).await,
        Step::Create(_) => return outside.create_key().await.map(Applied::Created),
        Step::Store { key, version, .. } => store(outside, key, version, seen, in_hand).await,
        Step::DropPending { version } => outside.drop_pending(version).await,
        Step::Promote(proof) => outside.move_current(proof.base(), proof.pending()).await,
        Step::Restore { to, from, .. } => outside.move_current(from, to).await,
        Step::Roll(proof) => match seen.vault.document() {
            Some(document) => {
                let fill = Fill {
                    pair: document.pair(),
                    document,
                    soaking_since: None,
                };
                outside
                    .write_cluster(proof.cluster(), proof.revision(), fill)
                    .await
            }
            None => Err(unknown("the current document is not at hand")),
        },
        Step::Activate { key } => outside.set_status(key, KeyStatus::Active).await,
        Step::Deactivate(proof) => outside.set_status(proof.key(), KeyStatus::Inactive).await,
        Step::Delete(proof) => outside.delete_key(proof.key()).await,
    };
    done.map(|()| Applied::Done)
}

/// Stores a pair on the current text. One that exists in this process alone is tried several times:
/// it is lost for good otherwise.
async fn store<O: Outside>(
    outside: &O,
    key: &AccessKeyId,
    version: &VersionId,
    seen: &Observation,
    in_hand: Option<&Pair>,
) -> Effect {
    let created = in_hand.filter(|pair| pair.id == *key);
    let pair = created.or_else(|| seen.vault.pair(key));
    let (Some(pair), Some(document)) = (pair, seen.vault.document()) else {
        return Err(unknown("the pair or the current document is not at hand"));
    };
    let text = document.with_pair(pair);
    check_size(&text)?;
    match created {
        Some(_) => put_pending(outside, version, &text).await,
        None => outside.put_pending(version, &text).await,
    }
}

/// Stores the text with a pair that exists in this process alone, asking again while no answer comes:
/// the same version and the same bytes, so that it is stored once.
///
/// # Errors
/// The last answer.
pub async fn put_pending<O: Outside>(
    outside: &O,
    version: &VersionId,
    text: &SecretString,
) -> Effect {
    let mut pauses = STORE_PAUSES_SECONDS.into_iter();
    loop {
        match outside.put_pending(version, text).await {
            Err(EffectError::Unclear(trouble)) => match pauses.next() {
                Some(seconds) => {
                    let pause = SignedDuration::from_secs(seconds);
                    outside.sleep(pause.unsigned_abs()).await;
                }
                None => return Err(EffectError::Unclear(trouble)),
            },
            done => return done,
        }
    }
}

fn check_size(text: &SecretString) -> Effect {
    let size = text.expose_secret().len();
    if size > SIZE_LIMIT_BYTES {
        let text = format!("the secret would have {size} bytes");
        return Err(EffectError::Refused(
            verdict::SECRET_TOO_LARGE.because(text),
        ));
    }
    Ok(())
}

fn unknown(text: &str) -> EffectError {
    let trouble: Trouble = verdict::INCONSISTENT.because(text);
    EffectError::Unclear(trouble)
}
