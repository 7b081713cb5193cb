//! Grafana: its own chart, and the Secret with the Google client that people sign in by.
//!
//! Grafana reads that Secret once, at its start. So the Deployment bears a note of the Secret that its pod has
//! read, and a pod that has read another one is started anew.

use common::cluster::Kind;
use common::fault::Failure;
use common::output::{print, print_json};
use common::process::Context;
use common::report::Conclusion;
use common::trouble::Trouble;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::ApiResource;
use serde::Serialize;
use serde_json::{Value, json};

use super::end::End;
use super::install::{apply, prepare_namespace};
use crate::cli::{GrafanaArgs, Output};
use crate::credentials::Credentials;
use crate::helm::{Chart, Force, Helm};
use crate::installation::{Installation, NAMESPACE};
use crate::look::{Look, Rendered};
use crate::plan::Plan;
use crate::secret::{Fill, Wanted};
use crate::session::{Session, stopped};
use crate::target::Target;
use crate::{report, verdict};

/// Name of its release, and of its Deployment.
pub(super) const RELEASE: &str = "prod-grafana";

/// The name of its chart.
pub(super) const CHART: &str = "monitoring-grafana";

/// What the chart reads the Google client from.
pub(super) const SECRET: &str = "grafana-google-sign-in";

/// The annotation with the `resourceVersion` of the Secret that the pod has read.
const READ: &str = "monitoring-jobs.toolchain.private/google-sign-in";

/// What is to be done.
#[derive(Debug, Serialize)]
struct Whole {
    #[serde(flatten)]
    plan: Plan,
    pod: Pod,
}

/// What becomes of Grafana's pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Pod {
    /// It has read the Secret as it is.
    Stays,
    /// It is not there yet, and reads the Secret when it is.
    Starts,
    /// It has read another one, or nobody knows which.
    Restarts,
}

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
        let whole = plan(args, &look, &rendered, context).await?;
        Ok::<_, Failure>((rendered, whole))
    };
    let (rendered, first) = match context.cancel.bound(Box::pin(preparing)).await {
        None => return Ok(stopped(context, 0)),
        Some(prepared) => prepared?,
    };
    if args.plan {
        show(&first, args.output)?;
        first.plan.check()?;
        return Ok(Conclusion::done(0));
    }
    first.plan.check()?;
    let groundwork = &first.plan.groundwork;
    let begun = prepare_namespace(&target.api, groundwork).await?;
    let planning = async {
        let mut whole = plan(args, &look, &rendered, context).await?;
        whole.plan.groundwork.clone_from(groundwork);
        whole.plan.check()?;
        Ok::<_, Failure>(whole)
    };
    let started = Session::begin(&target, context, begun, Box::pin(planning)).await;
    let (mut session, whole) = match started {
        Ok(started) => started,
        Err(conclusion) => return Ok(conclusion),
    };
    let work = async {
        // Programs get it in the end.
        if args.output == Output::Text {
            show(&whole, args.output)?;
        }
        if apply(&mut session, &look, &whole.plan).await?.is_none() {
            return Ok(None);
        }
        whole.pod.follow(&mut session, &target).await
    };
    let work = Box::pin(work).await;
    let (_, ended) = session.end(work).await;
    let end = End {
        target: &target,
        form: args.output,
        context,
    };
    Ok(end.tell(&whole, ended))
}

/// What is to be done by what cluster and AWS say now.
async fn plan(
    args: &GrafanaArgs,
    look: &Look<'_>,
    rendered: &Rendered,
    context: &Context,
) -> Result<Whole, Failure> {
    let target = look.target;
    let mut credentials = Credentials::read(&target.installation.rotation, context).await?;
    // Such that no new client can have come into AWS unseen before the look at the Secret.
    let fill = loop {
        let wanted = wanted(args, &credentials)?;
        // Neither value is a file.
        let fill = Fill::look(&target.api, wanted, |_| Vec::new()).await?;
        if fill.is_nothing() || !credentials.read_again().await? {
            break fill;
        }
    };
    let pod = Pod::look(target, &fill).await?;
    let plan = look.plan(rendered, Some(fill)).await?;
    Ok(Whole { plan, pod })
}

