//! The secret in AWS: read once, and how old the key in it is.

use aws_sdk_iam::Client as Iam;
use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use common::aws::{Aws, CallError, CallPolicy, Settings};
use common::fault::{Failure, Fault as _};
use common::process::Context;
use common::secret::{ExposeSecret as _, SecretString};
use common::trouble::Trouble;
use jiff::{SignedDuration, Timestamp};
use rotate_credentials::config::{Config, SecretConfig};
use rotate_credentials::document::Document;
use serde::Serialize;

use crate::verdict;

/// The version that everybody reads.
const CURRENT: &str = "AWSCURRENT";

/// What the secret holds.
#[derive(Debug)]
pub struct Credentials {
    /// The pair behind the mail, and the members of others.
    pub document: Document,
    aws: Aws,
    source: SecretConfig,
    user: String,
}

/// How old the key is, as far as this identity may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "known", rename_all = "kebab-case")]
pub enum KeyAge {
    /// Known.
    Known {
        /// Since it was created.
        days: i64,
        /// Whether a rotation is due.
        due: bool,
    },
    /// Not known.
    Unknown {
        /// Why.
        why: String,
    },
}

impl Credentials {
    /// Reads the current version of the secret that the rotation is configured with.
    ///
    /// # Errors
    /// When it cannot be read, or holds no usable pair.
    pub async fn read(config: &Config, context: &Context) -> Result<Self, Failure> {
        let settings = Settings {
            region: config.secret.region.clone(),
            roles: Vec::new(),
        };
        let connecting = common::aws::connect(
            &settings,
            CallPolicy::READ,
            context.clock.clone(),
            context.meter.clone(),
            &context.env,
        );
        // On the heap: the SDK's loader makes a large future.
        let aws = Box::pin(connecting).await?;
        Ok(Self {
            document: document(&aws, &config.secret).await?,
            aws,
            source: config.secret.clone(),
            user: config.user.clone(),
        })
    }

    /// Reads it again. Says whether it is another one now: whoever has looked at the cluster in between has
    /// seen what a rotation wrote before that, or will collide with what it writes after.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn read_again(&mut self) -> Result<bool, Failure> {
        let document = document(&self.aws, &self.source).await?;
        let is_other = document.text().expose_secret() != self.document.text().expose_secret();
        self.document = document;
        Ok(is_other)
    }

    /// A member that somebody else's part of the installation needs.
    ///
    /// # Errors
    /// When the secret does not have it, or it is no text.
    pub fn member(&self, name: &str) -> Result<SecretString, Trouble> {
        self.document.field(name).ok_or_else(|| {
            verdict::MEMBER_MISSING.because(format!("the secret has no member `{name}`"))
        })
    }

    /// How old the key is. Whoever installs need not have the right to see it.
    pub async fn key_age(&self, now: Timestamp, due_after: SignedDuration) -> KeyAge {
        match self.created().await {
            Ok(created) => {
                let age = now.duration_since(created);
                KeyAge::Known {
                    days: age.as_hours() / 24,
                    due: age >= due_after,
                }
            }
            Err(why) => KeyAge::Unknown { why },
        }
    }

    async fn created(&self) -> Result<Timestamp, String> {
        let config = aws_sdk_iam::config::Builder::from(&self.aws.config)
            .interceptor(self.aws.meter.clone())
            .build();
        let call = Iam::from_conf(config).list_access_keys();
        let listed = call.user_name(&self.user).send().await;
        let listed = listed
            .map_err(|error| CallError::from_sdk("iam", "ListAccessKeys", &error).to_string())?;
        let id = self.document.pair().id.as_str();
        let mut keys = listed.access_key_metadata.into_iter();
        let key = keys.find(|key| key.access_key_id.as_deref() == Some(id));
        let created = key.and_then(|key| key.create_date);
        let created = created.ok_or_else(|| format!("it is no key of {}", self.user))?;
        Timestamp::from_second(created.secs()).map_err(|error| error.to_string())
    }
}

async fn document(aws: &Aws, source: &SecretConfig) -> Result<Document, Failure> {
    let name = &source.name;
    let text = current(aws, name).await?;
    Document::parse(text, &source.fields).map_err(|error| {
        let text = format!("the secret `{name}`: {error}");
        verdict::SECRET_MALFORMED.because(text).into()
    })
}

async fn current(aws: &Aws, name: &str) -> Result<SecretString, Failure> {
    let config = aws_sdk_secretsmanager::config::Builder::from(&aws.config)
        .interceptor(aws.meter.clone())
        .build();
    let call = SecretsManager::from_conf(config).get_secret_value();
    let answer = call.secret_id(name).version_stage(CURRENT).send().await;
    let answer = answer.map_err(|error| unread(name, &error))?;
    let text = answer.secret_string.map(SecretString::from);
    text.ok_or_else(|| {
        let text = format!("the secret `{name}` is binary");
        verdict::SECRET_MALFORMED.because(text).into()
    })
}

fn unread<E>(name: &str, error: &SdkError<E>) -> Trouble
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let error = CallError::from_sdk("secretsmanager", "GetSecretValue", error);
    match error.code.as_deref() {
        Some("ResourceNotFoundException") => {
            let text = format!("the secret `{name}` has no version {CURRENT}");
            verdict::SECRET_MISSING.because(text)
        }
        _ => Trouble {
            text: format!("reading the secret `{name}`: {error}"),
            hint: error.hint(),
            ..Trouble::of(&error)
        },
    }
}
