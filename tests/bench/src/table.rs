//! The result as a Markdown table, ready for the README.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use crate::figures::{Calls, Summary};
use crate::ours::Listing;
use crate::subject::Kind;

const HEAD: [&str; 8] = [
    "series",
    "exporter",
    "time, s (range)",
    "CPU, s",
    "memory, MB",
    "calls",
    "billed metrics",
    "ours ÷ its: time, memory",
];

/// One row for each summary. Peers show how much of their time and memory our cold run needs.
pub(crate) fn render(rows: &[Summary]) -> String {
    let cells: Vec<_> = rows.iter().map(|row| cells(row, rows)).collect();
    let mut widths = HEAD.map(|cell| cell.chars().count());
    for cells in &cells {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    let mut line = |cells: &[String; 8]| {
        for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let written = if is_text(column) {
                write!(text, "| {cell:<width$} ")
            } else {
                write!(text, "| {cell:>width$} ")
            };
            // Writing to a `String` cannot fail.
            written.unwrap_or_default();
        }
        text.push_str("|\n");
    };
    line(&HEAD.map(str::to_owned));
    let mut column = 0;
    line(&widths.map(|width| {
        let rule = "-".repeat(width - 1);
        column += 1;
        if is_text(column - 1) {
            format!("-{rule}")
        } else {
            format!("{rule}:")
        }
    }));
    cells.iter().for_each(line);
    text
}

/// To the left; the others are numbers, to the right.
const fn is_text(column: usize) -> bool {
    matches!(column, 1 | 5)
}

fn cells(row: &Summary, rows: &[Summary]) -> [String; 8] {
    let ratio = match row.kind {
        Kind::Ours(_) => None,
        Kind::Peer(_) => rows
            .iter()
            .find(|ours| ours.series == row.series && ours.kind == Kind::Ours(Listing::Cold)),
    };
    let ratio = ratio.map(|ours| {
        let time = ours.wall.median.as_secs_f64() / row.wall.median.as_secs_f64();
        format!("{time:.2}, {}", quotient(ours.peak.median, row.peak.median))
    });
    [
        thousands(row.series),
        row.kind.name().to_owned(),
        format!(
            "{} ({}–{})",
            seconds(row.wall.median),
            seconds(row.wall.least),
            seconds(row.wall.most)
        ),
        seconds(row.cpu.median),
        megabytes(row.peak.median),
        calls(&row.calls),
        thousands(row.calls.billed_metrics),
        ratio.unwrap_or_default(),
    ]
}

fn calls(calls: &Calls) -> String {
    let operations = calls.by_operation.iter();
    let mut operations: Vec<_> = operations
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    // The two of whoever the caller is say nothing about reading metrics, but they are calls.
    operations.sort_by_key(|text| !text.contains("Metric"));
    let refused = match calls.refused {
        0 => String::new(),
        refused => format!(" ({refused} refused)"),
    };
    format!("{}{refused}", operations.join(", "))
}

/// `12,345`.
fn thousands(number: impl Display) -> String {
    let digits = format!("{number}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// A megabyte is a million bytes.
pub(crate) fn megabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// `a / b` with two digits.
fn quotient(a: u64, b: u64) -> String {
    let hundredths = (a * 100 + b / 2).checked_div(b).unwrap_or_default();
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{megabytes, quotient, render, thousands};
    use crate::figures::{Calls, Figures, Summary};
    use crate::ours::Listing;
    use crate::subject::Kind;

    fn row(kind: Kind, milliseconds: u64, peak: u64, refused: u64) -> Summary {
        let operations = [("GetCallerIdentity", 1), ("GetMetricData", 20)];
        let calls = Calls {
            by_operation: operations
                .map(|(name, calls)| (name.to_owned(), calls))
                .into(),
            refused,
            billed_metrics: 2_000,
        };
        let run = Figures {
            wall: Duration::from_millis(milliseconds),
            cpu: Duration::from_millis(30),
            peak,
            calls,
        };
        Summary::of(kind, 10_000, &[run]).unwrap()
    }

    #[test]
    fn a_peer_is_compared_with_our_cold_run_of_the_same_size() {
        let rows = [
            row(Kind::Ours(Listing::Cold), 400, 18_000_000, 0),
            row(Kind::Ours(Listing::Warm), 300, 17_000_000, 0),
            row(Kind::Peer("theirs"), 1_600, 45_000_000, 3),
        ];
        let expected = "\
| series | exporter                          |     time, s (range) | CPU, s | memory, MB | calls                                             | billed metrics | ours ÷ its: time, memory |
| -----: | --------------------------------- | ------------------: | -----: | ---------: | ------------------------------------------------- | -------------: | -----------------------: |
| 10,000 | export-cloudwatch, cold           | 0.400 (0.400–0.400) |  0.030 |       18.0 | 20 GetMetricData, 1 GetCallerIdentity             |          2,000 |                          |
| 10,000 | export-cloudwatch, listing cached | 0.300 (0.300–0.300) |  0.030 |       17.0 | 20 GetMetricData, 1 GetCallerIdentity             |          2,000 |                          |
| 10,000 | theirs                            | 1.600 (1.600–1.600) |  0.030 |       45.0 | 20 GetMetricData, 1 GetCallerIdentity (3 refused) |          2,000 |               0.25, 0.40 |
";
        assert_eq!(render(&rows), expected);
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(megabytes(12_999_999), "13.0");
        assert_eq!(megabytes(13_000_001), "13.1", "never rounded below a limit");
        assert_eq!(quotient(1, 3), "0.33");
        assert_eq!(quotient(2, 0), "0.00");
    }
}
