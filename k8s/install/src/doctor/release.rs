//! What is installed, beside what the reader's checkout would install. After a rollback, or in another
//! checkout, these are two things, and what the checkout says would undo the one that was meant.

use common::trouble::Trouble;
use serde_json::Value;

use super::installation::Installation;
use super::report::{Area, Check, Finding};
use crate::installation::{CHART, NAMESPACE, RELEASE};
use crate::look::Installed;
use crate::manifest::{self, Id, Item};
use crate::mend::Mend;
use crate::release::{self, Record};
use crate::seen::Seen;

/// The release that is in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    revision: u32,
    chart: String,
    version: String,
    standing: Standing,
    unfinished: Option<Unfinished>,
}

/// A newer revision that did not come into force, or not yet: objects may be half of one and half of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unfinished {
    revision: u32,
    /// Helm's word for it.
    status: String,
    standing: release::Standing,
}

/// How it stands to the checkout.
#[derive(Debug, Clone, PartialEq)]
enum Standing {
    /// It is what the checkout makes.
    Same,
    /// It is of another chart.
    OtherChart,
    /// It is something else than what the checkout makes.
    Other {
        /// The chart's version in the checkout.
        checkout: String,
        /// What should be there by the release itself.
        in_force: Box<Installation>,
    },
}

impl Release {
    /// Holds what is installed against what the checkout makes of its chart, which has this `version`.
    ///
    /// # Errors
    /// When Helm's record cannot be read.
    pub fn of(installed: &Installed, version: &str, rendered: &[Item]) -> Result<Self, Trouble> {
        let mut newest_first = installed.history.iter().rev();
        // As the record is chosen.
        let deployed = newest_first.find(|it| it.status == "deployed");
        let revision = deployed.unwrap_or(&installed.revision).number;
        let newest = &installed.revision;
        let unfinished = (newest.status != "deployed").then(|| Unfinished {
            revision: newest.number,
            status: newest.status.clone(),
            standing: installed.standing,
        });
        Ok(Self {
            unfinished,
            ..Self::compare(&installed.record, revision, version, rendered)?
        })
    }

    fn compare(
        record: &Record,
        revision: u32,
        version: &str,
        rendered: &[Item],
    ) -> Result<Self, Trouble> {
        let standing = if record.chart == CHART {
            let stored = manifest::parse(record.manifest())?;
            if record.version == version && by_id(&stored) == by_id(rendered) {
                Standing::Same
            } else {
                let source = format!(
                    "what Helm has installed: revision {revision} of {RELEASE}, version {} of the \
                     chart",
                    record.version
                );
                let in_force = Installation::of_manifests(record.manifest(), source)?;
                Standing::Other {
                    checkout: version.to_owned(),
                    in_force: Box::new(in_force),
                }
            }
        } else {
            Standing::OtherChart
        };
        Ok(Self {
            revision,
            chart: record.chart.clone(),
            version: record.version.clone(),
            standing,
            unfinished: None,
        })
    }

    /// What should be there, and the chart's version there, if that is something else than what the checkout
    /// makes.
    pub fn in_force(&self) -> Option<(&Installation, &str)> {
        match &self.standing {
            Standing::Same | Standing::OtherChart => None,
            Standing::Other { in_force, .. } => Some((in_force.as_ref(), &self.version)),
        }
    }

    /// Tells what is in force, first of all.
    pub fn judge(seen: Seen<&Self>, mend: Mend<'_>) -> Check {
        let title = format!("Release {NAMESPACE}/{RELEASE}");
        let release = match seen {
            Ok(release) => release,
            Err(why) => return Check::unseen(Area::Release, title, &why),
        };
        let Self {
            revision,
            chart,
            version,
            standing,
            unfinished,
        } = release;
        let unfinished = unfinished.as_ref().map(|it| it.finding(&title, mend));
        let finding = match standing {
            Standing::Same => None,
            Standing::OtherChart => {
                let text = format!(
                    "it is the chart {chart} {version}, and everything here is held against {CHART}"
                );
                Some(Finding::wrong(title, text, mend.migrate()))
            }
            Standing::Other { checkout, .. } => {
                let difference = if version == checkout {
                    "this checkout makes something else of that version".to_owned()
                } else {
                    format!("this checkout has {checkout}")
                };
                let text = format!(
                    "version {version} of the chart is in force, and {difference}; everything here is \
                     held against what is in force"
                );
                Some(Finding::warning(title, text, mend.plan()))
            }
        };
        Check {
            area: Area::Release,
            well: format!("revision {revision}, version {version} of the chart"),
            details: Vec::new(),
            findings: unfinished.into_iter().chain(finding).collect(),
        }
    }
}

