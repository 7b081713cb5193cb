//! Secrets appear in nothing that the rotation writes, however much it is asked to say and whatever
//! goes wrong: not on stdout or stderr, in termination messages, pushed metrics, Events or any other
//! object of the clusters, in the API servers' logs or in what AWS notes.

mod course;
mod evidence;
mod failures;
pub(crate) mod forms;
mod people;

use anyhow::{Context as _, Result};
use common::secret::ExposeSecret as _;
use common::ses::smtp_password;
use sandbox::company::{Company, REGION, SECRET, Setup};
use sandbox::servers::Pushgateway;
use sandbox::tools::Tools;
use scenarios::job::{Finished, Job};

use evidence::Evidence;
use forms::Sought;

/// As much as can be asked for.
const EVERYTHING: &str = "trace,aws_smithy_runtime=trace,aws_config=trace,hyper=trace,\
                          hyper_util=trace,kube=trace,kube_client=trace,lettre=trace,rustls=trace,\
                          reqwest=trace";

/// Members of other programs, with characters that every encoding changes.
const OTHERS: [(&str, &str, &str); 3] = [
    ("id", "client id", "812345678901-vq3kd.apps.idents.test"),
    (
        "s\\u00e9same",
        "client secret",
        r#"GOCSPX-sé+same/with"quotes\and=more"#,
    ),
    (
        "https://nosnch.in/0000000000",
        "snitch",
        "https://nosnch.in/c2354d53d2",
    ),
];

/// The member that the clusters' configuration is filled with: it stays as it is.
const WEBHOOK: &str = "hooks.slack.com/services/T0/B0/xyz";

/// The company with a Pushgateway, and everything that was written there.
#[derive(Debug)]
struct Scene {
    company: Company,
    gateway: Pushgateway,
    sought: Sought,
    evidence: Evidence,
    runs: u32,
}

impl Scene {
    async fn start() -> Result<Self> {
        let tools = Tools::from_process()?;
        let company = Company::start(&tools, Setup::default()).await?;
        let mut sought = Sought::default();
        let mut document = company.aws.secrets().current_text(SECRET)?;
        for (before, what, text) in OTHERS {
            let (before, after) = (format!("\"{before}\""), serde_json::to_string(text)?);
            anyhow::ensure!(document.contains(&before), "no {what} in the secret");
            document = document.replace(&before, &after);
            sought.value(what, text.trim_start_matches("https://"))?;
        }
        sought.value("webhook", WEBHOOK)?;
        company.aws.secrets().put_value(SECRET, &document)?;
        company.canaries().await?;
        let mut scene = Self {
            gateway: Pushgateway::start(&tools).await?,
            company,
            sought,
            evidence: Evidence::default(),
            runs: 0,
        };
        scene.learn_keys()?;
        Ok(scene)
    }

    /// A run of the job in a pod, as talkative as it gets. Says what it was if it ended otherwise.
    async fn run(&mut self, arguments: &[&str], status: i32) -> Result<Finished> {
        self.run_with(arguments, &[], status).await
    }

    async fn run_with(
        &mut self,
        arguments: &[&str],
        environment: &[(&str, &str)],
        status: i32,
    ) -> Result<Finished> {
        self.runs += 1;
        let pod = format!("rotate-credentials-{}-trace", 29_401_937 + self.runs);
        // Both forms of logs; which run has which does not matter.
        let format = if self.runs.is_multiple_of(2) {
            "text"
        } else {
            "json"
        };
        let job = Job::rotator(&self.company, arguments.iter().copied().chain(["-vv"]))?
            .in_a_pod_called(&pod)
            .env("LOG_FORMAT", format)
            .env("RUST_LOG", EVERYTHING)
            .env("LOG_SIGNABLE_BODY", "true")
            .env("LOG_SENSITIVE_BODIES", "true");
        let job = environment
            .iter()
            .fold(job, |job, (name, value)| job.env(name, value));
        let run = job.run().await?;
        let what = format!("run {}, `{}`", self.runs, arguments.join(" "));
        self.learn_keys()?;
        self.evidence.run(&what, &run);
        let leaks = self.evidence.leaks(&self.sought);
        assert_eq!(leaks, Vec::<String>::new(), "{what}");
        assert_eq!(run.status, status, "{what}: {}\n{}", run.stdout, run.stderr);
        Ok(run)
    }

    /// `apply`, with the Pushgateway.
    async fn apply(&mut self, arguments: &[&str], status: i32) -> Result<Finished> {
        let url = self.gateway.url();
        let own = ["apply", "--pushgateway", &url];
        let run = self.run(&[&own, arguments].concat(), status).await?;
        self.evidence.gateway(&self.gateway).await?;
        Ok(run)
    }

    /// Every command that only shows something, in both forms.
    async fn show(&mut self) -> Result<()> {
        for command in ["plan", "status", "explain"] {
            for form in ["text", "json"] {
                self.run(&[command, "-o", form], 0).await?;
            }
        }
        Ok(())
    }

    /// Searches for the user's present keys from now on, and for the passwords that they make.
    fn learn_keys(&mut self) -> Result<()> {
        for key in self.company.keys()? {
            let what = format!("secret access key of {}", key.id);
            self.sought.value(&what, key.secret.expose_secret())?;
            let password = smtp_password(&key.secret, REGION);
            let what = format!("password of {}", key.id);
            self.sought
                .login(&what, &key.id, password.expose_secret())?;
        }
        Ok(())
    }

    /// Collects what all runs have left, and fails if any of it holds a secret. Says how much it was.
    async fn end(mut self) -> Result<String> {
        self.learn_keys()?;
        self.evidence.gateway(&self.gateway).await?;
        self.evidence.aws(&self.company)?;
        self.evidence.objects(&self.company).await?;
        self.evidence.logs(&self.company)?;
        let leaks = self.evidence.leaks(&self.sought);
        assert_eq!(leaks, Vec::<String>::new());
        // The search does find what is there: the two places that must hold it.
        let held = evidence::where_it_must_be(&self.company).await?;
        for (place, text) in &held {
            let found = self.sought.found_in(text);
            assert_ne!(found, Vec::<&str>::new(), "{place}");
        }
        let (forms, searched) = (self.sought.len(), self.evidence.summary());
        Ok(format!("{forms} forms searched for in {searched}"))
    }

    /// Id of the key in the secret.
    fn current(&self) -> Result<String> {
        self.company.current_key().context("the current key")
    }
}
