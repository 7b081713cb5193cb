//! What an Alertmanager and its operator hand out: the running configuration and the compressed
//! file.

use std::io::Read as _;

use flate2::read::GzDecoder;
use secrecy::SecretString;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::exit::Exit;
use crate::fault::Fault;

/// The largest configuration that is unpacked, in bytes. A Kubernetes Secret holds at most a MiB,
/// compressed; a real configuration has some ten KiB.
const LARGEST_FILE: usize = 8 << 20;

/// The configuration that a replica runs, from the answer to `GET /api/v2/status`.
///
/// Alertmanager masks what it knows to be secret. It is typed as one all the same, because a URL
/// or a header can hold what it does not know.
///
/// # Errors
/// When the answer is not what Alertmanager answers.
pub fn running_config(status: &str) -> Result<SecretString, StatusError> {
    #[derive(Deserialize)]
    struct Status {
        config: Config,
    }
    #[derive(Deserialize)]
    struct Config {
        original: String,
    }

    // The parser's message is dropped: it may quote a value.
    let status: Status = serde_json::from_str(status).map_err(|error| StatusError {
        line: error.line(),
        column: error.column(),
    })?;
    Ok(status.config.original.into())
}

/// An answer of `/api/v2/status` without a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the status of Alertmanager is not understood at line {line}, column {column}")]
pub struct StatusError {
    /// Counted from 1; 0 when the answer as a whole is meant.
    pub line: usize,
    /// In bytes, counted from 1.
    pub column: usize,
}

impl Fault for StatusError {
    fn exit(&self) -> Exit {
        Exit::Transient
    }

    fn code(&self) -> &'static str {
        "alertmanager-status"
    }
}

/// Unpacks the `alertmanager.yaml.gz` that the operator generates.
///
/// # Errors
/// When it is not gzip, is cut short, is larger than 8 MiB or is not UTF-8.
pub fn gunzip(bytes: &[u8]) -> Result<SecretString, GunzipError> {
    let limit = u64::try_from(LARGEST_FILE).unwrap_or(u64::MAX);
    // One byte more than allowed tells a large file from one that just fits.
    let mut unpacking = GzDecoder::new(bytes).take(limit.saturating_add(1));
    let mut file = Zeroizing::new(Vec::new());
    unpacking
        .read_to_end(&mut file)
        .map_err(|_| GunzipError::Corrupt)?;
    if file.len() > LARGEST_FILE {
        return Err(GunzipError::TooLarge);
    }
    let text = std::str::from_utf8(&file).map_err(|_| GunzipError::Encoding)?;
    Ok(text.into())
}

/// Why the operator's file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GunzipError {
    /// Not gzip, or not all of it.
    #[error("the generated configuration is not a whole gzip file")]
    Corrupt,
    /// More than any configuration needs.
    #[error("the generated configuration is larger than 8 MiB")]
    TooLarge,
    /// Not text.
    #[error("the generated configuration is not UTF-8")]
    Encoding,
}

impl Fault for GunzipError {
    fn exit(&self) -> Exit {
        Exit::Drift
    }

    fn code(&self) -> &'static str {
        "alertmanager-generated"
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use secrecy::ExposeSecret as _;

    use super::{GunzipError, LARGEST_FILE, gunzip, running_config};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_running_configuration_is_read_from_the_status() {
        let status =
            r#"{"cluster":{"status":"ready"},"config":{"original":"global:\n  a: \"b\"\n"}}"#;
        let config = running_config(status).unwrap();
        assert_eq!(config.expose_secret(), "global:\n  a: \"b\"\n");
    }

    #[test]
    fn an_answer_that_is_no_status_is_not_quoted() {
        for status in [
            "",
            "{}",
            "hunter2",
            r#"{"config":{"original":{"password":"hunter2"}}}"#,
            r#"{"config":"hunter2"}"#,
            r#"{"config":{"original":"hunter2"}"#,
        ] {
            let error = running_config(status).unwrap_err();
            assert!(
                !format!("{error} {error:?}").contains("hunter2"),
                "{status}"
            );
        }
    }

    #[test]
    fn the_operator_s_file_is_unpacked() {
        let file = gunzip(&gzip("global: {é: 1}\n".as_bytes())).unwrap();
        assert_eq!(file.expose_secret(), "global: {é: 1}\n");
    }

    #[test]
    fn a_file_that_is_cut_short_foreign_or_endless_is_refused() {
        let packed = gzip(b"global: {}\n");
        assert_eq!(gunzip(b"").unwrap_err(), GunzipError::Corrupt);
        assert_eq!(gunzip(b"global: {}\n").unwrap_err(), GunzipError::Corrupt);
        assert_eq!(
            gunzip(&packed[..packed.len() - 9]).unwrap_err(),
            GunzipError::Corrupt
        );
        assert_eq!(gunzip(&gzip(b"\xff")).unwrap_err(), GunzipError::Encoding);
        assert!(gunzip(&gzip(&vec![b' '; LARGEST_FILE])).is_ok());
        let bomb = gzip(&vec![b' '; LARGEST_FILE + 1]);
        assert_eq!(gunzip(&bomb).unwrap_err(), GunzipError::TooLarge);
    }
}
