//! What is installed in a cluster, as far as files say it: the chart, the cluster's values, and the
//! rotation's configuration, which names the secret, the mail server and the other clusters.

pub mod examples;
mod values;

use std::path::{Path, PathBuf};

use common::cluster::{ClusterName, Endpoint};
use common::config_file;
use common::fault::Failure;
use common::yaml::did_you_mean;
use rotate_credentials::config::{ClusterConfig, Config, Role};

use crate::cli::FilesArgs;
use crate::verdict;
use values::Values;

/// The namespace that everything is in.
pub const NAMESPACE: &str = "monitoring";
/// The one release of the chart.
pub const RELEASE: &str = "prod-monitoring";
/// The name of the chart.
pub const CHART: &str = "monitoring-jobs";

/// The files of one cluster, read and checked.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Its name.
    pub cluster: ClusterName,
    /// The directory that holds `chart`, `values` and `grafana`.
    pub files: PathBuf,
    /// The file with the cluster's values.
    pub values: PathBuf,
    /// The API server that the values name.
    pub api: Endpoint,
    /// The API server's authority as the values have it, decoded: PEM.
    pub authority: Vec<u8>,
    /// The configuration with which the cluster's rotation runs.
    pub rotation: Config,
    /// All clusters of the company, in the order in which a rotation rolls them.
    pub clusters: Vec<ClusterName>,
}

impl Installation {
    /// Reads the files of a cluster.
    ///
    /// # Errors
    /// When there are none, or something is wrong in them.
    pub fn load(cluster: &str, files: &FilesArgs) -> Result<Self, Failure> {
        let files = directory(files)?;
        let (name, values) = values_of(&files, cluster)?;
        examples::refuse_api(&values)?;
        let Values {
            api,
            authority,
            role,
        } = Values::load(&values, &name)?;
        if !is_chart(&files.join("chart")) {
            let text = format!("there is no chart in {}", files.display());
            return Err(verdict::FILES.because(text).into());
        }
        let writer = Config::load(&rotation_file(&files, Role::Writer))?;
        let clusters = writer.clusters.iter().map(|it| it.name.clone()).collect();
        let rotation = match role {
            Role::Writer => writer,
            Role::Follower => Config::load(&rotation_file(&files, Role::Follower))?,
        };
        let installation = Self {
            cluster: name,
            values,
            api,
            authority,
            rotation,
            clusters,
            files,
        };
        installation.find_mail(role)?;
        Ok(installation)
    }

    /// The chart.
    pub fn chart(&self) -> PathBuf {
        self.files.join("chart")
    }

    /// This cluster's Alertmanager and mail server.
    #[expect(
        clippy::expect_used,
        reason = "an installation without it is not loaded"
    )]
    pub fn mail(&self) -> &ClusterConfig {
        let mut clusters = self.rotation.clusters.iter();
        clusters
            .find(|it| it.name == self.cluster)
            .expect("the cluster is in its rotation's configuration")
    }

    /// The other clusters of the company.
    pub fn others(&self) -> impl Iterator<Item = &ClusterName> {
        self.clusters.iter().filter(|name| **name != self.cluster)
    }

    fn find_mail(&self, role: Role) -> Result<(), Failure> {
        let mut clusters = self.rotation.clusters.iter();
        if clusters.any(|it| it.name == self.cluster) {
            return Ok(());
        }
        let file = rotation_file(&self.files, role);
        let text = format!(
            "{} does not name the cluster `{}`",
            file.display(),
            self.cluster
        );
        Err(verdict::FILES.because(text).into())
    }
}

/// Sees that each of these clusters has a file of values.
///
/// # Errors
/// When there is no directory of files, or one of them has none.
pub fn ensure_known(clusters: &[String], files: &FilesArgs) -> Result<(), Failure> {
    let files = directory(files)?;
    for cluster in clusters {
        values_of(&files, cluster)?;
    }
    Ok(())
}

/// The clusters that have a file of values, in the order of their names.
///
/// # Errors
/// When there is no directory of files, or it knows no cluster.
pub fn clusters(files: &FilesArgs) -> Result<Vec<String>, Failure> {
    let values = directory(files)?.join("values");
    let known = known(&values);
    if known.is_empty() {
        let text = format!("{} knows no cluster", values.display());
        return Err(verdict::FILES.because(text).into());
    }
    Ok(known)
}

/// The cluster of this name, and the file with its values.
fn values_of(files: &Path, cluster: &str) -> Result<(ClusterName, PathBuf), Failure> {
    let name: ClusterName = cluster.parse()?;
    let values = files.join("values").join(format!("{name}.yaml"));
    if values.is_file() {
        return Ok((name, values));
    }
    if values.symlink_metadata().is_ok() {
        let text = format!("{} is no file", values.display());
        return Err(verdict::FILES.because(text).into());
    }
    Err(no_values(files, cluster).into())
}

fn rotation_file(files: &Path, role: Role) -> PathBuf {
    let name = match role {
        Role::Writer => "rotate-credentials.yaml",
        Role::Follower => "rotate-credentials-follower.yaml",
    };
    files.join("chart").join("files").join(name)
}

/// The directory that holds chart and values.
fn directory(files: &FilesArgs) -> Result<PathBuf, Failure> {
    match &files.files {
        Some(directory) => Ok(directory.clone()),
        None => in_this_checkout(),
    }
}

/// `k8s` in the working directory, or in the nearest directory above it.
fn in_this_checkout() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir().unwrap_or_default();
    let mut places = here.ancestors().map(|place| place.join("k8s"));
    let found = places.find(|place| is_chart(&place.join("chart")));
    found.ok_or_else(|| {
        let text = format!("there is no k8s/chart in {} or above", here.display());
        verdict::FILES.because(text).into()
    })
}

fn is_chart(directory: &Path) -> bool {
    directory.join("Chart.yaml").is_file()
}

fn no_values(files: &Path, cluster: &str) -> common::trouble::Trouble {
    let directory = files.join("values");
    let known = known(&directory);
    let text = format!(
        "{} has no {cluster}.yaml; it knows {}",
        directory.display(),
        match known.as_slice() {
            [] => "no cluster".to_owned(),
            known => known.join(", "),
        }
    );
    let mut trouble = verdict::FILES.because(text);
    let like = did_you_mean(cluster, known.iter().map(String::as_str));
    if let Some(like) = like {
        trouble.hint = Some(format!("did you mean `--cluster {like}`?"));
    } else if !known.is_empty() {
        // It is the checkout.
        let hint = "name one of them with --cluster, or write a file for this one";
        trouble.hint = Some(hint.to_owned());
    }
    trouble
}

/// The clusters that have a file of values, in the order of their names.
fn known(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_suffix(".yaml")?.to_owned())
        })
        .collect();
    names.sort_unstable();
    names
}

/// The text of a file of the installation.
pub(crate) fn read(path: &Path) -> Result<String, config_file::ConfigError> {
    config_file::read(path)
}

#[cfg(test)]
mod tests;
