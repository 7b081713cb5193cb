//! The chart's version, the lock's form, and the release's size.

use super::super::chart::{Manifest, Version};
use super::super::lock::Lock;
use super::*;

fn manifest(text: &str) -> Result<Manifest, String> {
    Manifest::read(Path::new("Chart.yaml"), text.as_bytes().to_vec())
        .map_err(|trouble| format!("{} {}", trouble.code, trouble.text))
}

#[test]
fn only_the_version_changes_in_the_charts_text() {
    for (text, raised) in [
        (
            "a: 1\r\nversion: 1.3.0\r\nb: 2\r\n",
            "a: 1\r\nversion: 1.3.1\r\nb: 2\r\n",
        ),
        ("version:   '1.3.0'  # x\n", "version:   '1.3.1'  # x\n"),
        ("version: \"1.3.0\"", "version: \"1.3.1\""),
        ("version: 1.3.0-rc.1\n", "version: 1.3.0\n"),
        ("version: 1.3.9+build.7\n", "version: 1.3.10\n"),
        (
            "# version: 9.9.9\nappVersion: 1.0.0\ndependencies:\n  - version: 2.0.0\nversion: 1.3.0\n",
            "# version: 9.9.9\nappVersion: 1.0.0\ndependencies:\n  - version: 2.0.0\nversion: 1.3.1\n",
        ),
    ] {
        let manifest = manifest(text).unwrap();
        let next = manifest.version.raised(Bump::Patch);
        assert_eq!(manifest.with(&next), raised);
    }
    let next = Version::parse("1.3.7").unwrap().raised(Bump::Minor);
    assert_eq!(next.to_string(), "1.4.0");
}

#[test]
fn a_chart_without_one_version_is_refused_with_its_name() {
    for (text, why) in [
        ("name: x\n", "0 lines"),
        ("version: 1.0.0\nversion: 1.0.0\n", "2 lines"),
        ("version: 1.0\n", "`version: 1.0`"),
        ("version: 1.02.3\n", "`version: 1.02.3`"),
        ("version: v1.2.3\n", "`version: v1.2.3`"),
        ("version: 1.2.3 4\n", "no value"),
        ("version:\n", "no value"),
        ("version: \"1.2.3\n", "no value"),
    ] {
        let error = manifest(text).unwrap_err();
        assert!(error.starts_with("chart-malformed Chart.yaml: "), "{error}");
        assert!(error.contains(why), "{text:?}: {error}");
    }
    let bed = Bed::new();
    fs::remove_file(bed.config.chart.as_ref().unwrap()).unwrap();
    assert_eq!(observe(&bed.config).unwrap_err().code, "chart-malformed");
}

#[test]
fn versions_are_ordered_as_semantic_versions() {
    let order = [
        "0.9.9",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0",
        "1.0.10",
        "1.2.0",
    ];
    let order = order.map(|text| Version::parse(text).unwrap());
    assert!(order.is_sorted_by(|one, two| one < two), "{order:?}");
}

#[test]
fn the_version_is_raised_once_for_each_change_of_content() {
    let bed = Bed::new();
    let wanted = set("v1", 1, &["a"]);
    let (plan, _) = bed.apply(&wanted);
    assert_eq!(plan.notes(), ["the chart's version: 1.3.0 → 1.3.1"]);
    // Another person's change of the chart is that person's to release.
    bed.put("own.json", "{}");
    bed.assert_settled(&wanted);
    let text = bed.chart().replace("1.3.1", "1.4.0");
    fs::write(bed.config.chart.as_ref().unwrap(), &text).unwrap();
    let (plan, written) = bed.apply(&wanted);
    assert_eq!(
        plan.notes().last().unwrap(),
        "only the lock file is brought up to date"
    );
    assert!(written.lock && !written.chart);
    bed.assert_settled(&wanted);
    bed.apply(&set("v2", 2, &["a"]));
    assert!(bed.chart().contains("version: 1.4.1 #"));
    // Raised already in the same change: it is not raised again.
    let text = bed.chart().replace("1.4.1", "1.5.0");
    fs::write(bed.config.chart.as_ref().unwrap(), &text).unwrap();
    let wanted = set("v3", 3, &["a"]);
    assert!(!bed.apply(&wanted).1.chart);
    assert_eq!(bed.chart(), text);
    bed.assert_settled(&wanted);
}

