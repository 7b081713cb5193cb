//! Columns.

use std::io::{self, Write};

use super::paint::Painted;

/// Two blanks between columns.
const GAP: usize = 2;

/// Writes `rows` in columns as wide as their widest cell, each line after `indent` blanks.
pub(super) fn render(out: &mut dyn Write, indent: usize, rows: &[Vec<Painted>]) -> io::Result<()> {
    lines(rows)
        .iter()
        .try_for_each(|line| writeln!(out, "{:indent$}{line}", ""))
}

/// The same, line by line.
pub(super) fn lines(rows: &[Vec<Painted>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(Painted::width).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

/// No blanks follow the last cell that has something in it.
fn line(row: &[Painted], widths: &[usize]) -> String {
    let filled = row
        .iter()
        .rposition(|cell| !cell.text.is_empty())
        .map_or(0, |last| last + 1);
    let mut text = String::new();
    let mut padding = 0;
    for (cell, width) in row.iter().zip(widths).take(filled) {
        text.extend(std::iter::repeat_n(' ', padding));
        text.push_str(&cell.to_string());
        padding = width.saturating_sub(cell.width()) + GAP;
    }
    text
}
