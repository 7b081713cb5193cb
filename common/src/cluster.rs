//! Access to Kubernetes API servers: who asks, how long it may take, and the few calls that the
//! jobs make.
//!
//! A call is made once and never repeated, except that a refused EKS token is renewed: when to try
//! again is the caller's knowledge, who can ask [`Patience`] to do so where a server is busy. Objects
//! are never logged. A failure says status and reason; the server's own words are kept beside them,
//! but never those about Secrets. Answers may be compressed. Watches are not offered.

mod access;
mod answer;
mod any_kind;
mod ask;
mod call;
mod conflict;
mod connect_error;
mod discovery;
mod eks;
mod endpoint;
mod error;
mod exec;
mod keep;
mod kubeconfig;
mod name;
mod objects;
mod pages;
mod patience;
mod proxy;
mod review;
mod secret_object;
mod server;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::aws::{self, CallMeter, CallPolicy, Role, Settings};
use crate::clock::Clock;
use crate::env::Env;
use access::{EksUser, Route};
use eks::{TokenError, Tokens};

pub use access::Access;
pub use ask::{Ask, Verb};
pub use conflict::FieldConflict;
pub use connect_error::{ConnectError, NotConnected};
pub use discovery::{Discovery, ServedKind};
pub use eks::eks_token;
pub use endpoint::Endpoint;
pub use error::{ClusterError, Kind};
pub use name::{ClusterName, ClusterNameError};
pub use objects::Object;
pub use pages::{Page, PageRequest};
pub use patience::Patience;
pub use review::{Grantee, Right};
pub use secret_object::SecretObject;

/// Prefix of all our annotations and labels: `monitoring-jobs.toolchain.private/…`.
pub const DOMAIN: &str = "monitoring-jobs.toolchain.private";

/// Under which name the API server notes what the jobs write.
pub const FIELD_MANAGER: &str = "monitoring-jobs";

/// Time limits of one call.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Longest silence of the server.
    pub read: Duration,
    /// Until the last byte of the answer.
    pub call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(30),
            call: Duration::from_secs(45),
        }
    }
}

/// One cluster's API server, with an identity. Clones share connections, tokens and counts.
#[derive(Clone)]
pub struct Cluster(Arc<Inner>);

struct Inner {
    name: ClusterName,
    client: kube::Client,
    tokens: Option<Tokens>,
    timeouts: Timeouts,
    clock: Clock,
    meter: CallMeter,
}

impl Cluster {
    /// Reads what `access` names and prepares the client. Makes no call yet. Calls are counted by
    /// `meter`.
    ///
    /// # Errors
    /// When the configuration, or what it refers to, is unusable.
    pub async fn connect(
        name: ClusterName,
        access: &Access,
        timeouts: Timeouts,
        clock: Clock,
        meter: CallMeter,
        env: &Env,
    ) -> Result<Self, NotConnected> {
        let connecting = Self::prepare(name.clone(), access, timeouts, clock, meter, env);
        connecting.await.map_err(|error| NotConnected {
            cluster: name,
            why: Box::new(error),
        })
    }

    async fn prepare(
        name: ClusterName,
        access: &Access,
        timeouts: Timeouts,
        clock: Clock,
        meter: CallMeter,
        env: &Env,
    ) -> Result<Self, ConnectError> {
        let mut route = Route::resolve(access, env)?;
        let tokens = match route.eks.take() {
            // On the heap: the SDK's loader makes a large future.
            Some(user) => Some(Box::pin(tokens(user, &clock, &meter, env)).await?),
            None => None,
        };
        let config = route.into_config(timeouts)?;
        let client = kube::Client::try_from(config);
        Ok(Self(Arc::new(Inner {
            name,
            client: client.map_err(|error| ConnectError::Client(Box::new(error)))?,
            tokens,
            timeouts,
            clock,
            meter,
        })))
    }

    /// Its name.
    pub fn name(&self) -> &ClusterName {
        &self.0.name
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cluster").field(&self.0.name).finish()
    }
}

async fn tokens(
    user: EksUser,
    clock: &Clock,
    meter: &CallMeter,
    env: &Env,
) -> Result<Tokens, ConnectError> {
    let role = user.role_arn.map(|arn| Role {
        arn,
        session_name: session_name(env),
    });
    let settings = Settings {
        region: user.region,
        roles: role.into_iter().collect(),
    };
    let connecting = aws::connect(
        &settings,
        CallPolicy::READ,
        clock.clone(),
        meter.clone(),
        env,
    );
    let config = connecting.await.map_err(ConnectError::Aws)?.config;
    let nobody = || TokenError::Credentials("there is no source of AWS credentials".to_owned());
    let credentials = config.credentials_provider();
    let credentials = credentials.ok_or_else(|| ConnectError::Token(nobody()))?;
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    Ok(Tokens::new(
        user.cluster,
        region,
        credentials,
        clock.clone(),
    ))
}

/// What CloudTrail shows: the pod, so that a call can be traced to its run.
fn session_name(env: &Env) -> String {
    let pod = env.get("POD_NAME").unwrap_or(FIELD_MANAGER);
    // AWS takes 2 to 64 characters; a pod's name is made of those that it takes.
    let name: String = pod.chars().take(64).collect();
    if name.len() < 2 {
        FIELD_MANAGER.to_owned()
    } else {
        name
    }
}
