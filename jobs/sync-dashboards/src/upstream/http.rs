//! Makes the requests: one at a time, within the limits, counted, and never further than it was told.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use common::aws::{CallKind, CallMeter, CallResult};
use common::clock::Clock;
use common::env::Env;
use common::fault::chain;
use common::process::Context;
use common::secret::{ExposeSecret as _, SecretString};
use common::trouble::Trouble;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION,
};
use reqwest::{Certificate, Client, NoProxy, Proxy, Response, StatusCode, Url};

use super::address::{self, Address};
use super::body::{self, Body};
use super::failure::{Again, Failure};
use super::{Limits, Source, retry};
use crate::verdict;

/// Asks servers. Its `Debug` shows no token.
pub struct Http {
    client: Client,
    limits: Limits,
    allowed: Vec<(String, u16)>,
    token: Option<SecretString>,
    clock: Clock,
    meter: CallMeter,
    /// What git needs to find itself and its settings.
    pub(super) env: Env,
}

/// An answer.
#[derive(Debug)]
pub(super) enum Answer {
    /// What the condition named is still there.
    NotModified,
    /// The file.
    File {
        bytes: Vec<u8>,
        etag: Option<String>,
    },
}

impl Http {
    /// A client for this source. Nothing is sent yet.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the proxy or the file of authorities is unusable.
    pub fn new(source: &Source, context: &Context) -> Result<Self, Trouble> {
        let meter = context.meter.clone();
        Self::with(source, &context.env, context.clock.clone(), meter)
    }

