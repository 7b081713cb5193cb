//! Structured logs on stderr: one JSON object a line in a pod, short lines on a terminal.
//!
//! Libraries say errors only: what they warn of reaches the operator through our own errors, and the
//! AWS SDK prints raw answers with its warnings. `RUST_LOG` can raise them to `info` and no further:
//! at `trace` the SDK prints request bodies. Our own targets follow `RUST_LOG`, `-v` and `-q`.

mod json;

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::env::Env;
use crate::report::Identity;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// JSON when stderr is not a terminal, text otherwise.
    Auto,
    /// One JSON object a line.
    Json,
    /// Short lines for people.
    Text,
}

impl LogFormat {
    /// Decides `Auto`.
    #[must_use]
    pub fn resolve(self) -> Self {
        match self {
            Self::Auto if std::io::stderr().is_terminal() => Self::Text,
            Self::Auto => Self::Json,
            Self::Json | Self::Text => self,
        }
    }
}

/// What is let through: `verbosity` is the number of `-v` minus the number of `-q`, and `asked`, the
/// content of `RUST_LOG`, may set levels for our own targets and lower (never raise above `info`)
/// those of libraries. Our own are this crate and that of `job`, which has its name.
fn filter(asked: &Targets, verbosity: i16, job: &str) -> Targets {
    let level = match verbosity {
        ..=-2 => LevelFilter::ERROR,
        -1 => LevelFilter::WARN,
        0 => LevelFilter::INFO,
        1 => LevelFilter::DEBUG,
        2.. => LevelFilter::TRACE,
    };
    let own = ["common".to_owned(), job.replace('-', "_")];
    let general = asked.default_level().unwrap_or(level);
    // `kube_client` has an error line for each call that fails; what it means is told by the job.
    let mut targets = Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_target("kube_client", LevelFilter::OFF);
    targets.extend(own.clone().map(|target| (target, general)));
    for (target, level) in asked {
        let is_own = own.iter().any(|own| {
            let rest = target.strip_prefix(own.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        });
        let level = if is_own {
            level
        } else {
            level.min(LevelFilter::INFO)
        };
        targets = targets.with_target(target.to_owned(), level);
    }
    targets
}

/// Installs the subscriber for the whole process. A second call changes nothing. A `RUST_LOG` that
/// cannot be understood is told and counts as absent.
pub fn install(format: LogFormat, verbosity: i16, identity: &Identity, env: &Env) {
    let asked = env.get("RUST_LOG").map(str::parse::<Targets>).transpose();
    let (asked, misunderstood) = match asked {
        Ok(asked) => (asked.unwrap_or_default(), None),
        Err(error) => (Targets::default(), Some(error)),
    };
    let registry = tracing_subscriber::registry().with(filter(&asked, verbosity, identity.job));
    let installed = match format.resolve() {
        LogFormat::Json | LogFormat::Auto => registry
            .with(json::layer(identity, env, std::io::stderr))
            .try_init(),
        LogFormat::Text => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_writer(std::io::stderr)
                    .with_ansi(std::io::stderr().is_terminal() && env.get("NO_COLOR").is_none())
                    .with_target(false)
                    .without_time()
                    .compact(),
            )
            .try_init(),
    };
    // A subscriber can already be there in tests that run several jobs in one process.
    installed.unwrap_or_default();
    if let Some(error) = misunderstood {
        tracing::warn!("RUST_LOG is ignored, write it like debug or common=debug: {error}");
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    const JOB: &str = "export-cloudwatch";

    fn with_rust_log(value: &str) -> Targets {
        filter(&value.parse().unwrap(), 0, JOB)
    }

    #[test]
    fn libraries_stay_capped_whatever_is_asked_for() {
        for asked in [
            "trace",
            "aws_smithy_runtime=trace",
            "aws_smithy_runtime=trace,hyper=debug",
        ] {
            let targets = with_rust_log(asked);
            assert!(
                !targets.would_enable("aws_smithy_runtime::client", &Level::DEBUG),
                "{asked}"
            );
            assert!(!targets.would_enable("hyper", &Level::DEBUG), "{asked}");
        }
        assert!(with_rust_log("aws_config=info").would_enable("aws_config", &Level::INFO));
        assert!(
            !with_rust_log("common_looking=trace").would_enable("common_looking", &Level::DEBUG)
        );
    }

    #[test]
    fn our_own_targets_follow_the_environment_and_the_flags() {
        assert!(with_rust_log("debug").would_enable("export_cloudwatch::fetch", &Level::DEBUG));
        assert!(
            with_rust_log("export_cloudwatch::plan=trace")
                .would_enable("export_cloudwatch::plan", &Level::TRACE)
        );
        let flags = |verbosity| filter(&Targets::default(), verbosity, JOB);
        assert!(!flags(-1).would_enable("export_cloudwatch", &Level::INFO));
        assert!(flags(1).would_enable("common", &Level::DEBUG));
    }

    #[test]
    fn whatever_job_runs_is_ours_and_the_others_are_not() {
        let targets = filter(&Targets::default(), 1, "plant-trees");
        assert!(targets.would_enable("plant_trees::dig", &Level::DEBUG));
        assert!(!targets.would_enable("export_cloudwatch", &Level::DEBUG));
    }
}
