//! Any history of pins, crashes and people's changes: what people wrote is never lost, and every run
//! that ends leaves nothing to do.

use proptest::prelude::*;

use super::super::chart::{Manifest, Version};
use super::act::apply_first;
use super::*;

const BASES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

#[derive(Debug, Clone)]
enum Event {
    /// Another pin: which dashboards upstream has, and which of them are excluded.
    Pin { has: [bool; 6], without: [bool; 6] },
    /// A run, of which one that crashes after so many steps comes first.
    Run { crash: Option<usize> },
    /// A person writes a file.
    Edit(usize),
    /// A formatter adds a newline.
    Format(usize),
    /// A person deletes a file.
    Remove(usize),
    /// A person changes the chart, and raises its version or not.
    Chart { raise: bool },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (any::<[bool; 6]>(), any::<[bool; 6]>(), any::<[bool; 6]>()).prop_map(|(has, one, two)| {
            // Most are there and few are excluded.
            let without = std::array::from_fn(|i| one[i] && two[i]);
            let has = std::array::from_fn(|i| has[i] || one[i]);
            Event::Pin { has, without }
        }),
        6 => proptest::option::of(0..12_usize).prop_map(|crash| Event::Run { crash }),
        1 => (0..6_usize).prop_map(Event::Edit),
        1 => (0..6_usize).prop_map(Event::Format),
        1 => (0..6_usize).prop_map(Event::Remove),
        1 => any::<bool>().prop_map(|raise| Event::Chart { raise }),
    ]
}

struct Story {
    bed: Bed,
    wanted: Desired,
    pins: u32,
    /// What people wrote.
    edits: BTreeMap<String, String>,
}

impl Story {
    fn new() -> Self {
        Self {
            bed: Bed::new(),
            wanted: set("v0", 0, &BASES),
            pins: 0,
            edits: BTreeMap::new(),
        }
    }

    fn version(&self) -> Version {
        let text = self.bed.chart().into_bytes();
        Manifest::read(Path::new("Chart.yaml"), text)
            .unwrap()
            .version
    }

    fn happen(&mut self, number: usize, event: &Event) {
        let name = |index: usize| format!("{}.json", BASES[index]);
        match event {
            Event::Pin { has, without } => {
                self.pins += 1;
                let chosen = |flags: &[bool; 6]| {
                    let bases = BASES.into_iter().zip(*flags);
                    bases
                        .filter(|(_, on)| *on)
                        .map(|(base, _)| base)
                        .collect::<Vec<_>>()
                };
                let mut wanted = set(&format!("v{}", self.pins), self.pins, &chosen(has));
                wanted.excluded = chosen(without).into_iter().map(key).collect();
                wanted.dashboards.retain(|key, _| {
                    !without[BASES.iter().position(|it| *it == key.base()).unwrap()]
                });
                self.wanted = wanted;
            }
            Event::Run { crash } => self.run(*crash),
            Event::Edit(index) => {
                let edit = text(&format!("edit {number}"), 0);
                self.bed.put(&name(*index), &edit);
                self.edits.insert(name(*index), edit);
            }
            Event::Format(index) => {
                if let Some(text) = self.bed.get(&name(*index)) {
                    let formatted = text + "\n";
                    self.bed.put(&name(*index), &formatted);
                    if let Some(edit) = self.edits.get_mut(&name(*index)) {
                        *edit = formatted;
                    }
                }
            }
            Event::Remove(index) => {
                fs::remove_file(self.bed.path(&name(*index))).ok();
                self.edits.remove(&name(*index));
            }
            Event::Chart { raise } => {
                let mut text = self.bed.chart() + "# more\n";
                if *raise {
                    let manifest =
                        Manifest::read(Path::new("Chart.yaml"), text.into_bytes()).unwrap();
                    text = manifest.with(&manifest.version.raised(Bump::Minor));
                }
                fs::write(self.bed.config.chart.as_ref().unwrap(), text).unwrap();
            }
        }
    }

    fn run(&self, crash: Option<usize>) {
        let before = self.version();
        let planned = self.bed.plan(&self.wanted);
        if let Some(steps) = crash {
            apply_first(&planned, &self.bed.config, steps).unwrap();
        }
        self.bed.apply(&self.wanted);
        self.bed.assert_settled(&self.wanted);
        let after = self.version();
        let raised = before.raised(Bump::Patch);
        let expected = if planned.raised.is_some() {
            raised
        } else {
            before
        };
        assert_eq!(after, expected, "{planned:#?}");
        for (name, edit) in &self.edits {
            assert_eq!(self.bed.get(name).as_ref(), Some(edit), "{name}");
        }
        for dashboard in self.wanted.dashboards.values() {
            let name = dashboard.key.as_str();
            if !self.edits.contains_key(name) {
                let held = self.bed.get(name).unwrap();
                assert_eq!(held.trim_end(), dashboard.text, "{name}");
            }
        }
        // What is excluded is gone, unless the guard held it back or it is somebody's own.
        let plan = self.bed.plan(&self.wanted);
        for key in &self.wanted.excluded {
            let stays = self.edits.contains_key(key.as_str()) || plan.removal.is_some();
            assert!(stays || self.bed.get(key.as_str()).is_none(), "{key}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn nothing_of_peoples_is_lost_and_every_run_ends_settled(
        events in proptest::collection::vec(event(), 1..14),
    ) {
        let mut story = Story::new();
        for (number, event) in events.iter().enumerate() {
            story.happen(number, event);
        }
        story.run(None);
    }
}
