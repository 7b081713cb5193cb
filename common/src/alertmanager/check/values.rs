//! Addresses and names, as Go reads them.

/// What is wrong with a text, and what to write instead.
pub(super) type Fault = (&'static str, &'static str);

/// How Alertmanager shows an address that is a secret, and takes it back.
const MASK: &str = "<secret>";

/// What is certainly wrong with the address of a web server.
pub(super) fn fault_of_url(text: &str) -> Option<Fault> {
    const HINT: &str = "write https:// and what follows it";
    if text == MASK {
        return None;
    }
    if text.chars().any(|c| c.is_ascii_control()) {
        return Some(("has a control character", "remove it"));
    }
    let scheme = text
        .split_once(':')
        .map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    let Some((_, rest)) = scheme.filter(|(scheme, _)| scheme == "http" || scheme == "https") else {
        return Some((
            "is not an address that begins with http:// or https://",
            HINT,
        ));
    };
    let Some(rest) = rest.strip_prefix("//") else {
        return Some(("names no server", HINT));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    if host.is_empty() {
        return Some(("names no server", HINT));
    }
    let port = host.rsplit_once(':').filter(|_| !host.starts_with('['));
    port.filter(|(_, port)| !port.chars().all(|c| c.is_ascii_digit()))
        .map(|_| {
            (
                "has a port that is no number",
                "write a number behind the colon",
            )
        })
}

/// What is wrong with a server and its port.
pub(super) fn fault_of_host_port(text: &str) -> Option<Fault> {
    const HINT: &str = "write server:port, such as smtp.example.com:587";
    if text.is_empty() {
        return None;
    }
    let port = if text.starts_with('[') {
        text.rsplit_once("]:")
    } else {
        text.split_once(':')
    };
    match port {
        None | Some((_, "")) => Some(("has no port", HINT)),
        Some((_, port)) if port.contains(':') => Some(("has too many colons", HINT)),
        Some(_) => None,
    }
}

/// Whether this is the name of a label as all versions of Prometheus have them.
pub(super) fn is_label(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
