//! Where exactly an origin is asked, and where it may send us.

use common::secret::without_user_info;
use reqwest::Url;

use super::Origin;
use super::failure::Failure;
use crate::pin::{Place, Reference};
use crate::verdict;

/// Answers with a file's bytes instead of a description of it.
const RAW: &str = "application/vnd.github.raw+json";

/// Answers with a commit's id alone.
const SHA: &str = "application/vnd.github.sha";

/// A request, but for what the cache adds to it.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) url: Url,
    pub(super) accept: &'static str,
    /// Whether GitHub's token is for it.
    pub(super) token: bool,
    /// Stands in the count of calls.
    pub(super) operation: &'static str,
}

impl Address {
    /// For people, and as a key of the cache: without user name and password.
    pub(super) fn shown(&self) -> String {
        shown(&self.url)
    }
}

/// A URL for people: user name and password are left out.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // A query may hold a token; which reference was asked for may be known.
    let known: Vec<_> = url
        .query_pairs()
        .map(|(name, value)| match name.as_ref() {
            "ref" => format!("ref={value}"),
            _ => format!("{name}=hidden"),
        })
        .collect();
    if !known.is_empty() {
        url.set_query(Some(&known.join("&")));
    }
    // They fail only for URLs that cannot have either.
    if url.set_username("").is_err() || url.set_password(None).is_err() {
        return without_user_info(url.as_str());
    }
    url.into()
}

/// Where the file is, if a server has it; `None` for origins on this machine.
pub(super) fn of_file(
    origin: &Origin,
    place: &Place,
    reference: &Reference,
) -> Option<Result<Address, Failure>> {
    let reference = reference.as_str();
    let address = match origin {
        Origin::GithubRaw { base } => extended(base, &[&place.repository, reference, &place.path])
            .map(|url| Address {
                url,
                accept: "*/*",
                token: false,
                operation: "GetRaw",
            }),
        Origin::GithubApi { base } => {
            let parts = ["repos", &place.repository, "contents", &place.path];
            extended(base, &parts).map(|mut url| {
                url.query_pairs_mut().append_pair("ref", reference);
                Address {
                    url,
                    accept: RAW,
                    token: true,
                    operation: "GetContents",
                }
            })
        }
        Origin::Mirror { template } => mirror(template, place, reference),
        Origin::File { .. } | Origin::Directory { .. } | Origin::Git { .. } => return None,
    };
    Some(address)
}

/// Where GitHub's API tells the commit of a name.
pub(super) fn of_commit(base: &Url, place: &Place, name: &Reference) -> Result<Address, Failure> {
    let url = extended(
        base,
        &["repos", &place.repository, "commits", name.as_str()],
    )?;
    Ok(Address {
        url,
        accept: SHA,
        token: true,
        operation: "GetCommit",
    })
}

fn extended(base: &Url, parts: &[&str]) -> Result<Url, Failure> {
    let mut url = base.clone();
    match url.path_segments_mut() {
        Ok(mut segments) => {
            let parts = parts.iter().flat_map(|part| part.split('/'));
            segments.pop_if_empty().extend(parts);
        }
        Err(()) => return Err(wrong("cannot be the beginning of a URL")),
    }
    Ok(url)
}

fn mirror(template: &str, place: &Place, reference: &str) -> Result<Address, Failure> {
    let text = template
        .replace("{repository}", &place.repository)
        .replace("{ref}", reference)
        .replace("{path}", &place.path);
    let url = Url::parse(&text).map_err(|error| wrong(format!("is not a URL: {error}")))?;
    Ok(Address {
        url,
        accept: "*/*",
        token: false,
        operation: "GetMirror",
    })
}

fn wrong(text: impl Into<String>) -> Failure {
    Failure::lasting(verdict::UPSTREAM_SOURCE, text)
}

/// Whether what a URL says stays between the two ends: encrypted, or on this machine.
pub(super) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => url.host_str().is_some_and(|host| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let address: Result<std::net::IpAddr, _> = host.parse();
            address.map_or(host == "localhost", |address| address.is_loopback())
        }),
        _ => false,
    }
}

/// Host and port: who answers.
pub(super) fn authority(url: &Url) -> (String, u16) {
    let host = url.host_str().unwrap_or_default().to_owned();
    (host, url.port_or_known_default().unwrap_or_default())
}

/// Hosts that may be asked: those of the origins, and where GitHub's API sends readers of files.
pub(super) fn allowed(origins: &[Origin], place: &Place) -> Vec<(String, u16)> {
    // Any name does: it does not stand in the host.
    let Ok(any) = "main".parse() else {
        return Vec::new();
    };
    let addresses = origins.iter().filter_map(|it| of_file(it, place, &any));
    let mut hosts: Vec<_> = addresses
        .filter_map(Result::ok)
        .map(|address| authority(&address.url))
        .collect();
    if hosts.iter().any(|(host, _)| host == "api.github.com") {
        hosts.push(("raw.githubusercontent.com".to_owned(), 443));
    }
    hosts
}

/// Where a redirect leads, if we may go there.
pub(super) fn follow(
    from: &Url,
    location: &str,
    allowed: &[(String, u16)],
) -> Result<Url, Failure> {
    let refuse = |text: String| Failure::lasting(verdict::UPSTREAM_REDIRECT, text);
    let to = from.join(location);
    let to = to.map_err(|error| refuse(format!("redirects to what is no URL: {error}")))?;
    let place = shown(&to);
    if !is_safe(&to) || (from.scheme() == "https" && to.scheme() != "https") {
        return Err(refuse(format!(
            "redirects to {place}, which is not encrypted"
        )));
    }
    if !allowed.contains(&authority(&to)) {
        return Err(refuse(format!("redirects to another host: {place}")));
    }
    let same = authority(from) == authority(&to);
    let own = from.username() == to.username() && from.password() == to.password();
    if (to.username() != "" || to.password().is_some()) && !(same && own) {
        return Err(refuse(format!("redirects with a user name to {place}")));
    }
    Ok(to)
}
