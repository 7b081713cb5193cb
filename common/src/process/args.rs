//! Flags that every job has.

use std::time::Duration;

use jiff::SignedDuration;

use crate::env::Env;
use crate::telemetry::LogFormat;

/// The inner deadline is this much earlier than the pod's, because the pod's clock started when it
/// was scheduled.
const DEADLINE_MARGIN: Duration = Duration::from_mins(1);

/// Flags that every job has.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Common options")]
pub struct ProcessArgs {
    /// How log lines on stderr look
    #[arg(
        long,
        global = true,
        env = "LOG_FORMAT",
        default_value = "auto",
        value_name = "FORMAT"
    )]
    pub log_format: LogFormat,

    /// More log lines; twice for all of them
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Fewer log lines: warnings and errors; twice for errors only
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub quiet: u8,

    /// Stop by itself after this time, such as 4m [default: a minute before the pod's deadline]
    #[arg(long, global = true, value_name = "DURATION", value_parser = parse_duration)]
    pub deadline: Option<Duration>,
}

impl ProcessArgs {
    /// Number of `-v` minus number of `-q`.
    pub(super) fn verbosity(&self) -> i16 {
        i16::from(self.verbose) - i16::from(self.quiet)
    }

    /// Time that the run may take: the flag, or what the pod's deadline leaves.
    pub(super) fn budget(&self, env: &Env) -> Option<Duration> {
        self.deadline.or_else(|| {
            let active = env
                .get("ACTIVE_DEADLINE_SECONDS")?
                .parse()
                .ok()
                .map(Duration::from_secs)?;
            // A deadline too short for the margin still leaves the larger part for the work.
            Some(active.saturating_sub(DEADLINE_MARGIN).max(active / 2))
        })
    }
}

/// Reads a positive duration such as `90s`, `5m` or `1h 30m`.
///
/// # Errors
/// Says what the text should look like.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration = text
        .parse()
        .map_err(|_| format!("`{text}` is not a duration: write it like 90s, 5m or 1h30m"))?;
    let duration =
        Duration::try_from(duration).map_err(|_| format!("`{text}` is a negative duration"))?;
    if duration.is_zero() {
        Err("the duration must not be zero".to_owned())
    } else {
        Ok(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(deadline: Option<Duration>) -> ProcessArgs {
        ProcessArgs {
            log_format: LogFormat::Auto,
            verbose: 0,
            quiet: 0,
            deadline,
        }
    }

    #[test]
    fn the_inner_deadline_leaves_a_minute_to_report() {
        let env: Env = [("ACTIVE_DEADLINE_SECONDS", "240")].into_iter().collect();
        assert_eq!(args(None).budget(&env), Some(Duration::from_mins(3)));
        let flag = Some(Duration::from_secs(5));
        assert_eq!(args(flag).budget(&env), flag);
        assert_eq!(args(None).budget(&Env::default()), None);
        let short: Env = [("ACTIVE_DEADLINE_SECONDS", "60")].into_iter().collect();
        assert_eq!(args(None).budget(&short), Some(Duration::from_secs(30)));
    }

    #[test]
    fn durations_are_read_like_people_write_them() {
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_mins(90)));
        for wrong in ["", "5", "-5m", "0s", "soon"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
