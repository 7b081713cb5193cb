//! The Roles in `k8s/rbac` are exactly what the job uses with the configuration that the chart installs:
//! nothing in them is unused, nothing beyond them is asked for, and whichever right is taken away is missed
//! by its name.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use common::clock::Clock;
use common::clock::driven::{Crown, VARIABLE};
use jiff::{SignedDuration, Timestamp};
use sandbox::checkout;
use sandbox::monitoring::{
    CLUSTERS, GROUP, HOME, NAMESPACE, Stage, USER, collection, object, rule,
};
use sandbox::tools::Tools;
use scenarios::job::{Finished, Job};
use scenarios::pod::Pod;
use scenarios::rights::{Grant, Right, Subject, assert_exact};
use scenarios::wait;
use serde_json::{Value, json};

use super::{OTHER, World, assert_ended};

const OPERATOR: &str = "apis/monitoring.coreos.com/v1";

/// What the pods are called, without their numbers.
const ALERTMANAGER: &str = "alertmanager-prod-monitoring-prometheus-alertmanager";

/// A look of some seconds, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// As long as drift has to be known until it counts.
const MIN_AGE: SignedDuration = SignedDuration::from_mins(10);

/// The stage with everything that runs, and a job that is a pod of its home cluster.
struct Scene {
    world: World,
    users: [String; 2],
    pod: Pod,
    clock: Crown,
    config: PathBuf,
}

impl Scene {
    /// It is a while ago.
    async fn start() -> Result<Self> {
        let stage = Stage::start(&Tools::from_process()?).await?;
        let stage = Box::pin(stage.with_alertmanagers()).await?;
        let stage = Box::pin(stage.with_prometheus()).await?;
        let world = World::on(stage.with_pushgateways().await?);
        let ago = now().checked_sub(MIN_AGE)?;
        Ok(Self {
            users: CLUSTERS.map(|name| world.stage.user(name)),
            pod: Pod::create(world.stage.cluster(HOME)?, NAMESPACE, USER).await?,
            clock: Crown::start(world.stage.directory().join("clock"), ago, 1.0)?,
            config: world.file(&installed(&world.stage)?)?,
            world,
        })
    }

    /// What the chart's CronJob does, seen as by a person: drift ends with 3.
    async fn run(&self, words: &[&str]) -> Result<Finished> {
        let config = self.config.display().to_string();
        let words = words.iter().copied().chain(["--config", &config]);
        let clock = self.clock.path().display().to_string();
        let job = Job::consistency(words)?.env(VARIABLE, &clock);
        self.pod.enter(job).run().await
    }

