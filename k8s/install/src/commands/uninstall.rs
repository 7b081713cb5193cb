//! The removal: the releases with all their revisions, and every Secret that holds credentials. Volumes
//! stay.

use std::time::Duration;

use common::cluster::Kind;
use common::fault::Failure;
use common::process::Context;
use common::report::Conclusion;
use common::trouble::Trouble;
use k8s_openapi::api::core::v1::PersistentVolumeClaim;

use super::end::End;
use super::grafana;
use crate::cli::UninstallArgs;
use crate::helm::Helm;
use crate::installation::{CHART, NAMESPACE, RELEASE};
use crate::look::{Installed, groundwork, installed};
use crate::manifest;
use crate::objects::{self, Change};
use crate::plan::{Groundwork, HelmStep, Plan, Removal};
use crate::release::{self, Wish};
use crate::secret::Alertmanager;
use crate::session::{Ended, Session, stopped};
use crate::target::Target;
use crate::{report, verdict};

/// Of a removal that Helm makes.
const RELEASE_KIND: &str = "release";

/// Removes the monitoring, or shows what that would remove.
///
/// # Errors
/// When it is not confirmed, cannot begin, or an effect fails.
pub async fn uninstall(args: &UninstallArgs, context: &Context) -> Result<Conclusion, Failure> {
    let target = Target::open(&args.target, context).await?;
    if !args.plan && args.confirm.as_deref() != Some(target.installation.cluster.as_str()) {
        let text = format!(
            "removing everything from {} needs `--confirm {0}`",
            target.installation.cluster
        );
        return Err(verdict::NOT_CONFIRMED.because(text).into());
    }
    let helm = Helm::find(&args.helm, &target, &context.env).await?;
    let looked = context.cancel.bound(Box::pin(plan(&target, &helm))).await;
    let first = match looked {
        None => return Ok(stopped(context, 0)),
        Some(plan) => plan?,
    };
    if args.plan {
        report::show(&first, args.output)?;
        return Ok(Conclusion::done(0));
    }
    let end = End {
        target: &target,
        form: args.output,
        context,
    };
    if first.is_nothing() {
        report::show_begin(&first, args.output)?;
        return Ok(end.tell(&first, Ended::with_nothing()));
    }
    let planning = Box::pin(plan(&target, &helm));
    let started = Session::begin(&target, context, None, planning).await;
    let (mut session, plan) = match started {
        Ok(started) => started,
        Err(conclusion) => return Ok(conclusion),
    };
    let work = async {
        report::show_begin(&plan, args.output)?;
        carry_out(&mut session, &helm, &plan).await
    };
    let work = Box::pin(work).await;
    let ended = session.end_and_forget(work).await;
    Ok(end.tell(&plan, ended))
}

async fn plan(target: &Target, helm: &Helm) -> Result<Plan, Failure> {
    let api = &target.api;
    let mut plan = Plan::of_nothing(target, RELEASE, "none".to_owned());
    if groundwork(target).await?.contains(&Groundwork::Namespace) {
        return Ok(plan);
    }
    let longest = helm.longest();
    let installed = installed(target, RELEASE, longest).await?;
    let mut of_the_release = None;
    if let Some(Installed {
        revision,
        record,
        standing,
        ..
    }) = &installed
    {
        if record.chart != CHART {
            let text = format!(
                "release {RELEASE} in {NAMESPACE} is the chart {} {}, not {CHART}",
                record.chart, record.version
            );
            return Err(verdict::OTHER_CHART.because(text).into());
        }
        let mend = target.mend();
        release::refuse(revision, *standing, Wish::Remove, RELEASE, longest, mend)?;
        plan.chart = format!("{} {}", record.chart, record.version);
        plan.helm = HelmStep::Uninstall {
            from: revision.number,
        };
        let discovery = api.discover().await?;
        let items = manifest::parse(record.manifest())?;
        plan.objects = objects::left_out(api, &discovery, &items, &[]).await?;
        of_the_release = Alertmanager::of(&items, target.installation.mail()).ok();
    }
    plan.removals = secrets(target, &names(target, of_the_release)).await?;
    plan.stays = volumes(target, &plan).await?;
    grafana_release(target, longest, &mut plan).await?;
    Ok(plan)
}

/// Grafana goes with the rest if it is of our chart. One of another chart under the same name is not ours to
/// remove: its volume would go with it.
async fn grafana_release(
    target: &Target,
    longest: Duration,
    plan: &mut Plan,
) -> Result<(), Failure> {
    let Some(Installed {
        revision,
        record,
        standing,
        ..
    }) = installed(target, grafana::RELEASE, longest).await?
    else {
        return Ok(());
    };
    if record.chart != grafana::CHART {
        plan.stays.push(format!(
            "the release {} with all that it has: it is the chart {} {}, not {}",
            grafana::RELEASE,
            record.chart,
            record.version,
            grafana::CHART
        ));
        return Ok(());
    }
    let (wish, mend) = (Wish::Remove, target.mend());
    release::refuse(&revision, standing, wish, grafana::RELEASE, longest, mend)?;
    let removal = Removal {
        kind: RELEASE_KIND,
        name: grafana::RELEASE.to_owned(),
        why: "it is Grafana",
    };
    plan.removals.insert(0, removal);
    Ok(())
}

