//! The commands that need no cluster: `check`, `pin`, `diff` and `explain`, and slips of the pen.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sandbox::dashboards::{board, bundle, generation};
use sandbox::servers::{Prometheus, Setup};
use sandbox::tools::Tools;
use scenarios::job::{Finished, Job};
use serde_json::Value;
use sync_dashboards::digest::Digest;
use tempfile::TempDir;

/// A configuration with the repository's target and a plain file as upstream.
struct Desk {
    directory: TempDir,
}

impl Desk {
    fn new(text: &str) -> Result<Self> {
        let directory = TempDir::new()?;
        let upstream = directory.path().join("upstream.yaml");
        fs::write(&upstream, text)?;
        let config = format!(
            "source:\n  ref: v0.17.0\n  sha256: {}\n  from: [{{file: {}}}]\nfiles: {{directory: {}}}\n",
            Digest::of(text),
            upstream.display(),
            directory.path().join("dashboards").display()
        );
        fs::write(directory.path().join("c.yaml"), config)?;
        Ok(Self { directory })
    }

    fn config(&self) -> PathBuf {
        self.directory.path().join("c.yaml")
    }

    async fn run(&self, words: &[&str]) -> Result<Finished> {
        super::job(words, &self.config())?.run().await
    }

    /// Lets git do something in the directory.
    fn git(&self, words: &[&str]) -> Result<()> {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.directory.path());
        command.args(["-c", "user.name=a", "-c", "user.email=a@b"]);
        let done = command.args(words).env_remove("GIT_DIR").output()?;
        ensure!(done.status.success(), "{done:?}");
        Ok(())
    }
}

#[tokio::test]
async fn a_folder_is_checked_file_by_file() -> Result<()> {
    let folder = TempDir::new()?;
    let good = board("good", "Good", &[]);
    fs::write(folder.path().join("good.json"), &good)?;
    fs::write(
        folder.path().join("twin.json"),
        good.replace("Good", "Twin"),
    )?;
    fs::write(folder.path().join("Own_1.json"), &good)?;
    fs::write(folder.path().join("bytes.json"), b"\xff\xfe")?;
    fs::create_dir(folder.path().join("folder.json"))?;
    let path = folder.path().to_string_lossy();
    let run = Job::dashboards(["check", &*path])?.run().await?;
    assert_eq!(run.status, 3, "{}\n{}", run.stdout, run.stderr);
    for (file, code) in [
        ("Own_1.json", "file-name"),
        ("bytes.json", "file-unreadable"),
        ("folder.json", "file-unreadable"),
        ("good.json", "collision"),
        ("twin.json", "collision"),
    ] {
        let told = |line: &str| line.contains(file) && line.contains(code);
        assert!(
            run.stdout.lines().any(told),
            "{file} {code}: {}",
            run.stdout
        );
    }
    let nowhere = Job::dashboards(["check", "/nonexistent"])?.run().await?;
    assert_eq!(nowhere.status, 2);
    let login = "http://user:hunter2@127.0.0.1:1";
    for url in [
        login,
        "user:hunter2@127.0.0.1:1",
        "http://127.0.0.1:1/?token=hunter2",
    ] {
        let run = Job::dashboards(["check", &*path, "--prometheus", url])?
            .run()
            .await?;
        assert_ne!(run.status, 0);
        assert!(
            !run.stderr.contains("hunter2") && !run.stdout.contains("hunter2"),
            "{}",
            run.stderr
        );
    }
    Ok(())
}

#[tokio::test]
async fn metrics_that_no_prometheus_has_are_named() -> Result<()> {
    let folder = TempDir::new()?;
    for (name, text) in generation(0).boards() {
        fs::write(folder.path().join(format!("{name}.json")), text)?;
    }
    let prometheus = Prometheus::start(&Tools::from_process()?, &Setup::default()).await?;
    let url = prometheus.url();
    let path = folder.path().to_string_lossy();
    let run = Job::dashboards(["check", &*path, "--prometheus", &url])?
        .run()
        .await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("2 of 2 panels have no source"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("apiserver_request_total"),
        "{}",
        run.stdout
    );
    Ok(())
}

