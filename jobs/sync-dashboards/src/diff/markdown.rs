//! For the text of a pull request.
//!
//! Contents of dashboards are a stranger's: in the table they are escaped, below they stand in fenced
//! blocks that no line of them can close.

use std::fmt::Write as _;
use std::io::{self, Write};

use common::output::counted;

use super::Verbosity;
use super::detail;
use super::safe;
use super::set::SetDiff;
use super::summary::summary;
use super::text::{is_quiet, quiet, sign, totals};

/// Bytes at which details end: GitHub refuses a text of more than 65 536 characters.
const LIMIT: usize = 60_000;

/// Writes a table of all dashboards, then what changed in each, as much as a pull request holds.
///
/// # Errors
/// When `out` takes no more.
pub fn render(set: &SetDiff, verbosity: Verbosity, out: &mut dyn Write) -> io::Result<()> {
    let mut text = format!("**Dashboards:** {}.\n", totals(set));
    let told: Vec<_> = set
        .changes
        .iter()
        .filter(|(_, change)| !is_quiet(change))
        .collect();
    if !told.is_empty() {
        text.push_str("\n| | Dashboard | What |\n|---|---|---|\n");
    }
    for (key, change) in &told {
        let (sign, _) = sign(change);
        let what = safe::markdown(&safe::clip(&summary(change), 400));
        add(
            &mut text,
            format_args!("| `{sign}` | `{}` | {what} |\n", key.base()),
        );
    }
    for line in quiet(set) {
        add(&mut text, format_args!("\n{}.\n", safe::markdown(&line)));
    }
    let mut left_out = 0;
    for (key, change) in told {
        let lines = detail::lines(change, verbosity);
        if lines.is_empty() {
            continue;
        }
        let section = section(key.base(), &lines);
        if text.len() + section.len() > LIMIT {
            left_out += 1;
        } else {
            text.push_str(&section);
        }
    }
    if left_out > 0 {
        let left_out = counted(left_out, "dashboard");
        add(
            &mut text,
            format_args!("\nToo long for here: the details of {left_out}.\n"),
        );
    }
    out.write_all(text.as_bytes())
}

fn section(name: &str, lines: &[detail::Line]) -> String {
    let mut body = String::new();
    for line in lines {
        // GitHub paints a line by its first character, and knows `!` for what is neither old nor new.
        let sign = match line.sign.char() {
            '~' => '!',
            sign => sign,
        };
        add(
            &mut body,
            format_args!("{sign} {:depth$}", "", depth = 2 * line.depth),
        );
        line.spans.iter().for_each(|(_, text)| body.push_str(text));
        body.truncate(body.trim_end().len());
        body.push('\n');
    }
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    format!(
        "\n<details><summary><code>{name}</code></summary>\n\n{fence}diff\n{body}{fence}\n\n</details>\n"
    )
}

/// The longest run of backquotes.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

fn add(text: &mut String, more: std::fmt::Arguments<'_>) {
    let written = text.write_fmt(more);
    debug_assert!(written.is_ok(), "a String takes everything");
}
