//! The folder, its lock and its chart.

mod chart;
mod company;
mod crash;
mod guards;
mod history;
mod places;
mod states;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::act::Written;
use super::*;
use crate::desired::{Desired, Provenance};
use crate::digest::{BlobId, Digest};
use crate::key::Key;
use crate::pin::Place;
use crate::target::guard::Grace;
use crate::target::{Action, Orders, Restore, State};

pub(super) const CHART: &str =
    "# ours\napiVersion: v2\nname: grafana\nversion: 1.3.0 # of the chart\n";

/// A folder in a chart.
pub(super) struct Bed {
    pub(super) root: TempDir,
    pub(super) config: FilesConfig,
    pub(super) orders: Orders,
    pub(super) known: Known,
}

impl Bed {
    pub(super) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let chart = root.path().join("grafana/Chart.yaml");
        fs::create_dir_all(root.path().join("grafana/templates")).unwrap();
        fs::write(&chart, CHART).unwrap();
        let template = root.path().join("grafana/templates/dashboards.yaml");
        fs::write(template, "{{ .Files.Glob }}").unwrap();
        let mut config = FilesConfig::new(root.path().join("grafana/dashboards"));
        config.chart = Some(chart);
        Self {
            root,
            config,
            orders: Orders::default(),
            known: Known::default(),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.config.dir.join(name)
    }

    pub(super) fn put(&self, name: &str, text: &str) {
        fs::create_dir_all(&self.config.dir).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub(super) fn get(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    pub(super) fn lock(&self) -> Option<String> {
        fs::read_to_string(self.config.lock_path()).ok()
    }

    pub(super) fn chart(&self) -> String {
        fs::read_to_string(self.config.chart.as_ref().unwrap()).unwrap()
    }

    pub(super) fn plan(&self, desired: &Desired) -> FilesPlan {
        let observed = observe(&self.config).unwrap();
        plan(
            &observed,
            desired,
            &self.known,
            &self.orders,
            Grace::default(),
            &self.config,
        )
    }

    pub(super) fn apply(&self, desired: &Desired) -> (FilesPlan, Written) {
        let plan = self.plan(desired);
        let written = apply(&plan, &self.config).unwrap();
        (plan, written)
    }

    pub(super) fn adopt(&self, desired: &Desired, chosen: &Restore) -> FilesPlan {
        let observed = observe(&self.config).unwrap();
        let plan = adopt(&observed, desired, &self.known, chosen, &self.config);
        apply(&plan, &self.config).unwrap();
        plan
    }

    /// Nothing is left to do.
    pub(super) fn assert_settled(&self, desired: &Desired) {
        let before = self.tree();
        let (plan, written) = self.apply(desired);
        assert_eq!(written, Written::default(), "{plan:#?}");
        assert_eq!(plan.open(), 0);
        assert_eq!(self.tree(), before);
    }

    /// Every file.
    pub(super) fn tree(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.root.path(), &mut files);
        files
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

pub(super) fn key(base: &str) -> Key {
    Key::parse(&format!("{base}.json")).unwrap()
}

pub(super) fn text(base: &str, version: u32) -> String {
    format!(
        "{{\n    \"uid\": \"uid-{base}\",\n    \"title\": \"{base}\",\n    \"x\": {version}\n}}"
    )
}

/// The wanted set under a pin.
pub(super) fn desired(reference: &str, texts: &[(&str, &str)]) -> Desired {
    let dashboards = texts.iter().map(|(base, text)| {
        let upstream = Digest::of(text);
        let read = Dashboard::read(key(base), (*text).to_owned(), upstream);
        (key(base), read.unwrap().0)
    });
    Desired {
        provenance: Provenance {
            place: Place {
                repository: "owner/name".to_owned(),
                path: "file.yaml".to_owned(),
            },
            reference: reference.parse().unwrap(),
            file: Digest::of(reference),
            blob: BlobId::of(reference.as_bytes()),
            transform: Digest::of(""),
        },
        dashboards: dashboards.collect(),
        rejected: BTreeMap::new(),
        excluded: BTreeSet::new(),
        unreadable: Vec::new(),
        warnings: BTreeMap::new(),
    }
}

/// Dashboards of one version.
pub(super) fn set(reference: &str, version: u32, bases: &[&str]) -> Desired {
    let texts: Vec<_> = bases.iter().map(|base| text(base, version)).collect();
    let texts: Vec<_> = bases
        .iter()
        .copied()
        .zip(texts.iter().map(String::as_str))
        .collect();
    desired(reference, &texts)
}

pub(super) fn outcome(plan: &FilesPlan, base: &str) -> (State, Action) {
    let item = plan.items.iter().find(|item| item.key == key(base));
    let item = item.unwrap_or_else(|| panic!("{base}: {plan:#?}"));
    (item.state, item.action)
}

pub(super) fn note(plan: &FilesPlan, base: &str) -> String {
    let item = plan.items.iter().find(|item| item.key == key(base));
    item.unwrap().note.clone().unwrap_or_default()
}
