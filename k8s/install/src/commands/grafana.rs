//! Grafana: its own chart, and the Secret with the Google client that people sign in by.

use common::fault::Failure;
use common::process::Context;
use common::report::Conclusion;
use common::trouble::Trouble;

use super::install::{apply, prepare_namespace};
use crate::cli::GrafanaArgs;
use crate::credentials::Credentials;
use crate::helm::{Chart, Force, Helm};
use crate::installation::Installation;
use crate::look::{Look, Rendered};
use crate::plan::Plan;
use crate::secret::{Fill, Wanted};
use crate::session::{Session, stopped};
use crate::target::Target;
use crate::{report, verdict};

/// Name of its release.
pub(super) const RELEASE: &str = "prod-grafana";

/// What the chart reads the Google client from.
pub(super) const SECRET: &str = "grafana-google-sign-in";

/// Brings Grafana to what its chart says, or shows what that would change.
///
/// # Errors
/// When it cannot begin, or an effect fails.
pub async fn grafana(args: &GrafanaArgs, context: &Context) -> Result<Conclusion, Failure> {
    let target = Target::open(&args.target, context).await?;
    let chart = chart(&target.installation)?;
    let helm = Helm::find(&args.helm, &target, &context.env).await?;
    let look = Look {
        target: &target,
        helm: &helm,
        chart: &chart,
        force: if args.take_fields {
            Force::Yes
        } else {
            Force::No
        },
    };
    let preparing = async {
        let rendered = look.render().await?;
        let credentials = Credentials::read(&target.installation.rotation, context).await?;
        let plan = plan(args, &look, &rendered, &credentials).await?;
        Ok::<_, Failure>((rendered, credentials, plan))
    };
    let (rendered, credentials, first) = match context.cancel.bound(Box::pin(preparing)).await {
        None => return Ok(stopped(context, 0)),
        Some(prepared) => prepared?,
    };
    if args.plan {
        report::show(&first, args.output)?;
        first.check()?;
        return Ok(Conclusion::done(0));
    }
    first.check()?;
    let begun = u64::from(prepare_namespace(&target.api, &first.groundwork).await?);
    let Some(mut session) = Session::begin(&target, context, begun).await? else {
        return Ok(stopped(context, begun));
    };
    let work = async {
        let mut plan = plan(args, &look, &rendered, &credentials).await?;
        plan.groundwork.clone_from(&first.groundwork);
        plan.check()?;
        report::show(&plan, args.output)?;
        apply(&mut session, &look, &plan).await
    };
    let work = Box::pin(work).await;
    session.end(work).await
}

async fn plan(
    args: &GrafanaArgs,
    look: &Look<'_>,
    rendered: &Rendered,
    credentials: &Credentials,
) -> Result<Plan, Failure> {
    let wanted = Wanted {
        name: SECRET.to_owned(),
        values: [
            ("client_id".to_owned(), credentials.member(&args.client_id)?),
            (
                "client_secret".to_owned(),
                credentials.member(&args.client_secret)?,
            ),
        ]
        .into(),
    };
    let fill = Fill::look(&look.target.api, wanted).await?;
    look.plan(rendered, Some(fill)).await
}

/// Grafana's chart, in the clusters that it is for.
fn chart(installation: &Installation) -> Result<Chart, Trouble> {
    let directory = installation.files.join("grafana");
    let values = directory
        .join("values")
        .join(format!("{}.yaml", installation.cluster));
    if !values.is_file() {
        let text = format!(
            "{} does not exist: Grafana is not for {}",
            values.display(),
            installation.cluster
        );
        return Err(verdict::FILES.because(text));
    }
    Ok(Chart {
        release: RELEASE,
        directory,
        values,
    })
}
