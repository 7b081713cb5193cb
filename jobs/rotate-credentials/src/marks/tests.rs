use proptest::prelude::*;

use super::*;

fn id(last: char) -> AccessKeyId {
    format!("AKIA{}", last.to_string().repeat(16))
        .parse()
        .unwrap()
}

fn mark() -> KeyMark {
    KeyMark {
        stage: Stage::Soaking,
        run: RunId::new("rotate-credentials-29400000-abcde"),
        replaces: Some(id('A')),
        base: Some(VersionId::new("11111111-1111-1111-1111-111111111111")),
        at: "2026-11-24T12:00:00Z".parse().unwrap(),
        since: "2026-11-25T12:00:00.123456789Z".parse().unwrap(),
        short: true,
    }
}

#[test]
fn a_mark_reads_like_a_sentence() {
    let tag = mark().tag(&id('B'));
    insta::assert_snapshot!(tag.name, @"rotate-credentials.key.AKIABBBBBBBBBBBBBBBB");
    insta::assert_snapshot!(tag.value, @"v1 state=soaking run=rotate-credentials-29400000-abcde replaces=AKIAAAAAAAAAAAAAAAAA base=11111111-1111-1111-1111-111111111111 at=2026-11-24T12:00:00Z since=2026-11-25T12:00:00.123456789Z short=yes");
    assert!(tag.value.len() <= 256);
}

#[test]
fn what_is_not_exactly_ours_is_unreadable() {
    let good = mark().tag(&id('B'));
    let read = |value: &str| {
        Marks::read([(good.name.as_str(), value)])
            .of(&id('B'))
            .cloned()
    };
    assert_eq!(read(&good.value), Some(mark()));
    for (from, to) in [
        ("v1 ", "v2 "),
        ("v1 ", ""),
        ("state=soaking", "state=Soaking"),
        ("state=soaking ", ""),
        ("state=soaking", "state=soaking state=soaking"),
        (" at=2026-11-24T12:00:00Z", ""),
        ("at=2026-11-24T12:00:00Z", "at=yesterday"),
        ("replaces=AKIA", "replaces=ASIA"),
        ("short=yes", "short=no"),
        ("short=yes", "note=mine"),
        ("short=yes", "short"),
    ] {
        let edited = good.value.replacen(from, to, 1);
        assert_ne!(edited, good.value);
        assert_eq!(read(&edited), None, "{edited}");
    }
}

#[test]
fn other_peoples_tags_mean_nothing_but_a_description_does() {
    let marks = Marks::read([
        ("notify_emails", "a@example.com b@example.com"),
        ("AKIABBBBBBBBBBBBBBBB", "key of the build server"),
        ("rotate-credentials.key.nonsense", "v1"),
        (HOLD, "release week"),
    ]);
    assert!(marks.keys.is_empty() && marks.intents.is_empty() && marks.hold);
    assert_eq!(marks.described, [id('B')].into());
}

proptest! {
    #[test]
    fn every_mark_is_read_back_and_fits_a_tag(
        stage in prop::sample::select(vec![Stage::New, Stage::Live, Stage::Soaking, Stage::Inactive, Stage::Orphan, Stage::Abandoned]),
        run in "\\PC{0,80}", replaces in prop::option::of(prop::char::range('A', 'Z')),
        base in prop::option::of("[0-9a-f-]{36}"), at in 0_i64..4_000_000_000, since in 0_i64..4_000_000_000, short: bool,
    ) {
        let mark = KeyMark {
            stage, short,
            run: RunId::new(&run),
            replaces: replaces.map(id),
            base: base.map(VersionId::new),
            at: Timestamp::from_second(at).unwrap(),
            since: Timestamp::from_second(since).unwrap(),
        };
        let tag = mark.tag(&id('C'));
        prop_assert!(tag.value.len() <= 256);
        let allowed = |c: char| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c);
        prop_assert!(tag.value.chars().all(allowed), "{}", tag.value);
        let marks = Marks::read([(tag.name.as_str(), tag.value.as_str())]);
        prop_assert_eq!(marks.of(&id('C')), Some(&mark));
    }

    #[test]
    fn every_intent_is_read_back(at in 0_i64..4_000_000_000, keys in prop::collection::btree_set(prop::char::range('A', 'Z'), 0..3)) {
        let intent = Intent {
            at: Timestamp::from_second(at).unwrap(),
            base: VersionId::new("11111111-1111-1111-1111-111111111111"),
            known: keys.into_iter().map(id).collect(),
        };
        let run = RunId::new("run-1");
        let tag = intent.tag(&run);
        prop_assert!(tag.value.len() <= 256);
        let marks = Marks::read([(tag.name.as_str(), tag.value.as_str())]);
        prop_assert_eq!(marks.intents.get(&run), Some(&Ok(intent)));
    }

    #[test]
    fn hostile_values_never_break_the_reader(value in "\\PC{0,300}", name in "\\PC{0,140}") {
        let hostile = format!("{KEY}AKIAAAAAAAAAAAAAAAAA");
        Marks::read([(name.as_str(), value.as_str()), (hostile.as_str(), value.as_str())]);
    }
}
