//! One whole look: from the configuration to the [`Survey`]. This is where the stations are joined.
//!
//! ```text
//! clusters ──▶ observe ──▶ subjects (pure: who has what, ─▶ detail (read, normalise, ──▶ settle ──▶ Survey
//! (connect,     (digests)    what must be read in full)      compare, declared)        (look again)
//!  identity)
//! ```

mod clusters;
mod defaults;
mod detail;
mod explain;
mod kinds;
mod measure;
mod reading;
mod releases;
mod same_secret;
mod schemas;
mod settle;
mod subjects;
mod suspicious;
#[cfg(test)]
mod testing;
mod writers;

use std::collections::BTreeMap;

use common::fault::Failure;
use common::process::Context;
use jiff::tz::TimeZone;

use crate::config::{ClusterConfig, Config};
use crate::declared::{Rules, Vars};
use crate::difference::Class;
use crate::finding::Finding;
use crate::live::{self, LiveLook};
use crate::normalise;
use crate::observe::{self, Looked};
use crate::secret::Hider;
use crate::state::{self, Loaded, Memory};
use crate::survey::{Part, Survey};
use detail::Desk;
use measure::Measure;
use reading::Look;
use subjects::Subjects;

pub use clusters::{Clusters, connect};
pub use explain::{Explained, explain};

/// What a person allows or asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Orders {
    /// Names may reach other clusters than they did before.
    pub accept_identity: bool,
}

/// A finished look.
#[derive(Debug)]
pub struct Checked {
    /// What was found out.
    pub survey: Survey,
    /// The clusters, for whoever goes on with them.
    pub clusters: Clusters,
    /// What is to be remembered, if there is a place for it.
    pub remembering: Option<Remembering>,
}

/// What is to be remembered.
#[derive(Debug)]
pub struct Remembering {
    /// Where.
    pub store: state::Store,
    /// What was there before.
    pub loaded: Loaded,
    /// What is there from now on.
    pub memory: Memory,
    /// Drift that counts from this run on: indexes into the findings.
    pub new: Vec<usize>,
    /// Objects that are as they have to be again.
    pub mended: Vec<String>,
}

/// Looks at everything that the configuration asks about.
///
/// # Errors
/// When nothing can be compared at all: two names for one cluster, a name that reaches another cluster
/// than before, names that templates do not tell apart.
pub async fn check(config: &Config, orders: Orders, context: &Context) -> Result<Checked, Failure> {
    let at = context.clock.now();
    let clusters = connect(config, context).await;
    let store = clusters.store(config);
    let loaded = match &store {
        Some(Ok(store)) => Some(state::load(store, &context.clock, &context.cancel).await),
        Some(Err(_)) | None => None,
    };
    let nothing = Memory::default();
    let memory = loaded.as_ref().map_or(&nothing, |loaded| &loaded.memory);

    let mut looked = observe::look(config, &clusters.all, context).await;
    clusters::tell_apart(&looked, memory, orders)?;
    let mut warnings = Vec::new();
    suspicious::look_again(config, &clusters, &mut looked, memory, context).await;

    let today = at.to_zoned(TimeZone::UTC).date();
    let rules = Rules::new(&config.rules, today);
    let hider = Hider::new()?;
    let vars: Vec<_> = config.clusters.iter().map(vars).collect();
    let measure = Measure {
        config,
        rules: &rules,
        vars: &vars,
        hider: &hider,
    };
    let subjects = subjects::of(&measure, &looked)?;
    let desk = Desk {
        measure,
        clusters: &clusters,
        looked: &looked,
        today,
        context,
    };
    let schemas = desk.schemas(&subjects.detailed).await;
    warnings.extend(schemas.warnings.iter().cloned());
    let judged = Box::pin(desk.judge(&subjects.detailed, &schemas, Look::Listed)).await;
    let settled = Box::pin(settle::settle(&desk, &schemas, &subjects, judged)).await;

    let Subjects {
        mut findings,
        undetailed,
        ..
    } = subjects;
    findings.extend(settled.findings);
    let secrets = Box::pin(same_secret::look(&desk)).await;
    findings.extend(secrets.findings);
    let mut parts = parts(config, &looked);
    parts.extend(secrets.parts);
    if config.live.charts {
        findings.extend(releases::compare(config, &looked));
    }
    let live = look_at_what_runs(config, &clusters, context).await;
    findings.extend(live.findings);
    parts.extend(live.parts);
    warnings.extend(live.warnings);
    warnings.extend(of_clusters(&looked));
    warnings.extend(kinds::empty_everywhere(config, &looked));
    warnings.extend(subjects::notes(&settled.notes));
    let mut facts: Vec<_> = looked.into_iter().map(|it| it.facts).collect();
    warnings.extend(live::server_skew(&facts));
    for (facts, peer) in facts.iter_mut().zip(live.peers) {
        facts.peer = Some(peer);
    }
    if let Some(Err(trouble)) = &store {
        warnings.push(format!("ages are not known: {trouble}"));
    }
    if let Some(warning) = loaded.as_ref().and_then(|loaded| loaded.warning.as_ref()) {
        warnings.push(warning.clone());
    }
    sort(&mut findings, config);
    warnings.extend(defaulted(&findings));
    let mut survey = Survey {
        at,
        clusters: facts,
        baseline: config.baseline,
        parts,
        findings,
        rules: rules.table(&vars),
        warnings,
        converged: settled.converged,
        undetailed,
        remembered: loaded.as_ref().is_some_and(|loaded| loaded.known),
    };
    let before = memory;
    let (memory, changes) = before.remember(&mut survey);
    if loaded.is_none() {
        without_ages(&mut survey);
    }
    let new = settle::let_young_drift_wait(&mut survey, before, config.settle);
    let remembering = match (store, loaded) {
        (Some(Ok(store)), Some(loaded)) => Some(Remembering {
            store,
            loaded,
            memory,
            new,
            mended: changes.mended,
        }),
        (Some(_) | None, _) => None,
    };
    Ok(Checked {
        survey,
        clusters,
        remembering,
    })
}

