//! From the older umbrella chart to ours, under the same name of the release.
//!
//! Helm takes over what both charts have and deletes what ours has no more; Alertmanager's Secret is filled
//! before. Afterwards the older chart's revisions are deleted: their records hold passwords in plain text. A
//! migration that was stopped goes on where it was.

mod document;

use common::cluster::{Discovery, Kind};
use common::fault::Failure;
use common::output::{print, print_json};
use common::process::Context;
use common::report::Conclusion;
use common::trouble::Trouble;

use super::end::{End, Expected};
use super::install::{apply, chart, of_today};
use super::uninstall::volumes;
use crate::cli::{MigrateArgs, Output};
use crate::credentials::Credentials;
use crate::doctor::Installation;
use crate::doctor::selection::{self, LeftOut};
use crate::helm::{Force, Helm};
use crate::installation::{CHART, NAMESPACE, RELEASE};
use crate::look::{Installed, Look, Rendered, Settled, blocking};
use crate::manifest;
use crate::migration::{Next, Past, exposed, next};
use crate::objects::{self, Change};
use crate::plan::{HelmStep, Plan, Removal};
use crate::release::{self, Record, Revision, Wish};
use crate::secret::Alertmanager;
use crate::seen::Asking;
use crate::session::{Session, stopped};
use crate::target::Target;
use crate::{report, stack, verdict};
use document::{Migration, deleted, text};

/// A record of another chart, which is deleted at the end.
const OLDER: &str = "older record";

/// Takes the cluster over, or shows what that would change.
///
/// # Errors
/// When there is nothing to migrate from, or an effect fails.
pub async fn migrate(args: &MigrateArgs, context: &Context) -> Result<Conclusion, Failure> {
    let target = Target::open(&args.target, context).await?;
    if !args.plan && args.confirm.as_deref() != Some(target.installation.cluster.as_str()) {
        let text = format!(
            "deleting the older chart's objects from {} needs `--confirm {0}`",
            target.installation.cluster
        );
        return Err(verdict::NOT_CONFIRMED.because(text).into());
    }
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
    let Looked {
        migration: first, ..
    } = match context.cancel.bound(Box::pin(work.look())).await {
        None => return Ok(stopped(context, 0)),
        Some(looked) => looked?,
    };
    if args.plan {
        work.show(&first)?;
        // What is missing is told by the plan itself: it is what is to be done first.
        first.plan.check_takeover()?;
        return Ok(Conclusion::done(0));
    }
    first.check()?;
    let planning = Box::pin(work.look_again());
    let started = Session::begin(&target, context, None, planning).await;
    let (mut session, looked) = match started {
        Ok(started) => started,
        Err(conclusion) => return Ok(conclusion),
    };
    let Looked {
        credentials,
        migration,
        expected,
    } = looked;
    let done = Box::pin(work.carry_out(&mut session, &migration)).await;
    let (whole, ended) = session.end(done).await;
    let end = End {
        target: &target,
        form: args.output,
        context,
    };
    if whole.is_none() {
        return Ok(end.tell(&migration, ended));
    }
    // What is not waited for is not ready yet.
    let expected = (!args.helm.no_wait).then_some(&expected);
    Box::pin(end.look_back(&migration, ended, &credentials, expected)).await
}

struct Work<'a> {
    look: Look<'a>,
    args: &'a MigrateArgs,
    context: &'a Context,
}

/// What is to be done, by what, and what should be there then.
struct Looked {
    credentials: Credentials,
    migration: Migration,
    expected: Expected,
}

/// A revision with what it was made of.
struct Recorded {
    revision: Revision,
    record: Record,
}

