//! The removal: the releases with all their revisions, and every Secret that holds credentials. Volumes
//! stay.

use common::cluster::Kind;
use common::fault::Failure;
use common::process::Context;
use common::report::Conclusion;
use k8s_openapi::api::core::v1::PersistentVolumeClaim;

use super::grafana;
use crate::cli::UninstallArgs;
use crate::helm::{Force, Helm};
use crate::installation::{NAMESPACE, RELEASE};
use crate::look::{Installed, groundwork, installed, not_pending};
use crate::manifest;
use crate::objects::{self, Change};
use crate::plan::{Groundwork, HelmStep, Plan, Removal};
use crate::release;
use crate::secret::Alertmanager;
use crate::session::{Session, stopped};
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
    let plan = match context.cancel.bound(Box::pin(plan(&target))).await {
        None => return Ok(stopped(context, 0)),
        Some(plan) => plan?,
    };
    report::show(&plan, args.output)?;
    if args.plan || plan.is_nothing() {
        return Ok(Conclusion::done(0));
    }
    let Some(mut session) = Session::begin(&target, context, 0).await? else {
        return Ok(stopped(context, 0));
    };
    let work = Box::pin(carry_out(&mut session, &helm, &plan)).await;
    session.end_and_forget(work).await
}

async fn plan(target: &Target) -> Result<Plan, Failure> {
    let api = &target.api;
    let mut plan = Plan {
        cluster: target.installation.cluster.to_string(),
        server: target.installation.api.server.clone(),
        release: RELEASE,
        chart: "none".to_owned(),
        groundwork: Vec::new(),
        secret: None,
        helm: HelmStep::Nothing { revision: None },
        objects: Vec::new(),
        removals: Vec::new(),
        stays: Vec::new(),
        force: Force::No,
    };
    if groundwork(target).await?.contains(&Groundwork::Namespace) {
        return Ok(plan);
    }
    let installed = installed(target, RELEASE).await?;
    let mut of_the_release = None;
    if let Some(Installed {
        revision, record, ..
    }) = &installed
    {
        not_pending(revision, RELEASE)?;
        plan.chart = format!("{} {}", record.chart, record.version);
        plan.helm = HelmStep::Uninstall {
            from: revision.number,
        };
        let discovery = api.discover().await?;
        let items = manifest::parse(record.manifest())?;
        plan.objects = objects::left_out(api, &discovery, &items, &[]).await?;
        of_the_release = Alertmanager::of(&items, target.installation.mail()).ok();
    }
    let names = of_the_release.map_or_else(
        || Alertmanager::usual(target.installation.mail()),
        |alertmanager| (alertmanager.secret, alertmanager.generated),
    );
    plan.removals = removals(target, names).await?;
    plan.stays = volumes(target, &plan).await?;
    Ok(plan)
}

/// The Secrets that hold credentials, as far as they are there.
async fn removals(
    target: &Target,
    (source, generated): (String, String),
) -> Result<Vec<Removal>, Failure> {
    let mut removals = Vec::new();
    if !release::history(&target.api, grafana::RELEASE)
        .await?
        .is_empty()
    {
        removals.push(Removal {
            kind: RELEASE_KIND,
            name: grafana::RELEASE.to_owned(),
            why: "it is Grafana",
        });
    }
    for (name, why) in [
        (
            grafana::SECRET.to_owned(),
            "it holds what was filled from AWS",
        ),
        (source, "it holds what was filled from AWS"),
        (generated, "the operator has copied it there"),
    ] {
        match target.api.get_secret(NAMESPACE, &name).await {
            Ok(_) => removals.push(Removal {
                kind: "Secret",
                name,
                why,
            }),
            Err(error) if error.kind == Kind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(removals)
}

/// The claims of volumes, which are nobody's to delete but a person's.
async fn volumes(target: &Target, plan: &Plan) -> Result<Vec<String>, Failure> {
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
            format!("the volume of {name}: `kubectl delete pvc -n {NAMESPACE} {name}` deletes it")
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
    let secrets = release::secrets();
    for removal in &plan.removals {
        let what = format!("deleting the {} {}", removal.kind, removal.name);
        let deleting = async {
            if removal.kind == RELEASE_KIND {
                return helm.uninstall(&removal.name).await;
            }
            let deleted = api.delete_named(&secrets, Some(NAMESPACE), &removal.name);
            match deleted.await {
                // Whoever made it has removed it with what it was made of.
                Err(error) if error.kind != Kind::NotFound => Err(error.into()),
                Ok(()) | Err(_) => Ok(()),
            }
        };
        if session.effect(&what, |()| 1, deleting).await?.is_none() {
            return Ok(None);
        }
    }
    nothing_left(session.target, plan).await?;
    Ok(Some(()))
}

/// Looks whether a Secret is still there that holds, or once held, credentials.
async fn nothing_left(target: &Target, plan: &Plan) -> Result<(), Failure> {
    let mut left: Vec<String> = Vec::new();
    for release in [RELEASE, grafana::RELEASE] {
        let revisions = release::history(&target.api, release).await?.into_iter();
        left.extend(revisions.map(|revision| revision.secret));
    }
    for removal in &plan.removals {
        match target.api.get_secret(NAMESPACE, &removal.name).await {
            Ok(_) => left.push(removal.name.clone()),
            Err(error) if error.kind == Kind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let text = format!("still in {NAMESPACE}: {}", left.join(", "));
    Err(verdict::SECRET_LEFT.because(text).into())
}
