//! Names of container images.

/// Reads an image. Gives it with the registry, the repository and the tag that a missing part stands for,
/// but without those that everybody leaves out: `docker.io/library/x` is `x:latest`.
pub(super) fn parse(text: &str) -> Option<String> {
    let (name, digest) = match text.split_once('@') {
        None => (text, None),
        Some((name, digest)) => (name, Some(digest)),
    };
    // A colon before the last slash belongs to a registry's port.
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let (repository, tag) = match name.get(last..)?.find(':') {
        None => (name, None),
        Some(colon) => (name.get(..last + colon)?, name.get(last + colon + 1..)),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':');
    let is_name = !repository.is_empty()
        && repository.chars().all(plain)
        && repository.split('/').all(|part| !part.is_empty());
    let is_tag =
        |tag: &str| !tag.is_empty() && tag.chars().all(|c| plain(c) && c != '/' && c != ':');
    let is_digest = |digest: &str| digest.contains(':') && digest.chars().all(plain);
    if !is_name || !tag.is_none_or(is_tag) || !digest.is_none_or(is_digest) {
        return None;
    }
    let repository = familiar(repository);
    Some(match (tag, digest) {
        (Some(tag), Some(digest)) => format!("{repository}:{tag}@{digest}"),
        (None, Some(digest)) => format!("{repository}@{digest}"),
        (tag, None) => format!("{repository}:{}", tag.unwrap_or("latest")),
    })
}

/// The repository without the parts that everybody leaves out of Docker Hub's.
fn familiar(repository: &str) -> &str {
    let path = ["docker.io/", "index.docker.io/"]
        .into_iter()
        .find_map(|registry| repository.strip_prefix(registry))
        // What would be taken for a registry keeps the one that it has.
        .filter(|path| !names_registry(path))
        .unwrap_or(repository);
    path.strip_prefix("library/")
        .filter(|name| !name.contains('/'))
        .unwrap_or(path)
}

/// Whether the first of several parts is a registry.
fn names_registry(path: &str) -> bool {
    path.split_once('/')
        .is_some_and(|(first, _)| first.contains(['.', ':']) || first == "localhost")
}
