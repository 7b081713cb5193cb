//! Downloads over HTTPS that are only accepted with the right SHA-256.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::header::ACCEPT;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use sha2::{Digest as _, Sha256};

use super::entry::hex;
use super::progress::Progress;

/// A client for public indexes. Unlike the jobs' it follows redirects and the environment's
/// proxies: what it brings is checked by digest.
fn client() -> Result<Client> {
    Client::builder()
        .connect_timeout(Duration::from_secs(15))
        .read_timeout(Duration::from_mins(1))
        .timeout(Duration::from_mins(15))
        .redirect(Policy::limited(5))
        .user_agent(concat!(
            "monitoring-jobs-sandbox/",
            env!("CARGO_PKG_VERSION")
        ))
        .build()
        .context("setting up the HTTP client")
}

/// The text at `url`.
pub(super) async fn text(url: &Url, accept: &str) -> Result<String> {
    let response = request(url, accept).await?;
    response
        .text()
        .await
        .with_context(|| format!("reading {url}"))
}

/// Writes what `url` holds to `to`, provided that its digest is `sha256` (lower-case hexadecimal).
pub(crate) async fn fetch(url: &Url, sha256: &str, to: &Path, progress: &Progress) -> Result<()> {
    let mut response = request(url, "*/*").await?;
    let total = response.content_length();
    let mut file = File::create(to).with_context(|| format!("creating {}", to.display()))?;
    let (mut digest, mut received) = (Sha256::new(), 0);
    while let Some(chunk) = response
        .chunk()
        .await
        .with_context(|| format!("reading {url}"))?
    {
        digest.update(&chunk);
        file.write_all(&chunk)
            .with_context(|| format!("writing {}", to.display()))?;
        received += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        progress.received(received, total);
    }
    check(url.as_str(), sha256, &hex(&digest.finalize()))
}

/// Refuses the file at `path` unless its digest is `sha256`.
pub(crate) fn verify(path: &Path, sha256: &str) -> Result<()> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    check(
        &path.display().to_string(),
        sha256,
        &hex(&Sha256::digest(&bytes)),
    )
}

fn check(what: &str, expected: &str, actual: &str) -> Result<()> {
    if actual != expected {
        bail!("{what} has the SHA-256 {actual}, expected {expected}")
    }
    Ok(())
}

async fn request(url: &Url, accept: &str) -> Result<Response> {
    match client()?
        .get(url.clone())
        .header(ACCEPT, accept)
        .send()
        .await
    {
        Ok(response) if response.status().is_success() => Ok(response),
        Ok(response) => bail!("{url} answered {}", response.status()),
        Err(error) => {
            // The error's own text repeats the address; its cause says what happened.
            let mut cause: &dyn Error = &error;
            while let Some(source) = cause.source() {
                cause = source;
            }
            bail!("{url} cannot be reached: {cause}")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::verify;

    #[test]
    fn a_file_with_another_digest_is_refused() {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "abc").unwrap();
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        verify(&file, digest).unwrap();
        fs::write(&file, "abd").unwrap();
        let error = verify(&file, digest).unwrap_err().to_string();
        assert!(error.ends_with(&format!("expected {digest}")), "{error}");
    }
}
