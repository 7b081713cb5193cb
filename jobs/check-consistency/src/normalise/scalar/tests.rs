use common::schedule::duration as go_duration;
use proptest::prelude::*;

use super::super::types::Type;
use super::{bytes, image, prometheus_duration, quantity, read, schedule};
use crate::node::Meaning;

/// Texts that mean the same, and texts that do not, as a type.
fn check(what: Type, equal: &[(&str, &str)], different: &[(&str, &str)]) {
    for (one, other) in equal {
        let (meaning, note) = read(what, one, None);
        assert_eq!(note, None, "{one}");
        assert_eq!((meaning, note), read(what, other, None), "{one} {other}");
    }
    for (one, other) in different {
        assert_ne!(
            read(what, one, None).0,
            read(what, other, None).0,
            "{one} {other}"
        );
    }
}

#[test]
fn quantities_are_equal_by_value() {
    check(
        Type::Quantity,
        &[
            ("100m", "0.1"),
            ("1Gi", "1024Mi"),
            ("1Gi", "1073741824"),
            ("1e3", "1k"),
            ("1e3", "1000"),
            ("1E3", "1000"),
            ("0.5Gi", "512Mi"),
            ("1.5", "1500m"),
            ("1E", "1000000000000000000"),
            ("1E", "1e18"),
            ("1Ei", "1152921504606846976"),
            ("0", "0Gi"),
            ("-0", "0"),
            ("+5", "5."),
            ("-.5", "-500m"),
            ("1n", "0.000000001"),
            ("1u", "1000n"),
            ("1e-3", "1m"),
            ("0.1Ki", "102.4"),
            ("99999999999999999999999Ki", "102399999999999999999998976"),
        ],
        &[
            ("1G", "1Gi"),
            ("1m", "1M"),
            ("1E", "1E0"),
            ("1", "-1"),
            ("1", "10"),
            ("1Gi", "1gi"),
            ("0.1", "0.10000000000000000000001"),
        ],
    );
}

#[test]
fn durations_of_prometheus_are_equal_by_length() {
    check(
        Type::PrometheusDuration,
        &[
            ("60s", "1m"),
            ("90m", "1h30m"),
            ("1d", "24h"),
            ("1w", "7d"),
            ("16w", "112d"),
            ("1y", "365d"),
            ("0", "0s"),
            ("1s500ms", "1500ms"),
        ],
        &[("1m", "1ms"), ("1m", "1M"), ("1m", "1m0.5s"), ("1m", "60")],
    );
}

#[test]
fn durations_of_go_are_equal_by_length() {
    check(
        Type::GoDuration,
        &[
            ("1h0m0s", "60m"),
            ("1.5h", "90m"),
            ("1000ms", "1s"),
            ("1000000ns", "1ms"),
            ("1500us", "1.5ms"),
            ("0", "0s"),
            ("-1.5h", "-90m"),
            ("120h0m0s", "120h"),
        ],
        &[("1h", "-1h"), ("24h", "1d"), ("1us", "1ns"), ("1us", "0")],
    );
}

#[test]
fn sizes_of_prometheus_are_powers_of_1024() {
    check(
        Type::Bytes,
        &[
            ("150GiB", "150GB"),
            ("150GB", "161061273600B"),
            ("1.5KB", "1536B"),
            ("0", "0B"),
            ("1TB", "1024GB"),
        ],
        &[("150GB", "150000000000B"), ("1MB", "1KB"), ("1GB", "1G")],
    );
}

#[test]
fn schedules_are_equal_when_they_are_due_at_the_same_times() {
    check(
        Type::Schedule,
        &[
            ("@hourly", "0 * * * *"),
            ("@daily", "@midnight"),
            ("@daily", "0 0 * * *"),
            ("@weekly", "0 0 * * sun"),
            ("@monthly", "0 0 1 * ?"),
            ("@yearly", "@annually"),
            ("@yearly", "0 0 1 jan *"),
            ("*/15 * * * *", "0,15,30,45 * * * *"),
            ("0-59 * * * *", "* * * * *"),
            ("45/5 * * * *", "45,50,55 * * * *"),
            ("05 +3 * * *", "5 3 * * *"),
            ("0  0\t* * *", "0 0 * * *"),
            ("0 0 * * Mon-FRI", "0 0 * * 1-5"),
            ("0 0 * JAN,dec *", "0 0 * 12,1 *"),
            // Without a star in either field of days, one of them is enough.
            ("0 0 1-31 * 1", "0 0 * * *"),
            ("0 0 1 * 0-6", "0 0 * * *"),
            ("0 0 */1 * 1", "0 0 * * 1"),
            ("0 0 *-5 * 1", "0 0 * * 1"),
            ("0 0 , * 1", "0 0 */1 * 1"),
            ("0 0 1, * *", "0 0 1 * *"),
            ("*/99 0 * * *", "0 0 * * *"),
            ("@every 90m", "@every 1h30m"),
            ("@every 0s", "@every 1s"),
        ],
        &[
            ("0 0 */2 * 1", "0 0 */2 * *"),
            ("0 0 */2 * 1", "0 0 * * 1"),
            ("0 0 1 * 1", "0 0 1 * *"),
            ("0 0 1 * 1", "0 0 * * 1"),
            ("0 0 * * 0", "0 0 * * 1"),
            ("0 0 * * 0", "0 0 * * 7"),
            ("@every 1h", "@hourly"),
            ("0 1 * * *", "1 0 * * *"),
        ],
    );
    assert_ne!(
        schedule::parse("0 0 * * *", Some("UTC")),
        schedule::parse("0 0 * * *", Some("Europe/Berlin"))
    );
    assert_ne!(
        schedule::parse("0 0 * * *", Some("Etc/UTC")),
        schedule::parse("0 0 * * *", None)
    );
}

