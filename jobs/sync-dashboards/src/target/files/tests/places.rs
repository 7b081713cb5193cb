//! Links, repositories, and files that cannot be written.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use super::*;

fn git(folder: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b"];
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(identity).args(args);
    let done = command.env_remove("GIT_DIR").output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

fn repository(bed: &Bed) {
    git(bed.root.path(), &["init", "-q"]);
    commit(bed);
}

fn commit(bed: &Bed) {
    git(bed.root.path(), &["add", "-A"]);
    git(
        bed.root.path(),
        &["commit", "-q", "--no-gpg-sign", "-m", "x"],
    );
}

fn refused(bed: &Bed, wanted: &Desired) -> String {
    let before = bed.tree();
    let plan = bed.plan(wanted);
    let trouble = apply(&plan, &bed.config).unwrap_err();
    assert_eq!(trouble.code, "dirty-tree", "{trouble}");
    assert_eq!(check(&plan, &bed.config).as_ref(), Err(&trouble));
    let after = bed.tree();
    assert_eq!(after, before);
    trouble.text
}

#[test]
fn changes_that_are_not_committed_are_not_overwritten() {
    let mut bed = Bed::new();
    bed.put("own.json", "{}");
    repository(&bed);
    let wanted = set("v1", 1, &["a", "b"]);
    bed.apply(&wanted);
    bed.assert_settled(&wanted);
    commit(&bed);
    // What is not written may be dirty.
    bed.put("own.json", "{ }");
    fs::write(bed.root.path().join("other"), "x").unwrap();
    let wanted = set("v2", 2, &["a", "b"]);
    bed.apply(&wanted);
    commit(&bed);
    let chart = bed.chart() + "# somebody's\n";
    fs::write(bed.config.chart.as_ref().unwrap(), chart).unwrap();
    let wanted = set("v3", 3, &["a", "b"]);
    assert!(refused(&bed, &wanted).contains("Chart.yaml would be written"));
    bed.config.allow_dirty = true;
    bed.apply(&wanted);
    assert!(bed.chart().ends_with("# somebody's\n"));
    bed.config.allow_dirty = false;
    commit(&bed);
    bed.put("a.json", "{}");
    bed.orders.restore = Restore::All;
    assert!(refused(&bed, &wanted).contains("a.json"));
}

#[test]
fn what_we_wrote_and_nobody_has_committed_is_not_dirty() {
    let bed = Bed::new();
    repository(&bed);
    let wanted = set("v1", 1, &["a", "b"]);
    let plan = bed.plan(&wanted);
    act::apply_first(&plan, &bed.config, 2).unwrap();
    bed.apply(&wanted);
    bed.assert_settled(&wanted);
    // The next pin may come before the commit, once the chart is.
    git(bed.root.path(), &["add", "grafana/Chart.yaml"]);
    git(
        bed.root.path(),
        &["commit", "-q", "--no-gpg-sign", "-m", "x"],
    );
    assert_eq!(bed.apply(&set("v2", 2, &["a", "b"])).1.files, 2);
}

#[test]
fn after_a_crash_the_next_run_is_not_stopped_by_what_the_last_one_left() {
    let wanted = set("v2", 2, &["a", "b", "c"]);
    for steps in 0..=5 {
        let bed = Bed::new();
        bed.apply(&set("v1", 1, &["a", "b"]));
        repository(&bed);
        let plan = bed.plan(&wanted);
        assert_eq!(plan.steps.len(), 5);
        act::apply_first(&plan, &bed.config, steps).unwrap();
        bed.apply(&wanted);
        assert!(bed.chart().contains("version: 1.3.2 #"));
        bed.assert_settled(&wanted);
    }
}

#[test]
fn a_folder_that_leads_out_of_its_repository_is_refused() {
    let mut bed = Bed::new();
    let elsewhere = tempfile::tempdir().unwrap();
    symlink(elsewhere.path(), &bed.config.dir).unwrap();
    // Without a repository it is the folder's parent that it must not leave.
    assert_eq!(observe(&bed.config).unwrap_err().code, "target-unsafe");
    git(bed.root.path(), &["init", "-q"]);
    assert_eq!(observe(&bed.config).unwrap_err().code, "target-unsafe");
    // A parent, even of a folder that is not there yet, and even if that is a repository too.
    git(elsewhere.path(), &["init", "-q"]);
    bed.config = FilesConfig::new(bed.config.dir.join("deep/dashboards"));
    let trouble = observe(&bed.config).unwrap_err();
    assert_eq!(trouble.code, "target-unsafe");
    assert!(trouble.text.contains("out of"), "{trouble}");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    // A link within is fine.
    let inner = bed.root.path().join("inner");
    fs::create_dir(&inner).unwrap();
    symlink(&inner, bed.root.path().join("link")).unwrap();
    bed.config = FilesConfig::new(bed.root.path().join("link/dashboards"));
    let wanted = set("v1", 1, &["a"]);
    bed.apply(&wanted);
    assert!(inner.join("dashboards/a.json").is_file());
    bed.assert_settled(&wanted);
}

#[test]
fn a_dashboard_that_is_a_link_belongs_to_somebody_else() {
    let bed = Bed::new();
    let wanted = set("v1", 1, &["a", "b"]);
    let target = bed.root.path().join("mine.json");
    fs::write(&target, "mine").unwrap();
    fs::create_dir_all(&bed.config.dir).unwrap();
    symlink(&target, bed.path("a.json")).unwrap();
    let (plan, _) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Foreign, Action::Refuse));
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    // One that was ours is not deleted either.
    fs::remove_file(bed.path("b.json")).unwrap();
    symlink(&target, bed.path("b.json")).unwrap();
    let mut wanted = set("v1", 1, &["c"]);
    wanted.excluded = [key("b")].into();
    let plan = bed.plan(&wanted);
    assert_eq!(outcome(&plan, "b"), (State::Edited, Action::Refuse));
}

#[test]
fn a_folder_that_cannot_be_made_or_written_is_told_by_name() {
    let bed = Bed::new();
    let plan = bed.plan(&set("v1", 1, &["a"]));
    fs::write(&bed.config.dir, "a file").unwrap();
    let trouble = apply(&plan, &bed.config).unwrap_err();
    assert_eq!(trouble.code, "target-unwritable");
    assert!(trouble.text.contains("grafana/dashboards: "), "{trouble}");
    assert_eq!(observe(&bed.config).unwrap_err().code, "target-unwritable");
    let path = bed.config.dir.join("a.json");
    let trouble = replace_file(&path, b"x").unwrap_err();
    assert_eq!(trouble.code, "target-unwritable");
    assert!(trouble.text.contains("a.json"), "{trouble}");
}

#[test]
fn replacing_a_file_keeps_its_mode_and_its_link_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("file"), folder.path().join("link"));
    replace_file(&path, b"one").unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    // Readable as a new file is, and not only by its owner as temporary ones are.
    let plain = folder.path().join("plain");
    fs::write(&plain, "").unwrap();
    assert_eq!(mode, fs::metadata(&plain).unwrap().permissions().mode());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("file", &link).unwrap();
    replace_file(&link, b"two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert!(link.is_symlink());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}
