//! Killed anywhere, run again: the same end, and mail at every instant.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use sandbox::aws::{IamDelays, KeyStatus};
use sandbox::company::{Company, Setup};
use sandbox::mail::Refusal;
use scenarios::job::Job;

use super::{apply, assert_converged, company, hours, keys, settled};

/// Where the moments of the kills come from.
const SEED: u64 = 0x5eed_0001;
const KILLS: usize = 50;
/// No kill comes later than this after the start of its run.
const LATEST_MS: u64 = 2_500;

/// A number that looks random (`SplitMix64`).
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[tokio::test]
async fn fifty_kills_in_a_row_lose_neither_a_mail_nor_a_key() -> Result<()> {
    let setup = Setup {
        // A fresh key works at once, so that no login of ours is ever refused: every refusal that the
        // mail server counts would be one of Alertmanager's.
        delays: IamDelays::default(),
        // A run's own waits, of a minute and less, are to be shorter than the time to its kill.
        rate: 100.0,
        ..Setup::default()
    };
    let company = company(setup).await?;
    company.canaries().await?;
    let start = settled(&company)?;
    let mut random = SEED;
    let mut killed = 0;
    let mut seen = BTreeSet::new();
    for number in 0..KILLS {
        let pod = format!("rotate-credentials-{}-killed", 29_401_937 + number);
        let run = Job::rotator(&company, ["apply"])?
            .in_a_pod_called(&pod)
            .start()?;
        let moment = Duration::from_millis(draw(&mut random) % LATEST_MS);
        tokio::time::sleep(moment).await;
        if run.signal("KILL").is_ok() {
            killed += 1;
        }
        drop(run.finish().await);
        seen.insert(format!("{:?} {:?}", settled(&company)?, keys(&company)?));
        company.canaries().await?;
        let refused = refused(&company);
        assert!(refused.is_empty(), "after kill {number}: {refused:?}");
        let cut = company.mail.refusals().len();
        assert!(cut <= killed, "{cut} conversations cut by {killed} kills");
        company.clock.advance(hours(5))?;
    }
    let cut = company.mail.refusals().len();
    let worlds = seen.len();
    println!("{killed} of {KILLS} runs were killed and left {worlds} worlds; seed {SEED:#x}");
    assert!(
        killed >= KILLS * 9 / 10,
        "most runs had ended before their kill"
    );
    assert!(worlds >= 5, "the kills did not strike a rotation at work");
    for _ in 0..60 {
        let run = apply(&company).await?;
        assert!(
            [0, 3].contains(&run.status),
            "{}\n{}",
            run.stdout,
            run.stderr
        );
        let alone = keys(&company)?.len() == 1;
        if alone && settled(&company)?.other_tags == start.other_tags {
            break;
        }
        company.canaries().await?;
        company.clock.advance(hours(12))?;
    }
    assert_converged(&company).await?;
    let end = settled(&company)?;
    assert_eq!(end.keys, [KeyStatus::Active]);
    assert_eq!(
        (&end.document, &end.other_tags),
        (&start.document, &start.other_tags)
    );
    assert_ne!(company.current_key()?, "AKIAIOSFODNN7EXAMPLE");
    let refused = refused(&company);
    assert!(refused.is_empty(), "{refused:?}");
    let after = company.mail.refusals();
    assert_eq!(after.len(), cut, "cut without a kill: {after:?}");
    Ok(())
}

/// What the mail server has refused in words. A conversation that ends without an answer is one of our own
/// whose process was killed in the middle of it.
fn refused(company: &Company) -> Vec<Refusal> {
    let mut refusals = company.mail.refusals();
    refusals.retain(|it| it.reply.is_some());
    refusals
}
