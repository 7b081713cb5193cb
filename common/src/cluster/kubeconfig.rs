//! Kubeconfig files: which of them, which context, and what of it is honoured.
//!
//! Read with kube's own types and nothing else of it: its loader would take a proxy from the
//! process environment, and its client would start programs.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, Cluster, Context, Kubeconfig, KubeconfigError};

use super::access::{Authority, EksUser, Route};
use super::connect_error::ConnectError;
use super::exec;
use crate::env::Env;

/// What was read, and the file that it is from if it is a single one.
#[derive(Debug)]
pub(super) struct Loaded {
    kubeconfig: Kubeconfig,
    path: Option<PathBuf>,
}

/// Reads the file, or those that the environment names; of entries with the same name the first
/// counts, and of several files those that do not exist are passed over, as kubectl does it.
pub(super) fn load(path: Option<&Path>, env: &Env) -> Result<Loaded, ConnectError> {
    let single = |path: &Path| {
        Ok(Loaded {
            kubeconfig: read(path)?,
            path: Some(path.to_owned()),
        })
    };
    if let Some(path) = path {
        return single(path);
    }
    let Some(list) = env.get("KUBECONFIG") else {
        let home = env.get("HOME").ok_or(ConnectError::NoKubeconfig)?;
        return single(&Path::new(home).join(".kube").join("config"));
    };
    let paths: Vec<PathBuf> = std::env::split_paths(list)
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    let (present, absent): (Vec<_>, Vec<_>) = paths.iter().partition(|path| path.exists());
    if let (true, Some(absent)) = (present.is_empty(), absent.first()) {
        return single(absent);
    }
    if let [path] = present.as_slice() {
        return single(path);
    }
    let empty = Kubeconfig::default();
    let merged = present.into_iter().try_fold(empty, |merged, path| {
        let next = read(path)?;
        merged.merge(next).map_err(|_| ConnectError::Merge)
    });
    Ok(Loaded {
        kubeconfig: merged?,
        path: None,
    })
}

fn read(path: &Path) -> Result<Kubeconfig, ConnectError> {
    Kubeconfig::read_from(path).map_err(|error| {
        if let KubeconfigError::ReadConfig(source, path) = error {
            return ConnectError::File {
                what: "kubeconfig",
                path,
                source,
            };
        }
        // Its text quotes the lines around the mistake, and a token can be among them.
        let position = if let KubeconfigError::Parse(error) = error {
            error.location()
        } else {
            None
        };
        ConnectError::Syntax {
            path: path.to_owned(),
            position: position.map(|place| (place.line(), place.column())),
        }
    })
}

/// Follows one context to its API server and user.
pub(super) fn route(
    loaded: &Loaded,
    context: Option<&str>,
    env: &Env,
) -> Result<Route, ConnectError> {
    let kubeconfig = &loaded.kubeconfig;
    let name = context.or(kubeconfig.current_context.as_deref());
    let name = name.ok_or(ConnectError::NoContext)?;
    let chosen = context_named(loaded, name)?;
    let cluster = cluster_named(loaded, &chosen.cluster)?;
    let user = user_named(loaded, chosen.user.as_deref())?;
    refuse_what_is_left_out(name, cluster, &user)?;
    let eks = eks_user(name, &user, env)?;
    let server = cluster.server.clone().unwrap_or_default();
    Ok(Route {
        authority: authority(cluster, &server)?,
        server,
        server_name: cluster.tls_server_name.clone(),
        user: AuthInfo { exec: None, ..user },
        eks,
    })
}

fn context_named<'k>(loaded: &'k Loaded, name: &str) -> Result<&'k Context, ConnectError> {
    let contexts = &loaded.kubeconfig.contexts;
    contexts
        .iter()
        .find(|context| context.name == name)
        .and_then(|context| context.context.as_ref())
        .ok_or_else(|| {
            let known = contexts.iter().map(|context| context.name.as_str());
            ConnectError::missing(loaded.path.as_deref(), "context", name, known)
        })
}

fn cluster_named<'k>(loaded: &'k Loaded, name: &str) -> Result<&'k Cluster, ConnectError> {
    let clusters = &loaded.kubeconfig.clusters;
    clusters
        .iter()
        .find(|cluster| cluster.name == name)
        .and_then(|cluster| cluster.cluster.as_ref())
        .ok_or_else(|| {
            let known = clusters.iter().map(|cluster| cluster.name.as_str());
            ConnectError::missing(loaded.path.as_deref(), "cluster", name, known)
        })
}

/// A context may do without a user; one that it names must be there.
fn user_named(loaded: &Loaded, name: Option<&str>) -> Result<AuthInfo, ConnectError> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Ok(AuthInfo::default());
    };
    let users = &loaded.kubeconfig.auth_infos;
    let user = users.iter().find(|user| user.name == name);
    let user = user.ok_or_else(|| {
        let known = users.iter().map(|user| user.name.as_str());
        ConnectError::missing(loaded.path.as_deref(), "user", name, known)
    })?;
    Ok(user.auth_info.clone().unwrap_or_default())
}

fn refuse_what_is_left_out(
    context: &str,
    cluster: &Cluster,
    user: &AuthInfo,
) -> Result<(), ConnectError> {
    let refused = |relies: &str, hint: &str| {
        Err(ConnectError::Refused {
            context: context.to_owned(),
            relies: relies.to_owned(),
            hint: hint.to_owned(),
        })
    };
    if cluster.insecure_skip_tls_verify == Some(true) {
        return refused(
            "does not verify the API server's certificate",
            "give the certificate-authority instead of insecure-skip-tls-verify",
        );
    }
    if cluster
        .proxy_url
        .as_ref()
        .is_some_and(|url| !url.is_empty())
    {
        return refused(
            "goes through a proxy",
            "use a context without proxy-url: proxies are not used",
        );
    }
    if user.auth_provider.is_some() {
        return refused(
            "has a user with an auth-provider",
            "give the user a token, a client certificate or an EKS `exec`",
        );
    }
    Ok(())
}

fn eks_user(context: &str, user: &AuthInfo, env: &Env) -> Result<Option<EksUser>, ConnectError> {
    let Some(exec) = &user.exec else {
        return Ok(None);
    };
    let recognised = exec::eks_user(exec, env);
    recognised
        .map(Some)
        .map_err(|exec::NotNative { relies, hint }| ConnectError::Refused {
            context: context.to_owned(),
            relies,
            hint,
        })
}

fn authority(cluster: &Cluster, server: &str) -> Result<Authority, ConnectError> {
    if let Some(data) = &cluster.certificate_authority_data {
        let pem = STANDARD.decode(data.trim());
        let pem = pem.map_err(|_| ConnectError::Authority {
            server: server.to_owned(),
        })?;
        return Ok(Authority::Pem(pem));
    }
    let file = cluster.certificate_authority.as_deref();
    Ok(file.map_or(Authority::System, |file| Authority::File(file.into())))
}

#[cfg(test)]
mod tests;
