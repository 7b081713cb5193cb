//! Where redirects may lead, and what goes along.

use super::*;

#[tokio::test]
async fn redirects_stay_among_the_allowed_hosts() {
    let (result, asked) = outcome(&[with(302, "location: /moved", b""), ok(FILE)]).await;
    assert_eq!((result.unwrap().bytes.as_slice(), asked), (FILE, 2));
    let location = with(301, "location: /again", b"");
    assert_eq!(code(&[location]).await, ("upstream-redirect", 4));
    for elsewhere in [
        "http://example.com/x",
        "https://example.com/x",
        "file:///etc/passwd",
        "http://[",
        "",
    ] {
        let reply = with(302, &format!("location: {elsewhere}"), b"");
        let (code, asked) = code(&[reply]).await;
        let is_loop = elsewhere.is_empty();
        assert_eq!(code, "upstream-redirect", "{elsewhere}");
        assert_eq!(asked, if is_loop { 4 } else { 1 }, "{elsewhere}");
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_of_ours_goes_without_the_token() {
    let second = Server::script(&[ok(FILE)]).await;
    let first = Server::script(&[with(302, &format!("location: {}/x", second.url), b"")]).await;
    let source = source(vec![api(&first), raw(&second)], None);
    let http = http(&source, &[("GITHUB_TOKEN", "hunter2")]);
    let fetched = pinned(&source, &pin(COMMIT), &http, &Cancellation::default())
        .await
        .unwrap();
    assert_eq!(fetched.bytes, FILE);
    assert!(first.requests()[0].headers.contains_key("authorization"));
    let request = &second.requests()[0];
    assert_eq!(request.path, "/x");
    assert!(!request.headers.contains_key("authorization"));
}

#[test]
fn redirects_never_give_up_encryption_nor_bring_user_names() {
    let hosts = [("a".to_owned(), 443), ("127.0.0.1".to_owned(), 80)];
    let from = "https://u:p@a/x".parse().unwrap();
    let follow = |to: &str| crate::upstream::address::follow(&from, to, &hosts);
    assert!(follow("/y").is_ok() && follow("https://a/y").is_ok());
    for to in [
        "http://127.0.0.1/y",
        "http://a/y",
        "https://a:444/y",
        "https://v:q@a/y",
    ] {
        let failure = follow(to).unwrap_err();
        assert_eq!(failure.verdict.code, "upstream-redirect", "{to}");
        assert!(!failure.text.contains('q'), "{}", failure.text);
    }
    let place = source(Vec::new(), None).place;
    let api = Origin::GithubApi {
        base: "https://api.github.com".parse().unwrap(),
    };
    let hosts = crate::upstream::address::allowed(&[api], &place);
    assert_eq!(
        hosts.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(),
        ["api.github.com", "raw.githubusercontent.com"]
    );
}

#[tokio::test]
async fn plain_http_is_only_for_this_machine() {
    let source = source(
        vec![mirror("http://u:hunter2@example.com/{ref}".to_owned())],
        None,
    );
    let trouble = fetch(&source, "main").await.unwrap_err();
    assert_eq!(trouble.code, "upstream-source");
    assert_eq!(
        trouble.text,
        "http://example.com/main: is neither https nor on this machine"
    );
}
