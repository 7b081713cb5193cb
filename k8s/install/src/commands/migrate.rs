//! From the older umbrella chart to ours, under the same name of the release.
//!
//! Helm takes over what both charts have and deletes what ours has no more; Alertmanager's Secret is filled
//! before. Afterwards the older chart's revisions are deleted: their records hold passwords in plain text.

use std::io::{self, Write};

use common::cluster::Kind;
use common::fault::Failure;
use common::output::{print, print_json};
use common::process::Context;
use common::report::Conclusion;
use serde::Serialize;

use super::end::End;
use super::install::{apply, chart};
use crate::cli::{MigrateArgs, Output, Stack};
use crate::credentials::Credentials;
use crate::helm::{Chart, Force, Helm};
use crate::installation::{CHART, NAMESPACE, RELEASE};
use crate::look::{Installed, Look, Rendered, installed, not_pending};
use crate::manifest::{self, Item};
use crate::migration::{Exposed, exposed, instead};
use crate::objects::{self, Change};
use crate::plan::{HelmStep, Plan};
use crate::release;
use crate::secret::Alertmanager;
use crate::session::{Session, stopped};
use crate::target::Target;
use crate::{report, stack, verdict};

/// What becomes of everything.
#[derive(Debug, Serialize)]
struct Migration {
    #[serde(flatten)]
    plan: Plan,
    /// What the chart builds on and the cluster lacks.
    missing: Vec<String>,
    /// For each object that is deleted, what stands in for it.
    instead: Vec<(String, &'static str)>,
    /// Records with passwords in them, which are deleted at the end.
    exposed: Vec<Exposed>,
    /// The records that are deleted at the end: those of another chart.
    #[serde(skip)]
    records: Vec<String>,
}

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
        target: &target,
        helm: &helm,
        chart: &chart,
    };
    let looking = async {
        let credentials = Credentials::read(&target.installation.rotation, context).await?;
        let migration = work.look(args.stack, &credentials).await?;
        Ok::<_, Failure>((credentials, migration))
    };
    let (credentials, migration) = match context.cancel.bound(Box::pin(looking)).await {
        None => return Ok(stopped(context, 0)),
        Some(looked) => looked?,
    };
    if args.plan || args.output == Output::Text {
        show(&migration, args.output)?;
    }
    if args.plan {
        return Ok(Conclusion::done(0));
    }
    stack::require(&migration.missing)?;
    let Some(mut session) = Session::begin(&target, context, 0).await? else {
        return Ok(stopped(context, 0));
    };
    let done = Box::pin(work.carry_out(&mut session, &migration)).await;
    let done = match done {
        Ok(Some(())) => {
            let end = End {
                look: &work.as_look(),
                plan: &migration.plan,
                credentials: &credentials,
                form: args.output,
                context,
            };
            end.tell().await.map(Some)
        }
        other => other,
    };
    session.end(done).await
}

struct Work<'a> {
    target: &'a Target,
    helm: &'a Helm,
    chart: &'a Chart,
}

