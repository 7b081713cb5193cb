//! Kubeconfig files as people and `aws eks update-kubeconfig` write them.

use std::path::{Path, PathBuf};

use super::{load, route};
use crate::cluster::ConnectError;
use crate::cluster::access::{Authority, Route};
use crate::cluster::testing::kubeconfig;
use crate::env::Env;
use crate::fault::{Fault as _, chain};

fn written(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Follows a context of one file.
fn follow(text: &str, context: Option<&str>) -> Result<Route, ConnectError> {
    let directory = tempfile::tempdir().unwrap();
    let path = written(directory.path(), "config", text);
    let env = Env::default();
    route(&load(Some(&path), &env)?, context, &env)
}

fn refusal(text: &str, context: Option<&str>) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = written(directory.path(), "config", text);
    let env = Env::default();
    let error = route(&load(Some(&path), &env).unwrap(), context, &env).unwrap_err();
    assert_eq!(error.code(), "cluster-config");
    let hint = error.hint().unwrap();
    let said = format!("{}; {hint}", chain(&error));
    said.replace(directory.path().to_str().unwrap(), "/etc")
}

#[test]
fn the_named_or_the_current_context_leads_to_server_and_user() {
    let text = kubeconfig("https://host:6443", "{tokenFile: token}");
    for context in [None, Some("home")] {
        let route = follow(&text, context).unwrap();
        assert_eq!(route.server, "https://host:6443");
        // Relative to the kubeconfig, as kubectl has it.
        assert!(route.user.token_file.unwrap().ends_with("/token"));
        assert!(matches!(route.authority, Authority::System));
        assert_eq!(route.eks, None);
    }
}

#[test]
fn an_eks_program_is_replaced_and_never_started() {
    let exec = "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, \
                args: [--region, eu-west-1, eks, get-token, --cluster-name, e]}}";
    let route = follow(&kubeconfig("https://host", exec), None).unwrap();
    assert!(route.user.exec.is_none());
    let eks = route.eks.unwrap();
    assert_eq!(
        (eks.cluster.as_str(), eks.region.as_deref()),
        ("e", Some("eu-west-1"))
    );
}

#[test]
fn what_is_left_out_on_purpose_is_refused_by_name() {
    let program = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/kubelogin, \
                   args: [get-token, hunter2]}}";
    let text = kubeconfig("https://host", program);
    insta::assert_snapshot!(refusal(&text, None), @"context `home` runs the program `kubelogin`, which is not started here; use a user with a token or a client certificate; of programs only `aws eks get-token` and `aws-iam-authenticator token` are understood");
    let text = kubeconfig(
        "https://host",
        "{auth-provider: {name: gcp, config: {cmd-path: sh}}}",
    );
    insta::assert_snapshot!(refusal(&text, None), @"context `home` has a user with an auth-provider; give the user a token, a client certificate or an EKS `exec`");
    let plain = kubeconfig("https://host", "{}");
    let text = plain.replace("{server:", "{insecure-skip-tls-verify: true, server:");
    insta::assert_snapshot!(refusal(&text, None), @"context `home` does not verify the API server's certificate; give the certificate-authority instead of insecure-skip-tls-verify");
    let text = plain.replace("{server:", "{proxy-url: 'http://u:hunter2@p', server:");
    insta::assert_snapshot!(refusal(&text, None), @"context `home` goes through a proxy; use a context without proxy-url: proxies are not used");
}

#[test]
fn a_name_that_is_not_there_is_told_with_one_like_it() {
    let text = kubeconfig("https://host", "{}");
    insta::assert_snapshot!(refusal(&text, Some("hom")), @"the kubeconfig /etc/config has no context `hom`, but `home`; compare with `kubectl --kubeconfig /etc/config config get-contexts`");
    let lost = text.replace("name: u,", "name: other,");
    insta::assert_snapshot!(refusal(&lost, None), @"the kubeconfig /etc/config has no user `u`; compare with `kubectl --kubeconfig /etc/config config view`");
    let lost = text.replace("name: c,", "name: other,");
    insta::assert_snapshot!(refusal(&lost, None), @"the kubeconfig /etc/config has no cluster `c`; compare with `kubectl --kubeconfig /etc/config config view`");
    let none = text.replace("current-context: home\n", "");
    insta::assert_snapshot!(refusal(&none, None), @"no context is configured, and the kubeconfig has no current-context; name one of those that `kubectl config get-contexts` shows");
}

#[test]
fn of_several_files_none_is_blamed() {
    let directory = tempfile::tempdir().unwrap();
    let text = kubeconfig("https://host", "{}");
    let both = ["1", "2"].map(|name| written(directory.path(), name, &text));
    let list = std::env::join_paths(both).unwrap().into_string().unwrap();
    let env: Env = [("KUBECONFIG", list)].into_iter().collect();
    let error = route(&load(None, &env).unwrap(), Some("x"), &env).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the kubeconfig of the files in KUBECONFIG has no context `x`"
    );
    let hint = error.hint().unwrap();
    assert_eq!(hint, "compare with `kubectl config get-contexts`");
}

#[test]
fn a_mistake_is_placed_without_quoting_what_stands_around_it() {
    let directory = tempfile::tempdir().unwrap();
    let text = "users:\n- name: u\n  user:\n    token: hunter2\n    tokenFile: [hunter2\n";
    let path = written(directory.path(), "config", text);
    let error = load(Some(&path), &Env::default()).unwrap_err();
    let said = format!("{error:?} {}", chain(&error));
    assert!(!said.contains("hunter2"), "{said}");
    assert!(said.contains(": line "), "{said}");
}

#[test]
fn the_environment_lists_files_of_which_some_may_be_missing() {
    let directory = tempfile::tempdir().unwrap();
    let write =
        |name: &str, server: &str| written(directory.path(), name, &kubeconfig(server, "{}"));
    let (first, second) = (write("1", "https://first"), write("2", "https://second"));
    let missing = directory.path().join("missing");
    let server = |paths: &[&Path]| {
        let list = std::env::join_paths(paths).unwrap().into_string().unwrap();
        let env: Env = [("KUBECONFIG", list)].into_iter().collect();
        let kubeconfig = load(None, &env)?;
        route(&kubeconfig, None, &env).map(|route| route.server)
    };
    assert_eq!(
        server(&[&missing, &first, &second]).unwrap(),
        "https://first"
    );
    assert_eq!(server(&[&second, &first]).unwrap(), "https://second");
    let nothing = server(&[&missing]).unwrap_err();
    assert!(
        chain(&nothing).contains("missing: No such file"),
        "{}",
        chain(&nothing)
    );
    let nowhere = load(None, &Env::default()).unwrap_err();
    assert!(matches!(nowhere, ConnectError::NoKubeconfig));
    let home: Env = [("HOME", directory.path().to_str().unwrap())]
        .into_iter()
        .collect();
    let error = load(None, &home).unwrap_err();
    assert!(
        chain(&error).contains("/.kube/config: "),
        "{}",
        chain(&error)
    );
}

#[test]
fn an_inline_authority_goes_before_a_file() {
    let plain = kubeconfig("https://host", "{}");
    let text = plain.replace(
        "{server:",
        "{certificate-authority: /ca, certificate-authority-data: aGVsbG8=, server:",
    );
    let authority = follow(&text, None).unwrap().authority;
    assert_eq!(authority, Authority::Pem(b"hello".to_vec()));
    let text = plain.replace("{server:", "{certificate-authority-data: '%', server:");
    let error = follow(&text, None).unwrap_err();
    assert!(matches!(error, ConnectError::Authority { .. }));
}
