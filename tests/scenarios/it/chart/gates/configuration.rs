//! The jobs' configuration: it is there, the jobs accept it, and it is that of their cluster.

use common::cluster::Access;
use rotate_credentials::config::Role;
use serde_json::{Value, json};

use super::super::Rendered;
use super::super::documents::documents;
use super::{CronJob, container, holds, items, job_spec, text};

/// The files that a job finds in its directory.
fn files<'a>(render: &'a Rendered, job: CronJob<'_>) -> &'a Value {
    let volume = items(&job.pod()["volumes"]).iter();
    let mut volume = volume.filter(|volume| volume["name"] == "config");
    let name = volume
        .next()
        .map_or("", |it| text(&it["configMap"]["name"]));
    let object = render.object("ConfigMap", name);
    if object["metadata"]["namespace"] == job.namespace() {
        &object["data"]
    } else {
        &Value::Null
    }
}

fn present(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        for job in CronJob::within(render) {
            let directory = format!("/etc/{}", job.job());
            let mounts = items(&job.container()["volumeMounts"]);
            let mount = json!({"name": "config", "mountPath": directory, "readOnly": true});
            if !mounts.contains(&mount) {
                wrong.push(job.says(format!("nothing is mounted at {directory}")));
            }
            if job.variable("CONFIG_FILE") != Some(&format!("{directory}/config.yaml")) {
                wrong.push(job.says("CONFIG_FILE is not in that directory"));
            }
            let volumes = items(&job.pod()["volumes"])
                .iter()
                .map(|it| text(&it["name"]));
            let mounted: Vec<&str> = mounts.iter().map(|it| text(&it["name"])).collect();
            if volumes.collect::<Vec<_>>() != mounted {
                wrong.push(job.says("not every volume is mounted, or there is none"));
            }
            let files = files(render, job);
            let Some(config) = files["config.yaml"].as_str() else {
                wrong.push(job.says("its ConfigMap has no config.yaml"));
                continue;
            };
            wrong.extend(accepted(job, config, files["kubeconfig"].as_str()));
        }
    }
    wrong
}

/// What the job itself says to its configuration.
fn accepted(job: CronJob<'_>, config: &str, kubeconfig: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut reached: Vec<(String, Access)> = Vec::new();
    match job.job() {
        "export-cloudwatch" => {
            let unknown = export_cloudwatch::config::UnknownKeys::Reject;
            if let Err(error) = export_cloudwatch::config::Config::parse("config", config, unknown)
            {
                wrong.push(job.says(error));
            }
            // It has no token.
            return wrong;
        }
        "rotate-credentials" => match rotate_credentials::config::Config::parse("config", config) {
            Ok(config) => {
                if config.home.as_str() != job.cluster {
                    wrong.push(job.says("its home is another cluster"));
                }
                if (config.role == Role::Writer) != (job.cluster == "prod-e1-1") {
                    wrong.push(job.says("there is one writer, in prod-e1-1"));
                }
                let clusters = config.clusters.iter();
                reached.extend(clusters.map(|it| (it.name.to_string(), it.access.clone())));
            }
            Err(error) => wrong.push(job.says(error)),
        },
        "sync-dashboards" => match sync_dashboards::config::Config::parse("config", config) {
            Ok(config) => {
                let clusters = config.clusters.iter();
                reached.extend(clusters.map(|it| (it.name.to_string(), it.access.clone())));
            }
            Err(error) => wrong.push(job.says(error)),
        },
        _ => match check_consistency::config::Config::parse("config", config) {
            Ok((config, doubts)) => {
                if !doubts.is_empty() {
                    wrong.push(job.says(doubts));
                }
                let here = config
                    .clusters
                    .iter()
                    .position(|it| it.name.as_str() == job.cluster);
                let remembers = match config.state {
                    Some(check_consistency::config::StatePlace::ConfigMap { cluster, .. }) => {
                        Some(cluster)
                    }
                    Some(check_consistency::config::StatePlace::File(_)) | None => None,
                };
                if remembers != here {
                    wrong.push(job.says("it remembers elsewhere"));
                }
                let clusters = config.clusters.iter();
                reached.extend(clusters.map(|it| (it.name.to_string(), it.access.clone())));
            }
            Err(error) => wrong.push(job.says(error)),
        },
    }
    wrong.extend(reachable(job, &reached, kubeconfig));
    wrong
}

fn reachable(
    job: CronJob<'_>,
    reached: &[(String, Access)],
    kubeconfig: Option<&str>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let known = documents(kubeconfig.unwrap_or_default()).unwrap_or_default();
    let contexts = known.first().map_or(&Value::Null, |it| &it["contexts"]);
    let mut home = 0;
    for (name, access) in reached {
        match access {
            Access::InCluster if name == job.cluster => home += 1,
            Access::InCluster | Access::Eks { .. } => {
                wrong.push(job.says(format!("{name} is not reached by way of the kubeconfig")));
            }
            Access::Kubeconfig { path, context } => {
                let expected = format!("/etc/{}/kubeconfig", job.job());
                if path
                    .as_ref()
                    .is_none_or(|path| path.as_os_str() != expected.as_str())
                {
                    wrong.push(job.says(format!("the kubeconfig is not {expected}")));
                }
                let wanted = context.as_deref().unwrap_or_default();
                if !items(contexts).iter().any(|it| it["name"] == wanted) {
                    wrong.push(job.says(format!("the kubeconfig has no context {wanted}")));
                }
            }
        }
    }
    if home != 1 {
        wrong.push(job.says("it does not reach its own cluster from within"));
    }
    wrong
}