#[tokio::test]
async fn a_pin_is_only_written_when_it_is_certain_and_can_be_used() -> Result<()> {
    let desk = Desk::new(&generation(0).text())?;
    let before = fs::read_to_string(desk.config())?;
    // A plain file is the same whatever is asked for.
    let run = desk.run(&["pin", "main", "--write"]).await?;
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert_eq!(run.termination["class"], "pin-not-exact");
    let shown = desk.run(&["pin", "main", "-o", "json"]).await?;
    let document: Value = serde_json::from_str(&shown.stdout)?;
    assert_eq!(document["pin"]["written"], false);
    assert_eq!(document["pin"]["ref"], "main");
    assert!(
        shown.stderr.contains("may not be `main`"),
        "{}",
        shown.stderr
    );
    let diff = desk.run(&["diff", "v0.1.0", "main"]).await?;
    assert!(
        diff.stderr.contains("may not be `v0.1.0`"),
        "{}",
        diff.stderr
    );
    assert_eq!(fs::read_to_string(desk.config())?, before);
    // One that would be rejected.
    let twins = board("one", "One", &[]);
    let text = bundle(&[("a", twins.as_str()), ("b", twins.as_str())]);
    let run = Desk::new(&text)?.run(&["pin", "main"]).await?;
    assert_eq!(
        (run.status, &run.termination["class"]),
        (3, &"dashboard-rejected".into())
    );
    Ok(())
}

#[tokio::test]
async fn a_plan_foresees_what_would_keep_a_run_from_its_work() -> Result<()> {
    let desk = Desk::new(&generation(0).text())?;
    let run = desk.run(&["apply"]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    for words in [
        &["init", "--quiet"][..],
        &["add", "--all"],
        &["commit", "--quiet", "--no-gpg-sign", "--message=x"],
    ] {
        desk.git(words)?;
    }
    let mut files = fs::read_dir(desk.directory.path().join("dashboards"))?;
    fs::remove_file(files.next().context("a dashboard")??.path())?;
    for words in [&["plan"][..], &["apply", "--dry-run"], &["apply"]] {
        let run = desk.run(words).await?;
        assert_eq!(run.status, 2, "{words:?} {}", run.stderr);
        assert_eq!(run.termination["class"], "dirty-tree", "{words:?}");
        assert!(run.stdout.contains("+ create"), "{}", run.stdout);
    }
    let run = desk.run(&["plan", "--allow-dirty"]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    Ok(())
}

#[tokio::test]
async fn what_is_taken_over_is_counted_though_no_dashboard_is_written() -> Result<()> {
    let desk = Desk::new(&generation(0).text())?;
    assert_eq!(desk.run(&["apply"]).await?.status, 0);
    fs::remove_file(desk.directory.path().join("dashboards.lock.json"))?;
    let all = fs::read_dir(desk.directory.path().join("dashboards"))?.count();
    for (number, outcome) in [(all, "ok"), (0, "noop")] {
        let run = desk.run(&["adopt", "all"]).await?;
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_eq!(run.termination["changes"], number);
        assert_eq!(run.termination["outcome"], outcome);
        let told = format!("{number} dashboards taken over");
        assert_eq!(run.stdout.contains(&told), number > 0, "{}", run.stdout);
    }
    Ok(())
}

#[tokio::test]
async fn a_slip_of_the_pen_is_no_success() -> Result<()> {
    let desk = Desk::new(&generation(0).text())?;
    for (words, code) in [
        (&["apply", "--restore", "kubelett"][..], "no-such-dashboard"),
        (&["adopt", "nosuch"], "no-such-dashboard"),
        (&["plan", "--only", "prod"], "no-such-target"),
        (&["diff", "a..b"], "no-such-reference"),
    ] {
        let run = desk.run(words).await?;
        assert_eq!(run.status, 2, "{words:?} {}", run.stderr);
        assert_eq!(run.termination["class"], code, "{words:?}");
    }
    for code in [
        "hand-edit",
        "cluster-denied",
        "panel-id-twice",
        "interrupted",
    ] {
        assert_eq!(
            Job::dashboards(["explain", code])?.run().await?.status,
            0,
            "{code}"
        );
    }
    let run = Job::dashboards(["explain", "hand-edti"])?.run().await?;
    assert!(
        run.stderr.contains("did you mean `hand-edit`?"),
        "{}",
        run.stderr
    );
    Ok(())
}
