//! The objects that a look reads, each with what its absence means.

use common::alertmanager::gunzip;
use common::cluster::{Kind, SecretObject};
use common::secret::SecretString;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};

use super::ManagedCluster;
use super::pods::Pods;
use super::resource::{self, Resource};
use crate::verdict;
use crate::wanted::KEY;
use common::trouble::Trouble;

/// The key that the operator writes.
const GENERATED_KEY: &str = "alertmanager.yaml.gz";

/// The source Secret, which can be written.
#[derive(Debug)]
pub(super) struct Written {
    name: String,
    object: SecretObject,
}

impl Written {
    /// The configuration in it.
    ///
    /// # Errors
    /// When it is not text.
    pub(super) fn text(&self) -> Result<&str, Trouble> {
        let text = self
            .object
            .value(KEY)
            .and_then(|it| std::str::from_utf8(it).ok());
        text.ok_or_else(|| {
            let text = format!("`{KEY}` of the Secret `{}` is not UTF-8", self.name);
            verdict::CONFIG_DRIFT.because(text)
        })
    }

    /// The bytes of it.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        self.object.value(KEY)
    }

    pub(super) fn revision(&self) -> &str {
        &self.object.resource_version
    }

    /// Who wrote it last.
    pub(super) fn manager(&self) -> Option<&str> {
        self.object.manager_of(KEY)
    }
}

impl ManagedCluster {
    pub(super) async fn resource(&self) -> Result<Resource, Trouble> {
        let (api, config) = (self.api()?, self.config());
        let name = &config.alertmanager;
        let kind = resource::kind();
        let object = api.get_dynamic(&kind, &config.namespace, name);
        let object = object.await.map_err(|error| Trouble::of(&error))?;
        Resource::read(name, &object).ok_or_else(|| {
            let text = format!(
                "the custom resource `{name}` of {} is not understood",
                config.name
            );
            verdict::NOT_CONVERGED.because(text)
        })
    }

    /// The text of the template.
    pub(super) async fn template(&self) -> Result<String, Trouble> {
        let (api, config) = (self.api()?, self.config());
        let name = &config.template;
        let lacking = |what: &str| {
            let text = format!("the ConfigMap `{name}` of {} {what}", config.name);
            verdict::TEMPLATE.because(text)
        };
        match api.get::<ConfigMap>(&config.namespace, name).await {
            Ok(map) => {
                let text = map.data.and_then(|mut data| data.remove(KEY));
                text.ok_or_else(|| lacking(&format!("has no key `{KEY}`")))
            }
            Err(error) if error.kind == Kind::NotFound => Err(lacking("does not exist")),
            Err(error) => Err(Trouble::of(&error)),
        }
    }

    /// The Secret that Alertmanager is configured from. One that is missing or empty has silenced
    /// Alertmanager already, and is for an installation to make.
    pub(super) async fn source(&self, resource: &Resource) -> Result<Written, Trouble> {
        let (api, config) = (self.api()?, self.config());
        let name = &resource.config_secret;
        let unusable = |what: &str| {
            let text = format!("the Secret `{name}` of {} {what}", config.name);
            verdict::ALERTMANAGER_SECRET.because(text)
        };
        let object = match api.get_secret(&config.namespace, name).await {
            Ok(object) => object,
            Err(error) if error.kind == Kind::NotFound => return Err(unusable("does not exist")),
            Err(error) => return Err(Trouble::of(&error)),
        };
        if object.immutable {
            return Err(unusable("is immutable"));
        }
        if object.value(KEY).is_none_or(<[u8]>::is_empty) {
            return Err(unusable(&format!("has nothing under `{KEY}`")));
        }
        Ok(Written {
            name: name.clone(),
            object,
        })
    }

    /// What the operator made of it; `None` when it has made nothing yet.
    pub(super) async fn generated(
        &self,
        resource: &Resource,
    ) -> Result<Option<SecretString>, Trouble> {
        let (api, config) = (self.api()?, self.config());
        let name = resource.generated_secret();
        let object = match api.get_secret(&config.namespace, &name).await {
            Ok(object) => object,
            Err(error) if error.kind == Kind::NotFound => return Ok(None),
            Err(error) => return Err(Trouble::of(&error)),
        };
        let file = object.value(GENERATED_KEY).map(gunzip);
        file.transpose().map_err(|error| Trouble::of(&error))
    }

    pub(super) async fn pods(&self, resource: &Resource) -> Result<Pods, Trouble> {
        let (api, namespace) = (self.api()?, &self.config().namespace);
        let pods = api.list::<Pod>(namespace, &resource.selector()).await;
        let pods = pods.map_err(|error| Trouble::of(&error))?;
        Ok(Pods::of(resource, pods))
    }
}
