//! The state diagram: the phases of a rotation in their order, each with the rows of the table that
//! move it on.

use std::io::{self, Write};

use crate::plan::{Phase, TABLE};

/// Rows that move a phase on, in the order in which they are looked at within it.
const BY_PHASE: &[(Phase, &[&str])] = &[
    (Phase::Idle, &["27", "28"]),
    (Phase::Create, &["29", "30"]),
    (Phase::Stage, &["31", "12", "13"]),
    (Phase::Probe, &["14"]),
    (Phase::Promote, &["14"]),
    (Phase::Roll, &["3", "15", "16", "17", "18"]),
    (Phase::Soak, &["19", "21", "22"]),
    (Phase::Watch, &["23", "26"]),
];

/// Rows that can match in any phase: mail comes first, then people.
const ANYWHERE: &[(&str, &[&str])] = &[
    ("mail comes first", &["4a", "4b", "5", "6"]),
    ("a rotation is given up", &["9", "11", "20", "24"]),
    ("a person is needed", &["2", "1", "7", "8", "10", "25"]),
    ("nothing is to be done now", &["32"]),
];

/// Writes the diagram.
///
/// # Errors
/// When `out` cannot be written.
pub fn render(out: &mut dyn Write) -> io::Result<()> {
    for (index, (phase, rows)) in BY_PHASE.iter().enumerate() {
        let arrow = if index == 0 { "┌─▶" } else { "│  " };
        let word = phase.word();
        writeln!(out, "{arrow} [{word}] {}", meaning(*phase))?;
        write_rows(out, "│      ", rows)?;
        let last = index + 1 == BY_PHASE.len();
        writeln!(
            out,
            "{}",
            if last {
                "└────┘"
            } else {
                "│    ▼"
            }
        )?;
    }
    writeln!(out, "\nin any phase:")?;
    for (what, rows) in ANYWHERE {
        writeln!(out, "  {what}")?;
        write_rows(out, "    ", rows)?;
    }
    let blocked = Phase::Blocked.word();
    writeln!(
        out,
        "\nA row that stops with 2, 3 or 4 makes the phase [{blocked}] until its cause is gone. \
         `explain ROW` tells more of one."
    )
}

fn write_rows(out: &mut dyn Write, indent: &str, rows: &[&str]) -> io::Result<()> {
    for number in rows {
        if let Some(row) = TABLE.iter().find(|row| row.number == *number) {
            writeln!(out, "{indent}{number:>2}  {} → {}", row.facts, row.effect)?;
        }
    }
    Ok(())
}

/// What a phase means, as half a sentence.
pub const fn meaning(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "no rotation is under way",
        Phase::Create => "a new key is due or announced",
        Phase::Stage => "the new pair is being stored",
        Phase::Probe => "the new pair is being tried",
        Phase::Promote => "the new pair becomes current",
        Phase::Roll => "clusters are brought to the current pair",
        Phase::Soak => "the old key is active and watched",
        Phase::Watch => "the old key is deactivated and not yet deleted",
        Phase::Blocked => "a person must look",
    }
}

/// The phases that a row belongs to.
pub fn phases_of(row: &str) -> impl Iterator<Item = Phase> {
    let having = BY_PHASE.iter().filter(move |(_, rows)| rows.contains(&row));
    having.map(|(phase, _)| *phase)
}

/// The rows of a phase.
pub fn rows_of(phase: Phase) -> &'static [&'static str] {
    let entry = BY_PHASE.iter().find(|(known, _)| *known == phase);
    entry.map_or(&[], |(_, rows)| rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_has_its_place_and_no_other_row_has() {
        let drawn: Vec<_> = BY_PHASE
            .iter()
            .map(|(_, rows)| rows)
            .chain(ANYWHERE.iter().map(|(_, rows)| rows))
            .flat_map(|rows| rows.iter().copied())
            .collect();
        for row in TABLE {
            assert!(drawn.contains(&row.number), "row {} is missing", row.number);
        }
        for number in drawn {
            let known = TABLE.iter().any(|row| row.number == number);
            assert!(known, "row {number} is none");
        }
    }

    #[test]
    fn phases_stand_in_the_order_of_a_rotation() {
        let drawn: Vec<_> = BY_PHASE.iter().map(|(phase, _)| *phase).collect();
        let (blocked, rotation) = Phase::ALL.split_last().unwrap();
        assert_eq!(drawn, rotation);
        assert_eq!(*blocked, Phase::Blocked);
    }

    #[test]
    fn the_diagram_is_drawn_from_the_table() {
        let mut out = Vec::new();
        render(&mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
