//! What goes wrong on the way, and what becomes of the list.

use common::cancel::Cause;
use serde_json::json;

use super::{first, last, limits, look, look_with, maps, read, reason, scripted, tokens};
use crate::config::Limits;
use crate::finding::Unknown;
use crate::observe::testing::{Reply, SOON, Server, cluster_config, config_maps, context, page};
use crate::observe::{FamilyLook, again};

fn expired() -> Reply {
    // Servers offer to go on with a later state of the list.
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 410,
        "reason": "Expired", "message": "too old", "metadata": {"continue": "inconsistent"},
    });
    Reply::Text(410, "", body.to_string())
}

#[tokio::test]
async fn an_expired_list_is_read_again_from_its_beginning() {
    let fresh = Reply::json(&page("t9", &["x"]));
    let server = scripted(vec![first(), expired(), fresh, last()]).await;
    // Nothing of the list that expired is left.
    assert_eq!(read(&look(&server).await), ["c", "x"]);
    assert_eq!(tokens(&server), ["", "t1", "", "t9"]);
}

#[tokio::test]
async fn a_list_that_expires_a_third_time_is_given_up() {
    let rounds = [first(), expired(), first(), expired(), first(), expired()];
    let server = scripted(rounds.to_vec()).await;
    assert_eq!(reason(&look(&server).await), Unknown::ExpiredList);
    assert_eq!(tokens(&server), ["", "t1", "", "t1", "", "t1"]);
}

#[tokio::test]
async fn a_server_that_goes_round_in_circles_is_noticed() {
    let again = Reply::json(&page("t1", &["c"]));
    let onward = Reply::json(&page("t2", &["c"]));
    for (replies, asked) in [
        (vec![first(), again.clone()], 2),
        (vec![first(), onward, again], 3),
    ] {
        let server = scripted(replies).await;
        assert_eq!(reason(&look(&server).await), Unknown::ExpiredList);
        assert_eq!(server.lines().len(), asked);
    }
}

#[tokio::test]
async fn what_may_pass_is_asked_again_with_the_same_token_up_to_three_times() {
    let cut = || Reply::Cut(page("t2", &["x"]).to_string());
    let html = || Reply::Text(200, "", "<html>log in</html>".to_owned());
    let short = || Reply::Text(200, "", r#"{"metadata": {}, "items": [{"#.to_owned());
    let failed = || Reply::refusal(500, "InternalError");
    let table: [(fn() -> Reply, Unknown); 5] = [
        (
            || Reply::refusal(500, "InternalError"),
            Unknown::ServerError,
        ),
        (
            || Reply::refusal(503, "ServiceUnavailable"),
            Unknown::ServerError,
        ),
        (|| Reply::Hangup, Unknown::Unreachable),
        (
            || Reply::Text(200, "", "<html>log in</html>".to_owned()),
            Unknown::Garbled,
        ),
        (
            || Reply::Text(200, "", r#"{"items": [{"#.to_owned()),
            Unknown::Garbled,
        ),
    ];
    for (broken, expected) in table {
        let server = scripted(vec![first(), broken(), broken(), last()]).await;
        assert_eq!(
            read(&look(&server).await),
            ["a", "b", "c"],
            "{:?}",
            broken()
        );
        assert_eq!(tokens(&server), ["", "t1", "t1", "t1"]);
        let server = scripted(vec![first(), broken()]).await;
        assert_eq!(reason(&look(&server).await), expected, "{:?}", broken());
        assert_eq!(tokens(&server), ["", "t1", "t1", "t1"]);
    }
    // A page that was cut off is none, whatever it holds.
    let server = scripted(vec![first(), cut(), last()]).await;
    assert_eq!(read(&look(&server).await), ["a", "b", "c"]);
    // Each page has its own tries.
    let replies = vec![failed(), html(), first(), short(), cut(), last()];
    let server = scripted(replies).await;
    assert_eq!(read(&look(&server).await), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_refusal_is_final_at_once() {
    let table = [
        (401, "Unauthorized", Unknown::Unauthorized),
        (403, "Forbidden", Unknown::Forbidden),
        (400, "BadRequest", Unknown::ServerError),
    ];
    for (status, word, expected) in table {
        let server = scripted(vec![first(), Reply::refusal(status, word)]).await;
        let look = look(&server).await;
        assert_eq!(reason(&look), expected);
        assert_eq!(server.lines().len(), 2, "{status}");
    }
}

#[tokio::test]
async fn a_busy_server_is_waited_for_within_the_clusters_patience() {
    let busy = || Reply::refusal_with(429, "TooManyRequests", "retry-after: 1\r\n");
    let away = || Reply::refusal_with(503, "ServiceUnavailable", "retry-after: 1\r\n");
    let server = scripted(vec![busy(), away(), first(), busy(), last()]).await;
    assert_eq!(read(&look(&server).await), ["a", "b", "c"]);
    for (reply, asked) in [
        // Five calls in all, and then it is not asked three times five.
        (busy(), 5),
        (away(), 5),
        (
            Reply::refusal_with(429, "TooManyRequests", "retry-after: 61\r\n"),
            1,
        ),
    ] {
        let server = scripted(vec![reply]).await;
        assert_eq!(reason(&look(&server).await), Unknown::ServerError);
        assert_eq!(server.lines().len(), asked);
    }
}

#[tokio::test]
async fn what_is_no_object_makes_the_whole_list_unknown() {
    for item in [json!({}), json!("x"), json!({"metadata": {"name": 7}})] {
        let mut list = page("", &["a", "b"]);
        list["items"][1] = item;
        let server = scripted(vec![Reply::json(&list)]).await;
        let look = look(&server).await;
        assert_eq!(reason(&look), Unknown::Garbled, "{list}");
    }
}

#[tokio::test]
async fn half_a_list_is_a_gap_when_the_clusters_time_is_over() {
    let server = scripted(vec![first(), Reply::Silence]).await;
    let limits = Limits {
        per_cluster: SOON,
        ..limits()
    };
    let look = look_with(&server, &maps(), limits).await;
    assert_eq!(reason(&look), Unknown::Timeout);
    let FamilyLook::Gap(gap) = look else { panic!() };
    assert_eq!(
        gap.trouble.text,
        "prod-e1-1: not everything was read within 2s"
    );
}

#[tokio::test]
async fn half_a_list_is_a_gap_when_the_run_is_told_to_stop() {
    let context = context();
    let cancel = context.cancel.clone();
    let server = Server::start(move |line| {
        if line.contains("continue") {
            cancel.cancel(Cause::Signal);
            Reply::Silence
        } else {
            first()
        }
    })
    .await;
    let cluster = server.cluster("prod-e1-1").await;
    let of = cluster_config("prod-e1-1");
    let look = again(&maps(), &cluster, &of, &config_maps(), &limits(), &context).await;
    assert_eq!(reason(&look), Unknown::Stopped);
    assert_eq!(tokens(&server), ["", "t1"]);
}
