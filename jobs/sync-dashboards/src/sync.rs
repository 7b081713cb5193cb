//! Brings targets to the wanted set: looks, decides, and acts if it may. Every target is on its own:
//! one that fails stops no other.

use std::collections::BTreeMap;

use common::cluster::{Cluster, ClusterName, Patience};
use common::process::Context;
use common::trouble::Trouble;

use crate::config::Config;
use crate::desired::Desired;
use crate::key::Key;
use crate::target::clusters::act::{self, Hand};
use crate::target::clusters::decide::{self, Observed, Question};
use crate::target::clusters::{ClusterConfig, look};
use crate::target::files;
use crate::target::guard::Refusal;
use crate::target::{Action, Item, Orders, State};

/// What became of one target.
#[derive(Debug)]
pub struct Ended {
    /// `files`, or the cluster's name.
    pub target: String,
    /// One line for each dashboard.
    pub items: Vec<Item>,
    /// What else there is to say: strays, the chart's new version, warnings.
    pub notes: Vec<String>,
    /// Things that have our marks and are not ours.
    pub strays: Vec<String>,
    /// Why nothing was removed that would have been.
    pub refusal: Option<Refusal>,
    /// The texts that the target holds, where they are not the wanted ones.
    pub found: BTreeMap<Key, String>,
    /// Dashboards that were written, deleted or taken over.
    pub changed: usize,
    /// Dashboards that would be, or that were and could not.
    pub open: usize,
    /// What was not done, and why.
    pub failed: Vec<(Key, Trouble)>,
    /// Why the target could not be looked at or worked on at all.
    pub trouble: Option<Trouble>,
    /// Whether the run was told to stop in the middle.
    pub stopped: bool,
    /// Whether lines tell what was done, not what would be.
    pub acted: bool,
}

impl Ended {
    fn new(target: &str) -> Self {
        Self {
            target: target.to_owned(),
            items: Vec::new(),
            notes: Vec::new(),
            strays: Vec::new(),
            refusal: None,
            found: BTreeMap::new(),
            changed: 0,
            open: 0,
            failed: Vec::new(),
            trouble: None,
            stopped: false,
            acted: false,
        }
    }

    fn unseen(target: &str, trouble: Trouble) -> Self {
        Self {
            trouble: Some(trouble),
            ..Self::new(target)
        }
    }

    /// How many dashboards are in a state; those that were deleted are in none.
    pub fn count(&self, state: State) -> usize {
        let there = |item: &&Item| !(self.acted && item.action == Action::Delete);
        let items = self.items.iter().filter(there);
        items.filter(|item| item.state == state).count()
    }
}

/// Whether anything is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Looks and decides.
    Plan,
    /// Acts too.
    Apply,
}

/// What is to be done, for every target the same.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The wanted set.
    pub desired: &'a Desired,
    /// Texts that upstream had at some time, besides the wanted ones.
    pub known: &'a files::Known,
    /// What a person has allowed.
    pub orders: &'a Orders,
    /// Whether anything is changed.
    pub manner: Manner,
    /// What this run is for.
    pub scope: Scope,
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Bringing targets to the wanted set.
    Everything,
    /// Taking over what is there, as it is.
    Adoption,
}

/// Brings every configured target to the wanted set.
pub async fn sync(config: &Config, order: Order<'_>, context: &Context) -> Vec<Ended> {
    let clusters = config
        .clusters
        .iter()
        .map(|cluster| Box::pin(in_cluster(config, cluster, order, context)));
    let clusters = futures_util::future::join_all(clusters);
    let files = config
        .files
        .as_ref()
        .map(|target| in_files(target, config, order));
    files.into_iter().chain(clusters.await).collect()
}

fn in_files(target: &files::FilesConfig, config: &Config, order: Order<'_>) -> Ended {
    let observed = match files::observe(target) {
        Ok(observed) => observed,
        Err(trouble) => return Ended::unseen("files", trouble),
    };
    let grace = config.style.grace;
    let plan = match order.scope {
        Scope::Everything => files::plan(
            &observed,
            order.desired,
            order.known,
            order.orders,
            grace,
            target,
        ),
        Scope::Adoption => files::adopt(
            &observed,
            order.desired,
            order.known,
            &order.orders.adopt,
            target,
        ),
    };
    let mut ended = Ended {
        items: plan.items.clone(),
        notes: plan.notes(),
        refusal: plan.removal.clone(),
        found: observed.texts_that_differ(order.desired),
        open: plan.open(),
        ..Ended::new("files")
    };
    match order.manner {
        // What would keep a run from its work is seen ahead of it.
        Manner::Plan => ended.trouble = files::check(&plan, target).err(),
        Manner::Apply => act_on_files(&plan, target, &mut ended),
    }
    ended
}

