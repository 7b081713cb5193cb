//! The installation: from nothing, or from whatever is there, to what the files say.

use common::cluster::{Cluster, Kind};
use common::fault::Failure;
use common::process::{self, Context};
use common::report::Conclusion;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ApiResource;
use serde_json::json;

use super::end::{End, Expected};
use crate::cli::InstallArgs;
use crate::credentials::Credentials;
use crate::helm::{Chart, Force, Helm};
use crate::installation::{Installation, NAMESPACE, RELEASE};
use crate::look::{Look, Rendered};
use crate::plan::{Groundwork, HelmStep, Plan, RECORD};
use crate::secret::{Alertmanager, Fill};
use crate::session::{Session, stopped};
use crate::target::Target;
use crate::{doctor, release, report, stack, verdict};

/// So often the Secret is filled again when somebody else writes it at the same time.
const REFILLS: u32 = 3;

/// Brings the cluster to what the files say, or shows what that would change.
///
/// # Errors
/// When it cannot begin, or an effect fails.
pub async fn install(args: &InstallArgs, context: &Context) -> Result<Conclusion, Failure> {
    let target = Target::open(&args.target(), context).await?;
    let helm = Helm::find(&args.helm, &target, &context.env).await?;
    let chart = chart(&target.installation);
    let work = Work {
        look: Look {
            target: &target,
            helm: &helm,
            chart: &chart,
            force: if args.take_fields {
                Force::Yes
            } else {
                Force::No
            },
        },
        args,
        context,
    };
    match context.cancel.bound(Box::pin(work.prepare())).await {
        None => Ok(stopped(context, 0)),
        Some(prepared) => Box::pin(work.carry_out(prepared?)).await,
    }
}

/// Our own chart.
pub(super) fn chart(installation: &Installation) -> Chart {
    Chart {
        release: RELEASE,
        directory: installation.chart(),
        values: installation.values.clone(),
    }
}

struct Work<'a> {
    look: Look<'a>,
    args: &'a InstallArgs,
    context: &'a Context,
}

struct Prepared {
    rendered: Rendered,
    /// What should be there in the end.
    expected: doctor::Installation,
    alertmanager: Alertmanager,
    plan: Plan,
}

impl Work<'_> {
    fn installation(&self) -> &Installation {
        &self.look.target.installation
    }

    fn api(&self) -> &Cluster {
        &self.look.target.api
    }

    /// Everything that is read before the first write.
    async fn prepare(&self) -> Result<Prepared, Failure> {
        let rendered = self.look.render().await?;
        let missing = stack::missing(
            self.api(),
            &rendered.discovery,
            &rendered.items,
            self.args.stack,
            &[],
        );
        stack::require(&missing.await?)?;
        let alertmanager = Alertmanager::of(&rendered.items, self.installation().mail())?;
        let expected = doctor::Installation::of_manifests(&rendered.text, "the chart")?;
        let (_, plan) = self.plan(&rendered, &alertmanager).await?;
        Ok(Prepared {
            rendered,
            expected,
            alertmanager,
            plan,
        })
    }

    /// What is to be done by what cluster and AWS say now.
    async fn plan(
        &self,
        rendered: &Rendered,
        alertmanager: &Alertmanager,
    ) -> Result<(Credentials, Plan), Failure> {
        let filling = of_today(self.look.target, alertmanager, self.context);
        let (credentials, fill) = Box::pin(filling).await?;
        Ok((credentials, self.look.plan(rendered, Some(fill)).await?))
    }

    async fn carry_out(&self, prepared: Prepared) -> Result<Conclusion, Failure> {
        let form = self.args.output;
        if self.args.plan {
            report::show(&prepared.plan, form)?;
            prepared.plan.check()?;
            return Ok(Conclusion::done(0));
        }
        prepared.plan.check()?;
        let begun = prepare_namespace(self.api(), &prepared.plan.groundwork).await?;
        let planning = Box::pin(self.plan_again(&prepared));
        let started = Session::begin(self.look.target, self.context, begun, planning).await;
        let (mut session, (credentials, plan)) = match started {
            Ok(started) => started,
            Err(conclusion) => return Ok(conclusion),
        };
        let work = Box::pin(self.bring_about(&mut session, &plan)).await;
        let (whole, ended) = session.end(work).await;
        let end = End {
            target: self.look.target,
            form,
            context: self.context,
        };
        if whole.is_none() {
            return Ok(end.tell(&plan, ended));
        }
        let expected = Expected {
            installation: prepared.expected,
            version: None,
            is_first: plan.helm == HelmStep::Install,
        };
        // What is not waited for is not ready yet.
        let expected = (!self.args.helm.no_wait).then_some(&expected);
        Box::pin(end.look_back(&plan, ended, &credentials, expected)).await
    }

    /// The plan by another look, once nobody else installs.
    async fn plan_again(&self, prepared: &Prepared) -> Result<(Credentials, Plan), Failure> {
        let planning = self.plan(&prepared.rendered, &prepared.alertmanager);
        let (credentials, mut plan) = planning.await?;
        plan.groundwork.clone_from(&prepared.plan.groundwork);
        plan.check()?;
        Ok((credentials, plan))
    }

    /// Does what the plan says; `None` when told to stop meanwhile.
    async fn bring_about(
        &self,
        session: &mut Session<'_>,
        plan: &Plan,
    ) -> Result<Option<()>, Failure> {
        report::show_begin(plan, self.args.output)?;
        let before = session.changes();
        let applied = apply(session, &self.look, plan).await;
        // What Helm has changed when it fails nobody counts.
        let is_half = match &applied {
            Ok(Some(())) => false,
            Ok(None) => session.changes() > before,
            Err(failure) => {
                session.changes() > before || failure.fault().code() == verdict::HELM_FAILED.code
            }
        };
        if is_half && plan.helm != HelmStep::Install {
            settle(session, self.look.target, self.context).await;
        }
        applied
    }
}

