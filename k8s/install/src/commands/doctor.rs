//! `doctor`: what the monitoring of a cluster lacks. Changes nothing; with `--test-mail` each Alertmanager
//! sends a mail.

use common::cluster::Access;
use common::fault::Failure;
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::report::Conclusion;

use super::install::chart;
use crate::cli::{DoctorArgs, Output};
use crate::doctor::{Installation, Release, Report, View, examine, installation, test_mail};
use crate::helm::Helm;
use crate::installation::RELEASE;
use crate::look::{installed, name_and_version};
use crate::manifest::{self, Item};
use crate::mend::Mend;
use crate::person;
use crate::seen::{Asking, Seen, alertmanager};
use crate::target::Target;

/// Says what the monitoring of a cluster lacks, and the command that mends each.
///
/// # Errors
/// When there is nothing to compare with, the cluster cannot be called at all, or stdout cannot be
/// written.
pub async fn doctor(args: &DoctorArgs, context: &Context) -> Result<Conclusion, Failure> {
    // On the heap: all that is asked of a cluster makes large futures.
    let report = if args.in_cluster {
        Box::pin(from_within(args, context)).await?
    } else {
        Box::pin(from_outside(args, context)).await?
    };
    if context.cancel.is_cancelled() {
        return Ok(stopped_conclusion(&context.cancel));
    }
    match args.output {
        Output::Json => print_json(&report.document())?,
        Output::Text => print(|out| report.render(out))?,
    }
    Ok(report.conclusion())
}

/// With the chart, from an operator's machine. Where another chart is in force than the one of this checkout,
/// that one is what should be there: a rollback is not undone by advice.
async fn from_outside(args: &DoctorArgs, context: &Context) -> Result<Report, Failure> {
    let target = Target::open(&args.target, context).await?;
    let helm = Helm::find(&args.helm(), &target, &context.env).await?;
    let chart = chart(&target.installation);
    // What is rendered for a version that is not asked for is what that version would get.
    let version = target.api.server_version().await?;
    let manifests = helm.template(&chart, &version).await?;
    let source = format!(
        "the chart in {} with the values in {}",
        chart.directory.display(),
        chart.values.display()
    );
    let rendered = Installation::of_manifests(&manifests, source)?;
    let (_, version) = name_and_version(&chart)?;
    let release = in_force(&target, &helm, &version, &manifest::parse(&manifests)?).await;
    let other = release.as_ref().ok().and_then(Option::as_ref);
    let other = other.and_then(Release::in_force);
    let asking = Asking {
        cluster: &target.api,
        context,
    };
    let mend = Mend {
        version: other.map(|(_, version)| version),
        ..target.mend()
    };
    let expected = other.map_or(&rendered, |(installation, _)| installation);
    let mut report = look(args, asking, mend, View::Operator, expected).await?;
    if let Some(release) = release.as_ref().map(Option::as_ref).transpose() {
        let release = release.map_err(Clone::clone);
        report.checks.insert(0, Release::judge(release, mend));
    }
    Ok(report)
}

/// The release that is in force, beside what this checkout makes of its chart. `None` where Helm has
/// installed nothing: what is missing is told object by object.
async fn in_force(
    target: &Target,
    helm: &Helm,
    version: &str,
    rendered: &[Item],
) -> Seen<Option<Release>> {
    let found = installed(target, RELEASE, helm.longest()).await;
    let found = found.map_err(|failure| person::told(failure.fault()))?;
    let release = found.map(|installed| Release::of(&installed, version, rendered));
    release.transpose()
}

/// In a pod of the cluster itself.
async fn from_within(args: &DoctorArgs, context: &Context) -> Result<Report, Failure> {
    let name = args.target.cluster.parse()?;
    let cluster = context.connect(&name, &Access::InCluster).await?;
    let asking = Asking {
        cluster: &cluster,
        context,
    };
    let name = cluster.name().as_str();
    let mend = Mend {
        cluster: name,
        context: args.target.context.as_deref().unwrap_or(name),
        version: None,
    };
    let expected = installation::of_cluster(asking).await?;
    look(args, asking, mend, View::Pod, &expected).await
}

async fn look(
    args: &DoctorArgs,
    asking: Asking<'_>,
    mend: Mend<'_>,
    view: View,
    expected: &Installation,
) -> Result<Report, Failure> {
    let mut report = examine(asking, mend, view, expected).await;
    if let Some(address) = &args.test_mail {
        let check = match expected.server("Alertmanager") {
            Some(server) => {
                let replicas = alertmanager::replicas(asking, &server.name).await;
                test_mail::send(asking, server, &replicas, address, mend).await
            }
            None => test_mail::unsent(address, mend),
        };
        report.checks.push(check);
    }
    Ok(report)
}
