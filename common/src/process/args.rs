//! Flags that every job has.

use std::time::Duration;

use jiff::SignedDuration;

use crate::env::Env;
use crate::exit::Exit;
use crate::secret::{self, SecretString};
use crate::telemetry::LogFormat;

/// The inner deadline is this much earlier than the pod's, because the pod's clock started when it
/// was scheduled.
const DEADLINE_MARGIN: Duration = Duration::from_mins(1);

/// Nothing that a flag sets is done faster; a shorter one is a slip of the unit.
const DURATION_MIN: Duration = Duration::from_secs(1);

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
    pub(super) fn budget(&self, pod: Option<Duration>) -> Option<Duration> {
        // A deadline too short for the margin still leaves the larger part for the work.
        let left = |pod: Duration| pod.saturating_sub(DEADLINE_MARGIN).max(pod / 2);
        self.deadline.or_else(|| pod.map(left))
    }
}

/// Where the metrics of a run go, for jobs that can also run without.
#[derive(Debug, Clone, clap::Args)]
pub struct GatewayArgs {
    /// Base URL of the Pushgateway; may hold a user name and a password, which are never printed
    #[arg(
        long,
        env = "PUSHGATEWAY_URL",
        value_name = "URL",
        hide_env_values = true,
        value_parser = secret::parse
    )]
    pub pushgateway: Option<SecretString>,
}

/// How a run ends whose result is that something differs.
#[derive(Debug, Clone, clap::Args)]
pub struct DriftArgs {
    /// Status when all else went well and something differs or was refused for a person to look at: 0 in
    /// a CronJob, whose alert comes from the metric
    #[arg(long, env = "DRIFT_EXIT_CODE", value_name = "N", default_value = "3",
        value_parser = clap::builder::PossibleValuesParser::new(["0", "3"]))]
    pub drift_exit_code: String,
}

impl DriftArgs {
    /// The status that it stands for.
    pub fn exit(&self) -> Exit {
        if self.drift_exit_code == "0" {
            Exit::Done
        } else {
            Exit::Drift
        }
    }
}

/// `activeDeadlineSeconds` of the pod, which the chart passes on. What is no such number is told
/// and counts as absent.
pub(super) fn pod_deadline(env: &Env) -> Option<Duration> {
    let text = env.get("ACTIVE_DEADLINE_SECONDS")?;
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0);
    if seconds.is_none() {
        tracing::warn!(
            "ACTIVE_DEADLINE_SECONDS is ignored: `{text}` is not a number of seconds like 240"
        );
    }
    seconds.map(Duration::from_secs)
}

/// Reads a duration of at least a second such as `90s`, `5m` or `1h 30m`.
///
/// # Errors
/// Says what the text should look like.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration = text
        .parse()
        .map_err(|_| format!("`{text}` is not a duration: write it like 90s, 5m or 1h30m"))?;
    let duration =
        Duration::try_from(duration).map_err(|_| format!("`{text}` is a negative duration"))?;
    if duration < DURATION_MIN {
        Err(format!("`{text}` is shorter than a second"))
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
        let budget = |flag: Option<u64>, pod: Option<u64>| {
            let budget = args(flag.map(Duration::from_secs)).budget(pod.map(Duration::from_secs));
            budget.map(|budget| budget.as_secs())
        };
        assert_eq!(budget(None, Some(240)), Some(180));
        assert_eq!(budget(Some(5), Some(240)), Some(5));
        assert_eq!(budget(None, None), None);
        assert_eq!(budget(None, Some(60)), Some(30));
    }

    #[test]
    fn the_pods_deadline_is_a_number_of_seconds() {
        let deadline = |text: &str| {
            let env: Env = [("ACTIVE_DEADLINE_SECONDS", text)].into_iter().collect();
            pod_deadline(&env)
        };
        assert_eq!(deadline("240"), Some(Duration::from_mins(4)));
        for wrong in ["", "4m", "-1", "0", "240.5"] {
            assert_eq!(deadline(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_read_like_people_write_them() {
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(parse_duration("1s"), Ok(Duration::from_secs(1)));
        for wrong in ["", "5", "-5m", "0s", "5ms", "999ms", "soon"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
