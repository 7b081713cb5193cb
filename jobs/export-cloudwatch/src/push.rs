//! Delivers a run's families to the Pushgateway, one group a namespace, and proves that they
//! arrived. What is written was decided before; nothing of others is ever touched.

mod carry;
mod decide;
mod previous;
mod resources;

use std::borrow::Cow;
use std::collections::BTreeSet;

use common::cancel::Cancellation;
use common::exit::Exit;
use common::exposition::{Family, validate};
use common::fault::Fault;
use common::metrics::CLOUDWATCH_GROUP;
use common::pushgateway::{
    Action as Request, Detail, Expected, Gateway, GatewayError, GroupKey, GroupKeyError, Refused,
    VerifyError,
};

pub use decide::{Action, Foreign, GroupIntent, Intent, Removal, Situation, decide};
pub use previous::{Owner, Previous};

/// What was written.
#[derive(Debug, Default)]
pub struct Pushed {
    /// Job labels of the groups that were replaced, with their numbers of series.
    pub groups: Vec<(String, usize)>,
    /// Series of failed rules that were kept.
    pub carried: usize,
    /// Groups left alone because nothing of them could be read.
    pub kept: Vec<String>,
    /// Groups left alone because somebody else writes them, and what shows it.
    pub foreign: Vec<(String, Foreign)>,
    /// Groups of ours that were removed.
    pub deleted: Vec<String>,
    /// Families that the Pushgateway does not take, with their groups.
    pub refused: Vec<(String, Refused)>,
    /// What must be found when reading back.
    expected: Vec<Expected>,
}

/// Delivery stopped; what was written before it is in [`Pushed`].
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The Pushgateway could not be reached, or refuses everything.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// A namespace cannot be a group.
    #[error(transparent)]
    Group(#[from] GroupKeyError),
    /// It does not hold what was written.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The run was told to stop between two groups.
    #[error("stopped before every group was written")]
    Stopped,
}

impl Fault for PushError {
    fn exit(&self) -> Exit {
        match self {
            Self::Gateway(error) => error.exit(),
            Self::Group(error) => error.exit(),
            Self::Verify(error) => error.exit(),
            Self::Stopped => Exit::Transient,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Gateway(error) => error.code(),
            Self::Group(error) => error.code(),
            Self::Verify(error) => error.code(),
            Self::Stopped => "interrupted",
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Gateway(error) => error.hint(),
            Self::Group(error) => error.hint(),
            Self::Verify(error) => error.hint(),
            Self::Stopped => {
                Some("run it again: every group is either the old or the new one".into())
            }
        }
    }
}

/// Reads what the Pushgateway holds, with the series in the groups of these `jobs`: those of rules
/// that failed, and those whose resources must not stand elsewhere as well. Done a first time before CloudWatch is asked for anything: without a Pushgateway there is
/// no use in paying for data.
///
/// # Errors
/// When it cannot be read.
pub async fn observe(
    gateway: &Gateway,
    owner: &Owner,
    jobs: &BTreeSet<String>,
) -> Result<Previous, PushError> {
    let detail = |key: &GroupKey| {
        if Owner::is_one(key) || jobs.contains(key.job()) {
            Detail::Samples
        } else {
            Detail::Counts
        }
    };
    Ok(Previous::new(owner.clone(), gateway.stored(detail).await?))
}

/// Writes the groups of `intent` and removes what is no longer configured. On an error `pushed`
/// tells what was written before it.
///
/// # Errors
/// When the Pushgateway fails; a refused family is no error here but in [`Pushed::refused`].
pub async fn deliver(
    gateway: &Gateway,
    intent: &Intent,
    previous: &Previous,
    cancel: &Cancellation,
    pushed: &mut Pushed,
) -> Result<(), PushError> {
    // A list that is refused must not keep the data back; `conclude` meets the refusal again.
    let mut unclaimed = match claim(gateway, intent, previous).await {
        Err(PushError::Gateway(refusal @ GatewayError::Rejected { .. })) => Some(refusal),
        claimed => claimed.map(|()| None)?,
    };
    for group in &intent.groups {
        if cancel.is_cancelled() {
            return Err(PushError::Stopped);
        }
        match &group.action {
            Action::Keep => pushed.kept.push(group.job.clone()),
            Action::Foreign(foreign) => pushed.foreign.push((group.job.clone(), foreign.clone())),
            Action::Put { families, carried } => {
                put(gateway, &group.job, families, previous, pushed).await?;
                pushed.carried += carried;
                // Neither the list nor the first group: this Pushgateway takes nothing at all.
                if let Some(refusal) = unclaimed.take().filter(|_| pushed.groups.is_empty()) {
                    return Err(refusal.into());
                }
            }
        }
    }
    for job in &intent.delete {
        if cancel.is_cancelled() {
            return Err(PushError::Stopped);
        }
        gateway.delete(&GroupKey::new(job, [])?).await?;
        pushed.deleted.push(job.clone());
    }
    Ok(())
}

