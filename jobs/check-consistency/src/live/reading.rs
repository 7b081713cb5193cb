//! What one check has read in one cluster, or why not.

use crate::finding::{Standing, Unknown};
use crate::object::Kind;
use crate::survey::{Gap, Part};

/// The outcome of a check's reading in one cluster.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading<T> {
    /// It is not asked for here.
    NotAsked,
    /// This was read.
    Seen(T),
    /// It could not be read.
    Gap(Gap),
}

impl<T> Reading<T> {
    /// What was read, if it was.
    pub(super) const fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(value) => Some(value),
            Self::NotAsked | Self::Gap(_) => None,
        }
    }

    /// Why it could not be read, if that is so.
    pub(super) const fn gap(&self) -> Option<&Gap> {
        match self {
            Self::Gap(gap) => Some(gap),
            Self::NotAsked | Self::Seen(_) => None,
        }
    }

    /// The same with something made of what was read.
    pub(super) fn map<U>(&self, change: impl FnOnce(&T) -> U) -> Reading<U> {
        match self {
            Self::NotAsked => Reading::NotAsked,
            Self::Seen(value) => Reading::Seen(change(value)),
            Self::Gap(gap) => Reading::Gap(gap.clone()),
        }
    }
}

impl<T> From<Result<T, Gap>> for Reading<T> {
    fn from(read: Result<T, Gap>) -> Self {
        match read {
            Ok(value) => Self::Seen(value),
            Err(gap) => Self::Gap(gap),
        }
    }
}

/// What was read of all clusters, with their indexes.
pub(super) fn seen<T>(readings: &[Reading<T>]) -> impl Iterator<Item = (usize, &T)> {
    let readings = readings.iter().enumerate();
    readings.filter_map(|(cluster, reading)| Some((cluster, reading.seen()?)))
}

/// The coverage of a check; `count` tells how many objects were read.
pub(super) fn parts<T>(
    family: &str,
    kind: &Kind,
    readings: &[Reading<T>],
    count: impl Fn(&T) -> Result<usize, Gap>,
) -> Vec<Part> {
    let readings = readings.iter().enumerate();
    let parts = readings.filter_map(|(cluster, reading)| {
        let read = match reading {
            Reading::NotAsked => return None,
            Reading::Seen(value) => count(value),
            Reading::Gap(gap) => Err(gap.clone()),
        };
        Some(Part {
            family: family.to_owned(),
            kind: kind.clone(),
            cluster,
            read,
        })
    });
    parts.collect()
}

/// Why each cluster could not be read; absent for those that were, and for those that were not asked.
pub(super) fn gaps<T>(readings: &[Reading<T>]) -> Vec<Option<Unknown>> {
    let gaps = readings.iter().map(Reading::gap);
    gaps.map(|gap| gap.map(|gap| gap.reason)).collect()
}

/// Clusters by what was read of them: those with equal values together, in the order of clusters.
#[derive(Debug, PartialEq)]
pub(super) struct Comparison<'a, T> {
    /// Each value and the clusters that have it.
    pub(super) groups: Vec<(&'a T, Vec<usize>)>,
    /// Clusters that could not be read.
    pub(super) unread: Vec<usize>,
    /// Why the first of them could not; absent when all were read.
    pub(super) why: Option<Unknown>,
}

impl<T> Comparison<'_, T> {
    /// The clusters that were read.
    pub(super) fn clusters(&self) -> Vec<usize> {
        let clusters = self.groups.iter().flat_map(|(_, clusters)| clusters);
        clusters.copied().collect()
    }

    /// What can be said: two values differ whatever the unread have, and without them nothing is the
    /// same.
    pub(super) fn standing(&self) -> Standing {
        match (self.groups.as_slice(), self.why) {
            ([_, _, ..], _) => Standing::Different,
            (_, Some(why)) => Standing::Unknown(why),
            (_, None) => Standing::Equal,
        }
    }
}

/// Compares what was read of all clusters. `None` when fewer than two were asked.
pub(super) fn compare<T: PartialEq>(readings: &[Reading<T>]) -> Option<Comparison<'_, T>> {
    let asked = readings
        .iter()
        .filter(|reading| !matches!(reading, Reading::NotAsked));
    if asked.count() < 2 {
        return None;
    }
    let mut groups: Vec<(&T, Vec<usize>)> = Vec::new();
    for (cluster, value) in seen(readings) {
        match groups.iter_mut().find(|(other, _)| *other == value) {
            Some((_, clusters)) => clusters.push(cluster),
            None => groups.push((value, vec![cluster])),
        }
    }
    let gaps = gaps(readings).into_iter().enumerate();
    let gaps = gaps.filter_map(|(cluster, gap)| Some((cluster, gap?)));
    let (unread, reasons): (Vec<_>, Vec<_>) = gaps.unzip();
    Some(Comparison {
        groups,
        why: reasons.first().copied(),
        unread,
    })
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Reading, compare, parts};
    use crate::finding::{Standing, Unknown};
    use crate::live::gap;
    use crate::object::Kind;

    #[test]
    fn what_could_not_be_read_is_in_no_group_and_not_forgotten() {
        let late = || Reading::Gap(gap::late("x"));
        let readings = [Reading::Seen(1), late(), Reading::Seen(2), Reading::Seen(1)];
        let compared = compare(&readings).unwrap();
        assert_eq!(compared.groups, [(&1, vec![0, 3]), (&2, vec![2])]);
        assert_eq!(compared.unread, [1]);
        assert_eq!(compared.standing(), Standing::Different);
        let unknown = Standing::Unknown(Unknown::Timeout);
        let one = [Reading::Seen(1), late()];
        assert_eq!(compare(&one).unwrap().standing(), unknown);
        assert_eq!(
            compare::<i32>(&[late(), late()]).unwrap().standing(),
            unknown
        );
        let same = [Reading::Seen(1), Reading::NotAsked, Reading::Seen(1)];
        assert_eq!(compare(&same).unwrap().standing(), Standing::Equal);
        assert_eq!(
            compare(&[Reading::NotAsked, late()]),
            None::<Comparison<'_, i32>>
        );
    }

    #[test]
    fn every_cluster_that_is_asked_has_its_part() {
        let readings = [
            Reading::Seen(7),
            Reading::NotAsked,
            Reading::Gap(gap::late("x")),
        ];
        let parts = parts("live/x", &Kind::new("", "Pod"), &readings, |n| Ok(*n));
        let read: Vec<_> = parts
            .iter()
            .map(|part| (part.cluster, part.read.as_ref().ok().copied()))
            .collect();
        assert_eq!(read, [(0, Some(7)), (2, None)]);
    }
}
