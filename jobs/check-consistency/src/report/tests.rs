//! Tests of the forms of the report, each on the same surveys.

use super::{Coverage, Judgement, View, sample, text};
use crate::survey::Survey;

fn plain(survey: &Survey, all: bool) -> String {
    let view = View { all, colour: false };
    let mut out = Vec::new();
    text(survey, &view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn two_clusters_as_text() {
    insta::assert_snapshot!(plain(&sample::two(), false));
}

#[test]
fn two_clusters_with_all_as_text() {
    insta::assert_snapshot!(plain(&sample::two(), true));
}

#[test]
fn three_clusters_with_a_baseline_as_text() {
    insta::assert_snapshot!(plain(&sample::three(), false));
}

#[test]
fn equal_clusters_as_text() {
    insta::assert_snapshot!(plain(&sample::equal(), false));
}
