//! The company for scenarios that show one thing after the other: each brings something about, runs
//! the rotation, and puts things back for the next.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use jiff::SignedDuration;
use sandbox::aws::{KeyStatus, SecretValue};
use sandbox::company::{Company, SECRET, Setup, USER};
use sandbox::tools::Tools;

use crate::job::{Finished, Job};

/// A policy under which every key is too old.
pub const DUE: &str = "rotate_after: 1s";
/// A policy under which no key is.
pub const YOUNG: &str = "rotate_after: 300d";

/// The company, and the configurations that runs of it were given.
#[derive(Debug)]
pub struct Stage {
    /// The company.
    pub company: Company,
    files: AtomicUsize,
}

impl Stage {
    /// Starts a company.
    ///
    /// # Errors
    /// When a server does not start.
    pub async fn open(setup: Setup) -> Result<Self> {
        Ok(Self {
            company: Company::start(&Tools::from_process()?, setup).await?,
            files: AtomicUsize::new(0),
        })
    }

    /// The company's configuration with these lines in its section `policy`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn configuration(&self, policy: &[&str]) -> Result<String> {
        let text = fs::read_to_string(self.company.rotation_config())?;
        let lines = policy.iter().map(|line| format!("  {line}\n"));
        Ok(format!("{text}policy:\n{}", lines.collect::<String>()))
    }

    /// A file with this configuration.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(&self, configuration: &str) -> Result<PathBuf> {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let name = format!("rotate-credentials-{number}.yaml");
        let path = self.company.directory().join(name);
        fs::write(&path, configuration)?;
        Ok(path)
    }

    /// A run with these words and this configuration.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn job(&self, words: &[&str], configuration: &str) -> Result<Job> {
        let path = self.file(configuration)?;
        let path = path.to_str().context("a path that is not UTF-8")?;
        Ok(Job::rotator(&self.company, words.iter().copied())?.env("CONFIG_FILE", path))
    }

    /// Runs `apply` under this policy.
    ///
    /// # Errors
    /// When the binary cannot be run.
    pub async fn apply(&self, policy: &[&str]) -> Result<Finished> {
        self.run(&["apply"], policy).await
    }

    /// Runs these words under this policy.
    ///
    /// # Errors
    /// When the binary cannot be run.
    pub async fn run(&self, words: &[&str], policy: &[&str]) -> Result<Finished> {
        let configuration = self.configuration(policy)?;
        self.job(words, &configuration)?.run().await
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// When the clock cannot be set.
    pub fn pass(&self, minutes: i64) -> Result<()> {
        let length = SignedDuration::from_mins(minutes);
        self.company.clock.advance(length)?;
        Ok(())
    }

    /// The key whose pair is current.
    ///
    /// # Errors
    /// When the secret holds none.
    pub fn current(&self) -> Result<String> {
        self.company.current_key()
    }

    /// The user's only key besides the current one.
    ///
    /// # Errors
    /// When there is none, or more.
    pub fn other(&self) -> Result<String> {
        let current = self.current()?;
        let keys = self.company.keys()?.into_iter().map(|key| key.id);
        let others: Vec<_> = keys.filter(|id| *id != current).collect();
        let [other] = others.as_slice() else {
            anyhow::bail!("{} keys besides the current one", others.len())
        };
        Ok(other.clone())
    }

    /// The status of a key; `None` when it does not exist.
    pub fn status(&self, id: &str) -> Option<KeyStatus> {
        self.company.aws.iam().key(id).map(|key| key.status)
    }

    /// Our mark of a key.
    ///
    /// # Errors
    /// When the user does not exist.
    pub fn mark(&self, id: &str) -> Result<Option<String>> {
        let name = format!("rotate-credentials.key.{id}");
        let mut tags = self.company.aws.iam().tags(USER)?.into_iter();
        Ok(tags.find(|(key, _)| *key == name).map(|(_, value)| value))
    }

    /// Stores the pair of an existing key in the current text, as a person at the console would.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn store_pair_of(&self, id: &str) -> Result<()> {
        let text = self.text_with(id)?;
        self.company.aws.secrets().put_value(SECRET, &text)?;
        Ok(())
    }

    /// Stores the pair of an existing key as `AWSPENDING`.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn offer_pair_of(&self, id: &str) -> Result<()> {
        let value = SecretValue::Text(self.text_with(id)?);
        let secrets = self.company.aws.secrets();
        secrets.put_staged(SECRET, value, &["AWSPENDING"])?;
        Ok(())
    }

    fn text_with(&self, id: &str) -> Result<String> {
        let (iam, current) = (self.company.aws.iam(), self.current()?);
        let secret = |id: &str| {
            let key = iam.key(id).with_context(|| format!("there is no {id}"))?;
            anyhow::Ok(common::secret::ExposeSecret::expose_secret(&key.secret).to_owned())
        };
        let text = self.company.aws.secrets().current_text(SECRET)?;
        Ok(text
            .replace(&secret(&current)?, &secret(id)?)
            .replace(&current, id))
    }

    /// Forgets every rotation: the current key alone is left, without marks, faults or labels.
    ///
    /// # Errors
    /// When AWS's state is not as it was at the beginning.
    pub fn forget(&self) -> Result<()> {
        let (aws, current) = (&self.company.aws, self.current()?);
        aws.clear_faults();
        let iam = aws.iam();
        for key in self.company.keys()? {
            if key.id != current {
                iam.delete_key(USER, &key.id)?;
            }
        }
        iam.set_status(USER, &current, KeyStatus::Active)?;
        let names = iam.tags(USER)?.into_iter().map(|(name, _)| name);
        let ours: Vec<_> = names
            .filter(|it| it.starts_with("rotate-credentials."))
            .collect();
        let ours: Vec<_> = ours.iter().map(String::as_str).collect();
        if !ours.is_empty() {
            iam.untag(USER, &ours)?;
        }
        if aws.secrets().version_at(SECRET, "AWSPENDING")?.is_some() {
            aws.secrets().remove_label(SECRET, "AWSPENDING")?;
        }
        Ok(())
    }
}
