//! EKS tokens on their way to the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use super::noon;
use crate::aws::CallMeter;
use crate::clock::Clock;
use crate::cluster::testing::{Asked, Reply, Server, connect, kubeconfig};
use crate::cluster::{Access, Cluster, Kind, Timeouts, Tokens};
use crate::env::Env;

/// Gives other credentials each time, so that each token is another one.
#[derive(Debug, Default)]
struct Renewing(AtomicU32);

impl ProvideCredentials for Renewing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let key = format!("AKID{}", self.0.fetch_add(1, Ordering::Relaxed));
        future::ProvideCredentials::ready(Ok(Credentials::new(key, "key", None, None, "test")))
    }
}

/// A context whose user is an EKS program, with AWS credentials of the test's own.
async fn eks(server: &Server) -> Cluster {
    let user = "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, \
                args: [--region, us-east-1, eks, get-token, --cluster-name, prod-e1-1]}}";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    std::fs::write(&path, kubeconfig(&server.url, user)).unwrap();
    let access = Access::Kubeconfig {
        path: Some(path),
        context: None,
    };
    let clock = Clock::fixed(noon());
    let env = Env::default();
    let mut cluster = connect(
        &access,
        Timeouts::default(),
        clock.clone(),
        CallMeter::default(),
        &env,
    )
    .await;
    let inner = Arc::get_mut(&mut cluster.0).unwrap();
    let region = "us-east-1".to_owned();
    let provider = SharedCredentialsProvider::new(Renewing::default());
    let tokens = inner.tokens.as_mut().expect("the program was recognised");
    *tokens = Tokens::new("prod-e1-1".into(), region, provider, clock);
    cluster
}

#[tokio::test]
async fn a_refused_eks_token_is_renewed_once_and_the_call_repeated() {
    for refusals in [1, 9] {
        let mut left = refusals;
        let server = Server::start(move |_: &Asked| {
            left -= 1;
            if left < 0 {
                Reply::json(&json!({"metadata": {"name": "p"}}))
            } else {
                Reply::refusal(401, "Unauthorized")
            }
        })
        .await;
        let outcome = eks(&server).await.get::<Pod>("jobs", "p").await;
        match refusals {
            1 => assert!(outcome.is_ok()),
            _ => assert_eq!(outcome.unwrap_err().kind, Kind::Unauthorized),
        }
        let asked = server.asked();
        assert_eq!(asked.len(), 2);
        let tokens: Vec<_> = asked
            .iter()
            .filter_map(|asked| asked.authorization.as_ref())
            .collect();
        assert!(
            tokens
                .iter()
                .all(|token| token.starts_with("Bearer k8s-aws-v1."))
        );
        assert_ne!(tokens[0], tokens[1]);
    }
}

#[tokio::test]
async fn a_good_eks_token_is_used_again() {
    let server = Server::start(|_: &Asked| Reply::json(&json!({"metadata": {}}))).await;
    let cluster = eks(&server).await;
    for _ in 0..2 {
        cluster.get::<Pod>("jobs", "p").await.unwrap();
    }
    let asked = server.asked();
    assert!(asked[0].authorization.is_some());
    assert_eq!(asked[0].authorization, asked[1].authorization);
}
