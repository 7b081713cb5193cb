//! What Helm gets from us: its environment, and the API server that it talks to.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use common::env::Env;
use common::fault::Failure;

use super::{unstarted, words};
use crate::installation::NAMESPACE;
use crate::target::Target;

/// What the program that makes EKS tokens for Helm finds its identity by: everything that our own client
/// may have found its by.
const IDENTITY: [&str; 17] = [
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_CA_BUNDLE",
];

/// What it may know of ours, and places of its own for what it keeps.
pub(super) fn environment(target: &Target, env: &Env, home: &Path) -> Vec<(String, OsString)> {
    let own = |name: &str| (name.to_owned(), home.join(name).into_os_string());
    let mut pairs = vec![
        own("HELM_CACHE_HOME"),
        own("HELM_CONFIG_HOME"),
        own("HELM_DATA_HOME"),
        // What the API server offers: else below HOME, or where it was started if there is none.
        own("KUBECACHEDIR"),
    ];
    let is_named = target.kubeconfig.is_some();
    for name in inherited(is_named, target.eks) {
        if let Some(value) = env.get(name) {
            pairs.push((name.to_owned(), value.into()));
        }
    }
    pairs
}

/// What Helm gets of our own environment.
fn inherited(kubeconfig_is_named: bool, eks: bool) -> Vec<&'static str> {
    let mut names = vec!["HOME"];
    if !kubeconfig_is_named {
        names.push("KUBECONFIG");
    }
    if eks {
        // It starts `aws eks get-token`.
        names.push("PATH");
        names.extend(IDENTITY);
    }
    names
}

/// The kubeconfig says who asks. Where to is pinned, so that it cannot change under Helm's hands.
pub(super) fn connection(target: &Target, home: &Path) -> Result<Vec<OsString>, Failure> {
    let authority = home.join("ca.crt");
    fs::write(&authority, &target.installation.authority).map_err(|error| unstarted(&error))?;
    let mut words = words(&["--namespace", NAMESPACE, "--kube-context", &target.context]);
    if let Some(path) = &target.kubeconfig {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        words.extend(["--kubeconfig".into(), path.into()]);
    }
    let server = &target.installation.api.server;
    words.extend(["--kube-apiserver".into(), server.into()]);
    words.extend(["--kube-ca-file".into(), authority.into()]);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_eks_helm_gets_whatever_says_who_asks_and_elsewhere_nothing_of_it() {
        let of_eks = inherited(true, true);
        // A profile, a key, a role for a service account, a pod identity, a task of ECS or CodeBuild.
        for name in [
            "AWS_PROFILE",
            "AWS_SESSION_TOKEN",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_ROLE_SESSION_NAME",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            "PATH",
        ] {
            assert!(of_eks.contains(&name), "{name}");
        }
        assert_eq!(inherited(true, false), ["HOME"]);
        assert_eq!(inherited(false, false), ["HOME", "KUBECONFIG"]);
    }
}