/// What the Secret should hold.
fn wanted(args: &GrafanaArgs, credentials: &Credentials) -> Result<Wanted, Trouble> {
    let client_id = credentials.member(&args.client_id)?;
    let client_secret = credentials.member(&args.client_secret)?;
    Ok(Wanted {
        name: SECRET.to_owned(),
        values: [
            ("client_id".to_owned(), client_id),
            ("client_secret".to_owned(), client_secret),
        ]
        .into(),
    })
}

fn show(whole: &Whole, form: Output) -> Result<(), Failure> {
    if form == Output::Json {
        return Ok(print_json(whole)?);
    }
    report::show(&whole.plan, form)?;
    if whole.pod == Pod::Restarts {
        let text = "besides, Grafana restarts: it reads the Google client at its start alone";
        print(|out| writeln!(out, "{text}"))?;
    }
    Ok(())
}

impl Pod {
    async fn look(target: &Target, fill: &Fill) -> Result<Self, Failure> {
        let api = &target.api;
        let deployments = deployments();
        let reading = api.get_value(&deployments, Some(NAMESPACE), RELEASE);
        let deployment = match reading.await {
            Ok(deployment) => deployment,
            Err(error) if error.kind == Kind::NotFound => return Ok(Self::Starts),
            Err(error) => return Err(error.into()),
        };
        if !fill.is_nothing() {
            return Ok(Self::Restarts);
        }
        let secret = api.get_secret(NAMESPACE, SECRET).await?;
        Ok(Self::of(&deployment, &secret.resource_version))
    }

    /// What becomes of the pod of a Deployment, where the Secret is of this version and stays so.
    fn of(deployment: &Value, version: &str) -> Self {
        let annotations = deployment.pointer("/metadata/annotations");
        let read = annotations.and_then(|all| all.get(READ)?.as_str());
        if read == Some(version) {
            Self::Stays
        } else {
            Self::Restarts
        }
    }

    /// The change of the Deployment, if there is one. One of its template starts the pod anew.
    fn patch(self, version: &str) -> Option<Value> {
        let metadata = json!({"annotations": {READ: version}});
        match self {
            Self::Stays => None,
            Self::Starts => Some(json!({"metadata": metadata})),
            Self::Restarts => Some(json!({
                "metadata": metadata,
                "spec": {"template": {"metadata": metadata}},
            })),
        }
    }

    /// Notes which Secret the pod reads, and starts it anew if it has read another one.
    async fn follow(
        self,
        session: &mut Session<'_>,
        target: &Target,
    ) -> Result<Option<()>, Failure> {
        let what = match self {
            Self::Stays => return Ok(Some(())),
            Self::Starts => "noting which Google client Grafana reads",
            Self::Restarts => {
                "restarting Grafana, which reads the Google client at its start alone"
            }
        };
        let api = &target.api;
        let noting = async {
            let secret = api.get_secret(NAMESPACE, SECRET).await?;
            if let Some(patch) = self.patch(&secret.resource_version) {
                api.merge_value(&deployments(), Some(NAMESPACE), RELEASE, &patch)
                    .await?;
            }
            Ok::<(), Failure>(())
        };
        session.effect(what, |()| 1, noting).await
    }
}

fn deployments() -> ApiResource {
    ApiResource::erase::<Deployment>(&())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::value_of;

    #[test]
    fn the_chart_is_known_by_the_name_that_it_has() {
        let text = include_str!("../../../grafana/Chart.yaml");
        assert_eq!(value_of("Chart.yaml", text).unwrap()["name"], CHART);
    }

    #[test]
    fn a_pod_restarts_unless_it_is_known_to_have_read_the_secret_as_it_is() {
        let noted = |version: &str| json!({"metadata": {"annotations": {READ: version}}});
        assert_eq!(Pod::of(&noted("7"), "7"), Pod::Stays);
        assert_eq!(Pod::of(&noted("6"), "7"), Pod::Restarts);
        assert_eq!(Pod::of(&json!({"metadata": {}}), "7"), Pod::Restarts);
    }

    #[test]
    fn what_is_noted_is_known_the_next_time_and_only_a_restart_changes_the_template() {
        assert_eq!(Pod::Stays.patch("7"), None);
        for pod in [Pod::Starts, Pod::Restarts] {
            let patch = pod.patch("7").unwrap();
            assert_eq!(Pod::of(&patch, "7"), Pod::Stays);
            let template = patch.pointer("/spec/template/metadata/annotations");
            assert_eq!(template.is_some(), pod == Pod::Restarts);
        }
    }
}
