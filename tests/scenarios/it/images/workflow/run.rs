//! Scripts of a release, run with stand-ins for the programs that they start.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result};
use common::env::Env;
use sandbox::checkout;
use tempfile::TempDir;

use super::{PATH, parse, steps};

/// A directory with stand-ins, which are found before the real programs.
struct Stage(TempDir);

impl Stage {
    fn new() -> Result<Self> {
        let stage = Self(TempDir::new()?);
        fs::create_dir(stage.place("bin"))?;
        Ok(stage)
    }

    fn place(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn stand_in(&self, name: &str, text: &str) -> Result<()> {
        let path = self.place("bin").join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        fs::set_permissions(&path, Permissions::from_mode(0o755))?;
        Ok(())
    }

    /// What it has written to a file here; nothing if there is none.
    fn written(&self, name: &str) -> String {
        fs::read_to_string(self.place(name)).unwrap_or_default()
    }

    fn bash(
        &self,
        arguments: &[&str],
        directory: &Path,
        variables: &[(&str, &str)],
    ) -> Result<Output> {
        let own = self.place("bin");
        let process = Env::from_process();
        let others = process.get("PATH").context("PATH")?;
        Command::new("bash")
            .args(arguments)
            .current_dir(directory)
            .env_clear()
            .env("PATH", format!("{}:{others}", own.display()))
            .env("HOME", self.0.path())
            .env("CALLS", self.place("calls"))
            .env("GITHUB_OUTPUT", self.place("output"))
            .envs(variables.iter().copied())
            .output()
            .context("starting bash")
    }
}

/// Says about nodes what it is told to say. The walk is to be run so that it cannot be skipped.
const CARGO: &str = r#"#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
"sandbox nodes") echo "$ANSWER" ;;
"install cargo-deny "*)
  for root; do :; done
  mkdir -p "$root/bin"
  echo '#!/bin/sh' >"$root/bin/cargo-deny"
  chmod +x "$root/bin/cargo-deny"
  ;;
*nodes::walk*)
  [ "$NODES" = must ] || exit 1
  echo "ran on: a node"
  echo "test result: ok"
  ;;
*) echo "test result: ok" ;;
esac
"#;

/// What else `.ci/run` starts or looks for.
const PROGRAMS: [&str; 8] = [
    "cc",
    "chromium",
    "git",
    "ip",
    "javac",
    "pkg-config",
    "python3",
    "unshare",
];

/// `.ci/run` as it ended.
struct Ended {
    is_good: bool,
    shown: String,
    calls: String,
}

/// Runs `.ci/run`, where this is answered to the question for nodes.
fn everything(answer: &str, nodes: &str) -> Result<Ended> {
    everything_after(answer, nodes, "0")
}

/// The same where the work before has taken so many seconds, which bash takes from its environment.
fn everything_after(answer: &str, nodes: &str, seconds: &str) -> Result<Ended> {
    let stage = Stage::new()?;
    stage.stand_in("cargo", CARGO)?;
    for name in PROGRAMS {
        stage.stand_in(name, "#!/bin/sh\n")?;
    }
    let script = stage.place("checkout/.ci/run");
    fs::create_dir_all(stage.place("checkout/.ci"))?;
    fs::copy(checkout::file(".ci/run"), &script)?;
    let variables = [("ANSWER", answer), ("NODES", nodes), ("SECONDS", seconds)];
    let output = stage.bash(&[&script.to_string_lossy()], stage.0.path(), &variables)?;
    Ok(Ended {
        is_good: output.status.success(),
        shown: String::from_utf8_lossy(&output.stdout).into_owned(),
        calls: stage.written("calls"),
    })
}

const REASON: &str = "clusters with nodes need root: their containers are real";

#[test]
fn where_there_can_be_nodes_the_walk_runs() -> Result<()> {
    let ended = everything("possible", "")?;
    assert!(ended.is_good, "{}", ended.shown);
    let walk = "nodes::one nodes::walk --ignored";
    assert!(ended.calls.contains(walk), "{}", ended.calls);
    assert!(
        ended.shown.contains("\nran on: a node\n"),
        "{}",
        ended.shown
    );
    assert!(!ended.shown.contains("skipped:"), "{}", ended.shown);
    Ok(())
}

