//! `check`: what is wrong with dashboards, before Grafana says so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use common::exit::Exit;
use common::fault::Failure;
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::report::{Conclusion, Problem};
use common::trouble::Trouble;
use serde_json::{Value, json};

use super::session::Session;
use crate::cli::{CheckArgs, ConfigArgs, Output, TargetArgs};
use crate::dashboard::Dashboard;
use crate::digest::Digest;
use crate::finding::{Finding, Level};
use crate::key::Key;
use crate::prometheus;
use crate::validate::{self, Rules, codes};
use crate::verdict;

/// What was checked and found.
#[derive(Debug, Default)]
struct Checked {
    dashboards: BTreeMap<Key, (Dashboard, Value)>,
    /// Dashboards of upstream that are left out, by uid.
    excluded: BTreeMap<String, Key>,
    findings: BTreeMap<String, Vec<Finding>>,
}

impl Checked {
    fn find(&mut self, name: &str, finding: Finding) {
        self.findings
            .entry(name.to_owned())
            .or_default()
            .push(finding);
    }

    fn count(&self, level: Level) -> usize {
        let findings = self.findings.values().flatten();
        findings.filter(|finding| finding.level == level).count()
    }

    /// Reads and checks one text.
    fn read(&mut self, name: &str, text: String, rules: &Rules) {
        let key = match Key::parse(name) {
            Ok(key) => key,
            Err(error) => {
                let finding = codes::FILE_NAME.at("", error.to_string());
                self.find(name, finding);
                return;
            }
        };
        let digest = Digest::of(&text);
        match Dashboard::read(key.clone(), text, digest) {
            Ok((dashboard, value)) => {
                for finding in validate::one(&dashboard, &value, rules) {
                    self.find(name, finding);
                }
                self.dashboards.insert(key, (dashboard, value));
            }
            Err(error) => {
                let finding = codes::NOT_JSON.at("", error.to_string());
                self.find(name, finding);
            }
        }
    }

    /// What only shows when all are looked at together.
    fn together(&mut self) {
        let identities = self
            .dashboards
            .values()
            .map(|(dashboard, _)| validate::Identity {
                key: dashboard.key.as_str(),
                uid: dashboard.uid.as_deref().unwrap_or_default(),
                title: &dashboard.title,
                folder: "",
                owner: dashboard.key.as_str(),
            });
        for collision in validate::set(identities) {
            for owner in collision.owners.clone() {
                let text = collision.to_string();
                self.find(&owner, codes::COLLISION.at("", text));
            }
        }
        let dashboards = self.dashboards.iter();
        let values = dashboards.map(|(key, (_, value))| (key, value));
        let links = validate::links(values, &self.excluded, &BTreeSet::new());
        for (key, findings) in links {
            for finding in findings {
                self.find(key.as_str(), finding);
            }
        }
    }

