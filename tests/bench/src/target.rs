//! What `export-cloudwatch` is meant to reach on two cores.

use std::time::Duration;

use crate::figures::Summary;
use crate::ours::Listing;
use crate::subject::Kind;
use crate::table::{megabytes, seconds};

/// Limits for one row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    series: usize,
    listing: Listing,
    /// The median must not be above this.
    wall: Duration,
    /// No run may be above this; bytes.
    peak: u64,
}

/// The quota alone takes two seconds of the last one.
const TARGETS: [Target; 5] = [
    Target::new(1_000, Listing::Cold, 250, 13),
    Target::new(1_000, Listing::Warm, 180, 13),
    Target::new(10_000, Listing::Cold, 700, 20),
    Target::new(10_000, Listing::Warm, 400, 20),
    Target::new(50_000, Listing::Warm, 2_800, 50),
];

impl Target {
    const fn new(series: usize, listing: Listing, milliseconds: u64, megabytes: u64) -> Self {
        Self {
            series,
            listing,
            wall: Duration::from_millis(milliseconds),
            peak: megabytes * 1_000_000,
        }
    }

    fn is_for(&self, row: &Summary) -> bool {
        row.series == self.series && row.kind == Kind::Ours(self.listing)
    }

    fn missed_by(&self, row: &Summary) -> Vec<String> {
        let who = format!("{} series, {}", row.series, row.kind.name());
        let mut missed = Vec::new();
        if row.wall.median > self.wall {
            let (is, limit) = (seconds(row.wall.median), seconds(self.wall));
            missed.push(format!("{who}: {is} s instead of {limit} s"));
        }
        if row.peak.most > self.peak {
            let (is, limit) = (megabytes(row.peak.most), megabytes(self.peak));
            missed.push(format!("{who}: {is} MB instead of {limit} MB"));
        }
        missed
    }
}

/// One line for each limit that a row exceeds.
pub(crate) fn missed(rows: &[Summary]) -> Vec<String> {
    rows.iter()
        .flat_map(|row| {
            let targets = TARGETS.iter().filter(|target| target.is_for(row));
            targets.flat_map(|target| target.missed_by(row))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::missed;
    use crate::figures::{Calls, Figures, Summary};
    use crate::ours::Listing;
    use crate::subject::Kind;

    fn row(kind: Kind, wall: [u64; 3], peak: [u64; 3]) -> Summary {
        let run = |(wall, peak)| Figures {
            wall: Duration::from_millis(wall),
            cpu: Duration::ZERO,
            peak,
            calls: Calls::default(),
        };
        let runs: Vec<_> = wall.into_iter().zip(peak).map(run).collect();
        Summary::of(kind, 1_000, &runs).unwrap()
    }

    #[test]
    fn one_slow_run_is_noise_and_one_large_run_is_not() {
        let kind = Kind::Ours(Listing::Warm);
        let good = row(kind, [150, 180, 900], [11_000_000, 13_000_000, 12_000_000]);
        assert_eq!(missed(&[good]), [""; 0]);
        let bad = row(kind, [150, 181, 900], [11_000_000, 13_100_000, 12_000_000]);
        assert_eq!(
            missed(&[bad]),
            [
                "1000 series, export-cloudwatch, listing cached: 0.181 s instead of 0.180 s",
                "1000 series, export-cloudwatch, listing cached: 13.1 MB instead of 13.0 MB",
            ]
        );
    }

    #[test]
    fn peers_have_no_targets() {
        let slow = row(Kind::Peer("x"), [9_000; 3], [900_000_000; 3]);
        assert_eq!(missed(&[slow]), [""; 0]);
    }
}
