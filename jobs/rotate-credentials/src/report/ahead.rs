//! What lies ahead, with dates.

use std::io::{self, Write};

use super::paint::Painted;
use super::{View, table, time};

pub(super) fn render(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let ahead = view.ahead();
    if ahead.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nahead")?;
    let rows: Vec<Vec<Painted>> = (1..)
        .zip(&ahead)
        .map(|(number, upcoming)| {
            let when = upcoming
                .not_before
                .map(|at| format!("not before {}", time::minute(at)))
                .unwrap_or_default();
            vec![
                format!("{number:>2}").into(),
                upcoming.what.as_str().into(),
                when.into(),
            ]
        })
        .collect();
    table::render(out, 0, &rows)
}
