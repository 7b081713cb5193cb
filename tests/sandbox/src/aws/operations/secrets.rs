//! Secrets Manager: descriptions, values and labels of secrets. One file an operation.

pub(crate) mod describe_secret;
pub(crate) mod get_secret_value;
pub(crate) mod put_secret_value;
mod target;
pub(crate) mod update_secret_version_stage;

use crate::aws::shape::{Shape, Writer};

/// The answer to a request about a secret.
#[derive(Debug)]
pub(crate) enum Response {
    Description(describe_secret::Description),
    Held(get_secret_value::Held),
    Stored(put_secret_value::Stored),
    Moved(update_secret_version_stage::Moved),
}

impl Shape for Response {
    fn members<W: Writer>(&self, w: &mut W) {
        match self {
            Self::Description(response) => response.members(w),
            Self::Held(response) => response.members(w),
            Self::Stored(response) => response.members(w),
            Self::Moved(response) => response.members(w),
        }
    }
}

/// Which secret is meant, as every answer begins.
#[derive(Debug)]
struct Named {
    arn: String,
    name: String,
}

impl Named {
    fn of(secret: &crate::aws::secrets::Secret) -> Self {
        Self {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
        }
    }
}

impl Shape for Named {
    fn members<W: Writer>(&self, w: &mut W) {
        w.text_member("ARN", &self.arn);
        w.text_member("Name", &self.name);
    }
}
