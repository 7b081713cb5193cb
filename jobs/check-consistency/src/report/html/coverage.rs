//! What was looked at: families by clusters, and why something was not seen.

use std::collections::BTreeMap;
use std::io::{self, Write};

use common::output::counted;

use super::super::summary;
use super::super::words;
use super::{cluster, escape, prose};
use crate::survey::{Part, Survey};

pub(super) fn write(survey: &Survey, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section aria-labelledby=\"coverage\">")?;
    writeln!(out, "<h2 id=\"coverage\">Coverage</h2>")?;
    gaps(survey, out)?;
    table(survey, out)?;
    warnings(survey, out)?;
    writeln!(out, "</section>")
}

fn gaps(survey: &Survey, out: &mut dyn Write) -> io::Result<()> {
    let gaps = summary::gaps(survey);
    if gaps.is_empty() {
        return writeln!(
            out,
            "<p class=\"good\"><span aria-hidden=\"true\">✓</span> All that was to be read was read.</p>"
        );
    }
    writeln!(out, "<ul class=\"gaps\">")?;
    for gap in gaps {
        write!(
            out,
            "<li><p><span class=\"pill doubt\">? {}</span> <b>{}</b> in <b>{}</b></p><p>{}</p>",
            gap.reason.word(),
            escape(&gap.what()),
            escape(gap.cluster),
            prose(&gap.trouble.text)
        )?;
        if gap.undecided > 0 {
            let objects = counted(gap.undecided, "object");
            write!(out, "<p>{objects} could not be judged because of it.</p>")?;
        }
        if let Some(hint) = &gap.trouble.hint {
            write!(out, "<p class=\"hint\">{}</p>", prose(hint))?;
        }
        writeln!(out, "</li>")?;
    }
    writeln!(out, "</ul>")
}

fn table(survey: &Survey, out: &mut dyn Write) -> io::Result<()> {
    if survey.parts.is_empty() {
        return Ok(());
    }
    let order = words::order(survey);
    let mut rows: BTreeMap<_, Vec<Option<&Part>>> = BTreeMap::new();
    for part in &survey.parts {
        let empty = || vec![None; survey.clusters.len()];
        let row = rows.entry((&part.family, &part.kind)).or_insert_with(empty);
        if let Some(place) = row.get_mut(part.cluster) {
            *place = Some(part);
        }
    }
    writeln!(
        out,
        "<div class=\"scroll\"><table class=\"plain\"><thead><tr>"
    )?;
    write!(
        out,
        "<th scope=\"col\">Family</th><th scope=\"col\">Kind</th>"
    )?;
    for index in &order {
        write!(out, "<th scope=\"col\">{}</th>", cluster(survey, *index))?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for ((family, kind), parts) in rows {
        write!(
            out,
            "<tr><th scope=\"row\">{}</th><td title=\"{}\">{}</td>",
            escape(family),
            escape(&kind.to_string()),
            escape(&kind.kind)
        )?;
        for index in &order {
            cell(survey, *index, parts.get(*index).copied().flatten(), out)?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn cell(survey: &Survey, index: usize, part: Option<&Part>, out: &mut dyn Write) -> io::Result<()> {
    let name = cluster(survey, index);
    match part.map(|part| &part.read) {
        None => write!(
            out,
            "<td class=\"at unasked\" title=\"{name}: not asked\">– not asked</td>"
        ),
        Some(Ok(read)) => write!(
            out,
            "<td class=\"at here\" title=\"{name}: {read} read\"><span aria-hidden=\"true\">✓</span> {read} <span>read</span></td>"
        ),
        Some(Err(gap)) => write!(
            out,
            "<td class=\"at unseen\" title=\"{}\">? {}</td>",
            escape(&gap.trouble.text),
            gap.reason.word()
        ),
    }
}

fn warnings(survey: &Survey, out: &mut dyn Write) -> io::Result<()> {
    let warnings = words::warnings(survey);
    if warnings.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h3>Warnings</h3>\n<ul class=\"warnings\">")?;
    for warning in warnings {
        writeln!(out, "<li>{}</li>", prose(&warning))?;
    }
    writeln!(out, "</ul>")
}
