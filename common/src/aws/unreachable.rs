//! Names the host of a call that got no answer: `Connection refused` alone does not tell a wrong
//! region from a wrong endpoint.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextMut;
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use reqwest::Url;

/// No answer from a host.
#[derive(Debug, thiserror::Error)]
#[error("{host}: {cause}")]
struct NoAnswer {
    /// With its port when that is not the usual one.
    host: String,
    /// The innermost cause, in words: the error around it cannot be taken apart.
    cause: String,
}

/// Puts the host into the error of a call that ended without an answer.
pub(super) fn name_host(context: &mut FinalizerInterceptorContextMut<'_>) {
    let url = context.request().and_then(|request| Url::parse(request.uri()).ok());
    let Some(host) = url.as_ref().and_then(host_and_port) else {
        return;
    };
    let Some(Err(error)) = context.output_or_error_mut() else {
        return;
    };
    let Some(failed) = error.as_connector_error().filter(|error| error.is_io()) else {
        return;
    };
    let mut cause: &dyn StdError = failed;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let named = NoAnswer {
        host,
        cause: cause.to_string(),
    };
    *error = OrchestratorError::connector(ConnectorError::io(named.into()));
}

fn host_and_port(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}
