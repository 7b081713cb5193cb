//! Names the host of a call that got no answer: `Connection refused` alone does not tell a wrong
//! region from a wrong endpoint.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use reqwest::Url;

/// No answer from a host.
#[derive(Debug, thiserror::Error)]
#[error("{host}: {cause}")]
struct NoAnswer {
    host: String,
    /// The innermost cause, in words: the error around it cannot be taken apart.
    cause: String,
}

/// Puts the host into the error of a call that ended without an answer.
pub(super) fn name_host<E>(error: &mut OrchestratorError<E>, host: &str) {
    let Some(failed) = error.as_connector_error().filter(|error| error.is_io()) else {
        return;
    };
    let mut cause: &dyn StdError = failed;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let named = NoAnswer {
        host: host.to_owned(),
        cause: cause.to_string(),
    };
    *error = OrchestratorError::connector(ConnectorError::io(named.into()));
}

/// The host of a URL, with its port when that is not the usual one.
pub(super) fn host_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_error_without_an_answer_gets_its_host() {
        let refused = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "refused");
        let mut error = OrchestratorError::<()>::connector(ConnectorError::io(refused.into()));
        name_host(&mut error, "monitoring.eu-wset-1.amazonaws.com");
        let source = error.as_connector_error().and_then(StdError::source);
        assert_eq!(
            source.unwrap().to_string(),
            "monitoring.eu-wset-1.amazonaws.com: refused"
        );

        let mut error = OrchestratorError::<()>::timeout("late".into());
        name_host(&mut error, "host");
        assert!(error.is_timeout_error());
    }

    #[test]
    fn a_usual_port_is_not_named() {
        assert_eq!(host_of("https://host/path").as_deref(), Some("host"));
        assert_eq!(
            host_of("http://u:p@host:4566/").as_deref(),
            Some("host:4566")
        );
        assert_eq!(host_of("/path"), None);
    }
}