impl Work<'_> {
    fn as_look(&self) -> Look<'_> {
        Look {
            target: self.target,
            helm: self.helm,
            chart: self.chart,
            force: Force::Yes,
        }
    }

    async fn look(&self, wanted: Stack, credentials: &Credentials) -> Result<Migration, Failure> {
        let api = &self.target.api;
        let Some(installed) = installed(self.target, RELEASE).await? else {
            let text = format!("there is no release {RELEASE} in {NAMESPACE}");
            return Err(verdict::NO_RELEASE.because(text).into());
        };
        if installed.record.chart == CHART {
            let text = format!("release {RELEASE} is the chart {CHART} already");
            let mut trouble = verdict::NO_RELEASE.because(text);
            trouble.hint = Some("run `install-monitoring` with the same flags".to_owned());
            return Err(trouble.into());
        }
        not_pending(&installed.revision, RELEASE)?;
        let look = self.as_look();
        let rendered = look.render().await?;
        let missing = stack::missing(api, &rendered.discovery, &rendered.items, wanted);
        let missing = missing.await?;
        let mail = self.target.installation.mail();
        let alertmanager = Alertmanager::of(&rendered.items, mail)?;
        let fill = alertmanager.fill(api, &credentials.document, mail).await?;
        let before = manifest::parse(installed.record.manifest())?;
        let mut plan = self.plan(&rendered, &installed, &before).await?;
        plan.secret = Some(fill);
        let instead = deleted(&plan, &before);
        let (exposed, records) = self.records(&installed).await?;
        Ok(Migration {
            plan,
            missing,
            instead,
            exposed,
            records,
        })
    }

    async fn plan(
        &self,
        rendered: &Rendered,
        installed: &Installed,
        before: &[Item],
    ) -> Result<Plan, Failure> {
        let (api, discovery) = (&self.target.api, &rendered.discovery);
        let mut objects = objects::compare(api, discovery, &rendered.items, RELEASE).await?;
        let gone = objects::left_out(api, discovery, before, &objects).await?;
        objects.extend(gone);
        Ok(Plan {
            cluster: self.target.installation.cluster.to_string(),
            server: self.target.installation.api.server.clone(),
            release: RELEASE,
            chart: format!("{} {}", rendered.name, rendered.version),
            groundwork: self.as_look().groundwork().await?,
            secret: None,
            helm: HelmStep::Upgrade {
                from: installed.revision.number,
                version: format!("{} {}", installed.record.chart, installed.record.version),
            },
            objects,
            removals: Vec::new(),
            stays: vec!["every volume, and the operator's definitions".to_owned()],
            force: Force::Yes,
        })
    }

    /// What the records of other charts hold, and their names.
    async fn records(&self, installed: &Installed) -> Result<(Vec<Exposed>, Vec<String>), Failure> {
        let (mut found, mut names) = (Vec::new(), Vec::new());
        for revision in &installed.history {
            let record = release::record(&self.target.api, revision).await?;
            if record.chart == CHART {
                continue;
            }
            let items = manifest::parse(record.manifest()).unwrap_or_default();
            found.extend(exposed(revision.number, &revision.secret, &record, &items));
            names.push(revision.secret.clone());
        }
        Ok((found, names))
    }

    async fn carry_out(
        &self,
        session: &mut Session<'_>,
        migration: &Migration,
    ) -> Result<Option<()>, Failure> {
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
        if apply(session, &self.as_look(), plan).await?.is_none() {
            return Ok(None);
        }
        let (api, secrets) = (&self.target.api, release::secrets());
        for name in &migration.records {
            let what = format!("deleting {name}, a record of the older chart");
            let deleting = async {
                let deleted = api.delete_named(&secrets, Some(NAMESPACE), name);
                match deleted.await {
                    // Helm keeps ten of them.
                    Err(error) if error.kind != Kind::NotFound => Err(error.into()),
                    Ok(()) | Err(_) => Ok(()),
                }
            };
            if session.effect(&what, |()| 1, deleting).await?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    async fn delete(&self, id: &manifest::Id) -> Result<(), Failure> {
        let api = &self.target.api;
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

/// Each object that goes, with what stands in for it.
fn deleted(plan: &Plan, before: &[Item]) -> Vec<(String, &'static str)> {
    let objects = plan.objects.iter();
    let deleted = objects.filter(|object| object.change == Change::Delete);
    deleted
        .map(|object| {
            let id = &object.id;
            let of = before.iter().find(|item| {
                let place = item.id.namespace.as_ref().or(id.namespace.as_ref());
                item.id.kind == id.kind
                    && item.id.name == id.name
                    && item.id.group == id.group
                    && place == id.namespace.as_ref()
            });
            let source = of.map_or("", |item| item.source.as_str());
            (id.to_string(), instead(source, id))
        })
        .collect()
}

fn show(migration: &Migration, form: Output) -> Result<(), Failure> {
    if form == Output::Json {
        return Ok(print_json(migration)?);
    }
    report::show(&migration.plan, form)?;
    Ok(print(|out| text(migration, out))?)
}

fn text(migration: &Migration, out: &mut dyn Write) -> io::Result<()> {
    if !migration.instead.is_empty() {
        writeln!(out, "\nin place of what is deleted:")?;
    }
    for (object, instead) in &migration.instead {
        writeln!(out, "  {object}: {instead}")?;
    }
    if !migration.exposed.is_empty() {
        writeln!(
            out,
            "\nrecords of Helm with passwords in plain text, deleted at the end:"
        )?;
    }
    for record in &migration.exposed {
        writeln!(
            out,
            "  {} (chart version {}): {}",
            record.secret,
            record.version,
            [record.values.as_slice(), &record.secrets]
                .concat()
                .join(", ")
        )?;
    }
    for missing in &migration.missing {
        writeln!(out, "first: install k8s/stack; the cluster lacks {missing}")?;
    }
    Ok(())
}
