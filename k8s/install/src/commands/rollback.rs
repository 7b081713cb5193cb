//! Back to an earlier revision of the chart, with the credentials of today: its template is filled from AWS
//! again, so that no old password comes back.

use common::fault::Failure;
use common::process::Context;
use common::report::Conclusion;
use common::trouble::Trouble;

use super::end::{End, Expected};
use super::install::{chart, of_today, refill, settle};
use crate::cli::RollbackArgs;
use crate::credentials::Credentials;
use crate::helm::{Force, Helm};
use crate::installation::{CHART, NAMESPACE, RELEASE};
use crate::look::{Installed, Look, installed};
use crate::manifest;
use crate::objects::{self, ObjectChange};
use crate::plan::{HelmStep, Plan};
use crate::release::{self, Back, Past, Record, Revision, Wish, way_back};
use crate::secret::Alertmanager;
use crate::session::{Session, stopped};
use crate::target::Target;
use crate::{doctor, report, verdict};

/// Goes back, or shows what that would change.
///
/// # Errors
/// When there is nothing to go back to, or an effect fails.
pub async fn rollback(args: &RollbackArgs, context: &Context) -> Result<Conclusion, Failure> {
    let target = Target::open(&args.target, context).await?;
    let helm = Helm::find(&args.helm, &target, &context.env).await?;
    let chart = chart(&target.installation);
    let work = Work {
        look: Look {
            target: &target,
            helm: &helm,
            chart: &chart,
            force: Force::Yes,
        },
        args,
        context,
    };
    let Planned { plan, .. } = match context.cancel.bound(Box::pin(work.plan())).await {
        None => return Ok(stopped(context, 0)),
        Some(planned) => planned?,
    };
    if args.plan {
        report::show(&plan, args.output)?;
        plan.check()?;
        return Ok(Conclusion::done(0));
    }
    plan.check()?;
    let planning = Box::pin(work.plan_again());
    let started = Session::begin(&target, context, None, planning).await;
    let (mut session, Planned { plan, expected }) = match started {
        Ok(started) => started,
        Err(conclusion) => return Ok(conclusion),
    };
    let going = Box::pin(work.go_back(&mut session, &plan)).await;
    let (credentials, ended) = session.end(going).await;
    let end = End {
        target: &target,
        form: args.output,
        context,
    };
    let Some(credentials) = credentials else {
        return Ok(end.tell(&plan, ended));
    };
    // What is not waited for is not ready yet.
    let expected = (!args.helm.no_wait).then_some(&expected);
    Box::pin(end.look_back(&plan, ended, &credentials, expected)).await
}

struct Work<'a> {
    look: Look<'a>,
    args: &'a RollbackArgs,
    context: &'a Context,
}

/// What going back changes, and what should be there then.
struct Planned {
    plan: Plan,
    expected: Expected,
}