    /// The job, for this cluster.
    fn job(&self, cluster: &str) -> Result<Subject<'_>> {
        let [home, other] = &self.users;
        let (user, group) = match cluster {
            HOME => (home, None),
            _ => (other, Some(GROUP)),
        };
        Ok(Subject {
            cluster: self.world.stage.cluster(cluster)?,
            user,
            group,
        })
    }

    /// What it may do in every cluster.
    async fn everywhere(&self, cluster: &str) -> Result<[Grant<'_>; 2]> {
        let job = self.job(cluster)?;
        let role = job.role(NAMESPACE, "check-consistency").await?;
        Ok([role, job.cluster_role("check-consistency").await?])
    }

    /// What it may do besides where it runs.
    async fn at_home(&self) -> Result<Grant<'_>> {
        let job = self.job(HOME)?;
        job.role(NAMESPACE, "check-consistency-home").await
    }

    /// Lets an object of every kind that is selected be another one in the other cluster.
    async fn plant(&self) -> Result<()> {
        let stage = &self.world.stage;
        let label = json!({"metadata": {"labels": {"odd": "one"}}});
        let crd = |plural, name| object(OPERATOR, plural, name);
        for path in [
            rule("core-alerts-rules"),
            crd("prometheuses", "prod-monitoring-prometheus-prometheus"),
            crd("alertmanagers", "prod-monitoring-prometheus-alertmanager"),
            object("apis/batch/v1", "cronjobs", "check-consistency"),
            object(
                "apis/apps/v1",
                "deployments",
                "prod-monitoring-prometheus-operator",
            ),
            object(
                "api/v1",
                "services",
                "prod-monitoring-prometheus-prometheus",
            ),
            object("api/v1", "serviceaccounts", "external-dns"),
        ] {
            stage.patch(OTHER, &path, &label).await?;
        }
        // Of these the clusters have none in common.
        for cluster in CLUSTERS {
            let meta = json!({"name": "buildsense-odd", "labels": {"odd": cluster}});
            let backend = json!({"service": {"name": "odd", "port": {"number": 80}}});
            for (api, plural, object) in [
                (
                    OPERATOR,
                    "servicemonitors",
                    json!({
                        "apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": meta,
                        "spec": {"selector": {}, "endpoints": [{"port": "web"}]},
                    }),
                ),
                (
                    OPERATOR,
                    "podmonitors",
                    json!({
                        "apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor", "metadata": meta,
                        "spec": {"selector": {}, "podMetricsEndpoints": [{"port": "web"}]},
                    }),
                ),
                (
                    "apis/networking.k8s.io/v1",
                    "ingresses",
                    json!({
                        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta,
                        "spec": {"defaultBackend": backend},
                    }),
                ),
                (
                    "api/v1",
                    "configmaps",
                    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}),
                ),
            ] {
                let all = collection(api, plural);
                stage.create(cluster, &all, &object).await?;
            }
        }
        Ok(())
    }

    /// Says what runs as Alertmanager, as a kubelet does that has taken the pods over.
    async fn name_images(&self) -> Result<()> {
        let image = format!("quay.io/prometheus/alertmanager@sha256:{:064}", 28);
        let status = json!({"status": {"containerStatuses": [{
            "name": "alertmanager", "image": image, "imageID": image,
            "ready": true, "restartCount": 0,
        }]}});
        for cluster in CLUSTERS {
            for number in 0..2 {
                let pod = format!("{ALERTMANAGER}-{number}/status");
                let path = object("api/v1", "pods", &pod);
                self.world.stage.patch(cluster, &path, &status).await?;
            }
        }
        Ok(())
    }

    /// What the job remembers.
    async fn memory(&self) -> Result<Value> {
        let map = self.world.stage.get(HOME, &memory()).await?;
        Ok(map["data"].clone())
    }

    async fn remember(&self, data: &Value) -> Result<()> {
        let change = json!({ "data": data });
        self.world.stage.patch(HOME, &memory(), &change).await?;
        Ok(())
    }

    /// The uids of the CronJobs that the Events of the last run are about.
    async fn told_about(&self) -> Result<Vec<Option<String>>> {
        let events = self
            .pod
            .take_events(self.world.stage.cluster(HOME)?)
            .await?;
        let uids = events.iter().map(|event| {
            assert_eq!(event["reason"], "ConfigurationDrift", "{event}");
            event["regarding"]["uid"].as_str().map(str::to_owned)
        });
        Ok(uids.collect())
    }

    /// A look without a right: it proves nothing, and says what it lacks.
    async fn miss(&self, cluster: &str, grant: &Grant<'_>, right: &Right) -> Result<()> {
        grant.take_away(right).await?;
        let run = self.run(&["run"]).await?;
        assert_ended(&run, 4, Some("incomplete-denied"));
        assert!(right.is_named_by(&run), "{right}: {}", run.termination);
        self.ask(cluster, right).await?;
        grant.give_back(right).await
    }

    /// `cluster NAME` says so too, without a look.
    async fn ask(&self, cluster: &str, missing: &Right) -> Result<()> {
        let asked = self.run(&["cluster", cluster]).await?;
        assert_ended(&asked, 4, Some("incomplete-denied"));
        assert!(
            missing.is_named_by(&asked),
            "{missing}: {}",
            asked.termination
        );
        Ok(())
    }
}

fn now() -> Timestamp {
    Clock::system().now()
}

/// The path of the job's memory.
fn memory() -> String {
    object("api/v1", "configmaps", "check-consistency")
}

/// A memory of a run that saw nothing differ.
fn no_drift() -> Value {
    let memory = json!({"schema": 1, "identities": {}, "counts": [], "drift": {}});
    json!({"memory.json": memory.to_string()})
}

