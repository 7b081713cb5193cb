//! What the cache keeps, and when it is believed.

use super::*;

#[tokio::test]
async fn a_cached_commit_needs_no_request_and_a_damaged_copy_is_fetched_anew() {
    let cache = tempdir().unwrap();
    let cache = &cache.path().join("new/cache");
    let server = Server::script(&[ok(FILE)]).await;
    let source = source(vec![raw(&server)], Some(cache));
    assert_eq!(fetch(&source, COMMIT).await.unwrap().how, How::Fresh);
    assert_eq!(fetch(&source, COMMIT).await.unwrap().how, How::Cached);
    assert_eq!(server.requests().len(), 1);
    let copy = cache.join(Digest::of(FILE).to_string());
    std::fs::write(&copy, OTHER).unwrap();
    assert_eq!(fetch(&source, COMMIT).await.unwrap().how, How::Fresh);
    assert_eq!(std::fs::read(&copy).unwrap(), FILE);
}

#[tokio::test]
async fn a_tag_is_asked_for_with_its_etag_and_304_is_believed_only_with_whole_bytes() {
    let cache = tempdir().unwrap();
    let server = Server::start(|request| match request.headers.get("if-none-match") {
        Some(tag) if tag == "W/\"1\"" => with(304, "", b""),
        Some(_) | None => with(200, "etag: W/\"1\"", FILE),
    })
    .await;
    let source = source(vec![raw(&server)], Some(cache.path()));
    for how in [How::Fresh, How::NotModified] {
        assert_eq!(fetch(&source, "v1").await.unwrap().how, how);
    }
    let found = look(&source, "v1").await.unwrap();
    assert_eq!(
        (found.bytes.as_slice(), found.how),
        (FILE, How::NotModified)
    );
    std::fs::write(cache.path().join(Digest::of(FILE).to_string()), "x").unwrap();
    assert_eq!(look(&source, "v1").await.unwrap().how, How::Fresh);
    std::fs::write(cache.path().join("etags.json"), "{").unwrap();
    assert_eq!(look(&source, "v1").await.unwrap().how, How::Fresh);
    assert_eq!(look(&source, "v1").await.unwrap().how, How::NotModified);
}

#[tokio::test]
async fn what_a_branch_held_before_leaves_the_cache() {
    let cache = tempdir().unwrap();
    let server = Server::script(&[ok(FILE), ok(OTHER)]).await;
    let source = source(vec![raw(&server)], Some(cache.path()));
    look(&source, "main").await.unwrap();
    assert_eq!(look(&source, "main").await.unwrap().bytes, OTHER);
    assert!(!cache.path().join(Digest::of(FILE).to_string()).exists());
    assert!(cache.path().join(Digest::of(OTHER).to_string()).exists());
}

#[tokio::test]
async fn offline_the_cache_serves_unless_everybody_says_that_the_tag_holds_something_else() {
    let cache = tempdir().unwrap();
    let good = Server::script(&[ok(FILE)]).await;
    fetch(&source(vec![raw(&good)], Some(cache.path())), "v1")
        .await
        .unwrap();
    let down = Server::script(&[Reply::Close]).await;
    let moved = Server::script(&[ok(OTHER)]).await;
    let gone = Server::script(&[with(404, "", b"")]).await;
    let from = |servers: &[&Server]| {
        source(
            servers.iter().map(|it| raw(it)).collect(),
            Some(cache.path()),
        )
    };
    let fetched = fetch(&from(&[&down, &moved]), "v1").await.unwrap();
    assert_eq!((fetched.bytes.as_slice(), fetched.how), (FILE, How::Cached));
    assert_eq!(fetched.notes.len(), 3);
    for (servers, code) in [
        (vec![&moved, &gone], "digest-mismatch"),
        (vec![&gone], "upstream-missing"),
    ] {
        assert_eq!(fetch(&from(&servers), "v1").await.unwrap_err().code, code);
    }
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_fails_nothing() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let server = Server::script(&[ok(FILE)]).await;
    let source = source(vec![raw(&server)], Some(&file));
    assert_eq!(fetch(&source, COMMIT).await.unwrap().how, How::Fresh);
}

#[tokio::test]
async fn a_mirror_gets_its_password_and_nobody_sees_it() {
    let cache = tempdir().unwrap();
    let server = Server::script(&[ok(FILE)]).await;
    let template = server.url.replace("://", "://u:hunter2@") + "/{repository}/{ref}/{path}";
    let source = source(vec![mirror(template)], Some(cache.path()));
    let fetched = fetch(&source, "v1").await.unwrap();
    assert!(server.requests()[0].headers["authorization"].starts_with("Basic "));
    assert_eq!(
        fetched.origin,
        format!("{}/owner/name/v1/manifests/file.yaml", server.url)
    );
    let index = std::fs::read_to_string(cache.path().join("etags.json")).unwrap();
    assert!(
        index.contains("/owner/name/v1/") && !index.contains("hunter2"),
        "{index}"
    );
}
