//! Secrets appear in nothing that a run writes, however much it is asked to say.

use anyhow::Result;
use sandbox::aws::{Fault, FaultKind, Operation};
use scenarios::job::{Finished, Job};
use scenarios::proxy::{Proxy, Verdict};
use scenarios::world::World;

const CONTENT: &str = "
metrics:
  - namespace: AWS/ES
    dims: { DomainName: prod }
    publish: { Nodes: { unit: Count, constant: 3 } }
";

const CONFIG: &str = "
region: us-east-1
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Average]}
";

// With every character that some encoding changes.
const SECRET_KEY: &str = r#"wJalrXUtnFEMI/K7MDENG+bPxRf"iCY\SECRET"#;
const SESSION_TOKEN: &str = r#"IQoJb3JpZ2luX2VjE/token+"with\quotes=="#;
const PASSWORD: &str = r#"gate/way+"pass\word@1"#;

/// A secret in each form in which it could leak: as it is, in JSON, in a URL, in base64.
fn forms(secret: &str) -> Result<Vec<String>> {
    let json = serde_json::to_string(secret)?;
    let url = reqwest::Url::parse_with_params("http://h/", [("q", secret)])?;
    let query = url.query().unwrap_or_default().trim_start_matches("q=");
    let mut forms = vec![
        secret.to_owned(),
        json.trim_matches('"').to_owned(),
        query.to_owned(),
        query.to_ascii_lowercase(),
        as_user_info(secret)?,
    ];
    // Base64 of a text that contains it, at each of the three alignments, without the characters
    // that depend on its neighbours.
    for lead in 0..3 {
        let text = format!("{}{secret}", "x".repeat(lead));
        let encoded = base64(text.as_bytes());
        let end = text.len() / 3 * 4;
        let start = if lead == 0 { 0 } else { 4 };
        let stable = encoded.get(start..end).unwrap_or_default().to_owned();
        forms.push(stable.replace('+', "-").replace('/', "_"));
        forms.push(stable);
    }
    Ok(forms)
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        for shift in [18_u32, 12, 6, 0].iter().take(chunk.len() + 1) {
            let index = usize::try_from((bits >> shift) & 63).unwrap_or_default();
            text.extend(ALPHABET.get(index).map(|byte| char::from(*byte)));
        }
    }
    text
}

/// The forms of our secrets that `text` contains.
fn leaks(text: &str) -> Result<Vec<String>> {
    let mut leaks = Vec::new();
    for secret in [SECRET_KEY, SESSION_TOKEN, PASSWORD] {
        leaks.extend(
            forms(secret)?
                .into_iter()
                .filter(|form| text.contains(form)),
        );
    }
    Ok(leaks)
}

#[track_caller]
fn assert_no_leak(what: &str, text: &str) -> Result<()> {
    let leaks = leaks(text)?;
    assert!(leaks.is_empty(), "{what}: {leaks:?} in\n{text}");
    Ok(())
}

/// A password as it stands in a URL.
fn as_user_info(password: &str) -> Result<String> {
    let mut url = reqwest::Url::parse("http://gateway")?;
    url.set_password(Some(password))
        .map_err(|()| anyhow::anyhow!("a URL with a host takes a password"))?;
    Ok(url.password().unwrap_or_default().to_owned())
}

/// As talkative as it gets, with secrets that are worth a leak.
fn talkative(job: Job) -> Job {
    job.env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_SESSION_TOKEN", SESSION_TOKEN)
        .env(
            "RUST_LOG",
            "trace,aws_smithy_runtime=trace,aws_config=trace,hyper_util=trace,reqwest=trace",
        )
        .env("CRONJOB_NAME", "export-cloudwatch")
        .env("POD_NAMESPACE", "monitoring")
}

fn everything(run: &Finished) -> String {
    format!("{}\n{}\n{}", run.stdout, run.stderr, run.termination_text)
}

