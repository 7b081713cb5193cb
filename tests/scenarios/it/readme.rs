//! The README and the pages of the programs say what is: their transcripts are real, their tables of jobs, flags
//! and verdicts are complete, their links lead somewhere.

mod jobs;
mod verdicts;

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use export_cloudwatch::cli::Cli;
use sandbox::checkout;
use sandbox::company::{Company, Setup};
use sandbox::tools::Tools;
use scenarios::job::Job;
use scenarios::text::{redact, replace_after};
use scenarios::world::{NOW, World};

/// The page of a program that is no job.
const INSTALLER: &str = "k8s/INSTALLING.md";

pub(crate) fn readme() -> Result<String> {
    page("README.md")
}

/// The page of a job.
pub(crate) fn of_job(job: &str) -> Result<String> {
    page(&format!("jobs/{job}/README.md"))
}

fn page(path: &str) -> Result<String> {
    fs::read_to_string(checkout::file(path)).context(path.to_owned())
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
    let page = of_job("rotate-credentials")?;
    let (_, plan) = transcript(&page, "rotate-credentials plan")?;
    let (_, status) = transcript(&page, "rotate-credentials status")?;
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
    let (_, shown) = transcript(&of_job("sync-dashboards")?, "sync-dashboards diff")?;
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
    let digest = sync_dashboards::digest::Digest::of(fs::read(&new)?);
    fs::write(
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

/// The part of the README below a headline.
fn section<'r>(readme: &'r str, name: &str) -> Result<&'r str> {
    let begin = format!("\n## {name}\n");
    let (_, rest) = readme.split_once(&begin).context("no such section")?;
    Ok(rest.split("\n## ").next().unwrap_or(rest))
}

#[test]
fn the_tables_of_flags_name_every_flag_and_its_variable() -> Result<()> {
    let exporter = of_job("export-cloudwatch")?;
    compare_flags(&exporter, &Cli::command(), &["run", "plan"]);
    let rotator = of_job("rotate-credentials")?;
    let cli = rotate_credentials::cli::Cli::command();
    compare_flags(&rotator, &cli, &["apply", "plan"]);
    let dashboards = of_job("sync-dashboards")?;
    let cli = sync_dashboards::cli::Cli::command();
    compare_flags(&dashboards, &cli, &["apply", "plan"]);
    let consistency = of_job("check-consistency")?;
    let cli = check_consistency::cli::Cli::command();
    compare_flags(&consistency, &cli, &["run", "init"]);
    let installer = page(INSTALLER)?;
    let cli = install_monitoring::cli::Cli::command();
    let all: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    compare_flags(&installer, &cli, &all);
    Ok(())
}

fn compare_flags(page: &str, cli: &clap::Command, commands: &[&str]) {
    let rows: BTreeSet<(String, String)> = page
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
        let path = file.split('#').next().unwrap_or(file);
        assert!(checkout::file(path).exists(), "{file}");
    }
    Ok(())
}

/// The command line of a program of ours.
fn command_line(program: &str) -> Option<clap::Command> {
    match program {
        "install-monitoring" => Some(install_monitoring::cli::Cli::command()),
        "export-cloudwatch" => Some(Cli::command()),
        "rotate-credentials" => Some(rotate_credentials::cli::Cli::command()),
        "sync-dashboards" => Some(sync_dashboards::cli::Cli::command()),
        "check-consistency" => Some(check_consistency::cli::Cli::command()),
        _ => None,
    }
}

#[test]
fn what_to_run_after_a_change_can_be_typed_as_it_stands() -> Result<()> {
    let readme = readme()?;
    let mut seen = BTreeSet::new();
    for text in quoted(section(&readme, "How to hack")?) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (Some(program), true) = (words.first(), words.len() > 1) else {
            continue;
        };
        let Some(cli) = command_line(program) else {
            continue;
        };
        seen.insert(*program);
        let refused = cli.try_get_matches_from(&words).err();
        assert!(refused.is_none(), "{text}: {refused:?}");
        for file in words.iter().filter(|word| word.contains('/')) {
            assert!(checkout::file(file).exists(), "{text}");
        }
    }
    let all = ["check-consistency", "export-cloudwatch", "sync-dashboards"];
    assert_eq!(seen, BTreeSet::from(all));
    Ok(())
}

/// What stands between backquotes on one line.
fn quoted(section: &str) -> impl Iterator<Item = &str> {
    let words = section.split('`').skip(1).step_by(2);
    words.filter(|word| !word.is_empty() && !word.contains('\n'))
}

/// Looks up the files and the tests that a text names. Returns how many there are of each.
fn looked_up(text: &str) -> (usize, usize) {
    let tops = ["common/", "jobs/", "k8s/", "tests/"];
    let paths = quoted(text)
        .filter(|word| tops.iter().any(|top| word.starts_with(top)))
        .filter(|word| !word.contains("NAME"))
        .map(|word| word.replace("CLUSTER", "prod-e1-1"));
    let paths: Vec<String> = paths.collect();
    for path in &paths {
        assert!(checkout::file(path).exists(), "{path}");
    }
    let calls = text.split("-p scenarios --test it ").skip(1);
    let calls = calls.filter_map(|rest| rest.split(['`', '#', '\n']).next());
    let called = calls
        .flat_map(str::split_whitespace)
        .filter(|word| word.contains("::"));
    let alone = quoted(text).filter(|word| word.ends_with("::") && !word.contains(' '));
    let filters: Vec<&str> = called.chain(alone).collect();
    for filter in &filters {
        assert!(finds_a_test(filter), "{filter}");
    }
    (paths.len(), filters.len())
}

/// Whether a filter such as `doctor::well::` or `chart::helm::what` finds a test.
fn finds_a_test(filter: &str) -> bool {
    let mut module = "tests/scenarios/it".to_owned();
    for step in filter.split("::").filter(|step| !step.is_empty()) {
        let below = format!("{module}/{step}");
        if !checkout::file(&format!("{below}.rs")).exists() {
            // No module of this name: a test's name begins with it.
            let name = format!("fn {step}");
            return page(&format!("{module}.rs")).is_ok_and(|text| text.contains(&name));
        }
        module = below;
    }
    true
}

#[test]
fn whoever_changes_something_is_led_to_files_and_tests_that_are_there() -> Result<()> {
    let readme = readme()?;
    let (paths, filters) = looked_up(section(&readme, "How to hack")?);
    assert!(paths > 30 && filters > 10, "{paths} {filters}");
    for name in [
        "k8s/grafana/README.md",
        "k8s/rbac/README.md",
        "tests/README.md",
    ] {
        let (paths, filters) = looked_up(&page(name)?);
        assert!(paths > 4 && filters > 0, "{name}: {paths} {filters}");
    }
    assert!(finds_a_test("readme::links_lead"));
    assert!(!finds_a_test("readme::links_led") && !finds_a_test("readmes::"));
    Ok(())
}
