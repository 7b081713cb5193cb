//! For a ticket: a table of objects by clusters, then what differs in each.
//!
//! Everything that comes from objects is written in character references, so that nothing of it is
//! markup, mention or link.

use std::io::{self, Write};

use common::output::counted;

use super::safe::{self, FIELD_LIMIT};
use super::summary::{self, Coverage, Judgement};
use super::words;
use super::{View, values};
use crate::difference::Class;
use crate::finding::{Field, Finding};
use crate::survey::Survey;

/// Bytes at which details end: ticket systems refuse texts of more than 65 536 characters.
const LIMIT: usize = 60_000;

/// Rows of the table; the rest is counted.
const ROW_LIMIT: usize = 100;

/// Writes the survey as Markdown, as much as a ticket holds.
///
/// # Errors
/// When `out` takes no more.
pub fn markdown(survey: &Survey, options: &View, out: &mut dyn Write) -> io::Result<()> {
    let told: Vec<_> = words::worst_first(survey)
        .into_iter()
        .filter(|finding| summary::is_told(survey, finding, options.all))
        .collect();
    let mut text = Vec::new();
    head(survey, &mut text)?;
    matrix(survey, &told, &mut text)?;
    let mut end = Vec::new();
    tail(survey, &mut end)?;
    let mut left_out = 0;
    for finding in told {
        let section = section(survey, finding, options.all)?;
        if text.len() + end.len() + section.len() > LIMIT {
            left_out += usize::from(!section.is_empty());
        } else {
            text.extend(section);
        }
    }
    if left_out > 0 {
        let objects = counted(left_out, "object");
        writeln!(text, "\nToo long for here: the details of {objects}.")?;
    }
    text.extend(end);
    out.write_all(&text)
}

fn head(survey: &Survey, out: &mut Vec<u8>) -> io::Result<()> {
    let judgement = Judgement::of(survey).to_string();
    writeln!(out, "**{}**\n", escape(&judgement))?;
    let coverage = Coverage::of(survey).to_string();
    writeln!(
        out,
        "{}; looked at {}",
        escape(&coverage),
        escape(&survey.at.to_string())
    )
}

fn matrix(survey: &Survey, told: &[&Finding], out: &mut Vec<u8>) -> io::Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let order = words::order(survey);
    write!(out, "\n| | Object |")?;
    for index in &order {
        write!(out, " {} |", cluster(survey, *index))?;
    }
    writeln!(out, " Since |")?;
    writeln!(out, "|---|---|{}---|", "---|".repeat(order.len()))?;
    for finding in told.iter().take(ROW_LIMIT) {
        write!(
            out,
            "| {} {} | {} |",
            escape(words::sign(finding.standing)),
            escape(&words::word(finding.standing)),
            escape(&finding.object.to_string())
        )?;
        for index in &order {
            let presence = finding.presence.get(*index);
            write!(
                out,
                " {} |",
                presence.map_or("", |place| words::place(*place))
            )?;
        }
        let age = finding.age.map(|age| words::ago(survey.at, age.first_seen));
        writeln!(out, " {} |", age.unwrap_or_default())?;
    }
    if told.len() > ROW_LIMIT {
        writeln!(out, "\n…and {} more.", told.len() - ROW_LIMIT)?;
    }
    Ok(())
}

/// What is to be said of one object beyond its row; empty when that is nothing.
fn section(survey: &Survey, finding: &Finding, all: bool) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let fields: Vec<_> = finding
        .fields
        .iter()
        .filter(|field| all || field.rule.is_none())
        .collect();
    if fields.is_empty() && finding.text.is_none() && finding.hint.is_none() {
        return Ok(out);
    }
    writeln!(
        out,
        "\n<details><summary>{}: {}</summary>\n",
        escape(&words::word(finding.standing)),
        escape(&finding.object.to_string())
    )?;
    if let Some(text) = &finding.text {
        writeln!(out, "{}\n", escape(text))?;
    }
    if !fields.is_empty() {
        table(survey, &fields, &mut out)?;
    }
    if let Some(hint) = &finding.hint {
        writeln!(out, "Hint: {}\n", escape(hint))?;
    }
    writeln!(out, "</details>")?;
    Ok(out)
}