#[test]
fn without_a_bump_the_chart_is_not_even_read() {
    let mut bed = Bed::new();
    bed.config.bump = Bump::None;
    fs::write(bed.config.chart.as_ref().unwrap(), "no version").unwrap();
    let wanted = set("v1", 1, &["a"]);
    assert!(!bed.apply(&wanted).1.chart);
    bed.assert_settled(&wanted);
}

#[test]
fn the_lock_is_sorted_ends_with_a_newline_and_is_read_as_it_was_written() {
    let bed = Bed::new();
    bed.apply(&set("v1", 1, &["b", "a"]));
    let lock = bed.lock().unwrap();
    assert!(
        lock.starts_with("{\n  \"version\": 1,\n  \"source\": {\n"),
        "{lock}"
    );
    assert!(lock.ends_with("}\n"));
    assert!(lock.find("a.json") < lock.find("b.json"));
    let read = Lock::read(Path::new("lock"), lock.as_bytes()).unwrap();
    assert_eq!(read.render(), lock.into_bytes());
    // Beside the folder: `dashboards/*.json` does not find it.
    assert!(bed.config.lock_path().parent() != Some(&bed.config.dir));
    for (dir, lock) in [
        ("a/b", "a/dashboards.lock.json"),
        ("b", "dashboards.lock.json"),
        ("b/", "dashboards.lock.json"),
        (".", "./../dashboards.lock.json"),
        ("a/..", "a/../../dashboards.lock.json"),
    ] {
        let config = FilesConfig::new(PathBuf::from(dir));
        assert_eq!(config.lock_path(), Path::new(lock), "{dir}");
    }
}

#[test]
fn a_lock_that_is_not_ours_is_refused_with_file_and_line() {
    let bed = Bed::new();
    bed.apply(&set("v1", 1, &["a", "b"]));
    let lock = bed.lock().unwrap();
    let twice = lock.replace("b.json", "a.json");
    let conflict = lock.replacen("  \"source\"", "<<<<<<< HEAD\n  \"source\"", 1);
    for (text, why) in [
        (
            lock.replace("\"version\": 1,", "\"version\": 2,"),
            "version 2",
        ),
        (twice, "a.json is there twice at line"),
        (conflict, "at line 3"),
        (lock.replace("a.json", "../a.json"), "at line"),
        (lock.replacen("\"uid\"", "\"uuid\"", 1), "`uuid`"),
        (
            lock.replacen("\"sha256\": \"", "\"sha256\": \"x", 1),
            "at line",
        ),
        (String::new(), "at line 1"),
    ] {
        fs::write(bed.config.lock_path(), &text).unwrap();
        let trouble = observe(&bed.config).unwrap_err();
        assert_eq!(trouble.code, "lock-malformed");
        assert!(trouble.text.contains("dashboards.lock.json: "), "{trouble}");
        assert!(trouble.text.contains(why), "{why}: {trouble}");
    }
}

#[test]
fn a_release_that_helm_could_not_keep_is_not_written() {
    let mut bed = Bed::new();
    let wanted = set("v1", 1, &["a"]);
    bed.config.release_warn_bytes = 100;
    let notes = bed.plan(&wanted).notes();
    assert!(
        notes.iter().any(|note| note.contains("release")),
        "{notes:?}"
    );
    bed.config.release_limit_bytes = 200;
    let before = bed.tree();
    let plan = bed.plan(&wanted);
    let trouble = apply(&plan, &bed.config).unwrap_err();
    assert_eq!(trouble.code, "release-too-large");
    assert_eq!(check(&plan, &bed.config), Err(trouble));
    assert_eq!(bed.tree(), before);
}
