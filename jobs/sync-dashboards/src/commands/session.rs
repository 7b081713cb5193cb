//! What the commands share: the configuration, the pinned file, what a person has allowed, and a look
//! at the watched branch.

use common::cluster::Access;
use common::events::Recorder;
use common::fault::Failure;
use common::process::Context;
use common::trouble::Trouble;
use common::yaml::did_you_mean;

use crate::cli::{ConfigArgs, OrderArgs, TargetArgs};
use crate::config::Config;
use crate::desired::Desired;
use crate::key::Key;
use crate::prepare::prepare;
use crate::report::Behind;
use crate::sync::{self, Ended};
use crate::target::clusters::ClusterConfig;
use crate::target::{Orders, Restore};
use crate::upstream::{self, Fetched, Http};
use crate::verdict;

/// What a command looks at.
pub(super) struct Session {
    pub(super) config: Config,
    pub(super) http: Http,
}

impl Session {
    /// Reads the configuration and keeps the targets that are asked for.
    pub(super) fn open(
        source: &ConfigArgs,
        targets: &TargetArgs,
        context: &Context,
    ) -> Result<Self, Failure> {
        let mut config = Config::load(&source.config)?;
        restrict(&mut config, &targets.only)?;
        let http = Http::new(&config.source, context)?;
        Ok(Self { config, http })
    }

    /// Fetches the pinned file and makes the wanted set of it. `None` when told to stop.
    pub(super) async fn desired(
        &self,
        context: &Context,
    ) -> Result<Option<(Desired, Fetched)>, Failure> {
        let pin = &self.config.pin;
        let fetching = upstream::pinned(&self.config.source, pin, &self.http, &context.cancel);
        let Some(fetched) = context.cancel.bound(Box::pin(fetching)).await else {
            return Ok(None);
        };
        let fetched = fetched?;
        tell(&fetched);
        let desired = prepare(
            &self.config,
            &pin.reference,
            &fetched.origin,
            &fetched.bytes,
        )?;
        Ok(Some((desired, fetched)))
    }

    /// How far the watched branch is ahead of the pin. Whatever goes wrong is told and nothing more.
    pub(super) async fn behind(&self, desired: &Desired, context: &Context) -> Option<Behind> {
        let reference = self.config.track.as_ref()?;
        let source = &self.config.source;
        let fetching = upstream::current(source, reference, &self.http, &context.cancel);
        let fetched = context.cancel.bound(Box::pin(fetching)).await?;
        let ahead = fetched
            .inspect(tell)
            .and_then(|fetched| prepare(&self.config, reference, &fetched.origin, &fetched.bytes));
        Some(match ahead {
            Ok(ahead) => Behind {
                reference: reference.to_string(),
                dashboards: Some(differences(desired, &ahead)),
                trouble: None,
            },
            Err(trouble) => Behind {
                reference: reference.to_string(),
                dashboards: None,
                trouble: Some(trouble.text),
            },
        })
    }

    /// Where Events go: the cluster that this runs in, if it is among the targets.
    pub(super) async fn recorder(&self, context: &Context) -> Recorder {
        let home = |cluster: &&ClusterConfig| cluster.access == Access::InCluster;
        let Some(home) = self.config.clusters.iter().find(home) else {
            return Recorder::silent();
        };
        match context.connect(&home.name, &home.access).await {
            Ok(cluster) => Recorder::new(cluster, &context.identity, context.clock.clone()),
            // The target itself tells why.
            Err(_) => Recorder::silent(),
        }
    }
}

/// What else was tried, and what is not certain.
pub(super) fn tell(fetched: &Fetched) {
    for note in &fetched.notes {
        tracing::warn!("{note}");
    }
}

/// Dashboards that mean something else in the two sets, or are only in one of them.
fn differences(pin: &Desired, ahead: &Desired) -> usize {
    let keys = pin.dashboards.keys().chain(ahead.dashboards.keys());
    let keys: std::collections::BTreeSet<_> = keys.collect();
    let meaning = |set: &Desired, key: &Key| set.dashboards.get(key).map(|it| it.canonical);
    let differs = |key: &&&Key| meaning(pin, key) != meaning(ahead, key);
    keys.iter().filter(differs).count()
}

fn restrict(config: &mut Config, only: &[String]) -> Result<(), Trouble> {
    if only.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = sync::target_names(config).map(str::to_owned).collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(name)) {
        let meant = did_you_mean(unknown, names.iter().map(String::as_str));
        let text = format!("--only {unknown}: the configuration has no such target");
        return Err(Trouble {
            hint: Some(match meant {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("choose from {}", names.join(", ")),
            }),
            ..verdict::NO_SUCH_TARGET.because(text)
        });
    }
    if !only.iter().any(|name| name == "files") {
        config.files = None;
    }
    let chosen = |cluster: &ClusterConfig| only.iter().any(|name| name == cluster.name.as_str());
    config.clusters.retain(chosen);
    Ok(())
}

/// What a person allows, as far as it names dashboards that exist.
pub(super) fn orders(args: &OrderArgs) -> Result<Orders, Trouble> {
    Ok(Orders {
        restore: selection("--restore", &args.restore)?,
        removals: args.allow_removals,
        replace_immutable: args.replace_immutable,
        adopt: Restore::Nothing,
    })
}

/// Names of dashboards, with or without `.json`, or `all`.
pub(super) fn selection(flag: &str, names: &[String]) -> Result<Restore, Trouble> {
    if names.iter().any(|name| name == "all") {
        return Ok(Restore::All);
    }
    if names.is_empty() {
        return Ok(Restore::Nothing);
    }
    let keys = names.iter().map(|name| {
        let base = name.strip_suffix(".json").unwrap_or(name);
        Key::parse(&format!("{base}.json")).map_err(|error| {
            let text = format!("{flag} {}: {error}", name.escape_debug());
            verdict::NO_SUCH_DASHBOARD.because(text)
        })
    });
    Ok(Restore::These(keys.collect::<Result<_, _>>()?))
}

/// Fails when a dashboard was named that nobody knows: a slip of the pen must not look like success.
pub(super) fn known_names(
    named: &Restore,
    desired: &Desired,
    targets: &[Ended],
) -> Result<(), Trouble> {
    let Restore::These(keys) = named else {
        return Ok(());
    };
    let there = |key: &&Key| {
        let mut items = targets.iter().flat_map(|target| &target.items);
        desired.knows(key) || items.any(|item| item.key == **key)
    };
    let Some(unknown) = keys.iter().find(|key| !there(key)) else {
        return Ok(());
    };
    let names = desired.dashboards.keys().map(Key::base);
    let trouble = verdict::NO_SUCH_DASHBOARD.because(format!(
        "neither upstream nor a target has a dashboard `{}`",
        unknown.base()
    ));
    Err(match did_you_mean(unknown.base(), names) {
        Some(meant) => Trouble {
            hint: Some(format!("did you mean `{meant}`?")),
            ..trouble
        },
        None => trouble,
    })
}
