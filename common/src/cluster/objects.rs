//! What is asked of an API server. Each method is one call.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use kube::Resource;
use kube::api::{
    ApiResource, DynamicObject, GetParams, ListParams, Patch, PatchParams, PostParams,
};
use kube::core::request::Error as RequestError;
use kube::core::{NamespaceResourceScope, Request as Path};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ask::{Ask, Verb};
use super::error::{ClusterError, Kind};
use super::secret_object::SecretObject;
use super::{Cluster, FIELD_MANAGER};

const UNWRITABLE: &str = "the object cannot be written";

const NO_NAME: &str = "not a name of an object";

const ANOTHER_OBJECT: &str = "another object";

/// What an answer says of which object it is.
#[derive(Deserialize)]
struct Nameplate {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    metadata: Option<Names>,
}

#[derive(Deserialize)]
struct Names {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    namespace: Option<String>,
}

impl Nameplate {
    /// Whether it is the object that was asked for. Servers may leave the kind out.
    fn is_of(&self, resource: &ApiResource, namespace: Option<&str>, name: &str) -> bool {
        let kind = self.kind.as_ref().is_none_or(|kind| *kind == resource.kind);
        let names = self.metadata.as_ref().is_some_and(|names| {
            let place = names.namespace.as_deref().filter(|it| !it.is_empty());
            names.name.as_deref() == Some(name) && place == namespace
        });
        kind && names
    }
}

/// A kind that lives in namespaces and is known when this is compiled.
pub trait Object: Resource<DynamicType = (), Scope = NamespaceResourceScope> {}

impl<K: Resource<DynamicType = (), Scope = NamespaceResourceScope>> Object for K {}

impl Cluster {
    /// Reads an object. For Secrets there is [`Self::get_secret`], whose answer does not print.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn get<K>(&self, namespace: &str, name: &str) -> Result<K, ClusterError>
    where
        K: Object + DeserializeOwned,
    {
        let resource = ApiResource::erase::<K>(&());
        self.get_as(&resource, namespace, name).await
    }