/// The Secrets that hold credentials, each with why: as the release names them, and as they are usually
/// called, since a release that is gone names none.
fn names(target: &Target, of_the_release: Option<Alertmanager>) -> Vec<(String, &'static str)> {
    const FILLED: &str = "it holds what was filled from AWS";
    const COPIED: &str = "the operator has copied it there";
    let (usual, generated) = Alertmanager::usual(target.installation.mail());
    let mut names = vec![(grafana::SECRET.to_owned(), FILLED)];
    if let Some(own) = of_the_release.filter(|own| own.secret != usual) {
        names.push((own.secret, FILLED));
    }
    names.extend([(usual, FILLED), (generated, COPIED)]);
    names
}

/// Those Secrets that are there.
async fn secrets(
    target: &Target,
    names: &[(String, &'static str)],
) -> Result<Vec<Removal>, Failure> {
    let mut removals = Vec::new();
    for &(ref name, why) in names {
        match target.api.get_secret(NAMESPACE, name).await {
            Ok(_) => removals.push(Removal {
                kind: "Secret",
                name: name.clone(),
                why,
            }),
            Err(error) if error.kind == Kind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(removals)
}

/// The claims of volumes, which are nobody's to delete but a person's.
pub(super) async fn volumes(target: &Target, plan: &Plan) -> Result<Vec<String>, Failure> {
    let listed: Vec<PersistentVolumeClaim> = target.api.list(NAMESPACE, "").await?;
    let deleted = |name: &str| {
        plan.objects.iter().any(|object| {
            let is_claim = object.id.kind == "PersistentVolumeClaim" && object.id.name == name;
            is_claim && object.change == Change::Delete
        })
    };
    let metadata = listed.into_iter().map(|claim| claim.metadata);
    let stay = metadata.filter(|metadata| metadata.deletion_timestamp.is_none());
    let names = stay.filter_map(|metadata| metadata.name);
    let names = names.filter(|name| !deleted(name));
    Ok(names
        .map(|name| {
            let delete = target
                .mend()
                .kubectl(NAMESPACE, format!("delete pvc {name}"));
            format!("the volume of {name}: `{delete}` deletes it")
        })
        .collect())
}

async fn carry_out(
    session: &mut Session<'_>,
    helm: &Helm,
    plan: &Plan,
) -> Result<Option<()>, Failure> {
    let api = &session.target.api;
    if matches!(plan.helm, HelmStep::Uninstall { .. }) {
        let removing = helm.uninstall(RELEASE);
        let what = format!("removing the release {RELEASE}");
        if session.effect(&what, |()| 1, removing).await?.is_none() {
            return Ok(None);
        }
    }
    for removal in &plan.removals {
        let what = format!("deleting the {} {}", removal.kind, removal.name);
        let deleting = async {
            if removal.kind == RELEASE_KIND {
                return helm.uninstall(&removal.name).await;
            }
            // Whoever made it may have removed it with what it was made of.
            release::forget(api, &removal.name).await
        };
        if session.effect(&what, |()| 1, deleting).await?.is_none() {
            return Ok(None);
        }
    }
    nothing_left(session.target, plan).await?;
    Ok(Some(()))
}

/// Looks whether a Secret is still there that holds, or once held, credentials: those of the plan, and any
/// that somebody has made since.
async fn nothing_left(target: &Target, plan: &Plan) -> Result<(), Failure> {
    let mut left: Vec<String> = Vec::new();
    let (releases, planned): (Vec<_>, Vec<_>) =
        plan.removals.iter().partition(|it| it.kind == RELEASE_KIND);
    let releases = releases.into_iter().map(|it| it.name.as_str());
    for release in std::iter::once(RELEASE).chain(releases) {
        let revisions = release::history(&target.api, release).await?.into_iter();
        left.extend(revisions.map(|revision| revision.secret));
    }
    let planned = planned.into_iter();
    let mut names: Vec<_> = planned.map(|it| (it.name.clone(), it.why)).collect();
    names.extend(self::names(target, None));
    names.sort_unstable();
    names.dedup();
    let still = secrets(target, &names).await?.into_iter();
    left.extend(still.map(|it| it.name));
    if left.is_empty() {
        return Ok(());
    }
    let delete = format!("delete secret {}", left.join(" "));
    let delete = target.mend().kubectl(NAMESPACE, delete);
    let text = format!("still in {NAMESPACE}: {}", left.join(", "));
    Err(Trouble {
        hint: Some(format!("delete it by `{delete}`")),
        ..verdict::SECRET_LEFT.because(text)
    }
    .into())
}