/// Puts new groups on the list of ours before they exist: a run that is killed in between leaves
/// no group that nobody would ever remove.
async fn claim(gateway: &Gateway, intent: &Intent, previous: &Previous) -> Result<(), PushError> {
    let owned = previous.owned();
    let jobs: BTreeSet<&str> = intent.written().collect();
    if jobs.iter().all(|job| owned.contains(*job)) {
        return Ok(());
    }
    let all = jobs.into_iter().chain(owned.iter().map(String::as_str));
    let all: BTreeSet<&str> = all.collect();
    gateway
        .post(previous.owner().group(), &[ownership(all)])
        .await?;
    Ok(())
}

/// The list of our groups, as it is pushed.
pub fn ownership<'a>(jobs: impl IntoIterator<Item = &'a str>) -> Family {
    CLOUDWATCH_GROUP.family(jobs.into_iter().map(|job| ([("group_job", job)], 1.0)))
}

async fn put(
    gateway: &Gateway,
    job: &str,
    families: &[Family],
    previous: &Previous,
    pushed: &mut Pushed,
) -> Result<(), PushError> {
    let series = replace(
        gateway,
        &GroupKey::new(job, [])?,
        families,
        previous,
        pushed,
    )
    .await?;
    pushed
        .groups
        .extend(series.map(|series| (job.to_owned(), series)));
    Ok(())
}

/// Replaces a group by those of `families` that the Pushgateway takes. Says how many series they
/// have; `None` when it takes none of them and the group is as it was.
async fn replace(
    gateway: &Gateway,
    key: &GroupKey,
    families: &[Family],
    previous: &Previous,
    pushed: &mut Pushed,
) -> Result<Option<usize>, PushError> {
    let (valid, mut refused) = sift(families);
    let series = match gateway.put_bisecting(key, &valid).await {
        Ok(more) => {
            refused.extend(more);
            let is_good = |family: &&Family| refused.iter().all(|bad| bad.family != family.name);
            let written = || valid.iter().filter(is_good);
            let expected = Expected::after_put(key, written());
            pushed
                .expected
                .push(expected.newer_than(previous.push_time(key)));
            Some(written().map(|family| family.samples.len()).sum())
        }
        // Nothing of this group is taken; that must not keep the others back.
        Err(GatewayError::Rejected { reason, .. }) => {
            let all = valid.iter().map(|family| Refused {
                family: family.name.clone(),
                reason: reason.clone(),
            });
            refused.extend(all);
            None
        }
        Err(error) => return Err(error.into()),
    };
    let refused = refused.into_iter().map(|bad| (key.to_string(), bad));
    pushed.refused.extend(refused);
    Ok(series)
}

/// Keeps back what no Pushgateway would take. Naming repairs everything that is known to go wrong,
/// so this finds something only where it has a gap; then one family is lost instead of a group.
fn sift(families: &[Family]) -> (Cow<'_, [Family]>, Vec<Refused>) {
    let Err(invalid) = validate(families) else {
        return (Cow::Borrowed(families), Vec::new());
    };
    let is_valid = |family: &&Family| invalid.iter().all(|bad| bad.family() != family.name);
    let valid = families.iter().filter(is_valid).cloned().collect();
    let refused = invalid.iter().map(|bad| Refused {
        family: bad.family().to_owned(),
        reason: bad.to_string(),
    });
    (Cow::Owned(valid), refused.collect())
}

/// Writes our own metrics, then reads everything of this run back. A family of ours that is refused
/// is no error here but in [`Pushed::refused`].
///
/// # Errors
/// When the Pushgateway fails, takes nothing at all, or does not hold what was written.
pub async fn conclude(
    gateway: &Gateway,
    own: &[Family],
    previous: &Previous,
    pushed: &mut Pushed,
) -> Result<(), PushError> {
    let key = previous.owner().group();
    let taken = replace(gateway, key, own, previous, pushed).await?;
    if let Some((_, first)) = pushed.refused.first()
        && taken.is_none()
        && pushed.groups.is_empty()
    {
        let (action, reason) = (Request::Put(key.clone()), first.reason.clone());
        return Err(GatewayError::Rejected { action, reason }.into());
    }
    Ok(gateway.verify(&pushed.expected).await?)
}

#[cfg(test)]
mod tests {
    use common::exposition::{Kind, Labels, Sample};

    use super::*;

    #[test]
    fn an_invalid_family_is_kept_back_alone() {
        let family = |name: &str| Family {
            name: name.into(),
            kind: Kind::Gauge,
            help: "h".into(),
            samples: vec![Sample {
                labels: Labels::default(),
                value: 1.0,
            }],
        };
        let families = [family("good"), family("9bad")];
        let (valid, refused) = sift(&families);
        assert_eq!(valid.into_owned(), [family("good")]);
        assert_eq!(refused[0].family, "9bad");
        assert_eq!(refused[0].reason, "`9bad` is not a metric name");
    }
}
