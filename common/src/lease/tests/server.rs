//! An API server with one Lease and some pods: it compares versions as the real one does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::cluster::testing::{Asked, Reply, Server};

pub(super) const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/jobs/leases/rotate";
const PODS: &str = "/api/v1/namespaces/jobs/pods/";

/// What the server holds, and what it does next instead of answering.
#[derive(Debug)]
pub(super) struct World {
    pub(super) lease: Value,
    /// Pods by name: uid and phase.
    pub(super) pods: BTreeMap<&'static str, (&'static str, &'static str)>,
    /// Answers to coming writes; when they are used up, writes are carried out.
    pub(super) writes: Vec<Write>,
    /// Answers every look at a pod.
    pub(super) no_pods: Option<Reply>,
}

/// What becomes of a write.
#[derive(Debug, Clone)]
pub(super) enum Write {
    /// It is not carried out.
    Refused(u16, &'static str),
    /// It is carried out, and the reply is lost.
    ReplyLost,
    /// Somebody else sets the holder first.
    Overtaken(&'static str),
    /// Somebody else adds an annotation first.
    Annotated,
}

/// A handle on the world of a running server.
#[derive(Debug, Clone)]
pub(super) struct Api(Arc<Mutex<World>>);

impl Api {
    /// With a Lease of this `spec`.
    pub(super) async fn start(spec: Value) -> (Self, Server) {
        let api = Self(Arc::new(Mutex::new(World {
            lease: json!({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": "rotate", "namespace": "jobs", "resourceVersion": "1"},
                "spec": spec,
            }),
            pods: BTreeMap::new(),
            writes: Vec::new(),
            no_pods: None,
        })));
        let answering = api.clone();
        let server = Server::start(move |asked: &Asked| answering.world().answer(asked)).await;
        (api, server)
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub(super) fn spec(&self, field: &str) -> Value {
        self.world().lease["spec"][field].clone()
    }
}

impl World {
    fn answer(&mut self, asked: &Asked) -> Reply {
        let (method, path) = asked.line.split_once(' ').unwrap();
        let path = path.split('?').next().unwrap_or_default();
        match (method, path.strip_prefix(PODS)) {
            ("GET", Some(name)) => self.pod(name),
            ("GET", None) if path == LEASE => Reply::json(&self.lease),
            ("PUT", None) if path == LEASE => self.write(&asked.body),
            _ => panic!("nobody should ask: {}", asked.line),
        }
    }

    fn pod(&self, name: &str) -> Reply {
        match (&self.no_pods, self.pods.get(name)) {
            (Some(reply), _) => reply.clone(),
            (None, None) => Reply::refusal(404, "NotFound"),
            (None, Some((uid, phase))) => Reply::json(&json!({
                "metadata": {"name": name, "uid": uid}, "status": {"phase": phase},
            })),
        }
    }

    fn write(&mut self, object: &Value) -> Reply {
        let next = (!self.writes.is_empty()).then(|| self.writes.remove(0));
        match next {
            None => self.replace(object),
            Some(Write::Refused(status, reason)) => Reply::refusal(status, reason),
            Some(Write::ReplyLost) => {
                self.replace(object);
                Reply::Silence
            }
            Some(Write::Overtaken(holder)) => {
                self.lease["spec"]["holderIdentity"] = json!(holder);
                self.touch();
                self.replace(object)
            }
            Some(Write::Annotated) => {
                self.lease["metadata"]["annotations"]["by"] = json!("hand");
                self.touch();
                self.replace(object)
            }
        }
    }

    fn replace(&mut self, object: &Value) -> Reply {
        let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
        if version(object) != version(&self.lease) {
            return Reply::refusal(409, "Conflict");
        }
        self.lease = object.clone();
        self.touch();
        Reply::json(&self.lease)
    }

    /// Gives the Lease its next version.
    pub(super) fn touch(&mut self) {
        let version = &mut self.lease["metadata"]["resourceVersion"];
        let next: u64 = version.as_str().unwrap().parse().unwrap();
        *version = json!((next + 1).to_string());
    }
}