impl Work<'_> {
    /// Looks again, once nobody else installs.
    async fn look_again(&self) -> Result<Looked, Failure> {
        let looked = Box::pin(self.look()).await?;
        looked.migration.check()?;
        Ok(looked)
    }

    /// What is to be done from where the release is now.
    async fn look(&self) -> Result<Looked, Failure> {
        let Look { target, helm, .. } = self.look;
        let Settled {
            installed,
            abandoned,
        } = self.look.settled().await?;
        let Some(installed) = installed else {
            let text = format!("there is no release {RELEASE} in {NAMESPACE}");
            return Err(verdict::NO_RELEASE.because(text).into());
        };
        let Installed {
            revision: newest,
            standing,
            history,
            ..
        } = installed;
        let (longest, mend) = (helm.longest(), target.mend());
        release::refuse(&newest, standing, Wish::Change, RELEASE, longest, mend)?;
        let mut records = Vec::new();
        for revision in history {
            let record = release::record(&target.api, &revision).await?;
            records.push(Recorded { revision, record });
        }
        let past = records.iter().map(|it| Past {
            number: it.revision.number,
            is_deployed: it.revision.status == "deployed",
            is_ours: it.record.chart == CHART,
        });
        let past: Vec<Past> = past.collect();
        let mut looked = match next(&past) {
            Next::Install | Next::Nothing => {
                let text = format!("release {RELEASE} is the chart {CHART} already");
                let mut trouble = verdict::NO_RELEASE.because(text);
                trouble.hint = Some("run `install-monitoring` with the same flags".to_owned());
                return Err(trouble.into());
            }
            Next::Forget { deployed } => {
                let ours = numbered(&records, deployed)?;
                self.forget(newest.number, ours).await?
            }
            Next::TakeOver { from } => {
                let older = numbered(&records, from)?;
                Box::pin(self.take_over(newest.number, &older.record)).await?
            }
        };
        let migration = &mut looked.migration;
        migration.plan.removals = blocking(&abandoned);
        for Recorded { revision, record } in &records {
            if record.chart != CHART {
                let items = manifest::parse(record.manifest()).unwrap_or_default();
                let found = exposed(revision.number, &revision.secret, record, &items);
                migration.exposed.extend(found);
                migration.plan.removals.push(Removal {
                    kind: OLDER,
                    name: revision.secret.clone(),
                    why: "it is of the older chart",
                });
            }
        }
        Ok(looked)
    }

    /// The records of the older chart are all that is left of it; `ours` is in force.
    async fn forget(&self, newest: u32, ours: &Recorded) -> Result<Looked, Failure> {
        let config = &self.look.target.installation.rotation;
        let credentials = Credentials::read(config, self.context).await?;
        let nothing = HelmStep::Nothing {
            revision: Some(newest),
        };
        let Recorded { revision, record } = ours;
        let source = format!("revision {} of {RELEASE}", revision.number);
        Ok(Looked {
            credentials,
            migration: Migration::of(self.plan(CHART.to_owned(), nothing)),
            expected: Expected {
                installation: Installation::of_manifests(record.manifest(), source)?,
                version: Some(record.version.clone()),
                // Since when it is in force nobody asks: the jobs may not have run yet.
                is_first: true,
            },
        })
    }

    /// Everything that `older` has made becomes ours or goes.
    async fn take_over(&self, newest: u32, older: &Record) -> Result<Looked, Failure> {
        let Look { target, .. } = self.look;
        let api = &target.api;
        let rendered = self.look.render().await?;
        let Rendered {
            items, discovery, ..
        } = &rendered;
        let alertmanager = Alertmanager::of(items, target.installation.mail())?;
        let filling = of_today(target, &alertmanager, self.context);
        let (credentials, fill) = Box::pin(filling).await?;
        let before = manifest::parse(older.manifest())?;
        let step = HelmStep::Upgrade {
            from: newest,
            version: format!("{} {}", older.chart, older.version),
        };
        let mut plan = self.plan(format!("{} {}", rendered.name, rendered.version), step);
        plan.groundwork = self.look.groundwork().await?;
        plan.secret = Some(fill);
        plan.objects = objects::compare(api, discovery, items, RELEASE).await?;
        let gone = objects::left_out(api, discovery, &before, &plan.objects).await?;
        plan.objects.extend(gone);
        plan.stays = volumes(target, &plan).await?;
        plan.stays.push("the operator's definitions".to_owned());
        let leaving = plan.objects.iter();
        let leaving = leaving.filter(|object| object.change == Change::Delete);
        let leaving: Vec<_> = leaving.map(|object| &object.id).collect();
        let missing = stack::missing(api, discovery, items, self.args.stack, &leaving).await?;
        let instead = deleted(&plan, &before);
        let ours = Installation::of_manifests(&rendered.text, "the chart")?;
        let left_out = self.left_out(&ours, discovery, &plan).await?;
        Ok(Looked {
            credentials,
            migration: Migration {
                missing,
                instead,
                left_out,
                ..Migration::of(plan)
            },
            expected: Expected {
                installation: ours,
                version: None,
                is_first: true,
            },
        })
    }

    /// Rules and monitors that neither chart brings, and that Prometheus would take no more. Those that go
    /// or become ours are in the plan.
    async fn left_out(
        &self,
        ours: &Installation,
        discovery: &Discovery,
        plan: &Plan,
    ) -> Result<Vec<LeftOut>, Failure> {
        let Some(selection) = &ours.selection else {
            return Ok(Vec::new());
        };
        let asking = Asking {
            cluster: &self.look.target.api,
            context: self.context,
        };
        let objects = Box::pin(selection::read(asking, discovery)).await?;
        Ok(selection.left_out(&objects, |id| {
            let mut known = plan.objects.iter();
            known.any(|object| object.id == *id && object.change != Change::Keep)
        }))
    }

    fn show(&self, migration: &Migration) -> Result<(), Failure> {
        let form = self.args.output;
        if form == Output::Json {
            return Ok(print_json(migration)?);
        }
        report::show(&migration.plan, form)?;
        let mend = self.look.target.mend();
        Ok(print(|out| text(migration, mend, out))?)
    }

    fn plan(&self, chart: String, helm: HelmStep) -> Plan {
        Plan {
            helm,
            force: Force::Yes,
            ..Plan::of_nothing(self.look.target, RELEASE, chart)
        }
    }

    async fn carry_out(
        &self,
        session: &mut Session<'_>,
        migration: &Migration,
    ) -> Result<Option<()>, Failure> {
        // Programs get it in the end.
        if self.args.output == Output::Text {
            self.show(migration)?;
        }
        let plan = &migration.plan;
        for object in &plan.objects {
            if let Change::Replace { .. } = &object.change {
                let what = format!("deleting {}, which cannot be changed", object.id);
                let deleting = self.delete(&object.id);
                if session.effect(&what, |()| 1, deleting).await?.is_none() {
                    return Ok(None);
                }
            }
        }
        if apply(session, &self.look, plan).await?.is_none() {
            return Ok(None);
        }
        let older = plan.removals.iter().filter(|it| it.kind == OLDER);
        for Removal { name, .. } in older {
            let what = format!("deleting {name}, a record of the older chart");
            let deleting = release::forget(&self.look.target.api, name);
            if session.effect(&what, |()| 1, deleting).await?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    async fn delete(&self, id: &manifest::Id) -> Result<(), Failure> {
        let api = &self.look.target.api;
        let discovery = api.discover().await?;
        let Some(served) = discovery.served(&id.group, &id.kind).first() else {
            return Ok(());
        };
        let place = id.namespace.as_deref();
        match api.delete_named(&served.resource, place, &id.name).await {
            Err(error) if error.kind != Kind::NotFound => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// The revision of a number that the history is known to have.
fn numbered(records: &[Recorded], number: u32) -> Result<&Recorded, Trouble> {
    let found = records.iter().find(|it| it.revision.number == number);
    found.ok_or_else(|| {
        let text = format!("the history of {RELEASE} has no revision {number}");
        verdict::RELEASE_UNREADABLE.because(text)
    })
}
