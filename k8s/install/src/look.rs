//! The look before everything: what is in the cluster, what the chart would be there, and the plan that
//! follows. Reads only.

use std::time::Duration;

use common::cluster::{Discovery, Kind};
use common::fault::Failure;
use common::trouble::Trouble;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ApiResource;
use serde_json::Value;

use crate::helm::{Chart, Force, Helm};
use crate::installation::{CHART, NAMESPACE, RELEASE, examples};
use crate::lock;
use crate::manifest::{self, Item};
use crate::objects::{self, ObjectChange};
use crate::plan::{Groundwork, HelmStep, Plan, RECORD, Removal};
use crate::release::{self, Record, Revision, Standing, Wish};
use crate::secret::Fill;
use crate::target::Target;
use crate::verdict;

/// What a look goes by.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Where.
    pub target: &'a Target,
    /// Helm.
    pub helm: &'a Helm,
    /// The chart that is to be installed.
    pub chart: &'a Chart,
    /// Whether fields that others hold are taken back.
    pub force: Force,
}

/// A chart as it would be in the cluster.
#[derive(Debug)]
pub struct Rendered {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What Helm made of it.
    pub text: String,
    /// Its objects.
    pub items: Vec<Item>,
    /// What the server serves.
    pub discovery: Discovery,
}

/// What is installed under a name.
#[derive(Debug)]
pub struct Installed {
    /// The newest revision.
    pub revision: Revision,
    /// What it was made of.
    pub record: Record,
    /// All revisions.
    pub history: Vec<Revision>,
    /// What it is in the middle of.
    pub standing: Standing,
}

/// What is installed under a name, once what Helm left half-way and works on no more is put aside.
#[derive(Debug)]
pub struct Settled {
    /// It, if anything is.
    pub installed: Option<Installed>,
    /// Revisions in which Helm was killed. Their records block the release.
    pub abandoned: Vec<Revision>,
}

impl Look<'_> {
    /// Renders the chart for this cluster.
    ///
    /// # Errors
    /// When its values are examples and pods are to run by them, Helm refuses, or a call fails.
    pub async fn render(&self) -> Result<Rendered, Failure> {
        if self.helm.waits() {
            examples::refuse(&self.chart.values)?;
        }
        let api = &self.target.api;
        let version = api.server_version().await?;
        let discovery = api.discover().await?;
        let text = self.helm.template(self.chart, &version).await?;
        let mut items = manifest::parse(&text)?;
        for item in &mut items {
            // One whose kind is not served is told when it is looked for.
            item.served(&discovery, NAMESPACE);
        }
        let (name, version) = name_and_version(self.chart)?;
        Ok(Rendered {
            name,
            version,
            text,
            items,
            discovery,
        })
    }

    /// What must be made before there can be a lock.
    ///
    /// # Errors
    /// When a call fails, or the namespace is going.
    pub async fn groundwork(&self) -> Result<Vec<Groundwork>, Failure> {
        groundwork(self.target).await
    }

    /// The plan that brings the cluster to the rendered chart.
    ///
    /// # Errors
    /// When the release holds another chart, Helm is at work, or a call fails.
    pub async fn plan(&self, rendered: &Rendered, secret: Option<Fill>) -> Result<Plan, Failure> {
        let api = &self.target.api;
        let Settled {
            installed,
            abandoned,
        } = self.settled().await?;
        let mut stored = Vec::new();
        let mut stays = Vec::new();
        if let Some(installed) = &installed {
            self.same_chart(installed, rendered)?;
            stays = self.older_records(installed).await;
            stored = manifest::parse(installed.record.manifest())?;
        }
        let Rendered {
            items, discovery, ..
        } = rendered;
        let mut objects = objects::compare(api, discovery, items, self.chart.release).await?;
        let gone = objects::left_out(api, discovery, &stored, &objects).await?;
        objects.extend(gone);
        stays.extend(objects.iter().filter_map(ObjectChange::pause));
        let helm = step(installed.as_ref(), rendered, &mut stored, &objects);
        let chart = format!("{} {}", rendered.name, rendered.version);
        Ok(Plan {
            groundwork: self.groundwork().await?,
            secret,
            helm,
            objects,
            removals: blocking(&abandoned),
            stays,
            force: self.force,
            ..Plan::of_nothing(self.target, self.chart.release, chart)
        })
    }

    /// What is installed under the release's name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn settled(&self) -> Result<Settled, Failure> {
        let Target { api, clock, .. } = self.target;
        let history = release::history(api, self.chart.release).await?;
        let longest = self.helm.longest();
        let (history, abandoned) = release::settled(history, clock.now(), longest);
        Ok(Settled {
            installed: of_history(self.target, history, longest).await?,
            abandoned,
        })
    }

    /// Refuses a release that is not one of this chart, or is in the middle of something.
    fn same_chart(&self, installed: &Installed, rendered: &Rendered) -> Result<(), Trouble> {
        let Installed {
            record,
            revision,
            standing,
            ..
        } = installed;
        let release = self.chart.release;
        if record.chart != rendered.name {
            let text = format!(
                "release {release} in {NAMESPACE} is the chart {} {}, not {}",
                record.chart, record.version, rendered.name
            );
            let mut trouble = verdict::OTHER_CHART.because(text);
            if release != RELEASE {
                trouble.hint = Some(format!(
                    "see in k8s/MIGRATION.md what goes with it, then `{}`",
                    self.target.mend().helm("uninstall", release)
                ));
            }
            return Err(trouble);
        }
        let longest = self.helm.longest();
        let mend = self.target.mend();
        release::refuse(revision, *standing, Wish::Change, release, longest, mend)
    }

    /// Records of the chart that was there before ours, which a migration did not come to delete.
    async fn older_records(&self, installed: &Installed) -> Vec<String> {
        let mut records = Vec::new();
        if self.chart.release != RELEASE {
            return records;
        }
        for revision in &installed.history {
            // One that cannot be read is no matter of an installation that does without it.
            let record = release::record(&self.target.api, revision).await;
            if let Ok(record) = record
                && record.chart != CHART
            {
                records.push(format!(
                    "the record {} of the chart {} {}, maybe with passwords in plain text: \
                     `install-monitoring migrate` deletes it",
                    revision.secret, record.chart, record.version
                ));
            }
        }
        records
    }
}