/// What the chart installs in the home cluster, with the stage's way to the other one; the second look is
/// not waited for as long.
fn installed(stage: &Stage) -> Result<String> {
    let file = checkout::file("k8s/chart/files/check-consistency.yaml");
    let mut text = fs::read_to_string(file)?;
    let kubeconfig = stage.kubeconfig().display().to_string();
    for (shipped, here) in [
        ("/etc/check-consistency/kubeconfig", kubeconfig.as_str()),
        ("recheck: 30s", "recheck: 1s"),
    ] {
        ensure!(text.contains(shipped), "{shipped} is not in it any more");
        text = text.replace(shipped, here);
    }
    Ok(text)
}

#[tokio::test]
async fn a_look_uses_every_right_and_no_other_and_misses_each_by_its_name() -> Result<()> {
    let scene = Scene::start().await?;
    scene.name_images().await?;
    scene.plant().await?;
    assert_ended(&scene.run(&["config", "check"]).await?, 0, None);
    for cluster in CLUSTERS {
        assert_ended(&scene.run(&["cluster", cluster]).await?, 0, None);
    }
    let at_home = scene.at_home().await?;
    // Rules are evaluated, and the watchdog fires, a moment after the start.
    let mut last = String::new();
    let what = "everything is seen, and differs for too short a time";
    let waited = wait::until_within(PATIENCE, what, async || {
        let run = scene.run(&["run"]).await?;
        last = format!("{}{}", run.stdout, run.stderr);
        Ok(run.status == 0)
    });
    waited.await.with_context(|| last)?;
    let young = scene.memory().await?;
    assert_eq!(scene.told_about().await?, []);

    scene.clock.set(now())?;
    let [home, other] = [HOME, OTHER].map(|name| scene.world.stage.cluster(name));
    let (home, other) = (home?.audit_mark()?, other?.audit_mark()?);
    let run = scene.run(&["run"]).await?;
    assert_ended(&run, 3, Some("drift"));
    for (cluster, mark) in [(HOME, home), (OTHER, other)] {
        let grants = scene.everywhere(cluster).await?;
        let mut rights = at_home.rights.clone();
        if cluster != HOME {
            rights.clear();
        }
        rights.extend(grants.into_iter().flat_map(|grant| grant.rights));
        assert_exact(cluster, &rights, &scene.job(cluster)?.used(mark)?);
    }
    // For what the rights to read pods and Jobs are there.
    let of_the_cronjob = Some(scene.pod.cronjob().to_owned());
    let told = scene.told_about().await?;
    assert!(told.len() > 5, "{told:?}");
    assert!(told.iter().all(|uid| *uid == of_the_cronjob), "{told:?}");

    for grant in scene.everywhere(OTHER).await? {
        for right in &grant.rights {
            scene.miss(OTHER, &grant, right).await?;
        }
    }

    // What is written beside the verdict does not change it.
    for right in &at_home.rights {
        scene.remember(&young).await?;
        scene.told_about().await?;
        at_home.take_away(right).await?;
        let run = scene.run(&["run", "-vv"]).await?;
        assert_ended(&run, 3, Some("drift"));
        assert!(right.is_named_in(&run.stderr), "{right}: {}", run.stderr);
        let told = scene.told_about().await?;
        match right.resource.as_str() {
            "configmaps" => {
                let warned = run.stderr.contains("WARN what was found is not remembered");
                assert!(warned, "{}", run.stderr);
                assert!(told.contains(&of_the_cronjob), "{told:?}");
                assert_eq!(scene.memory().await?, young);
                // Where drift waits for its age, nobody would ever hear of it.
                scene.remember(&no_drift()).await?;
                let run = scene.run(&["run"]).await?;
                assert_ended(&run, 4, Some("cluster-denied"));
                assert!(right.is_named_by(&run), "{}", run.termination);
            }
            "events" => {
                let unheard = "WARN Event ConfigurationDrift not published";
                assert!(run.stderr.contains(unheard), "{}", run.stderr);
                assert_eq!(told, []);
            }
            // Events are there, and `kubectl describe cronjob` does not show them.
            _ => assert!(!told.is_empty() && told.iter().all(Option::is_none)),
        }
        scene.ask(HOME, right).await?;
        at_home.give_back(right).await?;
    }
    Ok(())
}
