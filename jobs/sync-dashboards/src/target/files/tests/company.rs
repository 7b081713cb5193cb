//! A folder that was filled by the script before this job, from upstream's real files.

use super::*;
use crate::bundle;
use crate::transform::{Excludes, Transforms};

fn data() -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kube-prometheus");
    if data.is_dir() {
        return Some(data);
    }
    println!("skipped: {} is not here", data.display());
    None
}

fn entries(data: &Path, reference: &str) -> BTreeMap<Key, String> {
    let path = data
        .join(reference)
        .join("grafana-dashboardDefinitions.yaml");
    let bytes = fs::read(&path).unwrap();
    bundle::read(reference, &bytes).unwrap().entries
}

fn upstream(data: &Path, reference: &str) -> Desired {
    let (excluded, texts): (BTreeMap<_, _>, BTreeMap<_, _>) = entries(data, reference)
        .into_iter()
        .partition(|(key, _)| Excludes::default().covers(key));
    let texts: Vec<_> = texts
        .iter()
        .map(|(key, text)| (key.base(), text.as_str()))
        .collect();
    let mut wanted = desired(reference, &texts);
    wanted.excluded = excluded.into_keys().collect();
    wanted.provenance.transform = Transforms::default().digest();
    wanted
}

fn company(data: &Path) -> Bed {
    let bed = Bed::new();
    for dashboard in upstream(data, "main-2023-05-15").dashboards.values() {
        bed.put(dashboard.key.as_str(), &dashboard.text);
    }
    let old = entries(data, "v0.8.0");
    bed.put("statefulset.json", &old["statefulset.json"]);
    for number in 1..=14 {
        bed.put(
            &format!("own_{number}.json"),
            &text(&format!("own {number}"), 1),
        );
    }
    bed
}

fn count(plan: &FilesPlan, state: State, action: Action) -> usize {
    let items = plan.items.iter();
    items
        .filter(|item| (item.state, item.action) == (state, action))
        .count()
}

#[test]
fn the_scripts_folder_is_unchanged_and_then_taken_over() {
    let Some(data) = data() else { return };
    let bed = company(&data);
    let wanted = upstream(&data, "main-2023-05-15");
    let plan = bed.plan(&wanted);
    assert_eq!(count(&plan, State::Ok, Action::Keep), 23);
    assert_eq!(count(&plan, State::Orphan, Action::Keep), 1);
    assert_eq!(
        plan.notes(),
        ["14 foreign files in the folder are left alone"]
    );
    assert_eq!((plan.items.len(), plan.steps.len()), (24, 0));
    bed.assert_settled(&wanted);
    assert_eq!(bed.lock(), None);

    let plan = bed.adopt(&wanted, &Restore::All);
    assert_eq!(count(&plan, State::Foreign, Action::Adopt), 23);
    assert_eq!(count(&plan, State::Orphan, Action::Adopt), 1);
    assert_eq!(bed.chart(), CHART);
    bed.assert_settled(&wanted);

    let wanted = upstream(&data, "v0.13.0");
    let (plan, written) = bed.apply(&wanted);
    assert!(
        written.chart && written.lock && written.files > 0,
        "{written:?}"
    );
    assert_eq!(plan.removal, None);
    // Its second pin without it.
    assert_eq!(
        outcome(&plan, "statefulset"),
        (State::Orphan, Action::Delete)
    );
    assert!(bed.chart().contains("version: 1.3.1 #"));
    for dashboard in wanted.dashboards.values() {
        assert_eq!(
            bed.get(dashboard.key.as_str()).as_ref(),
            Some(&dashboard.text)
        );
    }
    assert_eq!(bed.get("own_14.json"), Some(text("own 14", 1)));
    bed.assert_settled(&wanted);
    assert!(bed.chart().contains("version: 1.3.1 #"));
    // Of the order that Helm's own releases of such a folder have, and no reason to warn.
    let release = plan.release.unwrap();
    assert!((200_000..700_000).contains(&release), "{release}");
}

#[test]
fn upstreams_removed_dashboards_are_known_without_being_told() {
    let Some(data) = data() else { return };
    let known = Known::default();
    let old = [
        ("v0.8.0", vec!["statefulset"]),
        (
            "v0.1.0",
            vec![
                "statefulset",
                "pods",
                "k8s-cluster-rsrc-use",
                "k8s-node-rsrc-use",
            ],
        ),
    ];
    for (reference, bases) in old {
        let texts = entries(&data, reference);
        for base in bases {
            let digest = Digest::of(&texts[&key(base)]);
            assert!(known.has(&key(base), digest), "{reference} {base}");
            assert!(!known.has(&key("other"), digest));
        }
    }
}
