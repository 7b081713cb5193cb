//! Reading the command line, and the whole life of a run whose command line cannot be read.

use std::io::Write as _;
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::error::ErrorKind;
use clap::{Command, Parser, ValueEnum as _};

use super::ending::Ending;
use super::record;
use crate::clock::Clock;
use crate::env::Env;
use crate::exit::Exit;
use crate::report::{Conclusion, Identity, Problem};
use crate::secret;
use crate::telemetry::{self, LogFormat};

/// Reads the process's arguments, and from the environment what they leave out.
pub(super) fn parse<C: Parser>(env: &Env) -> Result<C, clap::Error> {
    let mut command = without_blank_variables(C::command(), env);
    let mut matches = command.try_get_matches_from_mut(std::env::args_os())?;
    C::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// An empty variable counts as absent here as everywhere: a chart writes one for a value that is
/// not set.
fn without_blank_variables(command: Command, env: &Env) -> Command {
    let is_blank = |name: &std::ffi::OsStr| name.to_str().is_some_and(|name| env.is_blank(name));
    command
        .mut_args(|argument| {
            if argument.get_env().is_some_and(is_blank) {
                argument.env(Resettable::Reset)
            } else {
                argument
            }
        })
        .mut_subcommands(|subcommand| without_blank_variables(subcommand, env))
}

/// Says what the parser has to say. Help and version go to stdout and are no error; a mistake
/// reads on a terminal as people know it, and in a pod it ends a run like any other failure.
pub(super) fn end(error: &clap::Error, identity: &Identity, env: &Env, clock: &Clock) -> ExitCode {
    // A mistake is quoted, and can be a URL with a password.
    let text = secret::without_user_info(&error.render().ansi().to_string());
    if !error.use_stderr() {
        // A closed stream leaves nobody to tell.
        write!(anstream::stdout(), "{text}").unwrap_or_default();
        return ExitCode::SUCCESS;
    }
    let format = env
        .get("LOG_FORMAT")
        .and_then(|word| LogFormat::from_str(word, false).ok())
        .unwrap_or(LogFormat::Auto)
        .resolve();
    telemetry::install(format, 0, identity, env);
    let now = clock.now();
    let conclusion = Conclusion::failed(Exit::Config, problem(error, identity.job));
    let record = record(now, now, conclusion, None, Vec::new());
    let ending = Ending::new(format, identity, env);
    if format == LogFormat::Text {
        write!(anstream::stderr(), "{text}").unwrap_or_default();
        ending.leave_message(&record);
        return ExitCode::from(record.status);
    }
    ending.finish(&record)
}

/// The parser's paragraphs as one line of error and one of advice.
fn problem(error: &clap::Error, job: &str) -> Problem {
    let text = secret::without_user_info(&error.render().to_string());
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paragraphs = text.split("\n\n").map(one_line);
    let first = paragraphs.next().unwrap_or_default();
    let error = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Its text is the help.
        "no command is given".to_owned()
    } else {
        first.trim_start_matches("error: ").to_owned()
    };
    let tip = paragraphs.find_map(|line| line.strip_prefix("tip: ").map(str::to_owned));
    Problem {
        code: "usage".to_owned(),
        error,
        hint: Some(tip.unwrap_or_else(|| format!("see `{job} --help`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Parser)]
    #[command(name = "plant-trees", arg_required_else_help = true)]
    struct Cli {
        #[command(subcommand)]
        command: Plant,
        #[arg(long, global = true)]
        depth: Option<u8>,
    }

    #[derive(Debug, clap::Subcommand)]
    enum Plant {
        Plant {
            #[arg(long, env = "TREE")]
            tree: String,
        },
    }

    fn told(arguments: &[&str]) -> (String, String) {
        let line = ["plant-trees"].iter().chain(arguments);
        let problem = problem(&Cli::try_parse_from(line).unwrap_err(), "plant-trees");
        assert_eq!(problem.code, "usage");
        (problem.error, problem.hint.unwrap())
    }

    #[test]
    fn a_mistake_is_one_line_and_a_tip_is_its_hint() {
        let see = "see `plant-trees --help`";
        let table: [(&[&str], &str, &str); 4] = [
            (&[], "no command is given", see),
            (
                &["plant"],
                "the following required arguments were not provided: --tree <TREE>",
                see,
            ),
            (
                &["plan"],
                "unrecognized subcommand 'plan'",
                "a similar subcommand exists: 'plant'",
            ),
            (
                &["plant", "http://u:p@host"],
                "unexpected argument 'http://…@host' found",
                see,
            ),
        ];
        for (arguments, error, hint) in table {
            assert_eq!(told(arguments), (error.to_owned(), hint.to_owned()));
        }
    }

    #[test]
    fn only_a_blank_variable_is_taken_from_its_flag() {
        let variable = |env: &Env| {
            let command = without_blank_variables(<Cli as clap::CommandFactory>::command(), env);
            let plant = command.find_subcommand("plant").unwrap();
            let mut arguments = plant.get_arguments();
            let tree = arguments.find(|argument| argument.get_id() == "tree");
            tree.unwrap().get_env().is_some()
        };
        assert!(!variable(&[("TREE", "")].into_iter().collect()));
        assert!(variable(&[("TREE", "oak")].into_iter().collect()));
        assert!(variable(&Env::default()));
    }
}