impl Work<'_> {
    /// The plan by another look, once nobody else installs.
    async fn plan_again(&self) -> Result<Planned, Failure> {
        let planned = Box::pin(self.plan()).await?;
        planned.plan.check()?;
        Ok(planned)
    }

    /// Goes to where the plan leads. Returns the credentials that are in force then; `None` when told to stop
    /// meanwhile.
    async fn go_back(
        &self,
        session: &mut Session<'_>,
        plan: &Plan,
    ) -> Result<Option<Credentials>, Failure> {
        report::show_begin(plan, self.args.output)?;
        let target = self.look.target;
        if let HelmStep::Rollback { to, .. } = plan.helm {
            let what = format!("going back to revision {to} of {RELEASE}");
            let going = self.look.helm.rollback(RELEASE, to);
            match session.effect(&what, |()| 1, going).await {
                Ok(Some(())) => {}
                Ok(None) => return Ok(None),
                Err(failure) => {
                    // Helm applies first and waits then, so the template of then may be there already.
                    settle(session, target, self.context).await;
                    return Err(failure);
                }
            }
        } else if self.context.cancel.is_cancelled() {
            return Ok(None);
        }
        // Helm has brought the template of then back; who is let in is said by AWS today.
        Box::pin(refill(session, target, self.context))
            .await
            .map(Some)
    }

    async fn plan(&self) -> Result<Planned, Failure> {
        let Look { target, helm, .. } = self.look;
        let api = &target.api;
        let longest = helm.longest();
        let Some(installed) = installed(target, RELEASE, longest).await? else {
            let text = format!("there is no release {RELEASE} in {NAMESPACE}");
            return Err(verdict::NO_RELEASE.because(text).into());
        };
        let Installed {
            revision, standing, ..
        } = &installed;
        let mend = target.mend();
        release::refuse(revision, *standing, Wish::GoBack, RELEASE, longest, mend)?;
        let back = choose(target, &installed, self.args.revision).await?;
        let to = named(&installed, back.to())?;
        let record = release::record(api, to).await?;
        ours(&record, to)?;
        let discovery = api.discover().await?;
        let mut items = manifest::parse(record.manifest())?;
        for item in &mut items {
            item.served(&discovery, NAMESPACE);
        }
        let expected = Expected {
            installation: doctor::Installation::of_manifests(
                record.manifest(),
                format!("revision {} of {RELEASE}", to.number),
            )?,
            version: Some(record.version.clone()),
            is_first: false,
        };
        let before = manifest::parse(installed.record.manifest())?;
        let mut objects = objects::compare(api, &discovery, &items, RELEASE).await?;
        let gone = objects::left_out(api, &discovery, &before, &objects).await?;
        objects.extend(gone);
        let alertmanager = Alertmanager::of(&items, target.installation.mail())?;
        let filling = of_today(target, &alertmanager, self.context);
        let (_, fill) = Box::pin(filling).await?;
        let is_back = matches!(back, Back::Already(_));
        let (helm, mut stays) = if is_back && objects.iter().all(ObjectChange::is_nothing) {
            let stays = format!(
                "revision {}, which is revision {} again: another one must be named with --revision",
                revision.number, to.number
            );
            let nothing = HelmStep::Nothing {
                revision: Some(revision.number),
            };
            (nothing, vec![stays])
        } else {
            let going = HelmStep::Rollback {
                from: revision.number,
                to: to.number,
                version: record.version.clone(),
            };
            (going, Vec::new())
        };
        stays.extend(objects.iter().filter_map(ObjectChange::pause));
        let chart = format!("{} {}", record.chart, record.version);
        let plan = Plan {
            secret: Some(fill),
            helm,
            objects,
            stays,
            // What it was then is wanted whole.
            force: Force::Yes,
            ..Plan::of_nothing(target, RELEASE, chart)
        };
        Ok(Planned { plan, expected })
    }
}

/// The revision that is asked for, or the one that going back leads to.
async fn choose(
    target: &Target,
    installed: &Installed,
    asked: Option<u32>,
) -> Result<Back, Failure> {
    let mut records = Vec::new();
    for revision in &installed.history {
        records.push(known(release::record(&target.api, revision).await)?);
    }
    let history = Past::of(&installed.history, &records);
    way_back(&history, asked).ok_or_else(|| {
        let text = match asked {
            Some(number) => format!("{RELEASE} was never at revision {number}, or is there now"),
            None => format!(
                "{RELEASE} has no revision before {}",
                installed.revision.number
            ),
        };
        verdict::NO_REVISION.because(text).into()
    })
}

/// A record that is none is like no other. One that could not be had may be the one that an earlier rollback has
/// gone to: without it the way back would lead forward again.
fn known(read: Result<Record, Failure>) -> Result<Option<Record>, Failure> {
    match read {
        Ok(record) => Ok(Some(record)),
        Err(failure) if failure.fault().code() == verdict::RELEASE_UNREADABLE.code => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn named(installed: &Installed, number: u32) -> Result<&Revision, Trouble> {
    let mut history = installed.history.iter();
    history
        .find(|revision| revision.number == number)
        .ok_or_else(|| verdict::NO_REVISION.because(format!("there is no revision {number}")))
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
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use common::exit::Exit;

    use super::*;

    #[test]
    fn a_record_that_could_not_be_had_is_not_taken_for_one_that_is_like_no_other() {
        let record = Record::decode(STANDARD.encode("{}").as_bytes()).unwrap();
        assert!(known(Ok(record)).unwrap().is_some());
        let broken = verdict::RELEASE_UNREADABLE.because("v1 is no record of Helm");
        assert!(known(Err(broken.into())).unwrap().is_none());
        for exit in [Exit::Transient, Exit::Denied] {
            let trouble = Trouble {
                exit,
                code: "cluster-timeout",
                text: "no answer".to_owned(),
                hint: None,
            };
            let failure = known(Err(trouble.into())).unwrap_err();
            assert_eq!(failure.fault().exit(), exit);
        }
    }
}