impl Unfinished {
    fn finding(&self, title: &str, mend: Mend<'_>) -> Finding {
        let Self {
            revision, status, ..
        } = self;
        let text = format!("revision {revision} is `{status}`, so it may be in force in part");
        match self.standing {
            release::Standing::AtWork => {
                let text = format!(
                    "revision {revision} is `{status}`: Helm is at work on it, or was killed"
                );
                Finding::warning(title, text, mend.helm("history", RELEASE))
            }
            release::Standing::Leaving => Finding::wrong(title, text, mend.uninstall()),
            release::Standing::Still | release::Standing::Abandoned => {
                Finding::wrong(title, text, mend.plan())
            }
        }
    }
}

fn by_id(items: &[Item]) -> Vec<(&Id, &Value)> {
    let mut items: Vec<_> = items.iter().map(|it| (&it.id, &it.value)).collect();
    items.sort_by_key(|(id, _)| *id);
    items
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;
    use crate::doctor::report::Severity;

    const MEND: Mend<'_> = Mend::of("c");

    const MANIFEST: &str = "\
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: check-consistency, namespace: monitoring}
spec: {schedule: 7 * * * *}
";

    fn release(chart: &str, version: &str, rendered: &str) -> Release {
        let stored = json!({
            "chart": {"metadata": {"name": chart, "version": version}},
            "manifest": MANIFEST,
        });
        let record = STANDARD.encode(stored.to_string()).into_bytes();
        let record = Record::decode(&record).unwrap();
        let rendered = manifest::parse(rendered).unwrap();
        Release::compare(&record, 3, "0.2.0", &rendered).unwrap()
    }

    fn judged(release: &Release) -> Check {
        Release::judge(Ok(release), MEND)
    }

    #[test]
    fn what_the_checkout_makes_is_well_and_is_what_should_be_there() {
        let same = release(CHART, "0.2.0", MANIFEST);
        assert_eq!(same.in_force(), None);
        let check = judged(&same);
        assert_eq!(check.findings, []);
        assert_eq!(check.well, "revision 3, version 0.2.0 of the chart");
    }

    #[test]
    fn after_a_rollback_what_is_in_force_is_what_should_be_there() {
        let other = release(CHART, "0.1.9", &MANIFEST.replace("7 *", "8 *"));
        let (expected, version) = other.in_force().unwrap();
        assert_eq!(version, "0.1.9");
        let schedule = expected.cron_jobs[0].schedule.as_deref();
        assert_eq!(schedule, Some("7 * * * *"));
        let check = judged(&other);
        assert_eq!(check.worst(), Some(Severity::Warning));
        let finding = &check.findings[0];
        assert!(
            finding.text.starts_with(
                "version 0.1.9 of the chart is in force, and this checkout has 0.2.0;"
            ),
            "{}",
            finding.text
        );
        assert_eq!(finding.mend, "install-monitoring --cluster c --plan");
    }

    #[test]
    fn other_values_of_the_same_version_are_told_too() {
        let other = release(CHART, "0.2.0", &MANIFEST.replace("7 *", "8 *"));
        assert!(other.in_force().is_some());
        let text = judged(&other).findings[0].text.clone();
        assert!(
            text.contains("makes something else of that version"),
            "{text}"
        );
    }

    #[test]
    fn a_revision_in_which_helm_did_not_come_to_its_end_is_told_beside_the_one_before() {
        use crate::release::Standing::{Abandoned, AtWork, Leaving, Still};
        let table = [
            ("failed", Still, Severity::Wrong, "--plan"),
            ("pending-upgrade", Abandoned, Severity::Wrong, "--plan"),
            ("pending-upgrade", AtWork, Severity::Warning, "helm history"),
            ("uninstalling", Leaving, Severity::Wrong, "uninstall"),
        ];
        for (status, standing, severity, mend) in table {
            let check = judged(&Release {
                unfinished: Some(Unfinished {
                    revision: 4,
                    status: status.to_owned(),
                    standing,
                }),
                ..release(CHART, "0.2.0", MANIFEST)
            });
            assert_eq!(check.worst(), Some(severity), "{status} {standing:?}");
            let finding = &check.findings[0];
            assert!(finding.text.contains(status), "{}", finding.text);
            assert!(finding.mend.contains(mend), "{}", finding.mend);
            assert_eq!(check.well, "revision 3, version 0.2.0 of the chart");
        }
    }

    #[test]
    fn another_chart_is_taken_over_and_not_mended() {
        let other = release("kube-prometheus", "45.25.0", MANIFEST);
        assert_eq!(other.in_force(), None);
        let check = judged(&other);
        assert_eq!(check.worst(), Some(Severity::Wrong));
        let mend = &check.findings[0].mend;
        assert_eq!(mend, "install-monitoring migrate --cluster c --plan");
    }
}