fn table(survey: &Survey, fields: &[&Field], out: &mut Vec<u8>) -> io::Result<()> {
    let order = words::order(survey);
    write!(out, "| Field |")?;
    for index in &order {
        write!(out, " {} |", cluster(survey, *index))?;
    }
    writeln!(out, " |")?;
    writeln!(out, "|---|{}---|", "---|".repeat(order.len()))?;
    for field in fields.iter().take(FIELD_LIMIT) {
        let difference = &field.difference;
        let sides = values::in_order(&order, &difference.sides);
        let excerpts = values::excerpts(&sides);
        write!(
            out,
            "| <code>{}</code> |",
            escape(&difference.path.to_string())
        )?;
        for index in &order {
            let Some(side) = sides.get(*index) else {
                write!(out, " |")?;
                continue;
            };
            let shown = values::side(side, excerpts.get(*index).and_then(Option::as_ref));
            let mark = if words::differs(survey, difference, *index) {
                " (differs)"
            } else {
                ""
            };
            write!(out, " <code>{}</code>{mark} |", safe::markdown(&shown))?;
        }
        writeln!(out, " {} |", escape(&aside(survey, field)))?;
    }
    writeln!(out)?;
    if fields.len() > FIELD_LIMIT {
        writeln!(out, "…and {} more\n", fields.len() - FIELD_LIMIT)?;
    }
    Ok(())
}

fn aside(survey: &Survey, field: &Field) -> String {
    let mut aside = Vec::new();
    if field.difference.class != Class::Value {
        aside.push(field.difference.class.word().to_owned());
    }
    aside.extend(
        field
            .rule
            .as_ref()
            .map(|rule| format!("explained by {rule}")),
    );
    aside.extend(
        field
            .age
            .map(|age| format!("since {}", words::ago(survey.at, age.first_seen))),
    );
    aside.extend(field.note.clone());
    aside.join(", ")
}

fn tail(survey: &Survey, out: &mut Vec<u8>) -> io::Result<()> {
    let gaps = summary::gaps(survey);
    if !gaps.is_empty() {
        writeln!(out, "\nNot seen:\n")?;
    }
    for gap in gaps {
        let what = format!("{}: {} in {}", gap.reason.word(), gap.what(), gap.cluster);
        write!(out, "- {}: {}", escape(&what), escape(&gap.trouble.text))?;
        if let Some(hint) = &gap.trouble.hint {
            write!(out, "; hint: {}", escape(hint))?;
        }
        writeln!(out)?;
    }
    let rules: Vec<_> = survey
        .rules
        .iter()
        .filter_map(|rule| Some((rule, words::rule_state(survey, rule)?)))
        .collect();
    if !rules.is_empty() {
        writeln!(out, "\nDeclared differences to look at:\n")?;
    }
    for (rule, state) in rules {
        let line = format!("{} {state}: {} ({})", rule.id, rule.summary, rule.reason);
        writeln!(out, "- {}", escape(&line))?;
    }
    let warnings = words::warnings(survey);
    if !warnings.is_empty() {
        writeln!(out, "\nWarnings:\n")?;
    }
    for warning in warnings {
        writeln!(out, "- {}", escape(&warning))?;
    }
    let quiet = words::quiet(survey);
    if !quiet.is_empty() {
        writeln!(out, "\nBesides: {}.", quiet.join(", "))?;
    }
    Ok(())
}

fn cluster(survey: &Survey, index: usize) -> String {
    let name = survey
        .clusters
        .get(index)
        .map_or("?", |cluster| &cluster.name);
    let baseline = if survey.baseline == Some(index) {
        " (baseline)"
    } else {
        ""
    };
    format!("{}{baseline}", escape(name))
}

fn escape(text: &str) -> String {
    safe::markdown(&safe::line(text))
}
