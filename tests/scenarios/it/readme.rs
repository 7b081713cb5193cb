//! The README says what is: its transcripts are real, its table of flags is complete, its links lead
//! somewhere.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use export_cloudwatch::cli::Cli;
use sandbox::checkout;
use scenarios::text::{redact, replace_after};
use scenarios::world::{NOW, World};

fn readme() -> Result<String> {
    std::fs::read_to_string(checkout::file("README.md")).context("README.md")
}

/// The block that begins with `$ COMMAND`: the command's arguments and what it prints.
fn transcript(readme: &str, command: &str) -> Result<(Vec<String>, String)> {
    let begin = format!("```text\n$ {command}");
    let (_, block) = readme
        .split_once(&begin)
        .with_context(|| format!("no block `{begin}`"))?;
    let (block, _) = block.split_once("```").context("the block does not end")?;
    let (arguments, output) = block.split_once('\n').context("the block is empty")?;
    Ok((
        arguments.split_whitespace().map(str::to_owned).collect(),
        output.to_owned(),
    ))
}

#[tokio::test]
async fn the_plan_in_the_readme_is_a_real_one() -> Result<()> {
    let (arguments, shown) = transcript(&readme()?, "export-cloudwatch plan")?;
    let world = World::company().await?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let plan =
        scenarios::job::Job::exporter([&["plan", "--at", NOW], arguments.as_slice()].concat())?
            .env("AWS_ENDPOINT_URL", &world.sim.endpoint())
            .run()
            .await?;
    assert_eq!(plan.stdout, shown, "{}", plan.stderr);
    Ok(())
}

#[tokio::test]
async fn the_run_in_the_readme_is_a_real_one() -> Result<()> {
    let (arguments, shown) = transcript(&readme()?, "export-cloudwatch run")?;
    let world = World::company().await?;
    let gateway = world.gateway.url();
    let arguments = arguments.iter().map(|argument| {
        if argument.starts_with("http://") {
            gateway.as_str()
        } else {
            argument
        }
    });
    let run = scenarios::job::Job::exporter(["run", "--at", NOW].into_iter().chain(arguments))?
        .env("AWS_ENDPOINT_URL", &world.sim.endpoint())
        .run()
        .await?;
    let shown = ["elapsed_ms=", "duration_ms="]
        .iter()
        .fold(shown, |text, key| {
            replace_after(&text, key, "[ms]", |c| c.is_ascii_digit())
        });
    assert_eq!(redact(&run.stderr), shown);
    Ok(())
}

#[test]
fn the_table_of_flags_names_every_flag_and_its_variable() -> Result<()> {
    let readme = readme()?;
    let rows: BTreeSet<(String, String)> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `--"))
        .filter_map(|row| {
            let mut cells = row.split('|').map(str::trim);
            let flag = cells.next()?.split([' ', '`']).next()?.to_owned();
            Some((flag, cells.next()?.trim_matches('`').to_owned()))
        })
        .collect();
    let cli = Cli::command();
    let commands = ["run", "plan"]
        .into_iter()
        .filter_map(|name| cli.find_subcommand(name));
    let flags: BTreeSet<(String, String)> = commands
        .chain([&cli])
        .flat_map(clap::Command::get_arguments)
        .filter(|argument| {
            !["help", "version", "verbose", "quiet", "output"].contains(&argument.get_id().as_str())
        })
        .filter_map(|argument| {
            let variable = argument
                .get_env()
                .map(|name| name.to_string_lossy().into_owned());
            Some((
                argument.get_long()?.to_owned(),
                variable.unwrap_or_default(),
            ))
        })
        .collect();
    assert_eq!(rows, flags);
    Ok(())
}

#[test]
fn links_lead_to_files_of_the_project() -> Result<()> {
    let readme = readme()?;
    let targets = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let files: Vec<&str> = targets
        .filter(|t| !t.starts_with('#') && !t.contains("://"))
        .collect();
    assert!(files.len() > 3, "{files:?}");
    for file in files {
        assert!(checkout::file(file).exists(), "{file}");
    }
    Ok(())
}
