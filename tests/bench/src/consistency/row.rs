//! Medians, and the tables made of them.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// One run of one program, or of several that answer one question together.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    /// Of the largest process, in bytes.
    pub(super) peak: u64,
    /// To all servers together.
    pub(super) requests: usize,
}

/// What a table says about one program.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) median: Run,
    pub(super) fastest: Duration,
    pub(super) slowest: Duration,
}

impl Row {
    /// Each figure's median; of an even number of runs the greater one in the middle. Of requests the
    /// most.
    pub(super) fn of(name: impl Into<String>, runs: &[Run]) -> Result<Self> {
        let most = runs.iter().map(|run| run.requests).max();
        let walls = sorted(runs.iter().map(|run| run.wall));
        let rows = || {
            Some(Self {
                median: Run {
                    wall: middle(&walls)?,
                    cpu: middle(&sorted(runs.iter().map(|run| run.cpu)))?,
                    peak: middle(&sorted(runs.iter().map(|run| run.peak)))?,
                    requests: most?,
                },
                fastest: *walls.first()?,
                slowest: *walls.last()?,
                name: name.into(),
            })
        };
        rows().context("there was no run")
    }
}

fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values
}

fn middle<T: Copy>(sorted: &[T]) -> Option<T> {
    sorted.get(sorted.len() / 2).copied()
}

/// The rows as Markdown.
pub(super) fn table(title: &str, rows: &[Row]) -> String {
    let mut out = format!(
        "| {title} | time, s (range) | CPU, s | memory, MB | requests |\n\
         | --- | --: | --: | --: | --: |\n"
    );
    for row in rows {
        // Writing to a `String` cannot fail.
        writeln!(out, "{}", figures(row)).unwrap_or_default();
    }
    out
}

/// The rows as Markdown, with how many times as much time and memory each takes as the first.
pub(super) fn comparison(title: &str, rows: &[Row]) -> String {
    let mut out = format!(
        "| {title} | time, s (range) | CPU, s | memory, MB | requests | times ours: time | memory |\n\
         | --- | --: | --: | --: | --: | --: | --: |\n"
    );
    for row in rows {
        let first = rows.first().map_or(&row.median, |first| &first.median);
        // Writing to a `String` cannot fail.
        writeln!(
            out,
            "{} {:.1} | {:.1} |",
            figures(row),
            row.median.wall.div_duration_f64(first.wall),
            ratio(row.median.peak, first.peak),
        )
        .unwrap_or_default();
    }
    out
}

fn figures(row: &Row) -> String {
    let Row {
        name,
        median,
        fastest,
        slowest,
    } = row;
    format!(
        "| {name} | {:.2} ({:.2}–{:.2}) | {:.2} | {} | {} |",
        median.wall.as_secs_f64(),
        fastest.as_secs_f64(),
        slowest.as_secs_f64(),
        median.cpu.as_secs_f64(),
        tenths(median.peak / 100_000),
        median.requests,
    )
}

fn tenths(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Of sizes; exact to a byte in a million, which is more than is printed.
fn ratio(size: u64, of: u64) -> f64 {
    let nanoseconds = Duration::from_nanos;
    nanoseconds(size).div_duration_f64(nanoseconds(of.max(1)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Row, Run, comparison, table};

    fn run(milliseconds: u64, megabytes: u64) -> Run {
        Run {
            wall: Duration::from_millis(milliseconds),
            cpu: Duration::from_millis(milliseconds / 2),
            peak: megabytes * 1_000_000,
            requests: 5,
        }
    }

    #[test]
    fn a_table_shows_medians_and_ratios_to_the_first_row() {
        let ours = Row::of("ours", &[run(100, 10), run(900, 11), run(200, 90)]).unwrap();
        let peer = Row::of("peer", &[run(1_000, 110)]).unwrap();
        let rows = [ours, peer];
        let text = comparison("title", &rows);
        let lines: Vec<_> = text.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "| ours | 0.20 (0.10–0.90) | 0.10 | 11.0 | 5 | 1.0 | 1.0 |",
                "| peer | 1.00 (1.00–1.00) | 0.50 | 110.0 | 5 | 5.0 | 10.0 |",
            ]
        );
        let alone = table("title", &rows);
        let first = "| ours | 0.20 (0.10–0.90) | 0.10 | 11.0 | 5 |";
        assert_eq!(alone.lines().nth(2), Some(first));
        assert!(Row::of("nobody", &[]).is_err());
    }
}
