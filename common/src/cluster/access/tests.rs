//! Addresses, service accounts and certificates, without a server.

use std::path::PathBuf;

use super::{Access, Authority, Route, certificates, usable};
use crate::cluster::{ConnectError, Timeouts};
use crate::env::Env;
use crate::fault::Fault as _;

#[test]
fn a_credential_goes_over_tls_or_stays_on_this_machine() {
    for right in [
        "https://host:6443",
        "https://10.0.0.1/prefix",
        "https://[fd00::1]:443",
        "http://127.0.0.1:8001",
        "http://[::1]:8001",
        "http://localhost:8001",
    ] {
        assert!(usable(right).is_ok(), "{right}");
    }
    for wrong in [
        "",
        "host:6443",
        "http://host",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "ftp://localhost",
        "https://user:hunter2@host",
    ] {
        let error = usable(wrong).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
        assert_eq!(error.code(), "cluster-config");
    }
}

fn in_cluster(host: &str, directory: &str) -> Result<Route, ConnectError> {
    let env: Env = [
        ("KUBERNETES_SERVICE_HOST", host),
        ("KUBERNETES_SERVICE_PORT", "6443"),
        ("KUBERNETES_SERVICE_ACCOUNT_DIR", directory),
    ]
    .into_iter()
    .collect();
    Route::resolve(&Access::InCluster, &env)
}

#[test]
fn a_pod_finds_everything_in_its_environment() {
    let route = in_cluster("10.96.0.1", "").unwrap();
    assert_eq!(route.server, "https://10.96.0.1:6443");
    let directory = "/var/run/secrets/kubernetes.io/serviceaccount";
    let token = format!("{directory}/token");
    assert_eq!(route.user.token_file, Some(token));
    let authority = PathBuf::from(directory).join("ca.crt");
    assert_eq!(route.authority, Authority::File(authority));
    let route = in_cluster("fd00::1", "/elsewhere").unwrap();
    assert_eq!(route.server, "https://[fd00::1]:6443");
    assert_eq!(route.user.token_file.as_deref(), Some("/elsewhere/token"));
    let outside = in_cluster("", "").unwrap_err();
    assert!(matches!(outside, ConnectError::NotInCluster));
}

#[test]
fn a_missing_authority_is_named_before_any_call() {
    let route = in_cluster("10.96.0.1", "/nowhere").unwrap();
    let error = route.into_config(Timeouts::default()).unwrap_err();
    assert_eq!(
        crate::fault::chain(&error),
        "reading the certificate authority /nowhere/ca.crt: No such file or directory (os error 2)"
    );
}

#[test]
fn what_is_no_certificate_is_told_without_its_content() {
    for wrong in ["", "hunter2", "-----BEGIN CERTIFICATE-----\nhunter2"] {
        let error = certificates(wrong.as_bytes(), "https://host").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the certificate authority of `https://host` is not a PEM certificate"
        );
    }
}

#[test]
fn nothing_repeats_by_itself_and_nothing_waits_for_ever() {
    let access = Access::Eks {
        cluster: "prod-e1-1".into(),
        region: "us-east-1".into(),
        server: "https://host".into(),
        ca_file: None,
        role_arn: None,
    };
    let route = Route::resolve(&access, &Env::default()).unwrap();
    let timeouts = Timeouts::default();
    let config = route.into_config(timeouts).unwrap();
    assert!(!config.default_retry);
    assert_eq!(config.connect_timeout, Some(timeouts.connect));
    assert_eq!(config.read_timeout, Some(timeouts.read));
    assert!(config.reset_reader_on_write);
    assert_eq!(config.proxy_url, None);
}