    /// Reads an object of a kind that is only known at run time, with all its fields.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn get_dynamic(
        &self,
        resource: &ApiResource,
        namespace: &str,
        name: &str,
    ) -> Result<DynamicObject, ClusterError> {
        self.get_as(resource, namespace, name).await
    }

    async fn get_as<T: DeserializeOwned>(
        &self,
        resource: &ApiResource,
        namespace: &str,
        name: &str,
    ) -> Result<T, ClusterError> {
        let what = ask(Verb::Get, resource, namespace, Some(name));
        let request = path(resource, namespace).get(name, &GetParams::default());
        self.call(&what, request).await
    }

    /// Reads one object, in a namespace or in none, with all its fields. Not for Secrets: there is
    /// [`Self::get_secret`], whose answer does not print.
    ///
    /// # Errors
    /// When the call fails. [`Kind::NotFound`] only when the API server itself says so;
    /// [`Kind::Undecodable`] for any other 404, and for an answer that is another object.
    pub async fn get_value(
        &self,
        resource: &ApiResource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Value, ClusterError> {
        self.get_this(resource, namespace, name).await
    }

    /// Reads one object and believes nothing but that object, or the API server's word that there is
    /// none: what stands before it may answer anything.
    async fn get_this<T: DeserializeOwned>(
        &self,
        resource: &ApiResource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<T, ClusterError> {
        let what = ask(Verb::Get, resource, namespace.unwrap_or(""), Some(name));
        self.check_segments(&what, namespace.into_iter().chain([name]))?;
        let path = Path::new(DynamicObject::url_path(resource, namespace));
        let request = self.request(&what, path.get(name, &GetParams::default()))?;
        let answer = self.exchange(&what, request).await?;
        if answer.status == 404 && !answer.is_refusal() {
            let mut error = self.refusal(&what, &answer, Kind::Undecodable);
            error.reason += ", not said by an API server";
            return Err(error);
        }
        let said: Nameplate = self.decode(&what, &answer)?;
        if !said.is_of(resource, namespace, name) {
            return Err(self.failure(&what, Kind::Undecodable, ANOTHER_OBJECT.to_owned()));
        }
        self.decode(&what, &answer)
    }

    /// Reads the objects that a label selector matches; an empty selector matches all.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn list<K>(&self, namespace: &str, selector: &str) -> Result<Vec<K>, ClusterError>
    where
        K: Object + DeserializeOwned,
    {
        #[derive(Deserialize)]
        #[serde(bound(deserialize = "K: DeserializeOwned"))]
        struct Items<K> {
            items: Vec<K>,
        }
        let resource = ApiResource::erase::<K>(&());
        let what = ask(Verb::List, &resource, namespace, None);
        let params = ListParams::default().labels(selector);
        let request = path(&resource, namespace).list(&params);
        let Items { items } = self.call(&what, request).await?;
        Ok(items)
    }

    /// Makes an object and returns it as the server holds it.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn create<K>(&self, namespace: &str, object: &K) -> Result<K, ClusterError>
    where
        K: Object + DeserializeOwned + Serialize,
    {
        let resource = ApiResource::erase::<K>(&());
        let what = ask(Verb::Create, &resource, namespace, None);
        let body = self.encode(&what, object)?;
        let request = path(&resource, namespace).create(&written_by_us(), body);
        self.call(&what, request).await
    }

    /// Replaces an object if it still has the `resourceVersion` that `object` carries, and returns
    /// it as the server then holds it.
    ///
    /// # Errors
    /// When the call fails: [`Kind::Conflict`] when somebody else has changed the object.
    pub async fn replace<K>(
        &self,
        namespace: &str,
        name: &str,
        object: &K,
    ) -> Result<K, ClusterError>
    where
        K: Object + DeserializeOwned + Serialize,
    {
        let resource = ApiResource::erase::<K>(&());
        let what = ask(Verb::Update, &resource, namespace, Some(name));
        let body = self.encode(&what, object)?;
        let request = path(&resource, namespace).replace(name, &written_by_us(), body);
        self.call(&what, request).await
    }

    /// Reads a Secret.
    ///
    /// # Errors
    /// As those of [`Self::get_value`].
    pub async fn get_secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<SecretObject, ClusterError> {
        self.get_this(&secrets(), Some(namespace), name).await
    }

    /// Sets one key of a Secret and leaves everything else of it alone, if the Secret still has
    /// this `resourceVersion`. Returns the new one.
    ///
    /// # Errors
    /// When the call fails: [`Kind::Conflict`] when somebody else has changed the Secret.
    pub async fn patch_secret_key(
        &self,
        namespace: &str,
        name: &str,
        key: &str,
        bytes: &[u8],
        expected_version: &str,
    ) -> Result<String, ClusterError> {
        let resource = secrets();
        let what = ask(Verb::Patch, &resource, namespace, Some(name));
        let patch = json!({
            "metadata": { "resourceVersion": expected_version },
            "data": { key: STANDARD.encode(bytes) },
        });
        let params = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let request = path(&resource, namespace).patch(name, &params, &Patch::Merge(patch));
        let written: SecretObject = self.call(&what, request).await?;
        Ok(written.resource_version)
    }

    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        what: &Ask,
        request: Result<Request<Vec<u8>>, RequestError>,
    ) -> Result<T, ClusterError> {
        let request = self.request(what, request)?;
        let answer = self.exchange(what, request).await?;
        self.decode(what, &answer)
    }

    /// Refuses names that would lead to another place than the one they are for.
    pub(super) fn check_segments<'a>(
        &self,
        what: &Ask,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), ClusterError> {
        if names.into_iter().all(is_segment) {
            return Ok(());
        }
        Err(self.failure(what, Kind::Invalid, NO_NAME.to_owned()))
    }

    /// A request that cannot be made has names with characters that no object's name has, or an
    /// object that is no JSON.
    pub(super) fn request(
        &self,
        what: &Ask,
        request: Result<Request<Vec<u8>>, RequestError>,
    ) -> Result<Request<Vec<u8>>, ClusterError> {
        request.map_err(|error| {
            let why = match error {
                RequestError::SerializeBody(_) => UNWRITABLE,
                RequestError::BuildRequest(_) | RequestError::Validation(_) => NO_NAME,
            };
            self.failure(what, Kind::Invalid, why.to_owned())
        })
    }

    pub(super) fn encode(
        &self,
        what: &Ask,
        object: &impl Serialize,
    ) -> Result<Vec<u8>, ClusterError> {
        serde_json::to_vec(object)
            .map_err(|_| self.failure(what, Kind::Invalid, UNWRITABLE.to_owned()))
    }
}

pub(super) fn ask(verb: Verb, resource: &ApiResource, namespace: &str, name: Option<&str>) -> Ask {
    Ask {
        verb,
        group: resource.group.clone(),
        resource: resource.plural.clone(),
        name: name.map(str::to_owned),
        namespace: namespace.to_owned(),
    }
}

pub(super) fn path(resource: &ApiResource, namespace: &str) -> Path {
    Path::new(DynamicObject::url_path(resource, Some(namespace)))
}

/// Whether it is one step of a path, and not several, none, or the begin of a query.
fn is_segment(name: &str) -> bool {
    let steps = !matches!(name, "" | "." | "..");
    let plain = |c: char| c.is_ascii_graphic() && !"/\\?#%".contains(c);
    steps && name.chars().all(plain)
}

fn secrets() -> ApiResource {
    ApiResource::erase::<k8s_openapi::api::core::v1::Secret>(&())
}

fn written_by_us() -> PostParams {
    PostParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PostParams::default()
    }
}
