//! A run that ends after any of its steps: the next one ends where it would have.

use super::act::apply_first;
use super::*;

/// Everything that a run can do at once: create, update, two deletions, chart, lock.
fn before(bed: &Bed) -> Desired {
    bed.apply(&set("v1", 1, &["a", "b", "gone", "name"]));
    bed.put("own.json", "{}");
    let renamed = text("name", 2);
    let mut wanted = desired(
        "v2",
        &[
            ("a", &text("a", 2)),
            ("b", &text("b", 1)),
            ("c", &text("c", 2)),
            ("rename", &renamed),
        ],
    );
    wanted.excluded = [key("gone")].into();
    wanted
}

fn relative(bed: &Bed) -> BTreeMap<PathBuf, Vec<u8>> {
    let tree = bed.tree().into_iter();
    tree.map(|(path, bytes)| {
        (
            path.strip_prefix(bed.root.path()).unwrap().to_owned(),
            bytes,
        )
    })
    .collect()
}

#[test]
fn a_crash_after_any_step_is_mended_by_the_next_run() {
    let whole = Bed::new();
    let wanted = before(&whole);
    let (plan, _) = whole.apply(&wanted);
    whole.assert_settled(&wanted);
    assert_eq!(plan.steps.len(), 7);
    assert!(whole.chart().contains("version: 1.3.2 #"));
    for steps in 0..=plan.steps.len() {
        let bed = Bed::new();
        let wanted = before(&bed);
        apply_first(&bed.plan(&wanted), &bed.config, steps).unwrap();
        bed.apply(&wanted);
        assert_eq!(relative(&bed), relative(&whole), "after {steps} steps");
        bed.assert_settled(&wanted);
    }
}

#[test]
fn so_is_one_of_the_first_run_when_there_is_no_lock() {
    let wanted = set("v1", 1, &["a", "b"]);
    let whole = Bed::new();
    whole.put("b.json", &text("b", 1));
    let (plan, _) = whole.apply(&wanted);
    // The lock comes first and last: without the first one, nobody would know of the chart.
    assert_eq!(plan.steps.len(), 4);
    assert!(whole.chart().contains("version: 1.3.1 #"));
    for steps in 0..=plan.steps.len() {
        let bed = Bed::new();
        bed.put("b.json", &text("b", 1));
        apply_first(&bed.plan(&wanted), &bed.config, steps).unwrap();
        bed.apply(&wanted);
        assert_eq!(relative(&bed), relative(&whole), "after {steps} steps");
        bed.assert_settled(&wanted);
    }
}

#[test]
fn so_is_one_of_the_first_run_with_a_chart() {
    let start = |bed: &mut Bed| {
        let chart = bed.config.chart.take();
        bed.apply(&set("v1", 1, &["a", "b"]));
        bed.config.chart = chart;
        set("v2", 2, &["a", "b"])
    };
    let mut whole = Bed::new();
    let wanted = start(&mut whole);
    let (plan, _) = whole.apply(&wanted);
    assert!(whole.chart().contains("version: 1.3.1 #"));
    for steps in 0..=plan.steps.len() {
        let mut bed = Bed::new();
        start(&mut bed);
        apply_first(&bed.plan(&wanted), &bed.config, steps).unwrap();
        bed.apply(&wanted);
        assert_eq!(relative(&bed), relative(&whole), "after {steps} steps");
        bed.assert_settled(&wanted);
    }
}

#[test]
fn what_a_killed_run_left_half_written_is_not_looked_at_and_goes() {
    let bed = Bed::new();
    bed.put(".sync-dashboards-a1b2c3.tmp", "{\"title\": \"a\"");
    let beside = bed.root.path().join("grafana/.sync-dashboards-d4e5f6.tmp");
    fs::write(&beside, "{").unwrap();
    let wanted = set("v1", 1, &["a"]);
    bed.apply(&wanted);
    assert_eq!(bed.get(".sync-dashboards-a1b2c3.tmp"), None);
    assert!(!beside.exists());
    bed.assert_settled(&wanted);
}

type Change = fn(&Bed);

#[test]
fn what_is_changed_while_it_runs_is_not_overwritten() {
    let bed = Bed::new();
    let wanted = before(&bed);
    let plan = bed.plan(&wanted);
    let changes: [(&str, Change); 5] = [
        ("a.json", |bed| bed.put("a.json", "mine")),
        ("c.json", |bed| bed.put("c.json", "mine")),
        ("gone.json", |bed| bed.put("gone.json", "mine")),
        ("Chart.yaml", |bed| {
            fs::write(bed.config.chart.as_ref().unwrap(), "mine").unwrap();
        }),
        ("dashboards.lock.json", |bed| {
            fs::write(bed.config.lock_path(), "mine").unwrap();
        }),
    ];
    assert!(plan.steps.len() > changes.len());
    for (name, change) in changes {
        let bed = Bed::new();
        let wanted = before(&bed);
        let plan = bed.plan(&wanted);
        change(&bed);
        let trouble = apply(&plan, &bed.config).unwrap_err();
        assert_eq!(trouble.code, "changed-meanwhile", "{trouble}");
        assert!(trouble.text.contains(name), "{trouble}");
        assert!(
            trouble.text.ends_with("was changed while this ran"),
            "{trouble}"
        );
        let tree = bed.tree().into_iter();
        let mine = tree.filter(|(_, bytes)| bytes == b"mine").count();
        assert_eq!(mine, 1, "{name}");
    }
}
