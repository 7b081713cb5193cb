//! Labels: where they go by themselves, and that they move only by compare-and-swap.

use sandbox::aws::SecretValue;

use super::{FIRST, SECOND, SECRET, THIRD, labels, refused, start};

#[tokio::test]
async fn a_put_without_labels_becomes_current_and_the_old_one_previous() {
    let bench = start();
    bench.put(SECOND, "two", &[]).await.unwrap();
    bench.put(THIRD, "three", &[]).await.unwrap();
    assert_eq!(
        bench.labels().await,
        labels(&[("2", &["AWSPREVIOUS"]), ("3", &["AWSCURRENT"])])
    );
    assert_eq!(bench.get(None, Some("AWSPREVIOUS")).await.unwrap(), "two");
    // Without a label it can still be read by its id.
    assert_eq!(
        bench.get(Some(FIRST), None).await.unwrap(),
        r#"{"user": "first"}"#
    );
}

#[tokio::test]
async fn the_first_version_is_current_whatever_it_is_called() {
    let bench = start();
    let mut stages = bench
        .put_to("empty", FIRST, "one", &["AWSPENDING"])
        .await
        .unwrap();
    stages.sort();
    assert_eq!(stages, ["AWSCURRENT", "AWSPENDING"]);
    assert_eq!(
        bench
            .put_to("empty", SECOND, "two", &["AWSPENDING"])
            .await
            .unwrap(),
        ["AWSPENDING"]
    );
}

#[tokio::test]
async fn a_label_moves_only_from_the_version_that_has_it() {
    let bench = start();
    bench.put(SECOND, "two", &["AWSPENDING"]).await.unwrap();
    let before = bench.labels().await;
    for (from, to, expected) in [
        (None, Some(SECOND), "InvalidParameterException"),
        (Some(SECOND), Some(SECOND), "InvalidParameterException"),
        (Some(THIRD), Some(SECOND), "InvalidParameterException"),
        (Some(FIRST), Some(THIRD), "ResourceNotFoundException"),
        (Some(FIRST), None, "InvalidParameterException"),
        (None, None, "InvalidParameterException"),
    ] {
        let moved = bench.relabel("AWSCURRENT", from, to).await;
        assert_eq!(moved, refused(expected), "{from:?} {to:?}");
        assert_eq!(bench.labels().await, before, "{from:?} {to:?}");
    }
    bench
        .relabel("AWSCURRENT", Some(FIRST), Some(SECOND))
        .await
        .unwrap();
    let promoted = labels(&[
        ("1", &["AWSPREVIOUS"]),
        ("2", &["AWSPENDING", "AWSCURRENT"]),
    ]);
    assert_eq!(bench.labels().await, promoted);
    // A reply that was lost is not found out by repeating.
    let again = bench.relabel("AWSCURRENT", Some(FIRST), Some(SECOND)).await;
    assert_eq!(again, refused("InvalidParameterException"));

    bench
        .relabel("AWSPENDING", Some(SECOND), None)
        .await
        .unwrap();
    bench
        .relabel("AWSCURRENT", Some(SECOND), Some(FIRST))
        .await
        .unwrap();
    assert_eq!(
        bench.labels().await,
        labels(&[("1", &["AWSCURRENT"]), ("2", &["AWSPREVIOUS"])])
    );
}

#[tokio::test]
async fn a_label_that_is_nowhere_is_attached_and_there_are_twenty_at_most() {
    let bench = start();
    for number in 0..19 {
        bench
            .relabel(&format!("label{number}"), None, Some(FIRST))
            .await
            .unwrap();
    }
    let one_more = bench.relabel("label19", None, Some(FIRST)).await;
    assert_eq!(one_more, refused("LimitExceededException"));
    assert_eq!(
        bench.put(SECOND, "two", &["AWSPENDING"]).await,
        refused("LimitExceededException")
    );
    bench.put(SECOND, "two", &["label0"]).await.unwrap();
}

#[tokio::test]
async fn id_and_label_must_agree_and_a_version_must_have_a_value() {
    let bench = start();
    bench.put(SECOND, "two", &["AWSPENDING"]).await.unwrap();
    assert_eq!(
        bench.get(Some(SECOND), Some("AWSPENDING")).await.unwrap(),
        "two"
    );
    let disagree = bench.get(Some(SECOND), Some("AWSCURRENT")).await;
    assert_eq!(disagree, refused("InvalidRequestException"));
    assert_eq!(
        bench.get(Some(THIRD), None).await,
        refused("ResourceNotFoundException")
    );
    assert_eq!(
        bench.get(None, Some("nowhere")).await,
        refused("ResourceNotFoundException")
    );

    let announced = bench.sim.secrets().announce(SECRET, "AWSPENDING").unwrap();
    assert_eq!(
        bench.get(None, Some("AWSPENDING")).await,
        refused("ResourceNotFoundException")
    );
    assert!(
        bench.labels().await.len() == 2,
        "it is described all the same"
    );
    // The token of an announced version fills it.
    bench
        .put(&announced, "filled", &["AWSPENDING"])
        .await
        .unwrap();
    assert_eq!(bench.get(None, Some("AWSPENDING")).await.unwrap(), "filled");
}

#[tokio::test]
async fn a_person_edits_and_rolls_back_under_the_same_rules() {
    let bench = start();
    let person = bench.sim.secrets();
    let edited = person.put_value(SECRET, "edited").unwrap();
    assert_eq!(
        person.version_at(SECRET, "AWSCURRENT").unwrap(),
        Some(edited.clone())
    );
    person.move_label(SECRET, "AWSCURRENT", FIRST).unwrap();
    assert_eq!(person.current_text(SECRET).unwrap(), r#"{"user": "first"}"#);
    assert_eq!(
        person.version_at(SECRET, "AWSPREVIOUS").unwrap(),
        Some(edited)
    );
    let pending = SecretValue::Text("p".into());
    let pending = person.put_staged(SECRET, pending, &["AWSPENDING"]).unwrap();
    person.remove_label(SECRET, "AWSPENDING").unwrap();
    assert_eq!(person.stages(SECRET).unwrap()[&pending], [""; 0]);
    let refused = person.remove_label(SECRET, "AWSCURRENT").unwrap_err();
    assert_eq!(refused.code(), "InvalidParameterException");
}
