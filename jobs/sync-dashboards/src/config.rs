//! The configuration: one strict YAML file, read completely and checked before anything else happens.
//!
//! A [`Config`] that exists is valid. All mistakes of a file are reported at once. Nothing here connects
//! to anything.

mod clusters;
mod config_maps;
mod files;
pub mod pin;
mod source;
mod transforms;

use std::path::Path;

use common::config_file;
pub use common::config_file::ConfigError;
use common::config_file::names::optional;
use common::yaml::{Dialect, Document, Fields};

use crate::pin::{Pin, Reference};
use crate::target::clusters::{ClusterConfig, Style};
use crate::target::files::FilesConfig;
use crate::transform::{Excludes, Transforms};
use crate::upstream::Source;
use crate::validate::Rules;

/// A valid configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where upstream's file is.
    pub source: Source,
    /// Which of its states is wanted.
    pub pin: Pin,
    /// The branch or tag that is watched for something newer; nobody follows it by himself.
    pub track: Option<Reference>,
    /// What is left out.
    pub excludes: Excludes,
    /// What is changed.
    pub transforms: Transforms,
    /// What is allowed.
    pub rules: Rules,
    /// The target in a repository.
    pub files: Option<FilesConfig>,
    /// How `ConfigMap`s are named and marked.
    pub style: Style,
    /// The targets in clusters.
    pub clusters: Vec<ClusterConfig>,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it cannot be read, or with everything that is wrong in it.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = config_file::read(path)?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Checks the text of a file; `file` is its name in messages.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let document = Document::parse(file, text, Dialect::Strict)?;
        let config = read(&document);
        document.finish()?;
        #[expect(
            clippy::expect_used,
            reason = "what is missing was reported as an error"
        )]
        Ok(config.expect("the file has no error"))
    }
}

fn read(document: &Document) -> Option<Config> {
    let root = document.root();
    if root.is_null() {
        let problem = root.problem("is empty");
        root.report(problem.hint("`source`, and `clusters` or `files`, are needed"));
        return None;
    }
    let mut fields = root.fields()?;
    let source = fields.required("source").and_then(|it| source::read(&it));
    let excludes = transforms::excludes(&mut fields);
    let transforms = transforms::read(&mut fields);
    let rules = rules(&mut fields);
    let files = optional(&mut fields, "files", files::read);
    let style = optional(&mut fields, "config_maps", config_maps::read);
    let clusters = optional(&mut fields, "clusters", clusters::read);
    fields.deny_unknown();
    let (source, pin, track) = source?;
    let files = files?;
    let clusters = clusters?.unwrap_or_default();
    if clusters.is_empty() && files.is_none() {
        let problem = root.problem("names no target");
        root.report(problem.hint("add `clusters`, `files`, or both"));
        return None;
    }
    Some(Config {
        source,
        pin,
        track,
        excludes: excludes?,
        transforms: transforms?,
        rules: rules?,
        files,
        style: style?.unwrap_or_default(),
        clusters,
    })
}

fn rules(fields: &mut Fields<'_>) -> Option<Rules> {
    let Some(section) = fields.get("checks") else {
        return Some(Rules::default());
    };
    let mut fields = section.fields()?;
    let version = match fields.get("max_schema_version") {
        None => Some(None),
        Some(version) => version.integer(1..=1_000_u64).map(Some),
    };
    fields.deny_unknown();
    Some(Rules {
        max_schema_version: version?,
        ..Rules::default()
    })
}

#[cfg(test)]
mod tests;