#[test]
fn images_are_equal_when_the_same_is_pulled() {
    check(
        Type::Image,
        &[
            ("docker.io/library/x", "x"),
            ("x", "x:latest"),
            ("docker.io/library/x:1", "x:1"),
            ("docker.io/a/x:1", "a/x:1"),
            ("index.docker.io/a/x:1", "a/x:1"),
            ("localhost:5000/x", "localhost:5000/x:latest"),
            ("library/x", "x"),
            ("docker.io/library/a/b", "library/a/b"),
        ],
        &[
            ("x:1", "x:2"),
            ("quay.io/x:1", "x:1"),
            ("library.io/x", "x"),
            ("x:1", "x@sha256:00"),
            ("x:1@sha256:00", "x:1"),
            ("x:1@sha256:00", "x@sha256:00"),
            ("library/a/b", "a/b"),
            ("docker.io/library/a/b", "a/b"),
            ("docker.io/quay.io/x", "quay.io/x"),
            ("docker.io/localhost/x", "localhost/x"),
            ("quay.io/library/x", "x"),
        ],
    );
}

#[test]
fn what_is_not_of_a_type_is_compared_as_text_and_noted() {
    let table: [(Type, &[&str]); 6] = [
        (
            Type::Quantity,
            &[
                "", "Gi", ".", "1 Gi", "1gi", "1.1.1", "1e", "1e1.5", "--1", "1K", "five",
            ],
        ),
        (
            Type::PrometheusDuration,
            &[
                "",
                "1M",
                "1.5h",
                "1h1d",
                "1h1h",
                "60",
                "-1m",
                "1 m",
                "m",
                "300y",
                "99999999999999999999y",
            ],
        ),
        (
            Type::GoDuration,
            &["", "1d", "1", "h", "1h ", "--1s", ".s", "2562048h"],
        ),
        (
            Type::Bytes,
            &["", "1", "1G", "1gb", "GB", "1.1.1GB", "-1GB", "1iB"],
        ),
        (
            Type::Schedule,
            &[
                "",
                "* * * *",
                "* * * * * *",
                "0 0 * * 7",
                "0 0 L * *",
                "0 0 * * fri-mon",
                "0 0 * * monday",
                "0 0 * * 5#2",
                "60 * * * *",
                "*/0 * * * *",
                "1-2-3 * * * *",
                "*/2/2 * * * *",
                "@Daily",
                "@every 1d",
                "TZ=UTC 0 0 * * *",
                "0 22-2 * * *",
            ],
        ),
        (
            Type::Image,
            &["", "a b", ":1", "x:", "x@", "/x", "x//y", "{{image}}"],
        ),
    ];
    for (what, texts) in table {
        for text in texts {
            let (meaning, note) = read(what, text, None);
            assert_eq!(
                meaning,
                Meaning::Text((*text).to_owned()),
                "{what:?} {text}"
            );
            assert!(note.is_some_and(|note| note.ends_with("compared as text")));
        }
    }
}

proptest! {
    #[test]
    fn a_quantity_is_the_same_in_any_unit(digits in 0_u64..1_000_000_000, point in 0_usize..9) {
        let text = format!("{digits:09}");
        let (whole, fraction) = text.split_at(9 - point);
        let spelt = format!("{whole}.{fraction}");
        let meaning = quantity::parse(&spelt);
        prop_assert!(meaning.is_some());
        prop_assert_eq!(quantity::parse(&format!("{digits}e-{point}")), meaning.clone());
        prop_assert_eq!(quantity::parse(&format!("00{spelt}000")), meaning.clone());
        prop_assert_eq!(quantity::parse(&format!("{spelt}Gi")), quantity::parse(&format!("{whole}{fraction}e-{point}"))
            .and_then(|_| quantity::parse(&format!("{}e-{point}", u128::from(digits) << 30))));
        prop_assert_ne!(quantity::parse(&format!("{}e-{point}", digits + 1)), meaning);
    }

    #[test]
    fn a_duration_is_the_same_however_it_is_split(seconds in 0_i128..100_000_000) {
        let text = format!("{}d{}h{}m{}s", seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        prop_assert_eq!(prometheus_duration::parse(&text), Some(seconds * 1_000));
        prop_assert_eq!(prometheus_duration::parse(&format!("{seconds}s")), Some(seconds * 1_000));
        let text = format!("{}h{}m{}.0s", seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let read = go_duration::parse(&text).map(|it| it.as_nanos());
        prop_assert_eq!(read, Some(seconds * 1_000_000_000));
    }

    #[test]
    fn nothing_that_anybody_writes_makes_a_reader_fall_over(text in "[0-9a-zA-Z.+*/,@: -]{0,24}|.{0,12}") {
        drop((
            quantity::parse(&text), prometheus_duration::parse(&text), go_duration::parse(&text),
            bytes::parse(&text), image::parse(&text), schedule::parse(&text, None),
        ));
    }

    #[test]
    fn a_schedule_that_is_read_here_is_one_that_a_cluster_takes(text in "([*?0-9,/-]{1,5} ){4}[*?0-6,/a-z-]{1,4}|@[a-z]{1,9}") {
        let taken = common::schedule::Schedule::parse(&text, "UTC").is_ok();
        prop_assert_eq!(schedule::parse(&text, None).is_some(), taken);
    }
}
