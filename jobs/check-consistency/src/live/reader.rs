//! Everything that is asked of one cluster: each answer comes within its time or is a gap.

use std::time::Duration;

use common::cluster::{Cluster, ClusterError, Kind, Object, PageRequest, Patience};
use common::process::Context;
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::api::ApiResource;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::gap;
use crate::config::ServiceRef;
use crate::survey::Gap;

/// Until a server behind the proxy has answered: one that is slower has trouble of its own.
const PROXIED: Duration = Duration::from_secs(10);

/// Pages of a list that are read at most: a server that never ends has lost its way.
const PAGES_MAX: usize = 1000;

/// Reads from one cluster until its time is over.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) context: &'a Context,
    pub(super) namespace: &'a str,
    /// Objects in a page.
    pub(super) page: u32,
    /// When everything must have been read.
    pub(super) deadline: Instant,
}

impl Reader<'_> {
    /// A page of a service's HTTP server; `path` may have a query.
    pub(super) async fn service(&self, service: &ServiceRef, path: &str) -> Result<String, Gap> {
        let what = self.place(&service.service, path);
        self.ask(&what, PROXIED, || {
            let ServiceRef { service, port } = service;
            self.cluster
                .service_proxy_get(self.namespace, service, port, path)
        })
        .await
    }

    /// The same; `None` when there is no such service. Of its page whoever stands behind it says too that
    /// there is none, so the API server is asked for the service itself.
    pub(super) async fn service_if_any(
        &self,
        service: &ServiceRef,
        path: &str,
    ) -> Result<Option<String>, Gap> {
        let ServiceRef {
            service: name,
            port,
        } = service;
        let what = self.place(name, path);
        let page = self.ask(&what, PROXIED, || async {
            let page = self
                .cluster
                .service_proxy_get(self.namespace, name, port, path);
            match page.await {
                Ok(page) => Ok(Ok(page)),
                Err(error) if error.kind == Kind::NotFound => Ok(Err(error)),
                Err(error) => Err(error),
            }
        });
        let error = match page.await? {
            Ok(page) => return Ok(Some(page)),
            Err(error) => error,
        };
        let services = ApiResource::erase::<Service>(&());
        let what = self.place(name, "");
        let service = self.ask(&what, Duration::MAX, || async {
            let service = self
                .cluster
                .get_value(&services, Some(self.namespace), name);
            if_any(service.await)
        });
        match service.await? {
            None => Ok(None),
            Some(_) => Err(gap::failed(&error)),
        }
    }

    /// A page of a pod's HTTP server.
    pub(super) async fn pod(&self, pod: &str, port: u16, path: &str) -> Result<String, Gap> {
        let what = self.place(pod, path);
        self.ask(&what, PROXIED, || {
            self.cluster.pod_proxy_get(self.namespace, pod, port, path)
        })
        .await
    }

    /// The objects of the namespace that a label selector matches.
    pub(super) async fn list<K: Object + DeserializeOwned>(
        &self,
        selector: &str,
    ) -> Result<Vec<K>, Gap> {
        let what = self.place(&K::plural(&()), "");
        self.ask(&what, Duration::MAX, || {
            self.cluster.list::<K>(self.namespace, selector)
        })
        .await
    }

    /// The objects of a kind that is only known at run time; `None` when the cluster has no such kind.
    pub(super) async fn list_dynamic<T: DeserializeOwned>(
        &self,
        resource: &ApiResource,
    ) -> Result<Option<Vec<T>>, Gap> {
        let what = self.place(&resource.plural, "");
        let mut objects = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = self.ask(&what, Duration::MAX, || async {
                let request = PageRequest {
                    namespace: Some(self.namespace),
                    labels: "",
                    limit: self.page,
                    continue_token: token.as_deref(),
                };
                if_any(self.cluster.list_page(resource, request).await)
            });
            let Some(page) = page.await? else {
                return Ok(None);
            };
            for item in page.items().map_err(|error| gap::failed(&error))? {
                let object = serde_json::from_str(item.get());
                objects.push(object.map_err(|error| gap::not_json(&what, &error))?);
            }
            match page.continue_token() {
                None => return Ok(Some(objects)),
                Some(next) => token = Some(next.to_owned()),
            }
        }
        Err(gap::garbled(&what, "its pages have no end"))
    }

    /// One object that lives in no namespace; `None` when there is none.
    pub(super) async fn value(
        &self,
        resource: &ApiResource,
        name: &str,
    ) -> Result<Option<Value>, Gap> {
        let what = format!("{}: {}/{name}", self.cluster.name(), resource.plural);
        self.ask(&what, Duration::MAX, || async {
            if_any(self.cluster.get_value(resource, None, name).await)
        })
        .await
    }

    /// How an answer is named in messages: `prod-e1-1: monitoring/prometheus /api/v1/rules`.
    pub(super) fn place(&self, name: &str, path: &str) -> String {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let separator = if path.is_empty() { "" } else { " " };
        let (cluster, namespace) = (self.cluster.name(), self.namespace);
        format!("{cluster}: {namespace}/{name}{separator}{path}")
    }

    async fn ask<T, F>(
        &self,
        what: &str,
        limit: Duration,
        call: impl FnMut() -> F,
    ) -> Result<T, Gap>
    where
        F: Future<Output = Result<T, ClusterError>>,
    {
        let Context { clock, cancel, .. } = self.context;
        let own = Instant::now().checked_add(limit);
        let until = own.map_or(self.deadline, |own| own.min(self.deadline));
        let asking = timeout_at(until, Patience::default().repeat(clock, cancel, call));
        match cancel.bound(asking).await {
            Some(Ok(answer)) => answer.map_err(|error| gap::failed(&error)),
            Some(Err(_elapsed)) => Err(gap::late(what)),
            None => Err(gap::stopped(what)),
        }
    }
}

/// Whether a pod runs or is about to. One that was evicted stays as a record of that.
pub fn runs(pod: &Pod) -> bool {
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    let ended = phase.is_some_and(|phase| matches!(phase, "Succeeded" | "Failed"));
    pod.metadata.deletion_timestamp.is_none() && !ended
}

/// Tells what is not there from what cannot be seen. Not for what stands behind the proxy, which can say
/// itself that it has no such page.
fn if_any<T>(answer: Result<T, ClusterError>) -> Result<Option<T>, ClusterError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
