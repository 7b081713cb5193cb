//! One cluster, asked with patience: each answer comes within its time or is told as missing.

use std::time::Duration;

use common::cluster::{Cluster, ClusterError, Kind, Object, PageRequest, Patience};
use common::exit::Exit;
use common::process::Context;
use common::trouble::Trouble;
use kube::api::ApiResource;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::{NAMESPACE, Seen};
use crate::person;

/// Until an answer is there, pauses of a busy server included.
const LIMIT: Duration = Duration::from_secs(20);

/// Objects in a page.
const PAGE: u32 = 500;

/// Pages of a list that are read at most: a server that never ends has lost its way.
const PAGES_MAX: usize = 200;

/// A cluster and the run that asks it.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Whom.
    pub cluster: &'a Cluster,
    /// For the clock and for an early end.
    pub context: &'a Context,
}

impl Asking<'_> {
    /// A page of a service of the monitoring; `path` may have a query.
    ///
    /// # Errors
    /// When it is not there in time.
    pub async fn service(&self, service: &str, port: &str, path: &str) -> Seen<String> {
        self.ask(|| {
            self.cluster
                .service_proxy_get(NAMESPACE, service, port, path)
        })
        .await
    }

    /// A page of a pod of the monitoring.
    ///
    /// # Errors
    /// When it is not there in time.
    pub async fn pod(&self, pod: &str, port: u16, path: &str) -> Seen<String> {
        self.ask(|| self.cluster.pod_proxy_get(NAMESPACE, pod, port, path))
            .await
    }

    /// The objects of a kind in a namespace that a label selector matches.
    ///
    /// # Errors
    /// When they are not there in time.
    pub async fn list<K: Object + DeserializeOwned>(
        &self,
        namespace: &str,
        selector: &str,
    ) -> Seen<Vec<K>> {
        self.ask(|| self.cluster.list::<K>(namespace, selector))
            .await
    }

    /// The same for a kind that is only known at run time; without a namespace those of all.
    ///
    /// # Errors
    /// When they are not there in time.
    pub async fn list_values(
        &self,
        resource: &ApiResource,
        namespace: Option<&str>,
        selector: &str,
    ) -> Seen<Vec<Value>> {
        let mut objects = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = self.ask(|| {
                let request = PageRequest {
                    namespace,
                    labels: selector,
                    limit: PAGE,
                    continue_token: token.as_deref(),
                };
                self.cluster.list_page(resource, request)
            });
            let page = page.await?;
            for item in page.items().map_err(|error| person::told(&error))? {
                let object = serde_json::from_str::<Map<String, Value>>(item.get());
                let mut object = object.map_err(|_| self.garbled(&resource.plural))?;
                // Lists leave out what all their objects have in common.
                for (field, word) in [
                    ("apiVersion", &resource.api_version),
                    ("kind", &resource.kind),
                ] {
                    object.insert(field.to_owned(), word.clone().into());
                }
                objects.push(object.into());
            }
            match page.continue_token() {
                None => return Ok(objects),
                Some(next) => token = Some(next.to_owned()),
            }
        }
        Err(self.garbled(&resource.plural))
    }

    /// Makes a call, and again for as long as the server is busy.
    ///
    /// # Errors
    /// When the answer is not there in time, or is none.
    pub async fn ask<T, F>(&self, call: impl FnMut() -> F) -> Seen<T>
    where
        F: Future<Output = Result<T, ClusterError>>,
    {
        self.ask_if_any(call)
            .await
            .and_then(|answer| answer.map_err(|error| person::told(&error)))
    }

    /// The same for something that may not be there: `None` when it is not. Only for
    /// [`Cluster::get_value`] and [`Cluster::get_secret`]: their [`Kind::NotFound`] is the API server's own
    /// word, and never that of whoever stands before it.
    ///
    /// # Errors
    /// When the answer is not there in time, or is none.
    pub async fn find<T, F>(&self, call: impl FnMut() -> F) -> Seen<Option<T>>
    where
        F: Future<Output = Result<T, ClusterError>>,
    {
        match self.ask_if_any(call).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.kind == Kind::NotFound => Ok(None),
            Err(error) => Err(person::told(&error)),
        }
    }

    async fn ask_if_any<T, F>(&self, call: impl FnMut() -> F) -> Seen<Result<T, ClusterError>>
    where
        F: Future<Output = Result<T, ClusterError>>,
    {
        let Context { clock, cancel, .. } = self.context;
        let asking = timeout(LIMIT, Patience::default().repeat(clock, cancel, call));
        match cancel.bound(asking).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(_elapsed)) => Err(Trouble {
                exit: Exit::Transient,
                code: "cluster-timeout",
                text: format!(
                    "{}: no answer within {} s",
                    self.cluster.name(),
                    LIMIT.as_secs()
                ),
                hint: Some("run again; if it stays, look at the cluster's load".to_owned()),
            }),
            None => Err(Trouble {
                exit: Exit::Transient,
                code: "interrupted",
                text: format!("{}: stopped before it answered", self.cluster.name()),
                hint: Some("run again".to_owned()),
            }),
        }
    }

    /// An answer that is not what it should be. Its words are not repeated.
    pub fn garbled(&self, what: &str) -> Trouble {
        Trouble {
            exit: Exit::Transient,
            code: "cluster-garbled-answer",
            text: format!(
                "{}: the answer of {what} is not understood",
                self.cluster.name()
            ),
            hint: Some("look at what answers there".to_owned()),
        }
    }

    /// Reads JSON out of an answer of `what`.
    ///
    /// # Errors
    /// When it is not of that shape.
    pub fn json<T: DeserializeOwned>(&self, what: &str, text: &str) -> Seen<T> {
        serde_json::from_str(text).map_err(|_| self.garbled(what))
    }
}
