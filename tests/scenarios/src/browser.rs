//! A real browser without a window: Chromium, told what to do over its `DevTools` protocol.
//!
//! The protocol runs over two pipes, not over a port: messages are JSON that ends with a zero byte.

#![expect(
    clippy::indexing_slicing,
    reason = "what a message does not have is null, and never a panic while reading"
)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::env::Env;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The names that it has on PATH.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// An answer that is not there by then never comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// It expects the protocol at 3 and 4, and everything that it says otherwise is no part of it.
const PIPES: &str = r#"exec "$0" "$@" 3<&0 4>&1 >&2"#;

const FLAGS: [&str; 9] = [
    "--headless",
    "--remote-debugging-pipe",
    // Namespaces of its own are what containers of a CI do not allow, and the page is ours.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Whether the page's own scripts run. What [`Browser::evaluate`] says runs in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    /// They run.
    On,
    /// They do not.
    Off,
}

/// The browser's file: what `CHROMIUM` names, or the first of its names on PATH. `None` when there is
/// none, after saying so.
///
/// # Errors
/// Under `CI=true` when there is none.
#[expect(
    clippy::print_stdout,
    reason = "it is shown with the test that is skipped"
)]
pub fn locate(env: &Env) -> Result<Option<PathBuf>> {
    if let Some(file) = env.get("CHROMIUM") {
        return Ok(Some(file.into()));
    }
    let path = env.get("PATH").unwrap_or_default();
    let files = NAMES
        .iter()
        .flat_map(|name| std::env::split_paths(path).map(move |folder| folder.join(name)));
    let found = files.into_iter().find(|file| file.is_file());
    if found.is_none() {
        let what = "there is no Chromium on PATH or in CHROMIUM";
        let install = "apt-get install chromium fonts-dejavu-core";
        if env.get("CI") == Some("true") {
            bail!("the page cannot be opened: {what}; under CI=true it must: {install}")
        }
        println!("skipped: {what}. To include it: {install}");
    }
    Ok(found)
}

/// A browser with one page. Dropping it ends the process.
#[derive(Debug)]
pub struct Browser {
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    last: u64,
    /// The session of the page.
    session: Option<String>,
    /// What it told unasked, in the order of its coming.
    events: Vec<Value>,
    _process: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts the browser in `file` with an empty page.
    ///
    /// # Errors
    /// When it does not start or does not speak the protocol.
    pub async fn start(file: &Path) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut process = Command::new("sh")
            .arg("-c")
            .arg(PIPES)
            .arg(file)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", file.display()))?;
        let mut browser = Self {
            commands: process.stdin.take().context("no stdin")?,
            answers: BufReader::new(process.stdout.take().context("no stdout")?),
            last: 0,
            session: None,
            events: Vec::new(),
            _process: process,
            _profile: profile,
        };
        let page = json!({"url": "about:blank"});
        let page = browser.call("Target.createTarget", page).await?;
        let attach = json!({"targetId": page["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attach).await?;
        let session = attached["sessionId"].as_str().context("no session")?;
        browser.session = Some(session.to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({})).await?;
        }
        Ok(browser)
    }

    /// Opens an address, and returns when everything on it is loaded. What was told before is forgotten.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(&mut self, url: &str, scripts: Scripts) -> Result<()> {
        let off = json!({"value": scripts == Scripts::Off});
        self.call("Emulation.setScriptExecutionDisabled", off)
            .await?;
        self.events.clear();
        let opened = self.call("Page.navigate", json!({"url": url})).await?;
        if let Some(error) = opened["errorText"].as_str() {
            bail!("{url}: {error}")
        }
        while self.told("Page.loadEventFired").next().is_none() {
            let event = self.read().await?;
            self.events.push(event);
        }
        Ok(())
    }

    /// The value of an expression, on the page; a promise is waited for.
    ///
    /// # Errors
    /// When it throws.
    pub async fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let words = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.call("Runtime.evaluate", words).await?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            bail!("{expression}: {thrown}")
        }
        Ok(answer["result"]["value"].take())
    }

    /// Clicks with the mouse in the middle of the first element that the selector finds.
    ///
    /// # Errors
    /// When there is none that can be seen.
    pub async fn click(&mut self, selector: &str) -> Result<()> {
        let place = format!(
            "(() => {{ const it = document.querySelector({}); it.scrollIntoView({{block: 'center'}}); \
             const box = it.getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2, box.width]; }})()",
            json!(selector)
        );
        let place = self.evaluate(&place).await?;
        anyhow::ensure!(place[2] != json!(0), "{selector} cannot be seen");
        for kind in ["mousePressed", "mouseReleased"] {
            let click = json!({"type": kind, "x": place[0], "y": place[1], "button": "left",
                "clickCount": 1});
            self.call("Input.dispatchMouseEvent", click).await?;
        }
        Ok(())
    }

    /// Types a text where the cursor is.
    ///
    /// # Errors
    /// When the browser has ended.
    pub async fn write(&mut self, text: &str) -> Result<()> {
        self.call("Input.insertText", json!({"text": text})).await?;
        Ok(())
    }

    /// The addresses of everything that the page has loaded or wanted to load, itself among them.
    pub fn requests(&self) -> Vec<&str> {
        let sent = self.told("Network.requestWillBeSent");
        sent.filter_map(|event| event["request"]["url"].as_str())
            .collect()
    }

    /// What stands in the console: messages, errors and warnings, and exceptions that nobody caught.
    pub fn console(&self) -> Vec<String> {
        let methods = [
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
            "Log.entryAdded",
        ];
        let told = methods.iter().flat_map(|method| self.told(method));
        told.map(Value::to_string).collect()
    }

    fn told(&self, method: &str) -> impl Iterator<Item = &Value> {
        let events = self.events.iter();
        events
            .filter(move |event| event["method"] == method)
            .map(|event| &event["params"])
    }

    async fn call(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut message = serde_json::to_vec(&message)?;
        message.push(0);
        self.commands.write_all(&message).await?;
        loop {
            let mut message = self.read().await?;
            if message["id"] != self.last {
                self.events.push(message);
            } else if let Some(error) = message.get("error") {
                bail!("{method}: {error}")
            } else {
                return Ok(message["result"].take());
            }
        }
    }

    async fn read(&mut self) -> Result<Value> {
        let mut message = Vec::new();
        let reading = self.answers.read_until(0, &mut message);
        let read = tokio::time::timeout(PATIENCE, reading).await;
        read.context("the browser does not answer")??;
        anyhow::ensure!(message.pop() == Some(0), "the browser has ended");
        Ok(serde_json::from_slice(&message)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_browser_is_skipped_at_home_and_an_error_under_ci() {
        let nowhere = [("PATH", "/nowhere")];
        let home = locate(&nowhere.into_iter().collect());
        assert_eq!(home.unwrap(), None);
        let ci = locate(&nowhere.into_iter().chain([("CI", "true")]).collect());
        let error = ci.unwrap_err().to_string();
        assert!(error.contains("apt-get install chromium"), "{error}");
        let named = [("CHROMIUM", "/opt/chrome"), ("CI", "true")];
        let named = locate(&named.into_iter().collect());
        assert_eq!(named.unwrap(), Some("/opt/chrome".into()));
    }
}
