//! The guard against surprises on the bill.

use std::time::Duration;

use common::exit::Exit;
use common::fault::{Failure, Fault};
use common::process::Context;
use common::schedule::Schedule;

use crate::cli::BudgetArgs;
use crate::plan::Recurring;

/// Why a plan is not executed.
#[derive(Debug, thiserror::Error)]
enum BudgetError {
    /// Too expensive.
    #[error("a month of this costs ${cost:.2}, more than the budget of ${budget:.2}")]
    Exceeded { cost: f64, budget: f64 },
    /// A price needs a distance of runs.
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

/// Distance of two runs: the flag, or the period of `SCHEDULE`.
///
/// # Errors
/// When `SCHEDULE` or `TIME_ZONE` cannot be understood.
pub(super) fn interval(args: &BudgetArgs, context: &Context) -> Result<Option<Duration>, Failure> {
    let Some(schedule) = context.env.get("SCHEDULE").filter(|_| args.every.is_none()) else {
        return Ok(args.every);
    };
    let schedule = Schedule::parse(schedule, context.env.get("TIME_ZONE").unwrap_or("UTC"))?;
    let period = schedule.period_after(context.clock.now());
    Ok(period.and_then(|period| Duration::try_from(period).ok()))
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
