//! Credentials of a profile that does not exist: the SDK looks on elsewhere and in the end only says
//! that there are none.

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

/// Passes on what `inner` provides; where it has nothing, the error names the profile.
#[derive(Debug)]
pub(super) struct NamesProfile {
    profile: String,
    inner: SharedCredentialsProvider,
}

/// No credentials, although this profile was asked for.
#[derive(Debug, thiserror::Error)]
#[error("no credentials in the environment, in the profile `{profile}`, the pod or the instance")]
pub(super) struct NothingInProfile {
    profile: String,
}

impl NamesProfile {
    pub(super) fn new(profile: &str, inner: SharedCredentialsProvider) -> Self {
        Self {
            profile: profile.to_owned(),
            inner,
        }
    }
}

impl ProvideCredentials for NamesProfile {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let provided = self.inner.provide_credentials().await;
            provided.map_err(|error| {
                if !matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
                    return error;
                }
                let profile = self.profile.clone();
                CredentialsError::not_loaded(NothingInProfile { profile })
            })
        })
    }
}
