//! Bytes that are not the file, not all of it, or too many.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn what_cannot_be_the_file_is_refused() {
    let page = b"<!DOCTYPE html><title>Log in</title>";
    for reply in [
        with(200, "content-type: text/html; charset=utf-8", FILE),
        ok(page),
        ok(b"\xef\xbb\xbf \n<x>"),
        ok(b""),
        ok(b" \n"),
        with(200, "content-encoding: br", FILE),
    ] {
        assert_eq!(
            code(std::slice::from_ref(&reply)).await,
            ("upstream-not-the-file", 1),
            "{reply:?}"
        );
    }
}

#[tokio::test]
async fn a_cut_off_body_is_asked_for_again_and_never_taken() {
    assert_eq!(
        code(&[Reply::Short(FILE.to_vec())]).await,
        ("upstream-not-the-file", 4)
    );
    assert_eq!(
        code(&[Reply::Short(FILE.to_vec()), ok(FILE)]).await,
        ("fetched", 2)
    );
    let whole = gzip(FILE);
    let cut = with(200, "content-encoding: gzip", &whole[..whole.len() - 3]);
    assert_eq!(code(&[cut]).await, ("upstream-not-the-file", 4));
    let more = [whole.as_slice(), b"more"].concat();
    let more = with(200, "content-encoding: gzip", &more);
    assert_eq!(code(&[more]).await, ("upstream-not-the-file", 4));
    let whole = with(200, "content-encoding: gzip", &whole);
    assert_eq!(code(&[whole]).await, ("fetched", 1));
}

#[tokio::test]
async fn too_much_is_not_read_to_its_end() {
    let mut source = source(Vec::new(), None);
    source.limits.body = 2 << 20;
    let code = async |reply: Reply| {
        let server = Server::script(&[reply]).await;
        let source = Source {
            from: vec![raw(&server)],
            ..source.clone()
        };
        let trouble = fetch(&source, COMMIT).await.unwrap_err();
        assert_eq!(server.requests().len(), 1);
        (
            trouble.code,
            trouble.text.split(": ").last().unwrap().to_owned(),
        )
    };
    let size = (2 << 20) + 1;
    let much = (
        "upstream-too-large",
        "answers with more than 2097152 bytes".to_owned(),
    );
    assert_eq!(code(ok(&vec![b'a'; size])).await, much);
    // Hardly compressible to begin with, so that the size is what stops it.
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'a' + state.to_be_bytes()[0] % 16
    });
    let noise: Vec<u8> = noise.take(size).collect();
    assert_eq!(
        code(with(200, "content-encoding: gzip", &gzip(&noise))).await,
        much
    );
    let bomb = gzip(&vec![b'a'; (1 << 20) + (1 << 19)]);
    let ratio = (
        "upstream-too-large",
        "expands to more than 100 times what was sent".to_owned(),
    );
    assert_eq!(
        code(with(200, "content-encoding: gzip", &bomb)).await,
        ratio
    );
    let harmless = gzip(&vec![b'a'; 1 << 20]);
    let reply = with(200, "content-encoding: gzip", &harmless);
    assert_eq!(code(reply).await.0, "digest-mismatch");
}