#[tokio::test]
async fn a_run_tells_no_secret_whether_it_works_or_not() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let proxy = Proxy::start(world.gateway.address(), |_| Verdict::Pass).await?;
    let url = proxy.url_as(&format!("reporter:{}", as_user_info(PASSWORD)?));
    let faults = [
        (None, 0),
        (Some(FaultKind::AccessDenied), 4),
        (Some(FaultKind::ExpiredToken), 4),
        (Some(FaultKind::Truncate), 1),
    ];
    for format in ["json", "text"] {
        for (fault, status) in faults.clone() {
            world.sim.clear_faults();
            if let Some(kind) = fault.clone() {
                world
                    .sim
                    .inject(Fault::new(kind).on(Operation::ListMetrics));
            }
            let job = talkative(world.run_job(&["-vv", "--deadline", "1s"])?);
            let run = job
                .env("PUSHGATEWAY_URL", &url)
                .env("LOG_FORMAT", format)
                .run()
                .await?;
            assert_eq!(run.status, status, "{fault:?}: {}", run.stderr);
            assert_no_leak(&format!("{fault:?} {format}"), &everything(&run))?;
        }
    }
    assert_no_leak("the pushed metrics", &world.gateway.exposition().await?)?;
    for request in proxy.seen() {
        assert_no_leak("a push", &format!("{} {}", request.path, request.body))?;
    }

    // The search finds what is there: the password is in every request to the Pushgateway.
    let heads: String = proxy
        .seen()
        .into_iter()
        .map(|request| request.head)
        .collect();
    assert_ne!(leaks(&heads)?, Vec::<String>::new(), "{heads}");
    Ok(())
}

#[tokio::test]
async fn a_pushgateway_that_does_not_take_the_password_is_not_told_about_with_it() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let proxy = Proxy::start(world.gateway.address(), |_| {
        Verdict::Answer(401, "who are you?")
    })
    .await?;
    let url = proxy.url_as(&format!("reporter:{}", as_user_info(PASSWORD)?));
    let run = talkative(world.run_job(&["-vv"])?)
        .env("PUSHGATEWAY_URL", &url)
        .run()
        .await?;
    assert_eq!(run.status, 4, "{}", run.stderr);
    assert_no_leak("a refused run", &everything(&run))
}

#[tokio::test]
async fn commands_that_only_show_tell_no_secret() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let url = format!("http://reporter:{}@127.0.0.1:9091", as_user_info(PASSWORD)?);
    for (command, output) in [
        ("plan", "text"),
        ("plan", "json"),
        ("explain", "text"),
        ("explain", "json"),
    ] {
        let job = talkative(world.job(command, &["-vv", "-o", output])?);
        let run = job.env("PUSHGATEWAY_URL", &url).run().await?;
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_no_leak(command, &everything(&run))?;
    }
    Ok(())
}

#[tokio::test]
async fn usage_errors_and_help_tell_no_secret() -> Result<()> {
    let url = format!("http://reporter:{}@gateway:9091", as_user_info(PASSWORD)?);
    let unknown_scheme = url.replace("http://", "htp://");
    let lines: [(&[&str], i32); 7] = [
        (&["run", "--help"], 0),
        (&["run", "--config", "f.yml", &url], 2),
        (&["run", "--config", "f.yml", "--pushgatway", &url], 2),
        (
            &[
                "run",
                "--config",
                "f.yml",
                "--pushgateway",
                &url,
                "--pushgateway",
                &url,
            ],
            2,
        ),
        (&["run", "--pushgateway", &url], 2),
        (&["run", "--config", "README.md", "--pushgateway", &url], 2),
        (
            &[
                "run",
                "--config",
                "k8s/chart/files/cloudwatch.yaml",
                "--pushgateway",
                &unknown_scheme,
            ],
            2,
        ),
    ];
    for format in ["text", "json"] {
        for (arguments, status) in lines {
            // No CronJob: its state would be pushed to a host that does not exist.
            let job = talkative(Job::exporter(arguments.iter().copied())?).env("CRONJOB_NAME", "");
            let job = job.env("LOG_FORMAT", format).env("PUSHGATEWAY_URL", &url);
            let run = job.run().await?;
            assert_eq!(run.status, status, "{arguments:?}: {}", run.stderr);
            assert!(!everything(&run).trim().is_empty());
            assert_no_leak(&arguments.join(" "), &everything(&run))?;
        }
    }
    Ok(())
}

#[test]
fn the_search_knows_every_form() -> Result<()> {
    assert_eq!(base64(b"me:p@ss"), "bWU6cEBzcw");
    assert_eq!(leaks("nothing to see")?, Vec::<String>::new());
    for secret in [SECRET_KEY, SESSION_TOKEN, PASSWORD] {
        let hidden = [
            format!("key={secret};"),
            serde_json::json!({ "key": secret }).to_string(),
            reqwest::Url::parse_with_params("http://h/?a=b", [("key", secret)])?.to_string(),
            format!("http://user:{}@gateway", as_user_info(secret)?),
            base64(format!("a{secret}b").as_bytes()),
            base64(format!("ab{secret}").as_bytes()),
            base64(format!("user:{secret}").as_bytes()),
            base64(format!("users:{secret}c").as_bytes())
                .replace('+', "-")
                .replace('/', "_"),
        ];
        for text in hidden {
            assert_ne!(leaks(&text)?, Vec::<String>::new(), "{secret} in {text}");
        }
    }
    Ok(())
}
