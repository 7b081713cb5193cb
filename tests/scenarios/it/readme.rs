//! The README says what is: its transcripts are real, its tables of flags and verdicts are complete, its links lead
//! somewhere.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use export_cloudwatch::cli::Cli;
use sandbox::checkout;
use sandbox::company::{Company, Setup};
use sandbox::tools::Tools;
use scenarios::job::Job;
use scenarios::text::{redact, replace_after};
use scenarios::world::{NOW, World};

pub(crate) fn readme() -> Result<String> {
    std::fs::read_to_string(checkout::file("README.md")).context("README.md")
}

/// The block that begins with `$ COMMAND`: the command's arguments and what it prints.
pub(crate) fn transcript(readme: &str, command: &str) -> Result<(Vec<String>, String)> {
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
    let plan = Job::exporter([&["plan", "--at", NOW], arguments.as_slice()].concat())?
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
    let run = Job::exporter(["run", "--at", NOW].into_iter().chain(arguments))?
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

/// Without times, ages and the width of columns, which no two runs share.
fn timeless(text: &str) -> String {
    let is_time = |word: &str| {
        let figures = word.contains(|c: char| c.is_ascii_digit());
        let word = word.trim_end_matches([',', ':']);
        (figures
            && word
                .chars()
                .all(|c| c.is_ascii_digit() || "-:.TZ".contains(c)))
            || ["d", "h", "min", "s", "fast", "slow"].contains(&word)
    };
    let lines = text.lines().map(|line| {
        // How far our clock is off is measured, and at the end of its line.
        let line = line.split("  clock ").next().unwrap_or(line);
        let mut words: Vec<&str> = line
            .split_whitespace()
            .map(|word| if is_time(word) { "#" } else { word })
            .collect();
        words.dedup_by(|a, b| a == b && *a == "#");
        words.join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn plan_and_status_of_the_rotation_in_the_readme_are_real_ones() -> Result<()> {
    let (_, plan) = transcript(&readme()?, "rotate-credentials plan")?;
    let (_, status) = transcript(&readme()?, "rotate-credentials status")?;
    let company = Company::start(&Tools::from_process()?, Setup::default()).await?;
    company.canaries().await?;
    // Two mails that have arrived; AWS tells of the use of their key with a delay.
    company.deliver("Readme").await?;
    company.clock.advance(jiff::SignedDuration::from_hours(2))?;
    let run = Job::rotator(&company, ["plan"])?.run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(timeless(&run.stdout), timeless(&plan), "{}", run.stdout);
    let run = Job::rotator(&company, ["apply"])?.run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    company.clock.advance(jiff::SignedDuration::from_hours(3))?;
    // What is left of the rotation's beginning is cleaned up by the next run.
    let run = Job::rotator(&company, ["apply"])?.run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    let run = Job::rotator(&company, ["status"])?.run().await?;
    assert_eq!(timeless(&run.stdout), timeless(&status), "{}", run.stdout);
    Ok(())
}

/// A difference that is shown in part: its lines stand in the real one in this order, and only where
/// `…` stands are others between them.
#[tokio::test]
async fn the_difference_in_the_readme_is_a_real_one() -> Result<()> {
    let (_, shown) = transcript(&readme()?, "sync-dashboards diff")?;
    let file = |release: &str| {
        let name = format!("../data/kube-prometheus/{release}/grafana-dashboardDefinitions.yaml");
        scenarios::reference::file(&name)
    };
    let (Some(old), Some(new)) = (file("v0.15.0"), file("main-2026-08-10")) else {
        println!("skipped: upstream's files are not at hand");
        return Ok(());
    };
    let directory = tempfile::tempdir()?;
    let config = directory.path().join("c.yaml");
    let digest = sync_dashboards::digest::Digest::of(std::fs::read(&new)?);
    std::fs::write(
        &config,
        format!(
            "source: {{ref: main, sha256: {digest}, from: [{{file: {}}}]}}\nfiles: {{directory: d}}\n",
            new.display()
        ),
    )?;
    let (old, new) = (old.to_string_lossy(), new.to_string_lossy());
    let config = config.to_string_lossy();
    let run = Job::dashboards(["diff", &*old, &*new, "--config", &*config])?
        .run()
        .await?;
    let mut lines = run.stdout.lines();
    let mut skipping = false;
    for line in shown.lines() {
        if line == "…" {
            skipping = true;
            continue;
        }
        let found = if skipping {
            lines.find(|it| *it == line)
        } else {
            lines.next().filter(|it| *it == line)
        };
        assert!(found.is_some(), "not there: {line}\n{}", run.stdout);
        skipping = false;
    }
    Ok(())
}

#[test]
fn the_tables_of_verdicts_are_those_in_the_code() -> Result<()> {
    let readme = readme()?;
    let all = [
        rotate_credentials::verdict::ALL,
        sync_dashboards::verdict::ALL,
        check_consistency::verdict::ALL,
    ];
    for verdict in all.into_iter().flatten() {
        let (code, status, remedy) = (verdict.code, verdict.exit.status(), verdict.remedy);
        let row = format!("| `{code}` | {status} | {remedy} |\n");
        assert!(readme.contains(&row), "{row}");
    }
    Ok(())
}

/// The part of the README below a headline.
fn section<'r>(readme: &'r str, name: &str) -> Result<&'r str> {
    let begin = format!("\n## {name}\n");
    let (_, rest) = readme.split_once(&begin).context("no such section")?;
    Ok(rest.split("\n## ").next().unwrap_or(rest))
}

#[test]
fn the_tables_of_flags_name_every_flag_and_its_variable() -> Result<()> {
    let readme = readme()?;
    let exporter = section(&readme, "export-cloudwatch")?;
    compare_flags(exporter, &Cli::command(), &["run", "plan"]);
    let rotator = section(&readme, "rotate-credentials")?;
    let cli = rotate_credentials::cli::Cli::command();
    compare_flags(rotator, &cli, &["apply", "plan"]);
    let dashboards = section(&readme, "sync-dashboards")?;
    let cli = sync_dashboards::cli::Cli::command();
    compare_flags(dashboards, &cli, &["apply", "plan"]);
    let consistency = section(&readme, "check-consistency")?;
    let cli = check_consistency::cli::Cli::command();
    compare_flags(consistency, &cli, &["run", "init"]);
    Ok(())
}

fn compare_flags(section: &str, cli: &clap::Command, commands: &[&str]) {
    let rows: BTreeSet<(String, String)> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `--"))
        .filter_map(|row| {
            let mut cells = row.split('|').map(str::trim);
            let flag = cells.next()?.split([' ', '`']).next()?.to_owned();
            Some((flag, cells.next()?.trim_matches('`').to_owned()))
        })
        .collect();
    let commands = commands.iter().filter_map(|name| cli.find_subcommand(name));
    let flags: BTreeSet<(String, String)> = commands
        .chain([cli])
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
