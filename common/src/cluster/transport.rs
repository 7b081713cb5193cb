//! Why a call got no answer, out of the layers of errors below it.

use std::error::Error;
use std::io;

use http_body_util::LengthLimitError;
use rustls::{CertificateError, Error as TlsError};

use super::call::NoAnswer;
use super::error::Kind;

/// Finds the cause that decides what to do.
pub(super) fn classify(error: &(dyn Error + 'static)) -> NoAnswer {
    for cause in causes(error) {
        if let Some(error) = cause.downcast_ref::<io::Error>()
            && error.kind() == io::ErrorKind::TimedOut
        {
            return NoAnswer::late();
        }
        if let Some(TlsError::InvalidCertificate(error)) = cause.downcast_ref::<TlsError>() {
            return NoAnswer {
                kind: Kind::Untrusted,
                reason: distrust(error),
            };
        }
        if cause.is::<LengthLimitError>() {
            return NoAnswer {
                kind: Kind::TooLarge,
                reason: "the answer is too large".to_owned(),
            };
        }
    }
    // The innermost cause: the layers around it only say that there was an error.
    let root = causes(error).last().map(ToString::to_string);
    NoAnswer {
        kind: Kind::Unreachable,
        reason: root.unwrap_or_default(),
    }
}

/// The same for a body whose head has arrived: the connection stands, and what is left to go wrong
/// with bytes is their compression.
pub(super) fn classify_body(error: &(dyn Error + 'static)) -> NoAnswer {
    let found = classify(error);
    let garbled = causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::Other
            )
        });
    if found.kind == Kind::Unreachable && garbled {
        return NoAnswer {
            kind: Kind::Undecodable,
            reason: "the answer's compression is broken".to_owned(),
        };
    }
    found
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "foreign and open: the rest is said as it is"
)]
fn distrust(error: &CertificateError) -> String {
    let said = match error {
        // The authorities of all clusters have the same name: another one's certificate looks like
        // a forged one of ours.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "it is signed by another authority".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another name".to_owned()
        }
        other => other.to_string(),
    };
    format!("the server's certificate is not trusted: {said}")
}

/// The error itself, then what is inside it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        // `source` of an I/O error steps over the error that it wraps.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner),
            None => error.source(),
        };
        Some(error)
    })
}
