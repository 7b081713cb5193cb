use super::syntax::{Malformed, check};

#[test]
fn every_documented_form_is_an_extended_statistic() {
    for text in [
        "p0",
        "p9",
        "p99",
        "p99.9",
        "p99.9999999999",
        "p100",
        "tm90",
        "tc99.5",
        "ts1",
        "wm100",
        "IQM",
        "TM(2%:98%)",
        "TM(:95%)",
        "TM(5%:)",
        "TC(0.005:0.03)",
        "TS(80:)",
        "WM(:100)",
        "TM(150:1000)",
        "PR(:300)",
        "PR(100:2000)",
        "PR(100.5:)",
        "PR(-5:5)",
        "TM(0%:100%)",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

#[test]
fn what_cloudwatch_would_refuse_is_refused_here() {
    for (text, why) in [
        ("", Malformed::Unknown),
        ("Average", Malformed::Unknown),
        ("P99", Malformed::Unknown),
        ("99", Malformed::Unknown),
        ("iqm", Malformed::Unknown),
        ("p", Malformed::Percentage),
        ("p101", Malformed::Percentage),
        ("p100.0", Malformed::Percentage),
        ("p99.", Malformed::Percentage),
        ("p99.99999999999", Malformed::Percentage),
        ("p-1", Malformed::Percentage),
        ("p99%", Malformed::Percentage),
        ("p9e1", Malformed::Percentage),
        ("tm(10:90)", Malformed::Percentage),
        ("TM", Malformed::Bounds),
        ("TM90", Malformed::Bounds),
        ("TM(10)", Malformed::Bounds),
        ("TM(10:90", Malformed::Bounds),
        ("TM(101%:)", Malformed::Bounds),
        ("TM(a:b)", Malformed::Bounds),
        ("TM(1:2:3)", Malformed::Bounds),
        ("TM(:)", Malformed::NoBound),
        ("PR(:)", Malformed::NoBound),
        ("TM(10%:90)", Malformed::MixedBounds),
        ("PR(10%:)", Malformed::PercentRank),
        ("TM(90%:10%)", Malformed::EmptyRange),
        ("PR(5:5)", Malformed::EmptyRange),
    ] {
        assert_eq!(check(text), Err(why), "{text}");
    }
}