fn act_on_files(plan: &files::FilesPlan, target: &files::FilesConfig, ended: &mut Ended) {
    let mut written = files::Written::default();
    match files::apply_counted(plan, target, &mut written) {
        Ok(()) => {
            ended.changed = std::mem::take(&mut ended.open);
            ended.acted = true;
            for item in &mut ended.items {
                if item.action.writes()
                    && item.action != Action::Delete
                    && item.state != State::Orphan
                {
                    item.state = State::Ok;
                }
            }
        }
        Err(trouble) => {
            ended.changed = written.files + written.deleted;
            ended.open = ended.open.saturating_sub(ended.changed);
            ended.trouble = Some(trouble);
        }
    }
}

async fn in_cluster(
    config: &Config,
    target: &ClusterConfig,
    order: Order<'_>,
    context: &Context,
) -> Ended {
    let name = target.name.as_str();
    let cluster = match context.connect(&target.name, &target.access).await {
        Ok(cluster) => cluster,
        Err(error) => return Ended::unseen(name, Trouble::of(&error)),
    };
    let looked = context
        .cancel
        .bound(Box::pin(observe(&cluster, config, target, order, context)))
        .await;
    let observed = match looked {
        Some(Ok(observed)) => observed,
        Some(Err(trouble)) => return Ended::unseen(name, trouble),
        None => {
            return Ended {
                stopped: true,
                ..Ended::new(name)
            };
        }
    };
    let question = Question {
        desired: order.desired,
        orders: order.orders,
        style: &config.style,
        namespace: &target.namespace,
        clean: true,
    };
    let mut plan = decide::decide(&target.name, &observed, question);
    if order.scope == Scope::Adoption {
        plan.keep_only(Action::Adopt);
    }
    let mut ended = Ended {
        found: found(&observed, &plan.items, config),
        open: plan.writes.len() + plan.deletions.len(),
        strays: plan.strays.clone(),
        ..Ended::new(name)
    };
    if order.manner == Manner::Apply && !plan.is_settled() {
        let hand = Hand {
            cluster: &cluster,
            config: target,
            clock: &context.clock,
            cancel: &context.cancel,
        };
        let outcome = act::act(hand, &mut plan).await;
        ended.acted = true;
        ended.changed = outcome.changes();
        ended.open = 0;
        ended.failed = outcome.failed;
        ended.stopped = outcome.stopped;
    }
    ended.refusal = plan.refusal;
    ended.items = plan.items;
    ended
}

/// A server that is busy is asked again.
async fn observe(
    cluster: &Cluster,
    config: &Config,
    target: &ClusterConfig,
    order: Order<'_>,
    context: &Context,
) -> Result<Observed, Trouble> {
    let style = &config.style;
    let patience = Patience::default();
    let (clock, cancel) = (&context.clock, &context.cancel);
    let look = || look::observe(cluster, target, style);
    let observed = patience.repeat(clock, cancel, look).await;
    let mut observed = observed.map_err(|error| Trouble::of(&error))?;
    let look = || look::without_label(cluster, target, style, order.desired, &observed);
    let more = patience.repeat(clock, cancel, look).await;
    let more = more.map_err(|error| Trouble::of(&error))?;
    observed.objects.extend(more);
    Ok(observed)
}

/// The texts of our own objects that are not the wanted ones.
fn found(observed: &Observed, items: &[Item], config: &Config) -> BTreeMap<Key, String> {
    let differs = |state| matches!(state, State::Outdated | State::Edited | State::Reformatted);
    let items = items.iter().filter(|item| differs(item.state));
    items
        .filter_map(|item| {
            let name = config.style.object_name(&item.key);
            let object = observed.objects.iter().find(|it| it.name == name)?;
            let text = object.data.get(item.key.as_str())?;
            Some((item.key.clone(), text.clone()))
        })
        .collect()
}

/// The names that `--only` can choose from.
pub fn target_names(config: &Config) -> impl Iterator<Item = &str> {
    let files = config.files.as_ref().map(|_| "files");
    let clusters = config.clusters.iter().map(|cluster| &cluster.name);
    files.into_iter().chain(clusters.map(ClusterName::as_str))
}