/// Deletes what blocks the release, fills the Secret, then brings the release about. `None` when told to stop
/// meanwhile.
pub(super) async fn apply(
    session: &mut Session<'_>,
    look: &Look<'_>,
    plan: &Plan,
) -> Result<Option<()>, Failure> {
    let api = &look.target.api;
    for removal in plan.removals.iter().filter(|it| it.kind == RECORD) {
        let what = format!("deleting the record {}: {}", removal.name, removal.why);
        let deleting = release::forget(api, &removal.name);
        if session.effect(&what, |()| 1, deleting).await?.is_none() {
            return Ok(None);
        }
    }
    if let Some(fill) = plan.secret.as_ref().filter(|fill| !fill.is_nothing()) {
        let what = format!("filling the Secret {}", fill.name);
        let writing = async { fill.write(api).await };
        if session
            .effect(&what, |writes| *writes, writing)
            .await?
            .is_none()
        {
            return Ok(None);
        }
    }
    if !matches!(plan.helm, HelmStep::Nothing { .. }) {
        let what = format!("bringing the release {} about", plan.release);
        let upgrading = look.helm.upgrade(look.chart, plan.force);
        if session.effect(&what, |()| 1, upgrading).await?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(()))
}

/// The secret as AWS has it, and what is to be written for it, such that no rotation can have come between
/// unseen: what it wrote before the look at the cluster is what AWS says after that look, and with what it
/// writes later our write collides.
pub(super) async fn of_today(
    target: &Target,
    alertmanager: &Alertmanager,
    context: &Context,
) -> Result<(Credentials, Fill), Failure> {
    let mail = target.installation.mail();
    let mut credentials = Credentials::read(&target.installation.rotation, context).await?;
    loop {
        let filling = alertmanager.fill(&target.api, &credentials.document, mail);
        let fill = filling.await?;
        if fill.is_nothing() || !credentials.read_again().await? {
            return Ok((credentials, fill));
        }
    }
}

/// Fills the Secret from the template that is in the cluster now, with what AWS says now. It belongs to
/// what Helm did, so it is done though the run was told to stop.
pub(super) async fn refill(
    session: &mut Session<'_>,
    target: &Target,
    context: &Context,
) -> Result<Credentials, Failure> {
    let mut left = REFILLS;
    loop {
        let live = Alertmanager::live(&target.api, target.installation.mail()).await?;
        let (credentials, fill) = Box::pin(of_today(target, &live, context)).await?;
        let what = format!("filling the Secret {} again", fill.name);
        let writing = async { fill.write(&target.api).await };
        left -= 1;
        match session.mend(&what, |writes| *writes, writing).await {
            Ok(_) => return Ok(credentials),
            Err(failure) if failure.fault().code() == verdict::OVERTAKEN.code && left > 0 => {}
            Err(failure) => return Err(failure),
        }
    }
}

/// Helm did not come to its end: it has gone back to the chart that was there, or has not come to the new
/// one. The configuration follows the template that is there now, or the next rotation would find it edited.
pub(super) async fn settle(session: &mut Session<'_>, target: &Target, context: &Context) {
    if let Err(failure) = Box::pin(refill(session, target, context)).await {
        tracing::warn!(
            "the configuration was not filled from the template that is there now: {}; the next \
             installation does it",
            failure.chain()
        );
    }
}

/// Makes the namespace, if there is none. Says in words what it has done, if it has done anything.
pub(super) async fn prepare_namespace(
    api: &Cluster,
    groundwork: &[Groundwork],
) -> Result<Option<&'static str>, Failure> {
    if !groundwork.contains(&Groundwork::Namespace) {
        return Ok(None);
    }
    let namespace = json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": NAMESPACE,
            // Told, not enforced: the adapter and the company's own pods may be here too.
            "labels": {"pod-security.kubernetes.io/warn": "restricted"},
        },
    });
    let namespaces = ApiResource::erase::<Namespace>(&());
    let _hold = process::hold();
    match api.create_value(&namespaces, None, &namespace).await {
        Ok(()) => Ok(Some("making the namespace")),
        Err(error) if error.kind == Kind::Conflict => Ok(None),
        Err(error) => Err(error.into()),
    }
}
