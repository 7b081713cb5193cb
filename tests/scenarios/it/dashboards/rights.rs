//! The Roles in `k8s/rbac/sync-dashboards.yaml` are exactly what the job uses: nothing in them is unused,
//! nothing beyond them is asked for, and whichever right is taken away is missed by its name.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use sandbox::dashboards::{Change, GROUP, Generation, NAMESPACE, USER, generation};
use sandbox::kubernetes::Cluster;
use scenarios::job::Finished;
use scenarios::pod::Pod;
use scenarios::rights::{Grant, Right, Subject, assert_exact};
use serde_json::json;

use super::{World, assert_ended, path, source};

/// Where the job runs.
const HOME: &str = "prod-e1-1";
/// Where it writes too.
const OTHER: &str = "remoting-prod-e1-1";

/// As whom it acts in its home cluster.
const ACCOUNT: &str = "system:serviceaccount:monitoring:sync-dashboards";

/// The stage with a job that is a pod of its home cluster.
struct Scene {
    world: World,
    pod: Pod,
    config: PathBuf,
}

impl Scene {
    async fn start() -> Result<Self> {
        let world = World::start().await?;
        Ok(Self {
            pod: Pod::create(world.stage.cluster(HOME)?, NAMESPACE, USER).await?,
            config: world.stage.directory().join("both.yaml"),
            world,
        })
    }

    fn cluster(&self, name: &str) -> Result<&Cluster> {
        self.world.stage.cluster(name)
    }

    /// Pins another generation.
    fn pin(&self, number: u32, generation: &Generation) -> Result<()> {
        let stage = &self.world.stage;
        let pin = self.world.publish(number, generation);
        let source = source(&stage.upstream.base_url(), &pin, stage.directory());
        let kubeconfig = stage.kubeconfig().display();
        let clusters = format!(
            "exclude: []\nclusters:\n  - {{name: {HOME}, in_cluster: true}}\n  \
             - {{name: {OTHER}, context: {OTHER}, kubeconfig: {kubeconfig}}}\n"
        );
        fs::write(&self.config, source + &clusters)?;
        Ok(())
    }

    async fn run(&self, words: &[&str]) -> Result<Finished> {
        let job = super::job(words, &self.config)?;
        self.pod.enter(job).run().await
    }

    async fn settle(&self) -> Result<()> {
        assert_ended(&self.run(&["apply"]).await?, 0, None);
        Ok(())
    }

    /// The job, for this cluster.
    fn job(&self, name: &str) -> Result<Subject<'_>> {
        let (user, group) = match name {
            HOME => (ACCOUNT, None),
            _ => (USER, Some(GROUP)),
        };
        Ok(Subject {
            cluster: self.cluster(name)?,
            user,
            group,
        })
    }

    /// What it may do where it writes.
    async fn at_work(&self, name: &str) -> Result<Grant<'_>> {
        self.job(name)?.role(NAMESPACE, "sync-dashboards").await
    }

    /// What it may do besides where it runs.
    async fn at_home(&self) -> Result<Grant<'_>> {
        self.job(HOME)?
            .role(NAMESPACE, "sync-dashboards-home")
            .await
    }

    /// Takes a dashboard away.
    async fn remove(&self, cluster: &str) -> Result<()> {
        let admin = self.cluster(cluster)?.client().await?;
        admin.delete(&path("apiserver")).await
    }

    /// Has a person's object in the place of a dashboard. Without the sidecar's label no list of dashboards
    /// shows it.
    async fn occupy(&self, cluster: &str) -> Result<()> {
        self.remove(cluster).await?;
        let admin = self.cluster(cluster)?.client().await?;
        let maps = format!("/api/v1/namespaces/{NAMESPACE}/configmaps");
        let object = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "data": {"other.txt": "x"},
            "metadata": {"name": "monitoring-dashboard-apiserver"},
        });
        admin.create(&maps, &object).await?;
        Ok(())
    }

    /// The uids of the CronJobs that the Events of the last run are about.
    async fn told_about(&self) -> Result<Vec<Option<String>>> {
        let events = self.pod.take_events(self.cluster(HOME)?).await?;
        let uids = events
            .iter()
            .map(|event| event["regarding"]["uid"].as_str().map(str::to_owned));
        Ok(uids.collect())
    }

    /// Fails unless a run in the home cluster ends like this, and names the right.
    async fn miss(&self, right: &Right, status: i32) -> Result<()> {
        let run = self.run(&["apply", "--only", HOME]).await?;
        assert_ended(&run, status, Some("cluster-denied"));
        assert!(right.is_named_by(&run), "{right}: {}", run.termination);
        Ok(())
    }
}

#[tokio::test]
async fn a_sync_uses_every_right_and_no_other_and_misses_each_by_its_name() -> Result<()> {
    let scene = Scene::start().await?;
    let renamed = Generation::default().after(&[Change::Renamed]);
    let (at_work, at_home) = (scene.at_work(HOME).await?, scene.at_home().await?);
    let marks = [HOME, OTHER].map(|name| scene.cluster(name)?.audit_mark());

    // A place that is taken, a set that is made, a dashboard that goes.
    scene.pin(1, &generation(0))?;
    scene.occupy(HOME).await?;
    scene.occupy(OTHER).await?;
    assert_ended(&scene.run(&["apply"]).await?, 3, None);
    scene.remove(HOME).await?;
    scene.remove(OTHER).await?;
    scene.settle().await?;
    scene.pin(2, &renamed)?;
    scene.settle().await?;

    for (name, mark) in [HOME, OTHER].into_iter().zip(marks) {
        let mut rights = scene.at_work(name).await?.rights;
        if name == HOME {
            rights.extend(at_home.rights.iter().cloned());
        }
        assert_exact(name, &rights, &scene.job(name)?.used(mark?)?);
    }
    // For what the rights to read pods and Jobs are there.
    let of_the_cronjob = Some(scene.pod.cronjob().to_owned());
    let told = scene.told_about().await?;
    assert!(!told.is_empty() && told.iter().all(|uid| *uid == of_the_cronjob));

    for (number, right) in (3..).zip(&at_work.rights) {
        at_work.take_away(right).await?;
        match right.verb.as_str() {
            "get" => scene.occupy(HOME).await?,
            "create" | "patch" => scene.remove(HOME).await?,
            "delete" => {
                scene.pin(number, &generation(0))?;
                // The new one is there before the old one stays.
                scene.miss(right, 5).await?;
            }
            _ => {}
        }
        scene.miss(right, 4).await?;
        at_work.give_back(right).await?;
        if right.verb == "get" {
            scene.remove(HOME).await?;
        }
        scene.settle().await?;
    }

    // Events: the run does what it does without them.
    scene.occupy(HOME).await?;
    for right in &at_home.rights {
        scene.told_about().await?;
        at_home.take_away(right).await?;
        let run = scene.run(&["apply", "-vv"]).await?;
        assert_ended(&run, 3, Some("foreign-owner"));
        assert!(right.is_named_in(&run.stderr), "{right}: {}", run.stderr);
        let told = scene.told_about().await?;
        if right.resource == "events" {
            let unheard = "WARN Event DashboardForeign not published";
            assert!(run.stderr.contains(unheard), "{}", run.stderr);
            assert_eq!(told, []);
        } else {
            // They are there, and `kubectl describe cronjob` does not show them.
            assert!(!told.is_empty() && told.iter().all(Option::is_none));
        }
        at_home.give_back(right).await?;
    }
    Ok(())
}
