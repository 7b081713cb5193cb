//! Tags of a user.

use super::side::{Side, USER, outcome};

pub(super) async fn rules(side: &mut Side<'_>) {
    side.tags("tags: none").await;
    side.tag("tags: set two", &[("b", "2"), ("a", "1 _.:/=+-@")])
        .await;
    side.tags("tags: two").await;
    side.tag("tags: another value", &[("a", "")]).await;
    side.tags("tags: one changed").await;
    let untag = side.iam.untag_user().user_name(USER);
    side.note(
        "tags: untag one and one that is not there",
        outcome(untag.tag_keys("b").tag_keys("x").send().await),
    );
    side.tags("tags: one left").await;

    side.tag("tags: the key in another case", &[("A", "upper")])
        .await;
    side.tags("tags: after the key in another case").await;
    side.tag("tags: a key twice", &[("d", "1"), ("d", "2")])
        .await;
    side.tag("tags: a key twice in two cases", &[("e", "1"), ("E", "2")])
        .await;
    side.tag("tags: a semicolon in a value", &[("f", "a;b")])
        .await;
    side.tag("tags: a comma in a value", &[("f", "a,b")]).await;
    side.tag("tags: a semicolon in a key", &[("f;g", "a")])
        .await;
    side.tag("tags: a value of 256", &[("g", &"v".repeat(256))])
        .await;
    side.tag("tags: a value of 257", &[("g", &"v".repeat(257))])
        .await;
    side.tag("tags: a key of 128", &[(&"k".repeat(128), "v")])
        .await;
    side.tag("tags: a key of 129", &[(&"k".repeat(129), "v")])
        .await;
    side.tag("tags: a reserved key", &[("aws:k", "v")]).await;

    let names: Vec<_> = (0..51).map(|it| format!("n{it}")).collect();
    let many: Vec<_> = names.iter().map(|it| (it.as_str(), "v")).collect();
    side.tag("tags: fifty-one in one call", &many).await;
    side.tag("tags: fifty more", &many[..50]).await;
}
