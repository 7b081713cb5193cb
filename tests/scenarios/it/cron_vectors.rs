//! Schedules against what Kubernetes' own parser and a walk through the calendar say.
//!
//! Columns: id, class, expression, time zone, instant, the next three due times, note. `ERROR`: the
//! expression is refused. `NEVER`: nothing within five years. Class `quirk`: the controller is
//! wrong, and the note says what the calendar gives.

use anyhow::{Context as _, Result, ensure};
use common::schedule::Schedule;
use jiff::Timestamp;
use scenarios::reference;

/// Rows of our own, each thought through by hand, in the form of the vector file.
const OWN: &str = "\
A01\tplain\t*/20 6 * * *\tUTC\t2026-11-24T06:10:00Z\t2026-11-24T06:20:00Z\t2026-11-24T06:40:00Z\t2026-11-25T06:00:00Z\t
A02\tplain\t0 12 24 11 sun\tUTC\t2026-11-20T00:00:00Z\t2026-11-22T12:00:00Z\t2026-11-24T12:00:00Z\t2026-11-29T12:00:00Z\teither day field is enough
A03\tplain\t0 12 */1 11 sun\tUTC\t2026-11-20T00:00:00Z\t2026-11-22T12:00:00Z\t2026-11-29T12:00:00Z\t2027-11-07T12:00:00Z\ta star: both must match
A04\tplain\t@monthly\tUTC\t2026-11-24T00:00:00Z\t2026-12-01T00:00:00Z\t2027-01-01T00:00:00Z\t2027-02-01T00:00:00Z\t
A05\tevery\t@every 45s\tUTC\t2026-11-24T00:00:10Z\t2026-11-24T00:00:55Z\t2026-11-24T00:01:40Z\t2026-11-24T00:02:25Z\t
A06\tnever\t0 0 31 11 *\tUTC\t2026-11-24T00:00:00Z\tNEVER\tNEVER\tNEVER\t
A07\terror\t0 0 * * 8\tUTC\t2026-11-24T00:00:00Z\tERROR\t-\t-\t
A08\terror\t0 0 0 * * *\tUTC\t2026-11-24T00:00:00Z\tERROR\t-\t-\t
A09\tdst\t30 2 * * *\tEurope/Paris\t2027-03-27T12:00:00Z\t2027-03-29T00:30:00Z\t2027-03-30T00:30:00Z\t2027-03-31T00:30:00Z\t28 March has no 02:30
A10\tdst\t30 2 * * *\tEurope/Paris\t2027-10-30T12:00:00Z\t2027-10-31T00:30:00Z\t2027-10-31T01:30:00Z\t2027-11-01T01:30:00Z\t31 October has two
A11\tdst\t0 0 5 11 *\tAmerica/Havana\t2028-11-04T00:00:00Z\t2028-11-05T04:00:00Z\t2028-11-05T05:00:00Z\t2029-11-05T05:00:00Z\tmidnight comes twice
";

/// Rows that were recorded with an older time zone database, and what holds since.
const SUPERSEDED: [(&str, [&str; 3]); 1] = [
    // Release 2026f: Cuba keeps daylight time through the winter of 2026, so no midnight is repeated.
    (
        "C116",
        [
            "2026-11-01T04:00:00Z",
            "2027-11-01T04:00:00Z",
            "2028-11-01T04:00:00Z",
        ],
    ),
];

struct Row<'a> {
    id: &'a str,
    expression: &'a str,
    zone: &'a str,
    from: Timestamp,
    expected: Vec<&'a str>,
}

fn rows(table: &str) -> Result<Vec<Row<'_>>> {
    let lines = table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("id\t"));
    lines
        .map(|line| row(line).with_context(|| line.to_owned()))
        .collect()
}

fn row(line: &str) -> Result<Row<'_>> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [id, class, expression, zone, from, expected @ .., note] = &columns[..] else {
        anyhow::bail!("too few columns");
    };
    ensure!(expected.len() == 3, "three due times");
    let superseded = SUPERSEDED.iter().find(|(superseded, _)| superseded == id);
    let expected = if let Some((_, since)) = superseded {
        since.to_vec()
    } else if *class == "quirk" {
        let (_, walk) = note
            .split_once("plain calendar walk gives ")
            .context("no walk in note")?;
        walk.split(' ').collect()
    } else {
        expected.to_vec()
    };
    Ok(Row {
        id,
        expression,
        zone,
        from: from.parse()?,
        expected,
    })
}

/// What the schedule says, in the words of the table.
fn answers(row: &Row<'_>) -> Vec<String> {
    let Ok(schedule) = Schedule::parse(row.expression, row.zone) else {
        return ["ERROR", "-", "-"].map(str::to_owned).to_vec();
    };
    let mut from = Some(row.from);
    let mut answer = || {
        from = from.and_then(|from| schedule.next_after(from));
        from.map_or_else(|| "NEVER".to_owned(), |time| time.to_string())
    };
    vec![answer(), answer(), answer()]
}

/// Looking back from just after a due time finds that time.
fn looks_back(row: &Row<'_>) -> bool {
    let Ok(schedule) = Schedule::parse(row.expression, row.zone) else {
        return true;
    };
    let calendar = !row.expression.starts_with("@every");
    row.expected
        .iter()
        .filter_map(|time| time.parse::<Timestamp>().ok())
        .all(|due| {
            let just_after = due + jiff::SignedDuration::from_nanos(1);
            schedule.previous_before(just_after) == calendar.then_some(due)
        })
}

fn disagreements(rows: &[Row<'_>]) -> Vec<String> {
    let wrong = |row: &&Row<'_>| answers(row) != row.expected || !looks_back(row);
    let text = |row: &Row<'_>| {
        let (id, expression, zone) = (row.id, row.expression, row.zone);
        format!(
            "{id} `{expression}` {zone}: {:?}, not {:?}",
            answers(row),
            row.expected
        )
    };
    rows.iter().filter(wrong).map(text).collect()
}

#[test]
fn schedules_agree_with_the_built_in_table() {
    let rows = rows(OWN).unwrap();
    assert_eq!(rows.len(), 11);
    assert_eq!(disagreements(&rows), [""; 0]);
}

#[test]
fn schedules_agree_with_every_reference_vector() {
    let Some(file) = reference::file("cron-vectors.tsv") else {
        return;
    };
    let table = std::fs::read_to_string(file).unwrap();
    let rows = rows(&table).unwrap();
    assert!(
        rows.len() >= 100,
        "only {} rows: is the file whole?",
        rows.len()
    );
    assert_eq!(disagreements(&rows), [""; 0]);
}
