//! People sign in with Google, and in no other way; what that needs is in files that the chart does not
//! fill.

use std::collections::BTreeMap;

use super::{Objects, holds, items, mounted, text};

/// The Secret that the installation fills, and its keys.
const SECRET: &str = "grafana-google-sign-in";
const KEYS: [&str; 2] = ["client_id", "client_secret"];

/// Grafana's settings: `section.key`.
fn settings(text: &str) -> BTreeMap<String, String> {
    let mut section = String::new();
    let mut found = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            name.clone_into(&mut section);
            continue;
        }
        let (key, value) = line.split_once('=').unwrap();
        found.insert(format!("{section}.{}", key.trim()), value.trim().to_owned());
    }
    found
}

fn sign_in(objects: &Objects) -> Vec<String> {
    let mut wrong = Vec::new();
    let settings = settings(objects.file("grafana.ini"));
    let get = |key: &str| settings.get(key).map_or("", String::as_str);
    let grafana = objects.container("grafana");
    let place = mounted(grafana, "google-sign-in", "").unwrap_or_default();
    for key in KEYS {
        let expected = format!("$__file{{{place}/{key}}}");
        if get(&format!("auth.google.{key}")) != expected {
            wrong.push(format!("{key} is not read from its file"));
        }
    }
    let volumes = items(&objects.pod()["volumes"]);
    let volume = volumes.iter().find(|it| it["name"] == "google-sign-in");
    if volume.is_none_or(|it| it["secret"]["secretName"] != SECRET) {
        wrong.push(format!("the files are not those of the Secret {SECRET}"));
    }
    if volume.is_some_and(|it| it["secret"]["defaultMode"] != 0o440) {
        wrong.push("the files can be read by more than Grafana".to_owned());
    }
    if items(&objects.container("dashboards")["volumeMounts"])
        .iter()
        .any(|it| it["name"] == "google-sign-in")
    {
        wrong.push("the sidecar reads them too".to_owned());
    }
    for (key, value) in [
        ("auth.google.enabled", "true"),
        ("auth.disable_login_form", "true"),
        ("auth.basic.enabled", "false"),
        ("security.disable_initial_admin_creation", "true"),
        ("security.cookie_secure", "true"),
        ("users.allow_sign_up", "false"),
    ] {
        if get(key) != value {
            wrong.push(format!("{key} is not {value}"));
        }
    }
    if get("auth.anonymous.enabled") == "true" {
        wrong.push("nobody need sign in".to_owned());
    }
    let domain = get("auth.google.allowed_domains");
    if domain.is_empty() || get("auth.google.hosted_domain") != domain {
        wrong.push("every account of Google may sign in".to_owned());
    }
    let host = text(&objects.one("Ingress", "prod-grafana")["spec"]["rules"][0]["host"]);
    if get("server.root_url") != format!("https://{host}") {
        wrong.push("Google leads back to another address than the ingress has".to_owned());
    }
    let listens = &objects.one("Ingress", "prod-grafana")["metadata"]["annotations"];
    if listens["alb.ingress.kubernetes.io/ssl-redirect"] != "443" {
        wrong.push("passwords of sessions go in the clear".to_owned());
    }
    let words = ["password", "secret_key", "token"];
    let told = |key: &&String| words.iter().any(|word| key.contains(word));
    wrong.extend(
        settings
            .keys()
            .filter(told)
            .map(|key| format!("{key} is a secret")),
    );
    for name in ["grafana", "dashboards"] {
        for variable in items(&objects.container(name)["env"]) {
            if !variable["valueFrom"].is_null() {
                wrong.push(format!("{} is in the environment", variable["name"]));
            }
        }
    }
    wrong
}

#[test]
fn people_sign_in_with_google_alone() {
    const INI: &str = "grafana.ini";
    holds(
        sign_in,
        &[
            (
                |it| {
                    it.edit(
                        INI,
                        "$__file{/etc/grafana-google-sign-in/client_secret}",
                        "s3cr3t",
                    );
                },
                "client_secret is not read",
            ),
            (
                |it| it.edit(INI, "sign-in/client_id", "sign-in/id"),
                "client_id is not read",
            ),
            (
                |it| {
                    let volumes = it.pod_mut()["volumes"].as_array_mut().unwrap().iter_mut();
                    for volume in volumes.filter(|it| it["name"] == "google-sign-in") {
                        volume["secret"]["secretName"] = "prod-grafana".into();
                    }
                },
                "not those of the Secret",
            ),
            (
                |it| {
                    let volumes = it.pod_mut()["volumes"].as_array_mut().unwrap().iter_mut();
                    for volume in volumes.filter(|it| it["name"] == "google-sign-in") {
                        volume["secret"]["defaultMode"] = 0o444.into();
                    }
                },
                "more than Grafana",
            ),
            (
                |it| it.edit(INI, "disable_login_form = true", ""),
                "disable_login_form",
            ),
            (
                |it| it.edit(INI, "[auth.basic]\nenabled = false", ""),
                "auth.basic",
            ),
            (
                |it| it.edit(INI, "disable_initial_admin_creation = true", ""),
                "initial_admin",
            ),
            (
                |it| it.edit(INI, "cookie_secure = true", ""),
                "cookie_secure",
            ),
            (
                |it| it.edit(INI, "[users]\nallow_sign_up = false", "[users]"),
                "users.allow_sign_up",
            ),
            (
                |it| {
                    let annotations =
                        &mut it.at("Ingress", "prod-grafana")["metadata"]["annotations"];
                    annotations["alb.ingress.kubernetes.io/ssl-redirect"] = "80".into();
                },
                "in the clear",
            ),
            (
                |it| {
                    let mounts = it.container_mut(0)["volumeMounts"].clone();
                    it.container_mut(1)["volumeMounts"] = mounts;
                },
                "the sidecar reads them too",
            ),
            (
                |it| it.edit(INI, "hosted_domain = ", "domain = "),
                "every account",
            ),
            (
                |it| {
                    it.edit(
                        INI,
                        "[auth.basic]",
                        "[auth.anonymous]\nenabled = true\n[auth.basic]",
                    );
                },
                "nobody need",
            ),
            (
                |it| it.edit(INI, "root_url = https", "root_url = http"),
                "leads back",
            ),
            (
                |it| {
                    it.edit(
                        INI,
                        "disable_gravatar",
                        "admin_password = x\ndisable_gravatar",
                    );
                },
                "is a secret",
            ),
            (
                |it| {
                    it.at("Ingress", "prod-grafana")["spec"]["rules"][0]["host"] = "x.y".into();
                },
                "leads back",
            ),
            (
                |it| {
                    it.container_mut(0)["env"] = serde_json::json!([
                        {"name": "GF_AUTH", "valueFrom": {"secretKeyRef": {"name": "x", "key": "y"}}},
                    ]);
                },
                "in the environment",
            ),
        ],
    );
}
