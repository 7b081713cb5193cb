//! Both clusters as an installation leaves them, an hour later.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::alertmanager::{SmtpLogin, Template};
use common::http::Timeouts;
use common::secret::SecretString;
use jiff::{SignedDuration, Timestamp};
use sandbox::aws::AwsSim;
use sandbox::checkout;
use sandbox::kubernetes::{AlertmanagerSet, AlertmanagersOptions, Cluster, Passage};
use sandbox::mail::{FixedAuthority, MailServer, Options};
use sandbox::monitoring::{NAMESPACE, Stage, collection, object};
use sandbox::tools::{Tool, Tools};
use scenarios::job::{Finished, Job};
use scenarios::wait;
use serde_json::{Value, json};
use tokio::process::Command;

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
        let credentials =
            "{apiVersion: v1, kind: Namespace, metadata: {name: monitoring-credentials}}";
        let rendered = fs::read_to_string(checkout::file(&format!("k8s/rendered/{name}.yaml")))?;
        let cluster = stage.cluster(name)?;
        cluster.apply(&[credentials]).await?;
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

    /// The directory that stands for `k8s`.
    pub(super) fn files(&self) -> PathBuf {
        self.stage.directory().join("k8s")
    }

    /// Puts into the values what a release and a person put there.
    pub(super) fn write_facts(&self) -> Result<()> {
        let path = self.files().join(format!("values/{CLUSTER}.yaml"));
        let authority = STANDARD.encode(self.stage.cluster(OTHER)?.ca_pem());
        let text = fs::read_to_string(&path)?
            .replace(&"0".repeat(64), &"1".repeat(64))
            .replace("https://PROD.", &format!("https://{}.", "0A".repeat(16)))
            .replace("LS0tLS1CRUdJTg==", &authority);
        fs::write(path, text)?;
        Ok(())
    }

    /// The chart of an earlier release: another version, and another schedule.
    pub(super) fn older_chart(&self) -> Result<PathBuf> {
        let older = self.stage.directory().join("older");
        copy(&self.files().join("chart"), &older)?;
        for (file, start, line) in [
            ("Chart.yaml", "version: ", "version: 0.0.1"),
            (
                "values.yaml",
                "    schedule: 7,37 ",
                "    schedule: 8,38 * * * *",
            ),
        ] {
            let path = older.join(file);
            let text = fs::read_to_string(&path)?;
            let changed = text
                .lines()
                .map(|it| if it.starts_with(start) { line } else { it });
            let changed: Vec<&str> = changed.collect();
            let changed = format!("{}\n", changed.join("\n"));
            ensure!(changed != text, "{file} has no line {start:?}");
            fs::write(path, changed)?;
        }
        Ok(older)
    }

    /// Has Helm install a chart in [`CLUSTER`], over whatever is there.
    pub(super) async fn helm_upgrade(&self, chart: &Path) -> Result<()> {
        let values = self.files().join(format!("values/{CLUSTER}.yaml"));
        let output = Command::new(&self.helm)
            .args(["upgrade", "--install", "prod-monitoring"])
            .arg(chart)
            .arg("--values")
            .arg(values)
            .args(["--namespace", NAMESPACE])
            .args([
                "--server-side=true",
                "--force-conflicts",
                "--take-ownership",
            ])
            .arg("--kubeconfig")
            .arg(
                self.cluster()?
                    .kubeconfig_for("helm", Some("system:masters"))?,
            )
            .env_clear()
            .env("HOME", self.stage.directory())
            .kill_on_drop(true)
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{said}");
        Ok(())
    }

    /// A run of `doctor` as an operator.
    pub(super) async fn doctor(&self, more: &[&str]) -> Result<Finished> {
        let helm = self.helm.to_string_lossy().into_owned();
        let arguments = ["doctor", "--cluster", CLUSTER, "--helm", helm.as_str()];
        self.run(&arguments, more).await
    }

    /// What `doctor` says, as a document, and its exit status.
    pub(super) async fn diagnosis(&self) -> Result<(Value, i32)> {
        let run = self.doctor(&["-o", "json"]).await?;
        let document = serde_json::from_str(&run.stdout);
        Ok((document.with_context(|| run.stderr)?, run.status))
    }

    /// A run of the program with the kubeconfigs of both clusters; nothing secret is in what it says.
    pub(super) async fn run(&self, arguments: &[&str], more: &[&str]) -> Result<Finished> {
        let job = self.job(arguments, more)?;
        Self::finished(job).await
    }

    /// A run of the installation into [`CLUSTER`] as an operator, with this account. Neither operator nor
    /// kube-state-metrics run in Deployments.
    pub(super) async fn installer(&self, aws: &AwsSim, more: &[&str]) -> Result<Finished> {
        let more = [&["--stack", "kinds"], more].concat();
        self.changer(aws, &[], &more).await
    }

    /// A run of a command that changes [`CLUSTER`], as an operator with this account.
    pub(super) async fn changer(
        &self,
        aws: &AwsSim,
        command: &[&str],
        more: &[&str],
    ) -> Result<Finished> {
        let helm = self.helm.to_string_lossy().into_owned();
        let arguments = [command, &["--cluster", CLUSTER, "--helm", &helm]].concat();
        let job = self
            .job(&arguments, more)?
            .env("AWS_ENDPOINT_URL", &aws.endpoint())
            .env("AWS_ACCESS_KEY_ID", "AKIASANDBOX000000000")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox-secret-access-key")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            // With the code of whatever it ends with.
            .env("LOG_FORMAT", "json");
        Self::finished(job).await
    }

    fn job(&self, arguments: &[&str], more: &[&str]) -> Result<Job> {
        let files = self.files().to_string_lossy().into_owned();
        let arguments = [arguments, &["--files", &files], more].concat();
        let kubeconfigs: Vec<_> = self
            .kubeconfigs
            .iter()
            .map(|it| it.to_string_lossy().into_owned())
            .collect();
        Ok(Job::installer(arguments)?.env("KUBECONFIG", &kubeconfigs.join(":")))
    }

    async fn finished(job: Job) -> Result<Finished> {
        let run = job.run().await?;
        for sentinel in SENTINELS {
            for said in [&run.stdout, &run.stderr, &run.termination_text] {
                ensure!(!said.contains(sentinel), "{sentinel} is in what it says");
            }
        }
        Ok(run)
    }

    /// The chart and the values, with the API servers of this scene.
    fn write_files(&self) -> Result<()> {
        copy(&checkout::file("k8s/chart"), &self.files().join("chart"))?;
        copy(&checkout::file("k8s/values"), &self.files().join("values"))?;
        for (name, server) in [
            (OTHER, "https://PROD.gr7.us-east-1.eks.amazonaws.com"),
            (CLUSTER, "https://REMOTING.gr7.us-east-1.eks.amazonaws.com"),
        ] {
            let path = self.files().join(format!("values/{name}.yaml"));
            let cluster = self.stage.cluster(name)?;
            let authority = STANDARD.encode(cluster.ca_pem());
            let text = fs::read_to_string(&path)?
                .replacen(server, &cluster.server_url(), 1)
                .replacen("LS0tLS1CRUdJTg==", &authority, 1);
            fs::write(path, text)?;
        }
        Ok(())
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

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        // Links too: the chart has one to the rights.
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
