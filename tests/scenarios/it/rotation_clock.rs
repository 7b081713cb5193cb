//! Days pass in seconds only for binaries that were built for it: without the cargo feature
//! `sandbox`, as every release is, `SANDBOX_CLOCK` is a variable like any other.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use sandbox::checkout;
use sandbox::company::{Company, Setup};
use sandbox::tools::Tools;
use scenarios::job::Job;

/// Builds the job by itself, as for a release, and puts the binary into a directory of its own: in
/// `target/` it would take the place of the one with the feature that other scenarios run.
/// Intermediate artifacts are shared either way.
fn build_without_feature(directory: &Path) -> Result<PathBuf> {
    let build = escargot::CargoBuild::new()
        .package("rotate-credentials")
        .bin("rotate-credentials")
        .target_dir(directory);
    let binary = build.run().context("building the job")?;
    let path = binary.path().to_owned();
    anyhow::ensure!(path.starts_with(directory), "{}", path.display());
    Ok(path)
}

#[tokio::test]
async fn a_binary_without_the_feature_does_not_take_its_time_from_the_sandbox() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let binary = build_without_feature(directory.path())?;
    let start: Timestamp = "2033-05-04T12:00:00Z".parse()?;
    let setup = Setup {
        start,
        key_age: SignedDuration::from_hours(10 * 24),
        ..Setup::default()
    };
    let company = Company::start(&Tools::from_process()?, setup).await?;

    let driven = Job::rotator(&company, ["plan"])?.run().await?;
    assert_eq!(driven.status, 0, "{}\n{}", driven.stdout, driven.stderr);
    assert!(driven.stdout.contains(" 2033-05-04 "), "{}", driven.stdout);

    let real = Command::new(binary)
        .arg("plan")
        .env_clear()
        .envs(company.environment())
        .env("LOG_FORMAT", "text")
        .current_dir(checkout::file(""))
        .output()?;
    let (stdout, stderr) = (
        String::from_utf8(real.stdout)?,
        String::from_utf8(real.stderr)?,
    );
    assert_eq!(real.status.code(), Some(1), "{stdout}\n{stderr}");
    assert!(stdout.contains("clock-skew"), "{stdout}");
    assert!(stderr.contains("this machine's clock is"), "{stderr}");
    Ok(())
}

/// How `common` is resolved in a build of `job` by itself: its name and version, then its features.
fn common_of(job: &str, arguments: &[&str]) -> Result<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "no-dev", "--prefix", "none"])
        .args(["--format", "{p} features={f};", "--package", job])
        .args(arguments)
        .current_dir(checkout::file(""))
        .output()?;
    let errors = String::from_utf8(tree.stderr)?;
    anyhow::ensure!(tree.status.success(), "{errors}");
    let packages = String::from_utf8(tree.stdout)?;
    let mut lines = packages.lines();
    let common = lines.find(|line| line.starts_with("common v"));
    Ok(common.context("the job does without `common`")?.to_owned())
}

#[test]
fn a_job_that_is_built_by_itself_lacks_the_feature() -> Result<()> {
    for job in [
        "export-cloudwatch",
        "rotate-credentials",
        "sync-dashboards",
        "check-consistency",
    ] {
        let common = common_of(job, &[])?;
        assert!(common.contains("features=;"), "{job}: {common}");
    }
    let common = common_of("rotate-credentials", &["--features", "sandbox"])?;
    assert!(common.contains("features=sandbox;"), "{common}");
    Ok(())
}