    /// What no Prometheus has.
    fn metrics(&mut self, provided: &BTreeSet<String>) {
        let missing: Vec<_> = self
            .dashboards
            .iter()
            .map(|(key, (_, value))| (key.clone(), validate::missing(value, provided)))
            .filter(|(_, missing)| !missing.metrics.is_empty())
            .collect();
        for (key, missing) in missing {
            let names: Vec<_> = missing.metrics.iter().map(String::as_str).collect();
            let text = format!(
                "{} of {} panels have no source: {}",
                missing.panels_without_source,
                missing.panels,
                names.join(", ")
            );
            self.find(key.as_str(), codes::METRIC_MISSING.at("", text));
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the dashboards or a Prometheus cannot be read, or stdout cannot be written.
pub async fn check(args: &CheckArgs, context: &Context) -> Result<Conclusion, Failure> {
    let mut checked = Checked::default();
    match (&args.folder, &args.config) {
        (Some(folder), _) => {
            let rules = Rules {
                strict_expressions: true,
                ..Rules::default()
            };
            read_folder(folder, &rules, &mut checked)?;
        }
        (None, Some(config)) => {
            let source = ConfigArgs {
                config: config.clone(),
            };
            let session = Session::open(&source, &TargetArgs::default(), context)?;
            let Some((desired, _)) = session.desired(context).await? else {
                return Ok(stopped_conclusion(&context.cancel));
            };
            for finding in &desired.unreadable {
                checked.find(&desired.provenance.place.path, finding.clone());
            }
            for (key, findings) in desired.rejected {
                checked.findings.insert(key.to_string(), findings);
            }
            for (key, dashboard) in desired.dashboards {
                checked.read(key.as_str(), dashboard.text, &session.config.rules);
            }
        }
        (None, None) => {}
    }
    checked.together();
    let mut provided = BTreeSet::new();
    for url in &args.prometheus {
        let asking = context.cancel.bound(prometheus::names(url));
        let Some(names) = asking.await else {
            return Ok(stopped_conclusion(&context.cancel));
        };
        provided.extend(names?);
    }
    if !args.prometheus.is_empty() {
        checked.metrics(&provided);
    }
    let all = args.all || !args.prometheus.is_empty();
    match args.form.output {
        Output::Text => print(|out| {
            for (name, findings) in &checked.findings {
                for finding in findings.iter().filter(|it| all || it.level > Level::Info) {
                    write!(
                        out,
                        "{:7} {name}  {finding}  [{}]",
                        finding.level.word(),
                        finding.code
                    )?;
                    match &finding.hint {
                        Some(hint) => writeln!(out, "\n        {hint}")?,
                        None => writeln!(out)?,
                    }
                }
            }
            writeln!(
                out,
                "{} dashboards, {} errors, {} warnings",
                checked.dashboards.len(),
                checked.count(Level::Error),
                checked.count(Level::Warning)
            )
        })?,
        Output::Json => print_json(&json!({
            "v": 1,
            "command": "check",
            "dashboards": checked.dashboards.len(),
            "findings": checked.findings,
        }))?,
    }
    Ok(conclude(&checked))
}

fn conclude(checked: &Checked) -> Conclusion {
    let errors = checked.count(Level::Error);
    let first = checked.findings.iter().find_map(|(name, findings)| {
        let finding = findings.iter().find(|it| it.level == Level::Error)?;
        Some((name, finding))
    });
    let Some((name, finding)) = first else {
        return Conclusion::done(0);
    };
    let more = match errors {
        1 => String::new(),
        errors => format!(" (and {} more)", errors - 1),
    };
    Conclusion::failed(
        Exit::Drift,
        Problem {
            code: finding.code.to_owned(),
            error: format!("{name}: {finding}{more}"),
            hint: finding
                .hint
                .clone()
                .or_else(|| Some(format!("`explain {}` says what to do", finding.code))),
        },
    )
}

/// A regular file of a dashboard's size, as text.
fn read_file(path: &Path, limit: usize) -> Result<String, String> {
    let about = fs::metadata(path).map_err(|error| error.to_string())?;
    if !about.is_file() {
        return Err("is no regular file".to_owned());
    }
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_mul(4);
    if about.len() > limit {
        return Err(format!(
            "has {} bytes, more than any dashboard",
            about.len()
        ));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}

fn read_folder(folder: &Path, rules: &Rules, checked: &mut Checked) -> Result<(), Trouble> {
    let failed = |path: &Path, error: &std::io::Error| {
        verdict::FOLDER_UNREADABLE.because(format!("reading {}: {error}", path.display()))
    };
    let entries = fs::read_dir(folder).map_err(|error| failed(folder, &error))?;
    let mut found = false;
    for entry in entries {
        let path = entry.map_err(|error| failed(folder, &error))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        found = true;
        match read_file(&path, rules.size_limit) {
            Ok(text) => checked.read(name, text, rules),
            // The others are looked at all the same.
            Err(why) => checked.find(name, codes::FILE_UNREADABLE.at("", why)),
        }
    }
    if found {
        return Ok(());
    }
    let empty = std::io::Error::other("there is no dashboard in it");
    Err(failed(folder, &empty))
}
