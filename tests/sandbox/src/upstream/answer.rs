//! What an upstream answers: a decision about one request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderName, Method, StatusCode};
use hyper::body::Bytes;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::Options;
use super::fault::{self, Fault};
use super::state::Inner;

/// With a token.
const HOURLY_WITH_TOKEN: u32 = 5000;
/// The API's JSON leaves larger files out, in bytes.
const JSON_LIMIT: usize = 1 << 20;
const HOUR_SECONDS: i64 = 3600;
const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in to the network.</body></html>\n";

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) others: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) truncated: bool,
}

impl Answer {
    fn new(status: u16, content: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content.to_owned())],
            others: Vec::new(),
            body: body.into(),
            truncated: false,
        }
    }

    fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.headers.push((name, format!("{value}")));
        self
    }
}

/// The answer under `fault`; `None` closes the connection.
pub(super) fn answer(
    options: &Options,
    inner: &mut Inner,
    request: &Parts,
    fault: Option<&Fault>,
) -> Option<Answer> {
    Some(match fault {
        None | Some(Fault::Slow(_)) => healthy(options, inner, request, None),
        Some(Fault::Refuse) => return None,
        Some(Fault::Truncated) => Answer {
            truncated: true,
            ..healthy(options, inner, request, Some(usize::MAX))
        },
        Some(Fault::CutClean(limit)) => healthy(options, inner, request, Some(*limit)),
        Some(Fault::Html) => Answer::new(200, "text/html; charset=utf-8", HTML),
        Some(Fault::Empty) => Answer::new(200, TEXT, ""),
        Some(Fault::Redirect(url)) => Answer::new(302, TEXT, "").with("location", url),
        Some(Fault::Bomb) => Answer::new(200, TEXT, fault::bomb()).with("content-encoding", "gzip"),
        Some(Fault::Status(status, headers)) => Answer {
            others: headers.clone(),
            ..Answer::new(*status, TEXT, reason(*status))
        },
        Some(Fault::RateLimited { retry_after }) => {
            Answer::new(429, TEXT, reason(429)).with("retry-after", retry_after.as_secs())
        }
    })
}

fn reason(status: u16) -> String {
    let known = StatusCode::from_u16(status).ok();
    let reason = known.and_then(|known| known.canonical_reason());
    format!("{status}: {}", reason.unwrap_or("Unknown"))
}

fn header(request: &Parts, name: HeaderName) -> &str {
    let value = request.headers.get(name);
    value.and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// The right answer; with a limit, so much of a file and never 304.
fn healthy(options: &Options, inner: &mut Inner, request: &Parts, limit: Option<usize>) -> Answer {
    if request.method != Method::GET && request.method != Method::HEAD {
        return Answer::new(405, TEXT, reason(405));
    }
    let path = request.uri.path();
    if let Some(rest) = path.strip_prefix("/repos/") {
        return api(options, inner, request, rest, limit);
    }
    let rest = within(path.trim_start_matches('/'), &options.repository);
    match rest.and_then(|rest| inner.file_at(rest)) {
        Some(bytes) => file(request, TEXT, bytes, limit).with("cache-control", "max-age=300"),
        None => Answer::new(404, TEXT, reason(404)),
    }
}

fn within<'a>(path: &'a str, repository: &str) -> Option<&'a str> {
    path.strip_prefix(repository)?.strip_prefix('/')
}

/// Bytes with their `ETag`, as the client can take them.
fn file(request: &Parts, content: &str, bytes: &[u8], limit: Option<usize>) -> Answer {
    let bytes = fault::cut_clean_if(bytes, limit);
    let digest = super::hex(&Sha256::digest(bytes));
    let strong = format!("\"{digest}\"");
    let zipped = header(request, ACCEPT_ENCODING)
        .contains("gzip")
        .then(|| fault::gzip(bytes).ok())
        .flatten();
    let etag = match zipped {
        Some(_) => format!("W/{strong}"),
        None => strong.clone(),
    };
    let vary = "Authorization,Accept-Encoding";
    let matches = header(request, IF_NONE_MATCH)
        .split(',')
        .any(|tag| tag.trim().trim_start_matches("W/") == strong);
    if matches && limit.is_none() {
        return Answer::new(304, content, "")
            .with("etag", etag)
            .with("vary", vary);
    }
    let answer = match zipped {
        Some(zipped) => Answer::new(200, content, zipped).with("content-encoding", "gzip"),
        None => Answer::new(200, content, bytes.to_vec()),
    };
    answer.with("etag", etag).with("vary", vary)
}

fn api(
    options: &Options,
    inner: &mut Inner,
    request: &Parts,
    rest: &str,
    limit: Option<usize>,
) -> Answer {
    let authorized = request.headers.contains_key(AUTHORIZATION);
    let hourly = if authorized {
        HOURLY_WITH_TOKEN
    } else {
        options.hourly
    };
    let exhausted = inner.used >= hourly;
    let answer = if exhausted {
        message(403, "API rate limit exceeded for 127.0.0.1.")
    } else {
        let rest = within(rest, &options.repository).unwrap_or("");
        if let Some(path) = rest.strip_prefix("contents/") {
            contents(inner, request, path, limit)
        } else if let Some(reference) = rest.strip_prefix("commits/") {
            commit(inner, request, reference)
        } else {
            message(404, "Not Found")
        }
    };
    let free = answer.status == 304 && authorized;
    if !exhausted && !free {
        inner.used = inner.used.saturating_add(1);
    }
    let reset = options.clock.now().as_second() + HOUR_SECONDS;
    answer
        .with("x-ratelimit-limit", hourly)
        .with("x-ratelimit-remaining", hourly.saturating_sub(inner.used))
        .with("x-ratelimit-used", inner.used)
        .with("x-ratelimit-reset", reset)
        .with("x-ratelimit-resource", "core")
}

fn contents(inner: &Inner, request: &Parts, path: &str, limit: Option<usize>) -> Answer {
    let query = request.uri.query().unwrap_or("");
    let reference = form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "ref")
        .map_or_else(|| "main".to_owned(), |(_, value)| value.into_owned());
    let Some(bytes) = inner.file(&reference, path) else {
        return message(404, "Not Found");
    };
    let accept = header(request, ACCEPT);
    if accept.contains("vnd.github") && accept.contains("raw") {
        let content = "application/vnd.github.raw+json; charset=utf-8";
        return file(request, content, bytes, limit);
    }
    let (encoding, content) = if bytes.len() > JSON_LIMIT {
        ("none", String::new())
    } else {
        ("base64", STANDARD.encode(bytes))
    };
    let object = json!({
        "type": "file", "encoding": encoding, "size": bytes.len(), "path": path, "content": content,
    });
    let content = "application/json; charset=utf-8";
    file(request, content, object.to_string().as_bytes(), None)
}

fn commit(inner: &Inner, request: &Parts, reference: &str) -> Answer {
    let Some(commit) = inner.commit(reference) else {
        return message(422, &format!("No commit found for SHA: {reference}"));
    };
    if header(request, ACCEPT).contains("vnd.github") && header(request, ACCEPT).contains("sha") {
        let content = "application/vnd.github.sha; charset=utf-8";
        return file(request, content, commit.as_bytes(), None);
    }
    let object = json!({"sha": commit}).to_string();
    file(
        request,
        "application/json; charset=utf-8",
        object.as_bytes(),
        None,
    )
}

fn message(status: u16, text: &str) -> Answer {
    let object = json!({"message": text, "status": status.to_string()});
    Answer::new(
        status,
        "application/json; charset=utf-8",
        object.to_string(),
    )
}
