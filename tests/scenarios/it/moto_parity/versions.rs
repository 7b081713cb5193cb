//! Versions of a secret and their labels.

use super::side::{SECRET, Side, outcome};

pub(super) async fn tokens(side: &mut Side<'_>) {
    side.get("tokens: nothing stored", '-', "-").await;
    side.put("tokens: first", 'a', "one", &[]).await;
    side.describe("tokens: after the first").await;
    side.put("tokens: the same again", 'a', "one", &[]).await;
    side.describe("tokens: after the same again").await;
    side.put("tokens: staged", 'b', "two", &["AWSPENDING"])
        .await;
    side.put("tokens: staged again", 'b', "two", &["AWSPENDING"])
        .await;
    side.describe("tokens: after staged twice").await;
    side.put(
        "tokens: the token with other data",
        'b',
        "other",
        &["AWSPENDING"],
    )
    .await;
    side.get("tokens: the value under the token", 'b', "-")
        .await;
    let long = "x".repeat(65_537);
    side.put("tokens: 65537 bytes", 'c', &long, &["AWSPENDING"])
        .await;
    let short = side
        .secrets
        .put_secret_value()
        .secret_id(SECRET)
        .secret_string("x");
    side.note(
        "tokens: a short token",
        outcome(short.client_request_token("short").send().await),
    );
    let empty = side.secrets.put_secret_value().secret_id(SECRET);
    side.note("tokens: no value", outcome(empty.send().await));
    let missing = side
        .secrets
        .put_secret_value()
        .secret_id("missing")
        .secret_string("x");
    side.note("tokens: no such secret", outcome(missing.send().await));
}

pub(super) async fn labels(side: &mut Side<'_>) {
    side.put("labels: first", 'a', "one", &[]).await;
    side.put("labels: staged", 'b', "two", &["AWSPENDING"])
        .await;
    side.relabel(
        "labels: promote without saying from where",
        "AWSCURRENT",
        '-',
        'b',
    )
    .await;
    side.relabel(
        "labels: promote from the wrong version",
        "AWSCURRENT",
        'b',
        'b',
    )
    .await;
    side.describe("labels: nothing moved").await;
    side.relabel("labels: promote", "AWSCURRENT", 'a', 'b')
        .await;
    side.describe("labels: promoted").await;
    side.relabel("labels: promote again", "AWSCURRENT", 'a', 'b')
        .await;
    side.relabel("labels: drop pending", "AWSPENDING", 'b', '-')
        .await;
    side.describe("labels: pending dropped").await;
    side.relabel("labels: roll back", "AWSCURRENT", 'b', 'a')
        .await;
    side.describe("labels: rolled back").await;
    side.relabel("labels: remove the current label", "AWSCURRENT", 'a', '-')
        .await;
    side.describe("labels: current still there").await;

    side.put("labels: staged anew", 'c', "three", &["AWSPENDING"])
        .await;
    side.put("labels: staged over it", 'd', "four", &["AWSPENDING"])
        .await;
    side.describe("labels: one without a label").await;
    side.get("labels: it is still read by id", 'c', "-").await;
    side.relabel(
        "labels: move pending without saying from where",
        "AWSPENDING",
        '-',
        'a',
    )
    .await;
    side.describe("labels: pending is where it was").await;
    side.relabel("labels: attach a new label", "mark", '-', 'a')
        .await;
    side.relabel("labels: to a version that is not there", "mark", 'a', 'f')
        .await;
    side.describe("labels: mark is where it was").await;
    side.relabel("labels: from a version that is not there", "mark", 'f', 'b')
        .await;
    side.relabel("labels: neither from nor to", "mark", '-', '-')
        .await;
}

pub(super) async fn reading(side: &mut Side<'_>) {
    side.put("reading: first", 'a', "one", &[]).await;
    side.put("reading: second", 'b', "two", &[]).await;
    side.put("reading: third", 'c', "three", &["AWSPENDING"])
        .await;
    side.get("reading: nothing said", '-', "-").await;
    side.get("reading: previous", '-', "AWSPREVIOUS").await;
    side.get("reading: pending", '-', "AWSPENDING").await;
    side.get("reading: by id", 'a', "-").await;
    side.get("reading: id and label agree", 'c', "AWSPENDING")
        .await;
    side.get("reading: id and label disagree", 'c', "AWSCURRENT")
        .await;
    side.get("reading: an id that is not there", 'f', "-").await;
    side.get("reading: a label that is nowhere", '-', "mark")
        .await;
    let missing = side.secrets.get_secret_value().secret_id("missing");
    side.note("reading: no such secret", outcome(missing.send().await));
    let missing = side.secrets.describe_secret().secret_id("missing");
    side.note(
        "reading: describe no such secret",
        outcome(missing.send().await),
    );
    let described = side
        .secrets
        .describe_secret()
        .secret_id(SECRET)
        .send()
        .await
        .unwrap();
    let arn = described.arn.unwrap();
    let form = arn
        .rsplit_once('-')
        .map(|(start, end)| format!("{start} {}", end.len()));
    side.note("reading: the form of the ARN", form.unwrap());
    side.note(
        "reading: by ARN",
        outcome(side.secrets.get_secret_value().secret_id(&arn).send().await),
    );
    let partial = arn.rsplit_once('-').unwrap().0;
    side.note(
        "reading: by ARN without its end",
        outcome(
            side.secrets
                .get_secret_value()
                .secret_id(partial)
                .send()
                .await,
        ),
    );
    side.put("reading: a value moved by hand", 'd', "four", &[])
        .await;
    side.describe("reading: labels at the end").await;
}

pub(super) async fn deletion(side: &mut Side<'_>) {
    side.put("deletion: first", 'a', "one", &[]).await;
    side.put("deletion: staged", 'b', "two", &["AWSPENDING"])
        .await;
    side.schedule_deletion().await;
    side.describe("deletion: it is still described").await;
    side.get("deletion: read", '-', "-").await;
    side.put("deletion: store", 'c', "three", &["AWSPENDING"])
        .await;
    side.relabel("deletion: promote", "AWSCURRENT", 'a', 'b')
        .await;
    let described = side
        .secrets
        .describe_secret()
        .secret_id(SECRET)
        .send()
        .await
        .unwrap();
    let date = if described.deleted_date.is_some() {
        "dated"
    } else {
        "not dated"
    };
    side.note("deletion: its date", date);
}
