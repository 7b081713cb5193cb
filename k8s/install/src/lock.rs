//! One installation at a time: the Lease `install`, which the first installation makes.

use std::time::Duration;

use common::cluster::{Cluster, ClusterError, DOMAIN, Kind};
use common::fault::{Failure, chain};
use common::lease::{Acquired, Guard, Holder, Lease, Terms};
use common::process::Context;
use k8s_openapi::api::coordination::v1::Lease as Object;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::ApiResource;

use crate::installation::NAMESPACE;
use crate::verdict;

/// Its name.
pub const NAME: &str = "install";

/// Who installs sits at a terminal, where a killed run leaves no pod that is seen to be gone. So the Lease
/// is short and renewed often.
const TERMS: Terms = Terms {
    duration: Duration::from_mins(1),
    renew_every: Duration::from_secs(10),
};

/// The Lease while it is held.
#[derive(Debug)]
pub struct Lock(Box<Guard>);

impl Lock {
    /// Takes the Lease; makes it if there is none. `None` when told to stop meanwhile.
    ///
    /// # Errors
    /// When somebody else holds it, or a call fails.
    pub async fn take(api: &Cluster, context: &Context) -> Result<Option<Self>, Failure> {
        let asking = async {
            ensure(api).await?;
            // The run's name alone says little about whom to ask.
            Ok::<_, Failure>(api.who_am_i().await?)
        };
        let Some(who) = context.cancel.bound(asking).await else {
            return Ok(None);
        };
        let who = who?;
        let holder = format!("{who}, run {}", context.identity.run).replace('_', "-");
        let lease = Lease::new(
            api.clone(),
            NAMESPACE,
            NAME,
            Holder::from(holder),
            TERMS,
            context.clock.clone(),
        );
        match context.cancel.bound(lease.acquire()).await {
            None => Ok(None),
            Some(Ok(Acquired::Held(guard))) => Ok(Some(Self(guard))),
            Some(Ok(Acquired::Busy { holder, since })) => {
                let since = since.map(|at| format!(" since {at:.0}"));
                let text = format!(
                    "{holder} holds the Lease {NAME} in {NAMESPACE} of {}{}",
                    api.name(),
                    since.unwrap_or_default()
                );
                Err(verdict::LOCKED.because(text).into())
            }
            Some(Err(error)) => Err(error.into()),
        }
    }

    /// To be asked before every effect.
    ///
    /// # Errors
    /// When somebody else has taken it.
    pub async fn check(&self) -> Result<(), Failure> {
        let checked = self.0.check().await;
        checked.map_err(|lost| verdict::LOCK_LOST.because(chain(&lost)).into())
    }

    /// Keeps the Lease while `work` is under way, which is never cut off.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let keep = async {
            loop {
                tokio::time::sleep(TERMS.renew_every).await;
                if let Err(lost) = self.0.check().await {
                    tracing::warn!("the Lease is lost: {}", chain(&lost));
                    return std::future::pending().await;
                }
            }
        };
        tokio::select! {
            done = work => done,
            never = keep => never,
        }
    }

    /// Gives the Lease back.
    pub async fn release(self) {
        if let Err(error) = self.0.release().await {
            tracing::warn!("Lease not given back: {}", chain(&error));
        }
    }
}

/// Makes the Lease if there is none.
async fn ensure(api: &Cluster) -> Result<(), ClusterError> {
    match api.get::<Object>(NAMESPACE, NAME).await {
        Ok(_) => return Ok(()),
        Err(error) if error.kind == Kind::NotFound => {}
        Err(error) => return Err(error),
    }
    let label = (format!("{DOMAIN}/part"), "install".to_owned());
    let object = Object {
        metadata: ObjectMeta {
            name: Some(NAME.to_owned()),
            namespace: Some(NAMESPACE.to_owned()),
            labels: Some([label].into()),
            ..ObjectMeta::default()
        },
        ..Object::default()
    };
    match api.create(NAMESPACE, &object).await {
        Ok(_) => Ok(()),
        // Another one was as fast.
        Err(error) if error.kind == Kind::Conflict => Ok(()),
        Err(error) => Err(error),
    }
}

/// Deletes the Lease, when nothing is left that it is for.
///
/// # Errors
/// When the call fails.
pub async fn forget(api: &Cluster) -> Result<(), ClusterError> {
    let leases = ApiResource::erase::<Object>(&());
    match api.delete_named(&leases, Some(NAMESPACE), NAME).await {
        Err(error) if error.kind != Kind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
