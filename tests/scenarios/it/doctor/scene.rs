//! Both clusters as an installation leaves them, an hour later.

mod files;
mod runs;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use common::alertmanager::{SmtpLogin, Template};
use common::http::Timeouts;
use common::secret::SecretString;
use jiff::{SignedDuration, Timestamp};
use sandbox::checkout;
use sandbox::kubernetes::{AlertmanagerSet, AlertmanagersOptions, Cluster, Passage};
use sandbox::mail::{FixedAuthority, MailServer, Options};
use sandbox::monitoring::{NAMESPACE, Stage, collection, object};
use sandbox::tools::{Tool, Tools};
use scenarios::wait;
use serde_json::{Value, json};

/// The cluster in which everything is looked at and broken. It has no monitors of the company's services,
/// which nobody runs here.
pub(super) const CLUSTER: &str = "remoting-prod-e1-1";

/// The other one.
pub(super) const OTHER: &str = "prod-e1-1";

pub(super) const ALERTMANAGER: &str = "prod-monitoring-prometheus-alertmanager";
pub(super) const PROMETHEUS: &str = "prod-monitoring-prometheus-prometheus";
pub(super) const PUSHGATEWAY: &str = "prod-monitoring-prometheus-pushgateway";

/// As whom an operator looks at [`CLUSTER`]. Of users with one name a joint kubeconfig keeps the first.
pub(super) const OPERATOR: &str = "operator-of-remoting-prod-e1-1";

const USER: &str = "AKIASANDBOX000000001";

/// Nothing that is printed may hold it.
pub(super) const PASSWORD: &str = "sentinel-smtp-password";

/// Neither may it hold these.
pub(super) const SENTINELS: [&str; 4] = [
    PASSWORD,
    "sentinel-slack-webhook",
    "sentinel-deadmanssnitch",
    "sentinel-pagerduty_integration_key",
];

/// Everything is looked at until it is as it should be; on a busy machine that takes a while.
const PATIENCE: Duration = Duration::from_mins(4);

/// The running scene. Everything ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(super) alertmanagers: Vec<(String, AlertmanagerSet)>,
    passages: Vec<Passage>,
    pub(crate) mail: MailServer,
    pub(super) stage: Stage,
    helm: PathBuf,
    kubeconfigs: Vec<PathBuf>,
}

impl Scene {
    /// Starts everything, and waits until `doctor` has nothing to object to in [`CLUSTER`].
    pub(super) async fn start() -> Result<Self> {
        let tools = Tools::from_process()?;
        let stage = Stage::start(&tools).await?;
        let stage = Box::pin(stage.with_prometheus()).await?;
        let stage = stage.with_pushgateways().await?;
        let login = Arc::new(FixedAuthority::new(USER, PASSWORD));
        let mail = MailServer::start(login, Options::default())?;
        fs::write(stage.directory().join("mail-ca.pem"), mail.ca_pem())?;
        let mut scene = Self {
            helm: tools.locate(Tool::Helm).await?,
            kubeconfigs: Vec::new(),
            alertmanagers: Vec::new(),
            passages: Vec::new(),
            mail,
            stage,
        };
        for name in [OTHER, CLUSTER] {
            Box::pin(scene.install(name)).await?;
        }
        scene.write_files()?;
        Ok(scene)
    }

    /// The same, once `doctor` has nothing to object to in [`CLUSTER`].
    pub(crate) async fn well() -> Result<Self> {
        let scene = Self::start().await?;
        scene.wait_until_well().await?;
        Ok(scene)
    }

    /// Waits until `doctor` has nothing to object to.
    pub(super) async fn wait_until_well(&self) -> Result<()> {
        let mut last = String::new();
        let waited = wait::until_within(PATIENCE, "all is well", async || {
            let run = self.doctor(&[]).await?;
            last = format!("{}{}", run.stdout, run.stderr);
            Ok(run.status == 0 && run.stdout.ends_with("all is well\n"))
        });
        let waited = waited.await;
        waited.with_context(|| last)
    }