    /// The same of its parts. Of the environment it takes `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` (in
    /// upper or lower case) and `GITHUB_TOKEN`.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn with(
        source: &Source,
        env: &Env,
        clock: Clock,
        meter: CallMeter,
    ) -> Result<Self, Trouble> {
        let failed = |error: reqwest::Error| {
            let text = format!(
                "setting up the HTTP client: {}",
                chain(&error.without_url())
            );
            verdict::UPSTREAM_SOURCE.because(text)
        };
        let mut builder = Client::builder()
            .connect_timeout(source.limits.connect)
            .timeout(source.limits.total)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("monitoring-jobs/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = proxy(env)? {
            builder = builder.proxy(proxy);
        }
        if let Some(path) = &source.extra_ca {
            builder = builder.tls_certs_merge(authorities(path)?);
        }
        let token = env.get("GITHUB_TOKEN").map(|token| token.trim().into());
        Ok(Self {
            client: builder.build().map_err(failed)?,
            limits: source.limits,
            allowed: address::allowed(&source.from, &source.place),
            token,
            clock,
            meter,
            env: env.clone(),
        })
    }

    /// Asks once, and follows where it may. `etag` makes the request conditional.
    pub(super) async fn get(&self, to: &Address, etag: Option<&str>) -> Result<Answer, Failure> {
        let work = tokio::time::timeout(self.limits.total, self.walk(to, etag));
        work.await.unwrap_or_else(|_| Err(late()))
    }

    async fn walk(&self, to: &Address, etag: Option<&str>) -> Result<Answer, Failure> {
        if !address::is_safe(&to.url) {
            let text = "is neither https nor on this machine";
            return Err(Failure::lasting(verdict::UPSTREAM_SOURCE, text));
        }
        let mut url = to.url.clone();
        for _ in 0..=self.limits.redirects {
            let response = self.send(to, &url, etag).await?;
            let status = response.status();
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                return self.read(response, etag.is_some()).await;
            }
            let location = text(response.headers(), &LOCATION);
            url = address::follow(&url, location.unwrap_or_default(), &self.allowed)?;
        }
        let text = format!("redirects more than {} times", self.limits.redirects);
        Err(Failure::lasting(verdict::UPSTREAM_REDIRECT, text))
    }

    async fn send(&self, to: &Address, url: &Url, etag: Option<&str>) -> Result<Response, Failure> {
        let mut request = self
            .client
            .get(url.clone())
            .header(ACCEPT, to.accept)
            .header(ACCEPT_ENCODING, "gzip");
        if let Some(Ok(etag)) = etag.map(HeaderValue::from_str) {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let home = address::authority(url) == address::authority(&to.url);
        if let Some(token) = self.token.as_ref().filter(|_| to.token && home) {
            let value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()));
            let mut value = value.map_err(|_| {
                let text = "is not asked: GITHUB_TOKEN is no token (a header cannot carry it)";
                Failure::lasting(verdict::UPSTREAM_DENIED, text)
            })?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let sent = request.send().await;
        let status = sent.as_ref().ok().map(Response::status);
        self.count(to.operation, status);
        sent.map_err(transport)
    }

    fn count(&self, operation: &str, status: Option<StatusCode>) {
        let status = status.map(|status| status.as_u16());
        tracing::debug!(service = "upstream", operation, status, "upstream asked");
        let result = match status {
            Some(200..=399) => CallResult::Ok,
            Some(401 | 403) => CallResult::Denied,
            Some(429) => CallResult::Throttled,
            Some(_) | None => CallResult::Error,
        };
        let kind = CallKind {
            service: "upstream".to_owned(),
            operation: operation.to_owned(),
            result,
        };
        self.meter.add(kind);
    }

    async fn read(&self, mut response: Response, conditional: bool) -> Result<Answer, Failure> {
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED && conditional {
            return Ok(Answer::NotModified);
        }
        if status != StatusCode::OK {
            let wait = retry::asked_for(response.headers(), self.clock.now());
            return Err(refusal(status, wait));
        }
        let headers = response.headers();
        let kind = text(headers, &CONTENT_TYPE).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if ["text/html", "application/xhtml+xml"]
            .iter()
            .any(|it| kind.eq_ignore_ascii_case(it))
        {
            return Err(Failure::not_the_file(format!(
                "answers with a web page ({kind})"
            )));
        }
        let etag = text(headers, &ETAG).map(str::to_owned);
        let mut body = Body::new(text(headers, &CONTENT_ENCODING), self.limits)?;
        let promised = response
            .content_length()
            .and_then(|it| usize::try_from(it).ok());
        if promised.is_some_and(|length| length > self.limits.body) {
            let text = body::too_large(self.limits.body);
            return Err(Failure::lasting(verdict::UPSTREAM_TOO_LARGE, text));
        }
        while let Some(chunk) = response.chunk().await.map_err(cut_off)? {
            body.push(&chunk)?;
        }
        if let Some(promised) = promised
            && promised != body.received()
        {
            let text = format!("sends {} of {promised} bytes", body.received());
            return Err(Failure::passing(verdict::UPSTREAM_NOT_THE_FILE, text));
        }
        let bytes = body.finish()?;
        body::check_shape(&bytes)?;
        Ok(Answer::File { bytes, etag })
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// What a status that brings no file means. `wait` is what the headers ask for.
fn refusal(status: StatusCode, wait: Option<Duration>) -> Failure {
    let said = format!("answers {status}");
    match (status.as_u16(), wait) {
        (403 | 408 | 425 | 429 | 500..=599, Some(wait)) => Failure {
            verdict: verdict::UPSTREAM_UNREACHABLE,
            text: format!("{said} and asks to wait {} s", wait.as_secs()),
            again: Again::After(wait),
        },
        (408 | 425 | 429 | 500..=599, None) => {
            Failure::passing(verdict::UPSTREAM_UNREACHABLE, said)
        }
        (401 | 402 | 403 | 407 | 451, _) => Failure::lasting(verdict::UPSTREAM_DENIED, said),
        // 422 is how GitHub's API says that there is no such commit.
        (404 | 410 | 422, _) => Failure::lasting(verdict::UPSTREAM_MISSING, said),
        _ => Failure::not_the_file(said),
    }
}

fn late() -> Failure {
    let text = "gives no answer within the time limit";
    Failure::passing(verdict::UPSTREAM_UNREACHABLE, text)
}

fn transport(error: reqwest::Error) -> Failure {
    if error.is_timeout() && !error.is_connect() {
        return late();
    }
    let text = format!("cannot be reached: {}", chain(&error.without_url()));
    Failure::passing(verdict::UPSTREAM_UNREACHABLE, text)
}

fn cut_off(error: reqwest::Error) -> Failure {
    if error.is_timeout() {
        return late();
    }
    let text = format!("sends a cut-off file: {}", chain(&error.without_url()));
    Failure::passing(verdict::UPSTREAM_NOT_THE_FILE, text)
}

/// The proxy for https; http is only spoken with this machine.
fn proxy(env: &Env) -> Result<Option<Proxy>, Trouble> {
    let find = |names: &[&'static str]| {
        let mut set = names
            .iter()
            .filter_map(|name| Some((*name, env.get(name)?)));
        set.next()
    };
    let Some((name, url)) = find(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) else {
        return Ok(None);
    };
    let except = find(&["NO_PROXY", "no_proxy"]).and_then(|(_, it)| NoProxy::from_string(it));
    match Proxy::https(url) {
        Ok(proxy) => Ok(Some(proxy.no_proxy(except))),
        // The value is not shown: it may hold a password.
        Err(_) => {
            Err(verdict::UPSTREAM_SOURCE.because(format!("{name} is not the URL of a proxy")))
        }
    }
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, Trouble> {
    let failed = |text: String| {
        let text = format!("reading the authorities in {}: {text}", path.display());
        verdict::UPSTREAM_SOURCE.because(text)
    };
    let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| failed(chain(&error)))?;
    if found.is_empty() {
        return Err(failed("there is no certificate in PEM".to_owned()));
    }
    Ok(found)
}
