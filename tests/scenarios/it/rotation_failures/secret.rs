//! Rows about the secret.

mod rotating;
mod unusable;

use anyhow::Result;
use sandbox::company::{SECRET, Setup};
use scenarios::stage::Stage;

use super::shown::Shown;
use super::table::Subject;

#[tokio::test]
async fn a_secret_that_is_not_ours_to_change_and_calls_that_are_not_as_they_should() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let mut shown = Shown::of(Subject::Secret);
    let before = stage.company.aws.secrets().current_text(SECRET)?;
    unusable::in_other_hands(&stage, &mut shown).await?;
    unusable::malformed(&stage, &mut shown).await?;
    unusable::too_large(&stage, &mut shown).await?;
    assert_eq!(stage.company.aws.secrets().current_text(SECRET)?, before);
    rotating::foreign_pending(&stage, &mut shown).await?;
    rotating::refused(&stage, &mut shown).await?;
    rotating::lost_and_overtaken(&stage, &mut shown).await?;
    rotating::gone_back(&stage, &mut shown).await?;
    shown.complete();
    Ok(())
}
