//! What a job asks that keeps objects of its own: apply, look who is there, delete. Each method is
//! one call.

use kube::api::{
    ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, Preconditions,
    ValidationDirective,
};
use kube::core::PartialObjectMeta;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use super::Cluster;
use super::ask::Verb;
use super::error::ClusterError;
use super::objects::{Object, ask, path};

impl Cluster {
    /// Makes the fields of `object` what it says, as those of `manager`, and returns the object as
    /// the server then holds it. What `manager` has applied before and `object` leaves out is
    /// removed; fields of others stay. `object` is whole, with `apiVersion` and `kind`. `force`
    /// takes fields over that others hold.
    ///
    /// # Errors
    /// When the call fails: [`Kind::Conflict`](super::Kind::Conflict) with
    /// [`conflicts`](ClusterError::conflicts) when others hold fields with other values, which
    /// `force` never comes to; [`Kind::Invalid`](super::Kind::Invalid) also for a field that the
    /// kind does not have.
    pub async fn apply<K>(
        &self,
        namespace: &str,
        name: &str,
        manager: &str,
        force: bool,
        object: &impl Serialize,
    ) -> Result<K, ClusterError>
    where
        K: Object + DeserializeOwned,
    {
        let resource = ApiResource::erase::<K>(&());
        let what = ask(Verb::Patch, &resource, namespace, Some(name));
        let params = PatchParams {
            force,
            ..PatchParams::apply(manager).validation(ValidationDirective::Strict)
        };
        let request = path(&resource, namespace).patch(name, &params, &Patch::Apply(object));
        self.call(&what, request).await
    }

    /// Deletes an object if it is still the one that was looked at: this `uid`, and this
    /// `resourceVersion`. One with finalizers goes when they have done their work.
    ///
    /// # Errors
    /// When the call fails: [`Kind::Conflict`](super::Kind::Conflict) when the object has changed
    /// or is another one of the same name, [`Kind::NotFound`](super::Kind::NotFound) when it is
    /// gone.
    pub async fn delete(
        &self,
        resource: &ApiResource,
        namespace: &str,
        name: &str,
        uid: &str,
        resource_version: &str,
    ) -> Result<(), ClusterError> {
        let what = ask(Verb::Delete, resource, namespace, Some(name));
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: Some(uid.to_owned()),
                resource_version: Some(resource_version.to_owned()),
            }),
            ..DeleteParams::default()
        };
        let request = path(resource, namespace).delete(name, &params);
        let IgnoredAny = self.call(&what, request).await?;
        Ok(())
    }

    /// Reads the metadata alone of the objects that a label selector matches, all in one answer; an
    /// empty selector matches all.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn list_metadata(
        &self,
        resource: &ApiResource,
        namespace: &str,
        selector: &str,
    ) -> Result<Vec<PartialObjectMeta<DynamicObject>>, ClusterError> {
        #[derive(Deserialize)]
        struct Items {
            /// Null when nothing matches.
            items: Option<Vec<PartialObjectMeta<DynamicObject>>>,
        }
        let what = ask(Verb::List, resource, namespace, None);
        let params = ListParams::default().labels(selector);
        let request = path(resource, namespace).list_metadata(&params);
        let Items { items } = self.call(&what, request).await?;
        Ok(items.unwrap_or_default())
    }
}
