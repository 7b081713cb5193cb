//! Access keys.

use super::side::{Side, USER, outcome};

pub(super) async fn life(side: &mut Side<'_>) {
    side.list("keys: of a new user").await;
    side.create("keys: the first", "a").await;
    side.create("keys: the second", "b").await;
    side.list("keys: two").await;
    side.create("keys: a third", "c").await;
    side.set("keys: deactivate", "a", "Inactive").await;
    side.set("keys: deactivate again", "a", "Inactive").await;
    side.list("keys: one of two inactive").await;
    side.create("keys: a third beside an inactive one", "c")
        .await;
    side.set("keys: reactivate", "a", "Active").await;
    side.delete("keys: delete an active one", "a").await;
    side.delete("keys: delete it again", "a").await;
    side.set("keys: activate a deleted one", "a", "Active")
        .await;
    side.list("keys: one left").await;
    side.create("keys: a second again", "c").await;
    side.list("keys: two again").await;
}

pub(super) async fn refusals(side: &mut Side<'_>) {
    let iam = side.iam.clone();
    let nobody = "nobody";
    side.note(
        "nobody: list keys",
        outcome(iam.list_access_keys().user_name(nobody).send().await),
    );
    side.note(
        "nobody: create key",
        outcome(iam.create_access_key().user_name(nobody).send().await),
    );
    let update = iam
        .update_access_key()
        .user_name(nobody)
        .status("Inactive".into());
    side.note(
        "nobody: update key",
        outcome(update.access_key_id(side.id("none")).send().await),
    );
    let delete = iam.delete_access_key().user_name(nobody);
    side.note(
        "nobody: delete key",
        outcome(delete.access_key_id(side.id("none")).send().await),
    );
    side.note(
        "nobody: list tags",
        outcome(iam.list_user_tags().user_name(nobody).send().await),
    );
    side.note(
        "nobody: untag",
        outcome(
            iam.untag_user()
                .user_name(nobody)
                .tag_keys("k")
                .send()
                .await,
        ),
    );
    side.set("keys: update one that is not there", "none", "Inactive")
        .await;
    side.delete("keys: delete one that is not there", "none")
        .await;
    let used = iam
        .get_access_key_last_used()
        .access_key_id(side.id("none"));
    side.note(
        "keys: last use of one that is not there",
        outcome(used.send().await),
    );
    side.create("keys: one for odd statuses", "a").await;
    side.set("keys: status Expired", "a", "Expired").await;
    side.set("keys: status of no meaning", "a", "Sleeping")
        .await;
    side.list("keys: after odd statuses").await;
}

pub(super) async fn use_of_keys(side: &mut Side<'_>) {
    side.create("use: first", "a").await;
    side.create("use: second", "b").await;
    last_used(side, "use: of a key that never signed").await;
    let own = side.as_key("a");
    side.note(
        "use: sign with it",
        outcome(own.list_access_keys().user_name(USER).send().await),
    );
    last_used(side, "use: of a key that signed").await;
    side.set("use: deactivate", "a", "Inactive").await;
    side.note(
        "use: sign with an inactive key",
        outcome(own.list_access_keys().user_name(USER).send().await),
    );
    let one = side.iam.list_access_keys().user_name(USER).max_items(1);
    let page = one.send().await.unwrap();
    let shape = format!(
        "{} truncated {}",
        page.access_key_metadata.len(),
        page.is_truncated
    );
    side.note("use: a page of one key", shape);
}

async fn last_used(side: &mut Side<'_>, step: &str) {
    let call = side
        .iam
        .get_access_key_last_used()
        .access_key_id(side.id("a"));
    let answer = call.send().await.unwrap();
    let used = answer.access_key_last_used.unwrap();
    let date = if used.last_used_date.is_some() {
        "dated"
    } else {
        "never"
    };
    let who = answer.user_name.unwrap();
    side.note(
        step,
        format!("{who} {date} {} {}", used.service_name, used.region),
    );
}
