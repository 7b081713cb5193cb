//! Back to an earlier revision of the chart, with the credentials of today: its template is filled from AWS
//! again, so that no old password comes back.

use common::fault::Failure;
use common::process::Context;
use common::report::Conclusion;
use common::trouble::Trouble;

use super::end::End;
use super::install::{chart, refill};
use crate::cli::RollbackArgs;
use crate::credentials::Credentials;
use crate::helm::{Force, Helm};
use crate::installation::{CHART, NAMESPACE, RELEASE};
use crate::look::{Installed, Look, installed};
use crate::manifest;
use crate::objects;
use crate::plan::{HelmStep, Plan};
use crate::release::{self, Record, Revision};
use crate::secret::Alertmanager;
use crate::session::{Session, stopped};
use crate::target::Target;
use crate::{report, verdict};

/// Goes back, or shows what that would change.
///
/// # Errors
/// When there is nothing to go back to, or an effect fails.
pub async fn rollback(args: &RollbackArgs, context: &Context) -> Result<Conclusion, Failure> {
    let target = Target::open(&args.target, context).await?;
    let helm = Helm::find(&args.helm, &target, &context.env).await?;
    let credentials = Credentials::read(&target.installation.rotation, context).await?;
    let planning = plan(args, &target, &credentials);
    let (plan, to) = match context.cancel.bound(Box::pin(planning)).await {
        None => return Ok(stopped(context, 0)),
        Some(planned) => planned?,
    };
    if args.plan {
        report::show(&plan, args.output)?;
        plan.check()?;
        return Ok(Conclusion::done(0));
    }
    plan.check()?;
    report::show_begin(&plan, args.output)?;
    let Some(mut session) = Session::begin(&target, context, 0).await? else {
        return Ok(stopped(context, 0));
    };
    let chart = chart(&target.installation);
    let look = Look {
        target: &target,
        helm: &helm,
        chart: &chart,
        force: Force::Yes,
    };
    let work = async {
        let what = format!("going back to revision {to} of {RELEASE}");
        let going = helm.rollback(RELEASE, to);
        if session.effect(&what, |()| 1, going).await?.is_none() {
            return Ok(None);
        }
        // Helm has brought the template of then back; who is let in is said by AWS today.
        if refill(&mut session, &look, &credentials).await?.is_none() {
            return Ok(None);
        }
        let end = End {
            look: &look,
            plan: &plan,
            credentials: &credentials,
            form: args.output,
            context,
        };
        end.tell().await?;
        Ok(Some(()))
    };
    let work = Box::pin(work).await;
    session.end(work).await
}

/// What going back changes, and to which revision it goes.
async fn plan(
    args: &RollbackArgs,
    target: &Target,
    credentials: &Credentials,
) -> Result<(Plan, u32), Failure> {
    let api = &target.api;
    let Some(installed) = installed(target, RELEASE).await? else {
        let text = format!("there is no release {RELEASE} in {NAMESPACE}");
        return Err(verdict::NO_RELEASE.because(text).into());
    };
    let to = choose(&installed, args.revision)?;
    let record = release::record(api, to).await?;
    ours(&record, to)?;
    let discovery = api.discover().await?;
    let mut items = manifest::parse(record.manifest())?;
    for item in &mut items {
        item.served(&discovery, NAMESPACE);
    }
    let before = manifest::parse(installed.record.manifest())?;
    let mut objects = objects::compare(api, &discovery, &items, RELEASE).await?;
    let gone = objects::left_out(api, &discovery, &before, &objects).await?;
    objects.extend(gone);
    let mail = target.installation.mail();
    let alertmanager = Alertmanager::of(&items, mail)?;
    let fill = alertmanager.fill(api, &credentials.document, mail).await?;
    let plan = Plan {
        cluster: target.installation.cluster.to_string(),
        server: target.installation.api.server.clone(),
        release: RELEASE,
        chart: format!("{} {}", record.chart, record.version),
        groundwork: Vec::new(),
        secret: Some(fill),
        helm: HelmStep::Rollback {
            from: installed.revision.number,
            to: to.number,
            version: record.version,
        },
        objects,
        removals: Vec::new(),
        stays: Vec::new(),
        // What it was then is wanted whole.
        force: Force::Yes,
    };
    Ok((plan, to.number))
}

/// The revision that is asked for, or the newest one that was in force before the present one.
fn choose(installed: &Installed, asked: Option<u32>) -> Result<&Revision, Trouble> {
    let present = &installed.revision;
    let mut candidates = installed.history.iter().rev().filter(|revision| {
        // A present one that is stuck has not replaced the one before it.
        revision.was_deployed() && revision.number != present.number
    });
    let chosen = match asked {
        Some(number) => candidates.find(|revision| revision.number == number),
        None => candidates.next(),
    };
    chosen.ok_or_else(|| {
        let text = match asked {
            Some(number) => format!("{RELEASE} was never at revision {number}, or is there now"),
            None => format!("{RELEASE} has no revision before {}", present.number),
        };
        verdict::NO_REVISION.because(text)
    })
}

/// An older chart's revision would bring its passwords back.
fn ours(record: &Record, revision: &Revision) -> Result<(), Trouble> {
    if record.chart == CHART {
        return Ok(());
    }
    let text = format!(
        "revision {} is the chart {} {}, whose passwords are those of then",
        revision.number, record.chart, record.version
    );
    Err(verdict::NO_REVISION.because(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(statuses: &[&str]) -> Installed {
        let revisions = (1_u32..).zip(statuses).map(|(number, status)| Revision {
            number,
            status: (*status).to_owned(),
            secret: format!("v{number}"),
        });
        let history: Vec<_> = revisions.collect();
        Installed {
            revision: history.last().unwrap().clone(),
            record: Record::decode(b"e30=").unwrap(),
            history,
        }
    }

    #[test]
    fn it_goes_back_to_the_newest_that_was_in_force_or_to_the_one_asked_for() {
        let chosen = |statuses: &[&str], asked| {
            let installed = installed(statuses);
            choose(&installed, asked).ok().map(|it| it.number)
        };
        let three = ["superseded", "failed", "superseded", "deployed"];
        assert_eq!(chosen(&three, None), Some(3));
        assert_eq!(chosen(&three, Some(1)), Some(1));
        for wrong in [2, 4, 5] {
            assert_eq!(chosen(&three, Some(wrong)), None, "{wrong}");
        }
        assert_eq!(chosen(&["deployed", "pending-upgrade"], None), Some(1));
        assert_eq!(chosen(&["deployed", "failed"], None), Some(1));
        assert_eq!(chosen(&["deployed"], None), None);
    }
}