    /// What Helm, the operator, the controllers and the jobs would have left in a cluster.
    async fn install(&mut self, name: &str) -> Result<()> {
        let alertmanagers = self.alertmanagers_of(name).await?;
        let stage = &self.stage;
        // The company's own has another selector, which cannot be changed.
        let gateway = object("apis/apps/v1", "deployments", PUSHGATEWAY);
        stage.delete(name, &gateway).await?;
        let cron_jobs = collection("apis/batch/v1", "cronjobs");
        stage.delete(name, &cron_jobs).await?;
        let rendered = fs::read_to_string(checkout::file(&format!("k8s/rendered/{name}.yaml")))?;
        let cluster = stage.cluster(name)?;
        cluster.apply(&[&rendered]).await?;
        self.workloads(name, &alertmanagers).await?;
        self.runs(name).await?;
        self.stage.prometheus(name)?.sync().await?;
        let kubeconfig = self.stage.cluster(name)?;
        let kubeconfig =
            kubeconfig.kubeconfig_for(&format!("operator-of-{name}"), Some("system:masters"))?;
        self.kubeconfigs.push(kubeconfig);
        // What Prometheus sends all the time.
        alertmanagers
            .fire(0, &[("alertname", "EmailCanary")], &[])
            .await?;
        self.alertmanagers.push((name.to_owned(), alertmanagers));
        Ok(())
    }

    /// Two replicas with the chart's template, filled.
    async fn alertmanagers_of(&mut self, name: &str) -> Result<AlertmanagerSet> {
        let cluster = self.stage.cluster(name)?;
        let port = self.mail.addr().port();
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        self.passages.push(cluster.expose(here, self.mail.addr())?);
        let authority = self.stage.directory().join("mail-ca.pem");
        let options = AlertmanagersOptions {
            namespace: NAMESPACE.to_owned(),
            name: ALERTMANAGER.to_owned(),
            config_secret: Some("alertmanager-prod-monitoring".to_owned()),
            environment: vec![(
                "SSL_CERT_FILE".to_owned(),
                authority.to_string_lossy().into_owned(),
            )],
            ..AlertmanagersOptions::new(self.configuration()?)
        };
        cluster.alertmanagers(options).await
    }

    /// The chart's template with the sandbox's mail server in it, and without pauses.
    pub(super) fn configuration(&self) -> Result<String> {
        let template = checkout::file("k8s/chart/files/alertmanager-template.yaml");
        let port = self.mail.addr().port();
        let template = fs::read_to_string(template)?
            .replace(
                "email-smtp.us-east-1.amazonaws.com:587",
                &format!("localhost:{port}"),
            )
            .replace("group_wait: 30s", "group_wait: 0s");
        let login = SmtpLogin {
            username: USER.to_owned(),
            password: PASSWORD.into(),
        };
        let secret = |field: &str| {
            Some(SecretString::from(format!(
                "https://localhost:1/sentinel-{field}"
            )))
        };
        let filled = Template::parse("template", &template)?.fill(&login, secret)?;
        Ok(filled.expose().to_owned())
    }

