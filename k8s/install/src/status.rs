//! All jobs of all clusters on one screen.

mod document;
mod look;
mod text;

use common::exit::Exit;
use common::fault::Failure;
use common::report::Conclusion;
use common::trouble::Trouble;
use jiff::{SignedDuration, Timestamp};

use crate::screen::count;
use crate::seen::Seen;
use crate::seen::cron_jobs::{RunState, SeenCronJob};
use crate::seen::pushgateway::Rotation;
use crate::verdict;

pub use document::Document;
pub use look::look;

/// What was seen of all clusters, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    /// When it was looked at.
    pub at: Timestamp,
    /// Each cluster.
    pub clusters: Vec<Cluster>,
}

/// One cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// What it shows, or why it was not seen.
    pub state: Seen<State>,
}

/// What a cluster shows.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The jobs, twins left out, sorted by name.
    pub jobs: Vec<JobLine>,
    /// What was pushed.
    pub pushed: Seen<Pushed>,
}

/// One job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobLine {
    /// Where it is.
    pub namespace: String,
    /// What it is called.
    pub name: String,
    /// As it is there; absent when the rules name it and it is gone.
    pub seen: Option<SeenCronJob>,
    /// The age from which on its last success is too old; absent when no rule says so.
    pub stale_after: Option<SignedDuration>,
}

/// What jobs have pushed, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Of the key behind the mail.
    pub rotation: Rotation,
    /// How many objects differ between the clusters; absent when no comparison was pushed.
    pub drift: Option<u64>,
    /// Whether the last comparison saw everything.
    pub comparison_complete: Option<bool>,
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has worked of late, or is too new to have.
    Well,
    /// It goes on at this moment, and has worked of late.
    Running,
    /// Its newest run failed, and an earlier one is not too old.
    Failed,
    /// Nobody runs it.
    Suspended,
    /// Its last success is too old, or its pod cannot start.
    Stale,
    /// It is not there.
    Gone,
}

impl Standing {
    /// The word on the screen and in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Suspended => "suspended",
            Self::Stale => "stale",
            Self::Gone => "gone",
        }
    }

    /// Whether a person must look.
    pub const fn is_wrong(self) -> bool {
        match self {
            Self::Well | Self::Running | Self::Failed => false,
            Self::Suspended | Self::Stale | Self::Gone => true,
        }
    }
}

impl JobLine {
    /// How it stands at this moment.
    pub fn standing(&self, now: Timestamp) -> Standing {
        let Some(seen) = &self.seen else {
            return Standing::Gone;
        };
        if seen.suspended {
            return Standing::Suspended;
        }
        let newest = seen.newest().map(|run| &run.state);
        let since = seen.succeeded.or(seen.created);
        let is_old =
            |limit: SignedDuration| since.is_some_and(|since| now.duration_since(since) > limit);
        if self.stale_after.is_some_and(is_old) || matches!(newest, Some(RunState::CannotStart(_)))
        {
            Standing::Stale
        } else if seen.newest_failure().is_some() {
            Standing::Failed
        } else if matches!(newest, Some(RunState::Active)) {
            Standing::Running
        } else {
            Standing::Well
        }
    }
}

impl Screen {
    /// How many jobs are in need of a person.
    pub fn wrong(&self) -> usize {
        let states = self.clusters.iter().filter_map(|it| it.state.as_ref().ok());
        let jobs = states.flat_map(|state| &state.jobs);
        jobs.filter(|job| job.standing(self.at).is_wrong()).count()
    }

    /// Clusters that were seen, and of which nothing says that a job should run there: the chart is not
    /// installed, or its rules are gone. That no job of it is unwell says nothing then.
    pub fn silent(&self) -> Vec<&str> {
        let clusters = self.clusters.iter();
        let silent =
            clusters.filter(|it| it.state.as_ref().is_ok_and(|state| state.jobs.is_empty()));
        silent.map(|it| it.name.as_str()).collect()
    }

    /// What a person must look at; `None` when there is nothing.
    fn need(&self) -> Option<Trouble> {
        self.job_in_need().or_else(|| {
            let silent = self.silent();
            let first = silent.first()?;
            let text = format!(
                "no rule names a job that should run in {}",
                silent.join(", ")
            );
            Some(Trouble {
                hint: Some(doctor_of(first)),
                ..verdict::JOBS.because(text)
            })
        })
    }

    fn job_in_need(&self) -> Option<Trouble> {
        let (cluster, job) = self.clusters.iter().find_map(|cluster| {
            let mut jobs = cluster.state.as_ref().ok()?.jobs.iter();
            let job = jobs.find(|job| job.standing(self.at).is_wrong())?;
            Some((&cluster.name, job))
        })?;
        let text = format!(
            "{}; first: {}/{} in {cluster} is {}",
            count(self.wrong(), "job"),
            job.namespace,
            job.name,
            job.standing(self.at).word()
        );
        Some(Trouble {
            hint: Some(doctor_of(cluster)),
            ..verdict::JOBS.because(text)
        })
    }

    /// What could not be seen.
    pub fn troubles(&self) -> Vec<(&str, &Trouble)> {
        let clusters = self.clusters.iter();
        let troubles = clusters.filter_map(|cluster| {
            let why = match &cluster.state {
                Err(why) => why,
                Ok(state) => state.pushed.as_ref().err()?,
            };
            Some((cluster.name.as_str(), why))
        });
        troubles.collect()
    }

    /// What the run comes to: jobs that need a person decide; what could not be seen is never well, and of several
    /// reasons for that the one that is to be seen to first tells.
    pub fn conclusion(&self) -> Conclusion {
        if let Some(need) = self.need() {
            return Failure::from(need).into();
        }
        let troubles = self.troubles();
        let Some((cluster, why)) = first_to_do(&troubles) else {
            return Conclusion::done(0);
        };
        let unseen = match why.exit {
            Exit::Config => verdict::STATUS_FILES,
            Exit::Denied => verdict::STATUS_DENIED,
            Exit::Done | Exit::Transient | Exit::Drift | Exit::HalfDone => verdict::STATUS_UNSEEN,
        };
        let told = unseen.because(format!(
            "not everything of {cluster} was seen: {}",
            why.text
        ));
        let hint = why.hint.clone().or(told.hint.clone());
        Failure::from(Trouble { hint, ..told }).into()
    }
}

fn doctor_of(cluster: &str) -> String {
    format!("see `install-monitoring doctor --cluster {cluster}`")
}

/// Of what could not be seen, what a person must see to first. Flags and files come first: whoever has typed the
/// command can correct them at once, and until then the cluster has not even been asked for a right. Then rights,
/// which somebody else grants. What time may mend comes last, since it mends neither of them.
fn first_to_do<'a>(troubles: &[(&'a str, &'a Trouble)]) -> Option<(&'a str, &'a Trouble)> {
    let of = |exit: Exit| troubles.iter().find(|(_, why)| why.exit == exit);
    let first = of(Exit::Config).or_else(|| of(Exit::Denied));
    first.or(troubles.first()).copied()
}

#[cfg(test)]
mod tests;
