//! Memory as text.

use super::super::{Memory, Unreadable};
use super::{different, memory, survey};

/// A memory with this many drifts, half of them in objects' fields, with names of this length.
fn large(at: &str, objects: usize, length: usize) -> Memory {
    let findings = (0..objects).map(|number| {
        let name = format!("{number:0length$}");
        different(&name, &[("for", "20m")])
    });
    let mut survey = survey(at, findings.collect());
    Memory::default().remember(&mut survey).0
}

#[test]
fn what_is_written_is_read_back() {
    for memory in [Memory::default(), memory("a", "08:00:00")] {
        assert_eq!(Memory::parse(&memory.to_text()).unwrap(), memory);
    }
    insta::assert_snapshot!(memory("a", "08:00:00").to_text());
}

#[test]
fn what_is_damaged_is_told_from_what_a_newer_version_wrote() {
    let good = memory("a", "08:00:00").to_text();
    let newer = good.replace("\"schema\": 1", "\"schema\": 2");
    let half: String = good.chars().take(good.len() / 2).collect();
    let wrong_time = good.replace("2026-03-01", "yesterday");
    for text in [
        "",
        "{}",
        "[]",
        "null",
        "{\"schema\": 1}",
        &half,
        &wrong_time,
    ] {
        let read = Memory::parse(text);
        assert!(matches!(read, Err(Unreadable::Corrupt(_))), "{text}");
    }
    for text in [&newer, "{\"schema\": 2, \"anything\": []}"] {
        let read = Memory::parse(text);
        assert!(
            matches!(read, Err(Unreadable::Newer { schema: 2 })),
            "{text}"
        );
    }
}

#[test]
fn two_thousand_drifts_are_kept_and_always_the_same_ones() {
    let old = large("08:00:00", 900, 5);
    let (both, _) = old.remember(&mut survey(
        "09:00:00",
        (0..1_500)
            .map(|number| different(&format!("{number:05}"), &[("for", "20m")]))
            .collect(),
    ));
    assert_eq!(both.entries.len(), 3_000);
    let kept = Memory::parse(&both.to_text()).unwrap();
    assert_eq!(kept.entries.len(), 2_000);
    let known = old.entries.keys();
    assert_eq!(
        known.filter(|it| kept.entries.contains_key(*it)).count(),
        1_800,
        "those that are known longest stay"
    );
    // What was not seen for longest goes first.
    let (later, _) = large("07:00:00", 500, 6).remember(&mut survey(
        "09:00:00",
        (0..1_000)
            .map(|number| different(&format!("{number:05}"), &[("for", "20m")]))
            .collect(),
    ));
    // The older ones are gone from a family that was read, so they are put back as what nobody looked at.
    let all = later.merge(&large("07:00:00", 500, 6));
    let kept = Memory::parse(&all.to_text()).unwrap();
    assert_eq!(kept, later);
}

#[test]
fn a_memory_stays_below_what_a_config_map_holds() {
    let text = large("08:00:00", 1_000, 250).to_text();
    assert!(text.len() < 900_000, "{}", text.len());
    let kept = Memory::parse(&text).unwrap();
    assert!(kept.entries.len() > 1_000, "{}", kept.entries.len());
    assert_eq!(
        kept.count("rules", &super::kind(), "prod-e1-1"),
        Some(1_000)
    );
}

#[test]
fn a_memory_holds_no_value() {
    let mut survey = survey("08:00:00", vec![different("a", &[("password", "hunter2")])]);
    let (memory, _) = Memory::default().remember(&mut survey);
    assert!(!memory.to_text().contains("hunter2"));
    assert!(!format!("{memory:?}").contains("hunter2"));
}
