//! Rows about the run itself: its clock, its neighbours, its end, and what it leaves for the rules.

mod pushed;
mod stopped;

use anyhow::Result;
use jiff::SignedDuration;
use sandbox::aws::Operation;
use sandbox::company::Setup;
use scenarios::stage::{DUE, Stage};

use super::shown::Shown;
use super::table::Subject;

#[tokio::test]
async fn runs_that_are_late_early_doubled_ended_or_missing() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let mut shown = Shown::of(Subject::Process);
    skew(&stage, &mut shown).await?;
    stopped::second(&stage, &mut shown).await?;
    stopped::told(&stage, &mut shown).await?;
    stopped::out_of_time(&stage, &mut shown).await?;
    stopped::panic(&mut shown)?;
    pushed::schedule_and_age(&stage, &mut shown).await?;
    stopped::told_while_rolling(&stage, &mut shown).await?;
    shown.complete();
    Ok(())
}

/// Row 47, in both directions. Nothing is changed on such a clock.
async fn skew(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let aws = &stage.company.aws;
    aws.clear_calls();
    for seconds in [90, -90] {
        aws.set_skew(SignedDuration::from_secs(seconds));
        let run = stage.apply(&[DUE]).await?;
        shown.expect(47, &run, "clock-skew", "off AWS's");
    }
    aws.set_skew(SignedDuration::ZERO);
    let calls = aws.calls();
    for effect in [Operation::TagUser, Operation::CreateAccessKey] {
        assert_eq!(calls.count(effect), 0, "{effect}");
    }
    Ok(())
}