    /// What the operator and the controllers make, and where Prometheus finds it.
    async fn workloads(&self, name: &str, alertmanagers: &AlertmanagerSet) -> Result<()> {
        let cluster = self.stage.cluster(name)?;
        let gateway = self.stage.get(name, &endpoints(PUSHGATEWAY)).await?;
        let mut addresses = Vec::new();
        for replica in 0..alertmanagers.replicas() {
            addresses.push(json!({"ip": alertmanagers.address(replica)?.ip().to_string()}));
        }
        let metadata = |name: &str| json!({"name": name, "namespace": NAMESPACE});
        let objects = [
            json!({
                "apiVersion": "apps/v1", "kind": "StatefulSet",
                "metadata": metadata(&format!("prometheus-{PROMETHEUS}")),
                "spec": {
                    "replicas": 1, "serviceName": "prometheus-operated",
                    "selector": {"matchLabels": {"prometheus": PROMETHEUS}},
                    "template": {
                        "metadata": {"labels": {"prometheus": PROMETHEUS}},
                        "spec": {"containers": [{"name": "prometheus", "image": "prometheus"}]},
                    },
                },
            }),
            json!({
                "apiVersion": "v1", "kind": "Endpoints", "metadata": metadata(ALERTMANAGER),
                "subsets": [{"addresses": addresses, "ports": [{"name": "http-web", "port": 9093}]}],
            }),
            // In its place another server that can be scraped: what it says is not looked at.
            json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": {
                    "name": "prod-monitoring-kube-state-metrics", "namespace": NAMESPACE,
                    "labels": {"app.kubernetes.io/name": "kube-state-metrics"},
                },
                "spec": {"ports": [{"name": "http", "port": 8080}]},
            }),
            json!({
                "apiVersion": "v1", "kind": "Endpoints",
                "metadata": metadata("prod-monitoring-kube-state-metrics"),
                "subsets": gateway["subsets"],
            }),
            json!({
                "apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor",
                "metadata": {
                    "name": "prod-monitoring-kube-state-metrics", "namespace": NAMESPACE,
                    "labels": {"release": "prod-monitoring"},
                },
                "spec": {
                    "jobLabel": "app.kubernetes.io/name",
                    "selector": {"matchLabels": {"app.kubernetes.io/name": "kube-state-metrics"}},
                    "endpoints": [{"port": "http"}],
                },
            }),
        ];
        let objects = objects.map(|it| it.to_string());
        let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
        cluster.apply(&objects).await?;
        let ready = json!({"status": {"replicas": 1, "readyReplicas": 1}});
        for (plural, object_name) in [
            ("statefulsets", format!("prometheus-{PROMETHEUS}")),
            ("deployments", PUSHGATEWAY.to_owned()),
        ] {
            let path = object("apis/apps/v1", plural, &object_name);
            self.stage
                .patch(name, &format!("{path}/status"), &ready)
                .await?;
        }
        Ok(())
    }

    /// A good run of every job a minute ago, with its push.
    async fn runs(&self, name: &str) -> Result<()> {
        for namespace in [NAMESPACE, "monitoring-credentials"] {
            let path = format!("/apis/batch/v1/namespaces/{namespace}/cronjobs");
            let selector = "app.kubernetes.io/part-of=monitoring-jobs";
            let jobs = self
                .stage
                .get(name, &format!("{path}?labelSelector={selector}"))
                .await?;
            for job in jobs["items"].as_array().context("no list")? {
                if job["spec"]["suspend"] == true {
                    continue;
                }
                let job = job["metadata"]["name"].as_str().context("no name")?;
                self.succeeded(name, namespace, job, SignedDuration::from_mins(1))
                    .await?;
            }
        }
        Ok(())
    }

    /// Has the controller say that a job's last good run ended so long ago; its push has arrived.
    pub(super) async fn succeeded(
        &self,
        cluster: &str,
        namespace: &str,
        job: &str,
        ago: SignedDuration,
    ) -> Result<()> {
        let at = at(ago);
        let path = format!("/apis/batch/v1/namespaces/{namespace}/cronjobs/{job}/status");
        let status = json!({"status": {"lastScheduleTime": at, "lastSuccessfulTime": at}});
        self.stage.patch(cluster, &path, &status).await?;
        let group = format!("job/{job}/namespace/{namespace}/cronjob/{job}");
        let body = "monitoring_job_last_exit_code 0\n";
        self.push(cluster, &group, body).await?;
        Ok(())
    }

    /// Pushes a group; the status that the Pushgateway answers with.
    pub(super) async fn push(&self, cluster: &str, group: &str, body: &str) -> Result<u16> {
        let url = format!("{}/metrics/{group}", self.stage.pushgateway(cluster)?.url());
        let limit = Duration::from_secs(10);
        let client = common::http::client(Timeouts {
            connect: limit,
            total: limit,
        })?;
        let answer = client.put(url).body(body.to_owned()).send().await?;
        Ok(answer.status().as_u16())
    }

    /// The Alertmanagers of [`CLUSTER`].
    pub(crate) fn alertmanagers(&self) -> Result<&AlertmanagerSet> {
        let mut all = self.alertmanagers.iter();
        let found = all.find(|(name, _)| name == CLUSTER);
        Ok(&found.context("no Alertmanagers")?.1)
    }

    /// The cluster that is looked at.
    pub(super) fn cluster(&self) -> Result<&Cluster> {
        self.stage.cluster(CLUSTER)
    }
}

/// What a diagnosis says of an area; nothing if it says nothing of it.
pub(super) fn check_of<'a>(document: &'a Value, area: &str) -> &'a Value {
    let mut checks = document["checks"].as_array().into_iter().flatten();
    checks.find(|it| it["area"] == area).unwrap_or(&Value::Null)
}

/// The path of a Service's addresses.
pub(super) fn endpoints(service: &str) -> String {
    object("api/v1", "endpoints", service)
}

/// So long before now.
#[expect(clippy::disallowed_methods, reason = "real servers tell real times")]
pub(super) fn at(ago: SignedDuration) -> String {
    let at = Timestamp::now() - ago;
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
