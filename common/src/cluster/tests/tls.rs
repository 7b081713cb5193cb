//! A pod's access, over TLS: whom it trusts and how it says that it does not.

use std::path::Path;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use tokio_rustls::TlsAcceptor;

use super::noon;
use crate::aws::CallMeter;
use crate::clock::Clock;
use crate::cluster::testing::{Asked, Reply, Server, connect};
use crate::cluster::{Access, Cluster, Kind, Timeouts};
use crate::env::Env;
use crate::exit::Exit;
use crate::fault::Fault as _;

/// An authority and a server that it has signed for `name`.
async fn signed_for(name: &str) -> (String, Server) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);

    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let answer = |_: &Asked| Reply::json(&json!({"metadata": {"name": "p"}}));
    (authority, Server::start_tls(acceptor, answer).await)
}

/// Access with a service account whose files are in `directory`.
async fn in_cluster(server: &Server, authority: &str, directory: &Path) -> Cluster {
    std::fs::write(directory.join("ca.crt"), authority).unwrap();
    std::fs::write(directory.join("token"), "service-account-token").unwrap();
    let port = server.url.rsplit_once(':').unwrap().1;
    let env: Env = [
        ("KUBERNETES_SERVICE_HOST", "127.0.0.1"),
        ("KUBERNETES_SERVICE_PORT", port),
        (
            "KUBERNETES_SERVICE_ACCOUNT_DIR",
            directory.to_str().unwrap(),
        ),
    ]
    .into_iter()
    .collect();
    let (access, timeouts) = (Access::InCluster, Timeouts::default());
    let clock = Clock::fixed(noon());
    connect(&access, timeouts, clock, CallMeter::default(), &env).await
}

#[tokio::test]
async fn a_pod_speaks_with_its_token_to_the_server_that_its_authority_has_signed() {
    let (authority, server) = signed_for("127.0.0.1").await;
    let directory = tempfile::tempdir().unwrap();
    let cluster = in_cluster(&server, &authority, directory.path()).await;
    let pod: Pod = cluster.get("jobs", "p").await.unwrap();
    assert_eq!(pod.metadata.name.as_deref(), Some("p"));
    let authorization = server.asked()[0].authorization.clone();
    assert_eq!(
        authorization.as_deref(),
        Some("Bearer service-account-token")
    );
}

#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_gets_no_request() {
    let (ours, _) = signed_for("127.0.0.1").await;
    let (theirs, renamed) = signed_for("kubernetes.example").await;
    let (_, foreign) = signed_for("127.0.0.1").await;
    let table = [
        (&foreign, &ours, "it is signed by another authority"),
        (&renamed, &theirs, "it is for another name"),
    ];
    for (server, authority, why) in table {
        let directory = tempfile::tempdir().unwrap();
        let cluster = in_cluster(server, authority, directory.path()).await;
        let error = cluster.get::<Pod>("jobs", "p").await.unwrap_err();
        assert_eq!((error.kind, error.exit()), (Kind::Untrusted, Exit::Config));
        assert_eq!(
            error.to_string(),
            format!(
                "prod-e1-1: get pods/p in jobs: the server's certificate is not trusted: {why}"
            )
        );
        assert!(server.asked().is_empty());
    }
}
