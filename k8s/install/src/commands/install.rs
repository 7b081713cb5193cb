//! The installation: from nothing, or from whatever is there, to what the files say.

use common::cluster::{Cluster, Kind};
use common::fault::Failure;
use common::process::Context;
use common::report::Conclusion;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ApiResource;
use serde_json::json;

use super::end::End;
use crate::cli::InstallArgs;
use crate::credentials::Credentials;
use crate::helm::{Chart, Force, Helm};
use crate::installation::{Installation, NAMESPACE, RELEASE};
use crate::look::{Look, Rendered};
use crate::plan::{Groundwork, HelmStep, Plan};
use crate::secret::Alertmanager;
use crate::session::{Session, stopped};
use crate::target::Target;
use crate::{report, stack};

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
    credentials: Credentials,
    rendered: Rendered,
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
        );
        stack::require(&missing.await?)?;
        let credentials = Credentials::read(&self.installation().rotation, self.context).await?;
        let alertmanager = Alertmanager::of(&rendered.items, self.installation().mail())?;
        let mut prepared = Prepared {
            plan: self.plan(&rendered, &alertmanager, &credentials).await?,
            credentials,
            rendered,
            alertmanager,
        };
        prepared.plan.groundwork = self.look.groundwork().await?;
        Ok(prepared)
    }

    async fn plan(
        &self,
        rendered: &Rendered,
        alertmanager: &Alertmanager,
        credentials: &Credentials,
    ) -> Result<Plan, Failure> {
        let document = &credentials.document;
        let fill = alertmanager.fill(self.api(), document, self.installation().mail());
        let fill = fill.await?;
        self.look.plan(rendered, Some(fill)).await
    }

    async fn carry_out(&self, prepared: Prepared) -> Result<Conclusion, Failure> {
        let form = self.args.output;
        if self.args.plan {
            report::show(&prepared.plan, form)?;
            prepared.plan.check()?;
            return Ok(Conclusion::done(0));
        }
        prepared.plan.check()?;
        let begun = u64::from(prepare_namespace(self.api(), &prepared.plan.groundwork).await?);
        let session = Session::begin(self.look.target, self.context, begun).await?;
        let Some(mut session) = session else {
            return Ok(stopped(self.context, begun));
        };
        let work = Box::pin(self.under_lock(&mut session, &prepared)).await;
        session.end(work).await
    }

    /// Looks again, now that nobody else installs, and does what that look says.
    async fn under_lock(
        &self,
        session: &mut Session<'_>,
        prepared: &Prepared,
    ) -> Result<Option<()>, Failure> {
        let Prepared {
            credentials,
            rendered,
            alertmanager,
            ..
        } = prepared;
        let mut plan = self.plan(rendered, alertmanager, credentials).await?;
        plan.groundwork.clone_from(&prepared.plan.groundwork);
        plan.check()?;
        report::show_begin(&plan, self.args.output)?;
        match apply(session, &self.look, &plan).await {
            Ok(Some(())) => {}
            Ok(None) => return Ok(None),
            Err(failure) => {
                self.go_back(session, credentials, &plan).await;
                return Err(failure);
            }
        }
        let end = End {
            look: &self.look,
            plan: &plan,
            credentials,
            form: self.args.output,
            context: self.context,
        };
        end.tell().await?;
        if self.args.helm.no_wait {
            // Nothing of it is ready yet.
            return Ok(Some(()));
        }
        end.examine(rendered).await?;
        Ok(Some(()))
    }

    /// Helm has gone back to the chart that was there, or has not come to the new one. The configuration
    /// follows the template that is there now, or the next rotation would find it edited.
    async fn go_back(&self, session: &mut Session<'_>, credentials: &Credentials, plan: &Plan) {
        if plan.helm == HelmStep::Install {
            return;
        }
        let refilled = refill(session, &self.look, credentials).await;
        if let Err(failure) = refilled {
            tracing::warn!(
                "the configuration was not filled from the template that is there now: {}",
                failure.chain()
            );
        }
    }
}

/// Fills the Secret, then brings the release about. `None` when told to stop meanwhile.
pub(super) async fn apply(
    session: &mut Session<'_>,
    look: &Look<'_>,
    plan: &Plan,
) -> Result<Option<()>, Failure> {
    if let Some(fill) = plan.secret.as_ref().filter(|fill| !fill.is_nothing()) {
        let what = format!("filling the Secret {}", fill.name);
        let api = &look.target.api;
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

/// Fills the Secret from the template that is in the cluster now.
pub(super) async fn refill(
    session: &mut Session<'_>,
    look: &Look<'_>,
    credentials: &Credentials,
) -> Result<Option<()>, Failure> {
    let target = look.target;
    let mail = target.installation.mail();
    let live = Alertmanager::live(&target.api, mail).await?;
    let fill = live.fill(&target.api, &credentials.document, mail).await?;
    let what = format!("filling the Secret {} again", fill.name);
    let writing = async { fill.write(&target.api).await };
    let written = session.effect(&what, |writes| *writes, writing).await?;
    Ok(written.map(|_| ()))
}

/// Makes the namespace, if there is none. Says whether it did.
pub(super) async fn prepare_namespace(
    api: &Cluster,
    groundwork: &[Groundwork],
) -> Result<bool, Failure> {
    if !groundwork.contains(&Groundwork::Namespace) {
        return Ok(false);
    }
    let namespace = json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": NAMESPACE,
            // Told, not enforced: what watches the nodes themselves is here too.
            "labels": {"pod-security.kubernetes.io/warn": "restricted"},
        },
    });
    let namespaces = ApiResource::erase::<Namespace>(&());
    match api.create_value(&namespaces, None, &namespace).await {
        Ok(()) => Ok(true),
        Err(error) if error.kind == Kind::Conflict => Ok(false),
        Err(error) => Err(error.into()),
    }
}
