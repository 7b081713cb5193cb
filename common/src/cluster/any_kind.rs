//! Objects of any kind, in a namespace or in none, as they stand in a manifest. Each method is one call.

use kube::Resource as _;
use kube::api::{
    ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams, ValidationDirective,
};
use kube::core::Request as Path;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::ask::{Ask, Verb};
use super::error::ClusterError;
use super::objects::ask;
use super::{Cluster, FIELD_MANAGER};

impl Cluster {
    /// What an apply of `object` as `manager` would make of what is there: nothing is kept. Without
    /// `force` a field that another manager holds with another value is a conflict. Not for Secrets,
    /// as the answer is the whole object.
    ///
    /// # Errors
    /// As those of [`Self::apply`].
    pub async fn try_apply(
        &self,
        resource: &ApiResource,
        namespace: Option<&str>,
        name: &str,
        manager: &str,
        force: bool,
        object: &Value,
    ) -> Result<Value, ClusterError> {
        let what = self.ask_at(Verb::Patch, resource, namespace, Some(name))?;
        let params = PatchParams {
            dry_run: true,
            force,
            ..PatchParams::apply(manager).validation(ValidationDirective::Strict)
        };
        let request = path(resource, namespace).patch(name, &params, &Patch::Apply(object));
        self.call(&what, request).await
    }

    /// Makes an object.
    ///
    /// # Errors
    /// When the call fails: [`Kind::Conflict`](super::Kind::Conflict) when there is one of its name.
    pub async fn create_value(
        &self,
        resource: &ApiResource,
        namespace: Option<&str>,
        object: &Value,
    ) -> Result<(), ClusterError> {
        let what = self.ask_at(Verb::Create, resource, namespace, None)?;
        let body = self.encode(&what, object)?;
        let params = PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        let request = path(resource, namespace).create(&params, body);
        let IgnoredAny = self.call(&what, request).await?;
        Ok(())
    }

    /// Changes an object by a merge patch.
    ///
    /// # Errors
    /// When the call fails: [`Kind::NotFound`](super::Kind::NotFound) when there is none.
    pub async fn merge_value(
        &self,
        resource: &ApiResource,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
    ) -> Result<(), ClusterError> {
        let what = self.ask_at(Verb::Patch, resource, namespace, Some(name))?;
        let params = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let request = path(resource, namespace).patch(name, &params, &Patch::Merge(patch));
        let IgnoredAny = self.call(&what, request).await?;
        Ok(())
    }

    /// Deletes an object by its name, whatever has become of it.
    ///
    /// # Errors
    /// When the call fails: [`Kind::NotFound`](super::Kind::NotFound) when there is none.
    pub async fn delete_named(
        &self,
        resource: &ApiResource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<(), ClusterError> {
        let what = self.ask_at(Verb::Delete, resource, namespace, Some(name))?;
        let request = path(resource, namespace).delete(name, &DeleteParams::default());
        let IgnoredAny = self.call(&what, request).await?;
        Ok(())
    }

    fn ask_at(
        &self,
        verb: Verb,
        resource: &ApiResource,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Result<Ask, ClusterError> {
        let what = ask(verb, resource, namespace.unwrap_or(""), name);
        self.check_segments(&what, namespace.into_iter().chain(name))?;
        Ok(what)
    }
}

fn path(resource: &ApiResource, namespace: Option<&str>) -> Path {
    Path::new(DynamicObject::url_path(resource, namespace))
}