/// Values that nobody has set and that the servers fill in differently: no drift, and no equality either.
fn defaulted(findings: &[Finding]) -> Vec<String> {
    let of = |finding: &Finding| {
        let fields = finding.fields.iter();
        let defaulted = fields.filter(|it| it.difference.class == Class::Defaulted);
        let texts = defaulted.map(|field| {
            let (object, path) = (&finding.object, &field.difference.path);
            format!("{object}: each server fills in a default of its own at `{path}`")
        });
        texts.collect::<Vec<_>>()
    };
    subjects::notes(&findings.iter().flat_map(of).collect::<Vec<_>>())
}

/// Where nothing is remembered, every drift would seem to be new.
fn without_ages(survey: &mut Survey) {
    for finding in &mut survey.findings {
        finding.age = None;
        finding.fields.iter_mut().for_each(|field| field.age = None);
    }
}

/// What runs, unless nothing of it is asked about.
async fn look_at_what_runs(config: &Config, clusters: &Clusters, context: &Context) -> LiveLook {
    let normal = |expr: &str| normalise::expression(expr);
    Box::pin(live::look(
        config,
        &clusters.connected(),
        &clusters.troubles(),
        config.home(),
        &normal,
        context,
    ))
    .await
}

fn vars(cluster: &ClusterConfig) -> Vars {
    Vars::new(cluster.name.as_str(), &cluster.vars)
}

/// What the clusters themselves could not say.
fn of_clusters(looked: &[Looked]) -> impl Iterator<Item = String> {
    let warnings = looked.iter().flat_map(|it| &it.warnings);
    warnings.map(|it| it.text.clone())
}

/// One part for each family and cluster that is looked at.
fn parts(config: &Config, looked: &[Looked]) -> Vec<Part> {
    use observe::FamilyLook;
    let mut parts = Vec::new();
    for (cluster, looked) in looked.iter().enumerate() {
        for (family, look) in config.families.iter().zip(&looked.census) {
            let read = match look {
                FamilyLook::Read(census) => Ok(census.objects.len()),
                FamilyLook::KindMissing => Ok(0),
                FamilyLook::Gap(gap) => Err(gap.clone()),
                FamilyLook::NotAsked => continue,
            };
            parts.push(Part {
                family: family.id.clone(),
                kind: family.kind.clone(),
                cluster,
                read,
            });
        }
    }
    parts.extend(clusters::unidentified(looked));
    parts
}

/// The order of every report: by family as configured, then what is looked at beside, then by name.
fn sort(findings: &mut [Finding], config: &Config) {
    let mut order = BTreeMap::new();
    let configured = config.families.iter().map(|family| &family.id);
    let found: Vec<_> = findings.iter().map(|it| it.family.clone()).collect();
    for family in configured.chain(&found) {
        let next = order.len();
        order.entry(family.clone()).or_insert(next);
    }
    findings.sort_by(|a, b| {
        let place = |finding: &Finding| order.get(&finding.family).copied();
        (place(a), &a.object).cmp(&(place(b), &b.object))
    });
}

#[cfg(test)]
mod tests;