/// The checksum that makes the next run's pod see another configuration.
fn checksums(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen: Vec<(String, &Value)> = Vec::new();
    for render in renders {
        for job in CronJob::within(render) {
            let annotations = &job.job_spec()["template"]["metadata"]["annotations"];
            let checksum = text(&annotations["checksum/config"]);
            let files = files(render, job);
            if checksum.len() != 64 {
                wrong.push(job.says("it has no checksum of its configuration"));
            }
            for (other, its_files) in &seen {
                if (other == checksum) != (*its_files == files) {
                    wrong.push(job.says("its checksum does not follow its configuration"));
                }
            }
            seen.push((checksum.to_owned(), files));
        }
    }
    wrong
}

/// Changes a text within a file of a job's configuration in the first cluster.
fn edit(renders: &mut [Rendered], job: &str, file: &str, from: &str, to: &str) {
    let object = renders[0].object_mut("ConfigMap", &format!("{job}-config"));
    let old = object["data"][file].as_str().unwrap();
    assert!(old.contains(from), "{from} in {old}");
    object["data"][file] = old.replacen(from, to, 1).into();
}

/// Gives the rotation of the first cluster what that of the second has: sound, and not of its cluster.
fn exchange(renders: &mut [Rendered]) {
    const NAME: &str = "rotate-credentials-config";
    let theirs = renders[1].object("ConfigMap", NAME)["data"].clone();
    renders[0].object_mut("ConfigMap", NAME)["data"] = theirs;
}

#[test]
fn every_job_has_a_configuration_that_it_accepts_and_that_is_of_its_cluster() {
    holds(
        present,
        &[
            (
                |it| {
                    edit(
                        it,
                        "export-cloudwatch",
                        "config.yaml",
                        "aws_metric_name",
                        "aws_metric",
                    );
                },
                "aws_metric",
            ),
            (
                |it| {
                    edit(
                        it,
                        "rotate-credentials",
                        "config.yaml",
                        "role: writer",
                        "role: author",
                    );
                },
                "author",
            ),
            (
                |it| {
                    edit(
                        it,
                        "rotate-credentials",
                        "config.yaml",
                        "role: writer",
                        "role: follower",
                    );
                },
                "config",
            ),
            (
                |it| {
                    edit(
                        it,
                        "rotate-credentials",
                        "config.yaml",
                        "home: prod-e1-1",
                        "home: remoting-prod-e1-1",
                    );
                },
                "config",
            ),
            // The job itself has no objection to these.
            (exchange, "its home is another cluster"),
            (exchange, "there is one writer"),
            (
                |it| edit(it, "sync-dashboards", "config.yaml", "fill_uid", "fil_uid"),
                "fil_uid",
            ),
            (
                |it| {
                    edit(
                        it,
                        "sync-dashboards",
                        "config.yaml",
                        "- name: prod-e1-1",
                        "- name: staging",
                    );
                },
                "own cluster",
            ),
            (
                |it| edit(it, "check-consistency", "config.yaml", "baseline", "basis"),
                "basis",
            ),
            (
                |it| {
                    edit(
                        it,
                        "check-consistency",
                        "config.yaml",
                        "cluster: prod-e1-1",
                        "cluster: remoting-prod-e1-1",
                    );
                },
                "remembers",
            ),
            (
                |it| {
                    edit(
                        it,
                        "check-consistency",
                        "kubeconfig",
                        "contexts:\n  - name: remoting",
                        "contexts:\n  - name: other",
                    );
                },
                "no context",
            ),
            (
                |it| {
                    edit(
                        it,
                        "check-consistency",
                        "config.yaml",
                        "/etc/check-consistency/",
                        "/etc/",
                    );
                },
                "not /etc/check",
            ),
            (
                |it| {
                    it[0].object_mut("ConfigMap", "check-consistency-config")["metadata"]["namespace"] =
                        "default".into();
                },
                "no config.yaml",
            ),
            (
                |it| container(it, "check-consistency")["volumeMounts"] = json!([]),
                "nothing is mounted",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["spec"]["volumes"]
                        .as_array_mut()
                        .unwrap()
                        .truncate(1);
                },
                "not every volume",
            ),
        ],
    );
}

#[test]
fn another_configuration_makes_another_pod() {
    holds(
        checksums,
        &[
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["metadata"]["annotations"] =
                        json!({});
                },
                "no checksum",
            ),
            // Another text for the two CronJobs of one configuration.
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["metadata"]["annotations"]["checksum/config"] =
                        "0".repeat(64).into();
                },
                "does not follow",
            ),
            // One checksum for two configurations.
            (
                |it| {
                    let other = job_spec(it, "check-consistency")["template"]["metadata"]["annotations"]["checksum/config"].clone();
                    job_spec(it, "sync-dashboards")["template"]["metadata"]["annotations"]["checksum/config"] =
                        other;
                },
                "does not follow",
            ),
        ],
    );
}
