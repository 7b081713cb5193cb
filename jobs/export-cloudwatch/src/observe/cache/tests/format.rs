//! What is written is read again, and nothing else is.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

use super::super::format::{FormatError, checksum, read, write};
use super::super::{Memory, Remembered};
use crate::observe::intern::Interner;
use crate::observe::listed::{Listed, Shape};
use crate::observe::listing::{Activity, Filter, Pages, Request};

#[test]
fn other_files_are_refused_with_a_reason() {
    let good = write(&Memory::default(), "account");
    assert_eq!(read(&good, "account"), Ok(Memory::default()));
    let text = String::from_utf8(good.clone()).unwrap();
    let resealed = |body: &str| format!("{body}end\t{}\n", checksum(body.as_bytes()));
    for (bytes, expected) in [
        (b"".to_vec(), FormatError::Foreign),
        (b"\xff\xfe".to_vec(), FormatError::Foreign),
        (
            text.replace("listings 2", "listings 1").into_bytes(),
            FormatError::Foreign,
        ),
        (
            text.replace("account", "acc0unt").into_bytes(),
            FormatError::Damaged,
        ),
        (format!("{text}\n").into_bytes(), FormatError::Damaged),
        (write(&Memory::default(), "other"), FormatError::OtherScope),
        (
            resealed("export-cloudwatch listings 2\nscope\taccount\nm\t0\n").into_bytes(),
            FormatError::Line(3),
        ),
        (
            resealed("export-cloudwatch listings 2\ns\tx\n").into_bytes(),
            FormatError::Line(2),
        ),
    ] {
        assert_eq!(read(&bytes, "account"), Err(expected));
    }
}

fn texts() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![3 => "[a-c]{1,2}", 1 => any::<String>()].prop_map(Into::into)
}

fn requests() -> impl Strategy<Value = Request> {
    let filter = (texts(), proptest::option::of(texts()));
    let filters = vec(
        filter.prop_map(|(name, value)| Filter { name, value }),
        0..4,
    );
    let activity = prop_oneof![Just(Activity::Recent), Just(Activity::Any)];
    (texts(), proptest::option::of(texts()), filters, activity).prop_map(
        |(namespace, metric_name, filters, activity)| Request {
            namespace,
            metric_name,
            filters,
            activity,
        },
    )
}

fn times() -> impl Strategy<Value = Timestamp> {
    (0_i64..4_000_000_000).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn shapes() -> impl Strategy<Value = Shape> {
    let metric = vec((texts(), texts()), 0..4).prop_map(|pairs| {
        Interner::default().dimensions(pairs.iter().map(|(name, value)| (&**name, &**value)))
    });
    (
        texts(),
        btree_set(texts(), 0..4),
        any::<u64>(),
        vec(metric, 0..6),
    )
        .prop_map(|(metric_name, dimensions, listed, metrics)| Shape {
            metric_name,
            dimensions,
            listed,
            metrics,
        })
}

fn memories() -> impl Strategy<Value = Memory> {
    let pages = prop_oneof![
        (1_u32..9).prop_map(Pages::Exactly),
        Just(Pages::MoreThanOne)
    ];
    let listing = (requests(), times(), 1_u32..9, vec(shapes(), 0..4), times());
    let listings = vec(listing, 0..5).prop_map(|listings| {
        let remembered = |(request, fetched_at, pages, shapes, expires_at)| {
            let listed = Arc::new(Listed {
                request,
                fetched_at,
                pages,
                shapes,
            });
            (listed.request.clone(), Remembered { listed, expires_at })
        };
        listings
            .into_iter()
            .map(remembered)
            .collect::<BTreeMap<_, _>>()
    });
    (listings, btree_map(requests(), (pages, times()), 0..5))
        .prop_map(|(listings, pages)| Memory { listings, pages })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(memory in memories(), scope in "[0-9a-f]{64}") {
        prop_assert_eq!(read(&write(&memory, &scope), &scope), Ok(memory));
    }

    #[test]
    fn no_cut_and_no_changed_byte_goes_unnoticed(
        memory in memories(),
        at in any::<prop::sample::Index>(),
        change in 1_u8..,
    ) {
        let good = write(&memory, "account");
        let at = at.index(good.len());
        prop_assert!(read(&good[..at], "account").is_err());
        let mut changed = good.clone();
        changed[at] ^= change;
        prop_assert!(read(&changed, "account").is_err());
    }

    #[test]
    fn any_sealed_nonsense_is_refused_without_a_panic(lines in vec(
        (proptest::sample::select(&["s", "d", "pages", "list", "shape", "m", "scope", "x"][..]),
         vec("-|recent|any|[0-9]{1,3}|-?[0-9]{18,20}", 0..8)), 0..8)
    ) {
        let lines = lines.iter().map(|(tag, fields)| format!("{tag}\t{}\n", fields.join("\t")));
        let body = format!("export-cloudwatch listings 2\nscope\tx\n{}", lines.collect::<String>());
        let sealed = format!("{body}end\t{}\n", checksum(body.as_bytes()));
        // Some of it happens to make sense; then it reads the same when it is written again.
        if let Ok(memory) = read(sealed.as_bytes(), "x") {
            prop_assert_eq!(read(&write(&memory, "x"), "x"), Ok(memory));
        }
    }
}
