//! What is below a row of the matrix: the fields of the object, side by side for each cluster.

use std::io::{self, Write};

use common::output::counted;

use super::super::safe::{self, FIELD_LIMIT};
use super::super::values::{self, Excerpt};
use super::super::words;
use super::{cluster, escape, prose};
use crate::difference::{Class, Side};
use crate::finding::{Field, Finding};
use crate::survey::Survey;

/// Writes nothing when there is nothing to say beyond the row.
pub(super) fn write(
    survey: &Survey,
    order: &[usize],
    finding: &Finding,
    out: &mut dyn Write,
) -> io::Result<()> {
    let facts = [&finding.text, &finding.hint, &finding.rule];
    if finding.fields.is_empty() && facts.iter().all(|fact| fact.is_none()) {
        return Ok(());
    }
    writeln!(
        out,
        "<tr class=\"more\"><td colspan=\"{}\">",
        order.len() + 3
    )?;
    if let Some(text) = &finding.text {
        writeln!(out, "<p class=\"say\">{}</p>", prose(text))?;
    }
    if let Some(rule) = &finding.rule {
        let rule = link(survey, rule);
        writeln!(out, "<p class=\"say\">declared: {rule}</p>")?;
    }
    if let Some(hint) = &finding.hint {
        writeln!(out, "<p class=\"hint\">{}</p>", prose(hint))?;
    }
    fields(survey, order, finding, out)?;
    writeln!(out, "</td></tr>")
}

fn fields(
    survey: &Survey,
    order: &[usize],
    finding: &Finding,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (open, explained): (Vec<_>, Vec<_>) = finding
        .fields
        .iter()
        .partition(|field| field.rule.is_none());
    let mut shown = open.iter().chain(&explained).take(FIELD_LIMIT).peekable();
    let Some(first) = shown.peek() else {
        return Ok(());
    };
    write!(
        out,
        "<details><summary><code>{}</code>",
        path(&first.difference.path.to_string())
    )?;
    if finding.fields.len() > 1 {
        write!(
            out,
            " and {}",
            counted(finding.fields.len() - 1, "more field")
        )?;
    }
    if !explained.is_empty() {
        write!(out, ", {} of them explained", explained.len())?;
    }
    writeln!(out, "</summary>")?;
    for field in shown {
        write_field(survey, order, field, out)?;
    }
    let left_out = finding.fields.len().saturating_sub(FIELD_LIMIT);
    if left_out > 0 {
        writeln!(out, "<p>…and {left_out} more</p>")?;
    }
    writeln!(out, "</details>")
}

fn write_field(
    survey: &Survey,
    order: &[usize],
    field: &Field,
    out: &mut dyn Write,
) -> io::Result<()> {
    let difference = &field.difference;
    let class = if field.rule.is_some() { " calm" } else { "" };
    write!(
        out,
        "<div class=\"field{class}\"><p class=\"path\"><code>{}</code>",
        path(&difference.path.to_string())
    )?;
    if difference.class != Class::Value {
        write!(
            out,
            " <span class=\"tag\">{}</span>",
            difference.class.word()
        )?;
    }
    if let Some(rule) = &field.rule {
        write!(
            out,
            " <span class=\"tag\">explained by {}</span>",
            link(survey, rule)
        )?;
    }
    if let Some(age) = field.age {
        write!(
            out,
            " <span class=\"aside\">since {}</span>",
            words::ago(survey.at, age.first_seen)
        )?;
    }
    if let Some(print) = &field.fingerprint {
        write!(
            out,
            " <span class=\"aside\" title=\"fingerprint\">{}</span>",
            safe::html(&words::short(print))
        )?;
    }
    writeln!(out, "</p>\n<dl>")?;
    let sides = values::in_order(order, &difference.sides);
    let excerpts = values::excerpts(&sides);
    for index in order {
        let Some(side) = sides.get(*index) else {
            continue;
        };
        let mark = if survey.baseline == Some(*index) {
            " <span class=\"tag\">baseline</span>"
        } else if words::differs(survey, difference, *index) {
            " <span class=\"tag differs\">≠ differs</span>"
        } else {
            ""
        };
        let excerpt = excerpts.get(*index).and_then(Option::as_ref);
        writeln!(
            out,
            "<div><dt>{}{mark}</dt><dd>{}</dd></div>",
            cluster(survey, *index),
            value(side, excerpt)
        )?;
    }
    write!(out, "</dl>")?;
    if let Some(note) = &field.note {
        write!(out, "\n<p class=\"note\">{}</p>", prose(note))?;
    }
    writeln!(out, "</div>")
}

/// A path that may break before each of its steps.
fn path(path: &str) -> String {
    escape(path)
        .replace('/', "<wbr>/")
        .replace('[', "<wbr>[")
        .replace('#', "<wbr>#")
        // Character references have a `#`, too.
        .replace("&<wbr>#", "&#")
}

/// A side: a value with what is its own marked, or what there is instead.
fn value(side: &Side, excerpt: Option<&Excerpt>) -> String {
    let Some(excerpt) = excerpt else {
        let text = values::side(side, None);
        return format!("<i>{}</i>", safe::html(text.trim_matches(['(', ')'])));
    };
    let whole = excerpt.whole();
    let quoted = safe::needs_quotes(&whole);
    // A line end is shown, and is one.
    let part = |text: &str| {
        if quoted {
            let lines = text.split('\n');
            let lines = lines.map(|line| safe::html(&safe::literal(line)));
            lines.collect::<Vec<_>>().join("\\n\n")
        } else {
            safe::html(text)
        }
    };
    let quote = if quoted { "&quot;" } else { "" };
    let middle = part(&excerpt.middle);
    let middle = if excerpt.is_marked() {
        format!("<mark>{middle}</mark>")
    } else {
        middle
    };
    format!(
        "<code>{quote}{}{middle}{}{quote}</code>",
        part(&excerpt.before),
        part(&excerpt.after)
    )
}

/// A rule's id as a link to its row.
fn link(survey: &Survey, rule: &str) -> String {
    let place = survey.rules.iter().position(|known| known.id == rule);
    let name = escape(rule);
    place.map_or_else(
        || name.clone(),
        |place| format!("<a href=\"#rule-{place}\">{name}</a>"),
    )
}
