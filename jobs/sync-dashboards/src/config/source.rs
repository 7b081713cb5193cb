//! `source`: the pinned file and where it can be had.

use std::path::PathBuf;
use std::time::Duration;

use common::config_file::names;
use common::process::parse_duration;
use common::yaml::{Cursor, Fields};
use reqwest::Url;

use crate::digest::Digest;
use crate::pin::{Pin, Place, Reference};
use crate::upstream::{Limits, Origin, Source};

const REPOSITORY: &str = "prometheus-operator/kube-prometheus";
const PATH: &str = "manifests/grafana-dashboardDefinitions.yaml";
const RAW: &str = "https://raw.githubusercontent.com";
const API: &str = "https://api.github.com";

pub(super) fn read(section: &Cursor<'_>) -> Option<(Source, Pin, Option<Reference>)> {
    let mut fields = section.fields()?;
    let repository = names::or_default(&mut fields, "repository", REPOSITORY, repository);
    let path = names::or_default(&mut fields, "path", PATH, path);
    let pinned = fields.required("ref").and_then(|it| reference(&it));
    let sha256 = fields.required("sha256").and_then(|it| sha256(&it));
    let track = names::optional(&mut fields, "track", reference);
    let from = origins(&mut fields);
    let cache = file(&mut fields, "cache");
    let ca_file = file(&mut fields, "ca_file");
    let patience = names::optional(&mut fields, "patience", patience);
    fields.deny_unknown();
    let source = Source {
        place: Place {
            repository: repository?,
            path: path?,
        },
        from: from?,
        cache: cache?,
        limits: match patience? {
            Some(retry_budget) => Limits {
                retry_budget,
                ..Limits::default()
            },
            None => Limits::default(),
        },
        extra_ca: ca_file?,
    };
    let pin = Pin {
        reference: pinned?,
        sha256: sha256?,
    };
    Some((source, pin, track?))
}

/// For how long a source that fails is asked again.
fn patience(cursor: &Cursor<'_>) -> Option<Duration> {
    match parse_duration(&cursor.string()?) {
        Ok(duration) => Some(duration),
        Err(error) => {
            cursor.error(format_args!("is no duration: {error}"));
            None
        }
    }
}

#[expect(clippy::option_option, reason = "absent and refused are two things")]
fn file(fields: &mut Fields<'_>, key: &'static str) -> Option<Option<PathBuf>> {
    names::optional(fields, key, |it| names::text(it).map(PathBuf::from))
}

/// A part of a path that leads neither up nor nowhere.
fn word(word: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !word.is_empty() && word.chars().all(allowed) && !word.chars().all(|c| c == '.')
}

fn repository(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.string()?;
    let parts = text.split_once('/');
    if parts.is_some_and(|(owner, name)| word(owner) && word(name)) {
        return Some(text);
    }
    let problem = cursor.problem("is not a repository");
    cursor.report(problem.hint("write OWNER/NAME"));
    None
}

fn path(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.string()?;
    if text.split('/').all(word) {
        return Some(text);
    }
    let problem = cursor.problem("is not a path in a repository");
    cursor.report(problem.hint("write it from the repository's root, like manifests/file.yaml"));
    None
}

fn reference(cursor: &Cursor<'_>) -> Option<Reference> {
    // A commit may consist of digits alone.
    match cursor.source_text()?.parse() {
        Ok(reference) => Some(reference),
        Err(error) => {
            cursor.error(format_args!("is no reference: {error}"));
            None
        }
    }
}

fn sha256(cursor: &Cursor<'_>) -> Option<Digest> {
    match cursor.source_text()?.parse() {
        Ok(digest) => Some(digest),
        Err(error) => {
            let problem = cursor.problem(format_args!("is no digest: {error}"));
            cursor.report(problem.hint("`pin REF` shows it"));
            None
        }
    }
}

/// `from`: each item is the word `github`, or a mapping with one key.
fn origins(fields: &mut Fields<'_>) -> Option<Vec<Origin>> {
    let Some(list) = fields.get("from") else {
        return github(None);
    };
    let items = list.items()?;
    if items.is_empty() {
        list.error("must name at least one place");
        return None;
    }
    let origins: Vec<_> = items.iter().map(origin).collect();
    let origins: Option<Vec<_>> = origins.into_iter().collect();
    Some(origins?.into_iter().flatten().collect())
}

fn github(base: Option<(Url, Url)>) -> Option<Vec<Origin>> {
    let (raw, api) = match base {
        Some(base) => base,
        None => (Url::parse(RAW).ok()?, Url::parse(API).ok()?),
    };
    Some(vec![
        Origin::GithubRaw { base: raw },
        Origin::GithubApi { base: api },
    ])
}

fn origin(item: &Cursor<'_>) -> Option<Vec<Origin>> {
    const KEYS: &str =
        "`github`, or one of `github`, `mirror`, `file`, `directory`, `git` with a value";
    if item.is_scalar() {
        names::choice(item, &[("github", ())])?;
        return github(None);
    }
    let mut fields = item.fields()?;
    let origin = if let Some(it) = fields.get("github") {
        let mut fields = it.fields()?;
        let raw = fields.required("raw").and_then(|it| url(&it));
        let api = fields.required("api").and_then(|it| url(&it));
        fields.deny_unknown();
        github(Some((raw?, api?)))
    } else if let Some(it) = fields.get("mirror") {
        mirror(&it).map(|template| vec![Origin::Mirror { template }])
    } else if let Some(it) = fields.get("file") {
        names::text(&it).map(|path| vec![Origin::File { path: path.into() }])
    } else if let Some(it) = fields.get("directory") {
        names::text(&it).map(|path| vec![Origin::Directory { path: path.into() }])
    } else if let Some(it) = fields.get("git") {
        names::text(&it).map(|path| vec![Origin::Git { path: path.into() }])
    } else {
        item.error(format_args!("must be {KEYS}"));
        None
    };
    fields.deny_unknown();
    origin
}

fn mirror(cursor: &Cursor<'_>) -> Option<String> {
    let text = names::text(cursor)?;
    if let Some(path) = text.strip_prefix("file://") {
        let problem = cursor.problem("is a file");
        cursor.report(problem.hint(format!("write `file: {path}`")));
        return None;
    }
    let filled = text
        .replace("{ref}", "x")
        .replace("{path}", "x")
        .replace("{repository}", "x/x");
    check_url(cursor, &filled).map(|_| text)
}

fn url(cursor: &Cursor<'_>) -> Option<Url> {
    check_url(cursor, &names::text(cursor)?)
}

fn check_url(cursor: &Cursor<'_>, text: &str) -> Option<Url> {
    let Ok(url) = Url::parse(text) else {
        cursor.error("is not a URL");
        return None;
    };
    let loopback = url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse();
        address.map_or(host == "localhost", |address: std::net::IpAddr| {
            address.is_loopback()
        })
    });
    if url.scheme() == "https" || (url.scheme() == "http" && loopback) {
        return Some(url);
    }
    let problem = cursor.problem("must begin with https://");
    cursor.report(problem.hint("http is only for this machine"));
    None
}