#[test]
fn a_machine_that_had_to_build_everything_first_says_that_it_skips_the_walk() -> Result<()> {
    let late = everything_after("possible", "", "2800")?;
    assert!(late.is_good, "{}", late.shown);
    assert!(!late.calls.contains("nodes::"), "{}", late.calls);
    let told = "\nskipped: the walk through clusters with nodes, after 28";
    assert!(late.shown.contains(told), "{}", late.shown);
    let late = everything_after("possible", "must", "2800")?;
    assert!(
        late.calls.contains("nodes::one nodes::walk"),
        "{}",
        late.calls
    );
    Ok(())
}

#[test]
fn where_there_can_be_no_nodes_the_run_is_good_and_says_why_there_was_no_walk() -> Result<()> {
    let ended = everything(REASON, "")?;
    assert!(ended.is_good, "{}", ended.shown);
    assert!(!ended.calls.contains("nodes::"), "{}", ended.calls);
    let told = format!(
        "\nran on: processes that pose as pods (nodes::posed, among the tests); {REASON}\n"
    );
    let (_, closing) = ended
        .shown
        .split_once("closing lines")
        .context("no closing lines")?;
    assert!(closing.contains(&told), "{}", ended.shown);
    Ok(())
}

#[test]
fn whoever_must_have_nodes_is_told_before_the_long_steps() -> Result<()> {
    let ended = everything(REASON, "must")?;
    assert!(!ended.is_good, "{}", ended.shown);
    assert!(ended.shown.contains(REASON), "{}", ended.shown);
    assert!(!ended.calls.contains("clippy"), "{}", ended.calls);
    assert!(everything("possible", "must")?.is_good);
    Ok(())
}

/// What the workflow says about the chart's version, where the registry answers so.
fn asked(status: &str, said: &str) -> Result<(bool, String)> {
    let workflow = parse(&fs::read_to_string(checkout::file(PATH))?)?;
    let (_, step) = steps(&workflow)
        .find(|(job, step)| *job == "chart" && step["id"] == "version")
        .context("no step looks for the version")?;
    let script = step["run"].as_str().context("no script")?;
    let stage = Stage::new()?;
    let aws = "#!/bin/sh\necho \"$*\" >>\"$CALLS\"\necho \"$SAID\" >&2\nexit \"$STATUS\"\n";
    stage.stand_in("aws", aws)?;
    let repository = "123456789012.dkr.ecr.us-east-1.amazonaws.com/charts";
    let variables = [
        ("CHART_REPOSITORY", repository),
        ("SAID", said),
        ("STATUS", status),
    ];
    let arguments = ["-e", "-o", "pipefail", "-c", script];
    let output = stage.bash(&arguments, &checkout::file(""), &variables)?;
    let calls = stage.written("calls");
    let repository = "ecr describe-images --repository-name charts/monitoring-jobs ";
    assert!(calls.starts_with(repository), "{calls}");
    Ok((output.status.success(), stage.written("output")))
}

#[test]
fn a_chart_is_pushed_when_the_registry_lacks_its_version() -> Result<()> {
    let chart = fs::read_to_string(checkout::file("k8s/chart/Chart.yaml"))?;
    let version = chart
        .lines()
        .find_map(|line| line.strip_prefix("version: "))
        .context("Chart.yaml has no version")?;
    let error = "An error occurred (ImageNotFoundException) when calling DescribeImages";
    assert_eq!(asked("254", error)?, (true, format!("new={version}\n")));
    assert_eq!(asked("0", "")?, (true, String::new()));
    Ok(())
}

#[test]
fn a_registry_that_does_not_answer_proves_nothing() -> Result<()> {
    let denied = "An error occurred (AccessDeniedException) when calling DescribeImages";
    assert_eq!(asked("254", denied)?, (false, String::new()));
    Ok(())
}
