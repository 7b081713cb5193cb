//! The guard against surprises on the bill.

use common::exit::Exit;
use common::fault::{Failure, Fault, chain};
use common::process::Context;
use common::schedule::Schedule;
use jiff::{SignedDuration, Timestamp};

use crate::cli::BudgetArgs;
use crate::plan::{Frequency, MONTH, Recurring};

/// Why a plan is not executed.
#[derive(Debug, thiserror::Error)]
enum BudgetError {
    /// Too expensive.
    #[error("a month of this costs ${cost:.2}, more than the budget of ${budget:.2}")]
    Exceeded { cost: f64, budget: f64 },
    /// A price needs a number of runs.
    #[error("a budget for a month needs to know how often this runs")]
    NoInterval,
}

impl Fault for BudgetError {
    fn exit(&self) -> Exit {
        match self {
            Self::Exceeded { .. } => Exit::Drift,
            Self::NoInterval => Exit::Config,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Exceeded { .. } => "budget-exceeded",
            Self::NoInterval => "budget-without-interval",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Exceeded { .. } => "run less often, drop rules or dimensions (`explain` shows \
                                      what each rule finds), or raise --budget-usd-month"
                .to_owned(),
            Self::NoInterval => "give --every, or set SCHEDULE".to_owned(),
        })
    }
}

/// How often this runs: what the flag says, or how often `SCHEDULE` is due in the next thirty days.
///
/// # Errors
/// When there is a budget, which `SCHEDULE` must answer for, and it or `TIME_ZONE` cannot be
/// understood. Without a budget that is a warning.
pub(super) fn interval(args: &BudgetArgs, context: &Context) -> Result<Option<Frequency>, Failure> {
    if let Some(every) = args.every {
        return Ok(Some(Frequency::Every(every)));
    }
    let Some(schedule) = context.env.get("SCHEDULE") else {
        return Ok(None);
    };
    let time_zone = context.env.get("TIME_ZONE").unwrap_or("UTC");
    match Schedule::parse(schedule, time_zone) {
        Ok(schedule) => Ok(Some(of_schedule(&schedule, context.clock.now()))),
        Err(error) if args.budget_usd_month.is_some() => Err(error.into()),
        Err(error) => {
            tracing::warn!("no price of a month: {}", chain(&error));
            Ok(None)
        }
    }
}

/// The distance of the next two runs would depend on the time of day: `* 16 * * *` has a minute
/// between most runs, and runs 60 times a day.
fn of_schedule(schedule: &Schedule, now: Timestamp) -> Frequency {
    let month = SignedDuration::try_from(MONTH).unwrap_or(SignedDuration::MAX);
    Frequency::InAMonth(schedule.due_within(now, month))
}

/// Refuses what costs too much.
///
/// # Errors
/// When it does, or when that cannot be known.
pub(super) fn check(args: &BudgetArgs, price: Option<&Recurring>) -> Result<(), Failure> {
    let Some(budget) = args.budget_usd_month else {
        return Ok(());
    };
    let cost = price.ok_or(BudgetError::NoInterval)?.total_usd_per_month();
    if cost > budget {
        Err(BudgetError::Exceeded { cost, budget }.into())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_of_a_schedule_does_not_depend_on_the_time_of_day() {
        let at = |expression, now: &str| {
            let schedule = Schedule::parse(expression, "UTC").unwrap();
            of_schedule(&schedule, now.parse().unwrap())
        };
        for now in ["2026-11-24T15:38:00Z", "2026-11-24T16:30:30Z"] {
            assert_eq!(at("* 16 * * *", now), Frequency::InAMonth(1_800), "{now}");
            assert_eq!(
                at("2-59/5 * * * *", now),
                Frequency::InAMonth(8_640),
                "{now}"
            );
            assert_eq!(at("0 0 30 2 *", now), Frequency::InAMonth(0), "{now}");
        }
    }
}
