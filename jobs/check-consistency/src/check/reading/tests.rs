//! Who is asked, and what the answers make of an object's place.

use serde_json::json;

use super::{Answer, Look, Reading};
use crate::check::testing::{gap, spec, subject};
use crate::finding::Presence::{Absent, Here, NotAsked, Terminating, Unknown as NotSeen};
use crate::finding::Unknown;

#[test]
fn who_is_asked_depends_on_what_the_lists_showed() {
    let at = [Here, Terminating, Absent, NotSeen, NotAsked];
    let asked = |look: Look, reading| {
        let mut subject = subject(&at);
        subject.reading = reading;
        let clusters = 0..=at.len();
        clusters
            .map(|cluster| look.asks(&subject, cluster))
            .collect::<Vec<_>>()
    };
    let (yes, no) = (true, false);
    assert_eq!(asked(Look::Listed, true), [yes, yes, no, no, no, no]);
    assert_eq!(asked(Look::Listed, false), [no, no, no, no, no, no]);
    for reading in [true, false] {
        assert_eq!(
            asked(Look::Everywhere, reading),
            [yes, yes, yes, yes, no, no]
        );
    }
}

#[test]
fn what_is_too_large_for_a_list_is_not_read_on_its_own() {
    let mut subject = subject(&[Here, NotSeen]);
    subject.gaps = vec![None, Some(Unknown::TooLarge)];
    assert!(!Look::Everywhere.asks(&subject, 1));
    assert_eq!(
        Reading::new(&subject, vec![None, None]).gap(),
        Some(Unknown::TooLarge)
    );
}

#[test]
fn the_latest_answer_says_where_an_object_is() {
    let here = || Some(Ok(Some(spec(json!({})))));
    let mut deleted = spec(json!({}));
    deleted["metadata"]["deletionTimestamp"] = json!("2026-11-29T00:00:00Z");
    let late = || Some(Err(gap(Unknown::ServerError)));
    for (before, answer, after, why) in [
        (Here, None, Here, None),
        (Here, here(), Here, None),
        (Here, Some(Ok(None)), Absent, None),
        (Here, Some(Ok(Some(deleted))), Terminating, None),
        (Here, late(), NotSeen, Some(Unknown::ServerError)),
        (Absent, here(), Here, None),
        (Terminating, Some(Ok(None)), Absent, None),
        // A list that could not be read, of which one object can.
        (NotSeen, here(), Here, None),
        (NotSeen, None, NotSeen, Some(Unknown::Timeout)),
        (NotSeen, late(), NotSeen, Some(Unknown::ServerError)),
        (NotAsked, None, NotAsked, None),
    ] {
        let shown = format!("{before:?} {answer:?}");
        let answers: Vec<Answer> = vec![here(), answer];
        let reading = Reading::new(&subject(&[Here, before]), answers);
        assert_eq!(reading.presence, [Here, after], "{shown}");
        assert_eq!(reading.gap(), why, "{shown}");
        let read = matches!(after, Here | Terminating) && shown.contains("Ok");
        assert_eq!(reading.objects[1].is_some(), read, "{shown}");
    }
}

#[test]
fn a_rollout_is_under_way_until_the_controller_has_seen_the_last_change() {
    for (generation, seen, rolling) in [
        (json!(2), json!(1), true),
        (json!(2), json!(2), false),
        (json!(2), json!(null), false),
        (json!(null), json!(1), false),
    ] {
        let mut object = spec(json!({}));
        object["metadata"]["generation"] = generation;
        object["status"] = json!({"observedGeneration": seen});
        let reading = Reading::new(&subject(&[Here]), vec![Some(Ok(Some(object)))]);
        assert_eq!(reading.rolling, rolling);
    }
}

#[test]
fn that_a_listed_object_is_gone_is_believed_at_the_second_look_only() {
    let first = Look::Listed.believe(Ok(None), "a").unwrap_err();
    assert_eq!(first.reason, Unknown::NotSettled);
    let hint = first.trouble.hint.as_deref();
    assert_eq!(hint, Some("run again when nobody is at work on it"));
    assert_eq!(Look::Everywhere.believe(Ok(None), "a"), Ok(None));
    for look in [Look::Listed, Look::Everywhere] {
        let object = Ok(Some(spec(json!({}))));
        assert_eq!(look.believe(object.clone(), "a"), object);
        let failed = Err(gap(Unknown::Timeout));
        assert_eq!(look.believe(failed.clone(), "a"), failed);
    }
}

#[test]
fn an_object_is_gone_when_a_cluster_says_so_and_none_has_it() {
    let gone = || Some(Ok(None));
    let late = Some(Err(gap(Unknown::Timeout)));
    let here = Some(Ok(Some(spec(json!({})))));
    for (at, answers, is_gone) in [
        ([Here, Here], vec![gone(), gone()], true),
        ([Here, Absent], vec![gone(), None], true),
        ([Here, NotAsked], vec![gone(), None], true),
        ([Absent, Absent], vec![None, None], false),
        ([Here, Here], vec![gone(), None], false),
        ([Here, Here], vec![gone(), late], false),
        ([Here, Here], vec![gone(), here], false),
    ] {
        let shown = format!("{at:?} {answers:?}");
        let reading = Reading::new(&subject(&at), answers);
        assert_eq!(reading.is_gone(), is_gone, "{shown}");
    }
}