/// What a chart is called, and its version: as it says itself, or empty.
///
/// # Errors
/// When its file cannot be read.
pub fn name_and_version(chart: &Chart) -> Result<(String, String), Failure> {
    let file = chart.directory.join("Chart.yaml");
    let facts = crate::installation::read(&file)?;
    let facts = manifest::value_of(&file.display().to_string(), &facts)?;
    let word = |key: &str| {
        let word = facts.get(key).and_then(Value::as_str);
        word.unwrap_or_default().to_owned()
    };
    Ok((word("name"), word("version")))
}

/// The records that must go before Helm changes the release.
pub fn blocking(abandoned: &[Revision]) -> Vec<Removal> {
    let records = abandoned.iter().map(|revision| Removal {
        kind: RECORD,
        name: revision.secret.clone(),
        why: "Helm was killed in the middle of it",
    });
    records.collect()
}

fn step(
    installed: Option<&Installed>,
    rendered: &Rendered,
    stored: &mut [Item],
    objects: &[ObjectChange],
) -> HelmStep {
    let Some(installed) = installed else {
        return HelmStep::Install;
    };
    for item in stored.iter_mut() {
        item.served(&rendered.discovery, NAMESPACE);
    }
    let by_id = |items: &[Item]| {
        let mut items: Vec<_> = items
            .iter()
            .map(|it| (it.id.clone(), it.value.clone()))
            .collect();
        items.sort_by(|one, other| one.0.cmp(&other.0));
        items
    };
    let Installed {
        record, revision, ..
    } = installed;
    let is_same = revision.status == "deployed"
        && record.version == rendered.version
        && by_id(stored) == by_id(&rendered.items)
        && objects.iter().all(ObjectChange::is_nothing);
    if is_same {
        HelmStep::Nothing {
            revision: Some(revision.number),
        }
    } else {
        HelmStep::Upgrade {
            from: revision.number,
            version: record.version.clone(),
        }
    }
}

/// What is installed under a name, if anything is: with all that Helm has left half-way.
///
/// # Errors
/// When it cannot be read.
pub async fn installed(
    target: &Target,
    release: &str,
    longest: Duration,
) -> Result<Option<Installed>, Failure> {
    let history = release::history(&target.api, release).await?;
    of_history(target, history, longest).await
}

async fn of_history(
    target: &Target,
    history: Vec<Revision>,
    longest: Duration,
) -> Result<Option<Installed>, Failure> {
    let Some(newest) = history.last() else {
        return Ok(None);
    };
    // One that failed at first is not what is there.
    let mut deployed = history.iter().rev();
    let deployed = deployed.find(|revision| revision.status == "deployed");
    let record = release::record(&target.api, deployed.unwrap_or(newest)).await?;
    Ok(Some(Installed {
        standing: newest.standing(target.clock.now(), longest),
        revision: newest.clone(),
        record,
        history,
    }))
}

/// What must be made in a cluster before there can be a lock.
///
/// # Errors
/// When a call fails, or the namespace is going.
pub async fn groundwork(target: &Target) -> Result<Vec<Groundwork>, Failure> {
    let namespaces = ApiResource::erase::<Namespace>(&());
    match target.api.get_value(&namespaces, None, NAMESPACE).await {
        Ok(namespace) => {
            if namespace.pointer("/metadata/deletionTimestamp").is_some() {
                let text = format!("the namespace {NAMESPACE} is being deleted");
                return Err(verdict::NAMESPACE_GOING.because(text).into());
            }
        }
        Err(error) if error.kind == Kind::NotFound => {
            return Ok(vec![Groundwork::Namespace, Groundwork::Lease]);
        }
        Err(error) => return Err(error.into()),
    }
    match target.api.get::<Lease>(NAMESPACE, lock::NAME).await {
        Ok(_) => Ok(Vec::new()),
        Err(error) if error.kind == Kind::NotFound => Ok(vec![Groundwork::Lease]),
        Err(error) => Err(error.into()),
    }
}
