//! The matrix: a row for each object, a column for each cluster, and above it what chooses the rows.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::super::{View, words};
use super::{cluster, escape, objects};
use crate::difference::Side;
use crate::finding::{Finding, Presence, Standing};
use crate::survey::Survey;

pub(super) fn write(survey: &Survey, view: View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section aria-labelledby=\"objects\">")?;
    writeln!(out, "<h2 id=\"objects\">Objects</h2>")?;
    controls(survey, view, out)?;
    if survey.findings.is_empty() {
        return writeln!(
            out,
            "<p class=\"none\">No object was found.</p>\n</section>"
        );
    }
    writeln!(out, "<div class=\"matrix\">\n<table id=\"matrix\">")?;
    let order = words::order(survey);
    write!(
        out,
        "<thead><tr><th scope=\"col\">Object</th><th scope=\"col\">Standing</th>"
    )?;
    for index in &order {
        let baseline = if survey.baseline == Some(*index) {
            " <span class=\"tag\">baseline</span>"
        } else {
            ""
        };
        write!(
            out,
            "<th scope=\"col\">{}{baseline}</th>",
            cluster(survey, *index)
        )?;
    }
    writeln!(out, "<th scope=\"col\">Since</th></tr></thead>")?;
    for finding in words::worst_first(survey) {
        row(survey, &order, finding, out)?;
    }
    writeln!(out, "</table>\n</div>")?;
    writeln!(
        out,
        "<p class=\"none\" id=\"nothing\" hidden>No object matches.</p>\n</section>"
    )
}

/// Check boxes that work by CSS alone, and what the script makes useful.
fn controls(survey: &Survey, view: View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<div class=\"bar\" role=\"group\" aria-label=\"Which objects are shown\">"
    )?;
    writeln!(out, "<div class=\"chips\">")?;
    let counts = words::counts(survey);
    let calm = |standing| matches!(class(standing), "calm" | "equal");
    let all_calm = counts.iter().all(|(standing, _)| calm(*standing));
    for (standing, number) in &counts {
        let word = standing.word();
        let checked = if view.all || all_calm || !calm(*standing) {
            " checked"
        } else {
            ""
        };
        writeln!(
            out,
            "<label class=\"chip {}\"><input type=\"checkbox\" id=\"show-{word}\"{checked}>\
             <span aria-hidden=\"true\">{}</span> {word} <b>{number}</b></label>",
            class(*standing),
            words::sign(*standing),
        )?;
    }
    writeln!(out, "</div>\n<div class=\"tools\" id=\"tools\" hidden>")?;
    writeln!(
        out,
        "<input type=\"search\" id=\"search\" placeholder=\"Name, path or value\" \
         aria-label=\"Filter by name, path or value\">"
    )?;
    writeln!(out, "<select id=\"family\" aria-label=\"Family\">")?;
    writeln!(out, "<option value=\"\">All families</option>")?;
    let families: BTreeSet<_> = survey.findings.iter().map(|it| &it.family).collect();
    for family in families {
        writeln!(out, "<option>{}</option>", escape(family))?;
    }
    writeln!(
        out,
        "</select>\n<button type=\"button\" id=\"expand\" aria-pressed=\"false\">Expand all</button>"
    )?;
    writeln!(
        out,
        "<output id=\"shown\" aria-live=\"polite\"></output>\n</div>\n</div>"
    )
}

fn row(survey: &Survey, order: &[usize], finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let standing = finding.standing;
    writeln!(
        out,
        "<tbody class=\"{} is-{}\" data-family=\"{}\">",
        class(standing),
        standing.word(),
        escape(&finding.family)
    )?;
    let object = &finding.object;
    let place = object.namespace.as_ref();
    let place = place.map_or_else(String::new, |namespace| format!("{}/", escape(namespace)));
    write!(
        out,
        "<tr><th scope=\"rowgroup\"><span class=\"kind\" title=\"{}\">{}</span> \
         <span class=\"name\">{place}<b>{}</b></span></th>",
        escape(&object.kind.to_string()),
        escape(&object.kind.kind),
        escape(&object.name)
    )?;
    write!(
        out,
        "<td class=\"standing\"><span class=\"pill\"><span aria-hidden=\"true\">{}</span> \
         {}</span>{}</td>",
        words::sign(standing),
        standing.word(),
        why(standing)
    )?;
    let variants = variants(order, finding);
    for index in order {
        let presence = finding.presence.get(*index).copied();
        let presence = presence.unwrap_or(Presence::NotAsked);
        let variant = variants.get(*index).copied().flatten();
        cell(survey, *index, presence, variant, out)?;
    }
    let age = finding.age.map_or_else(String::new, |age| {
        format!(
            "<time datetime=\"{}\" title=\"first seen {}, in {} runs\">{}</time>",
            age.first_seen,
            age.first_seen,
            age.occurrences,
            words::ago(survey.at, age.first_seen)
        )
    });
    writeln!(out, "<td class=\"age\">{age}</td></tr>")?;
    objects::write(survey, order, finding, out)?;
    writeln!(out, "</tbody>")
}

fn cell(
    survey: &Survey,
    index: usize,
    presence: Presence,
    variant: Option<char>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (sign, class) = match presence {
        Presence::Here => ("●", "here"),
        Presence::Absent => ("○", "absent"),
        Presence::Terminating => ("◐", "terminating"),
        Presence::Unknown => ("?", "unseen"),
        Presence::NotAsked => ("–", "unasked"),
    };
    let word = words::place(presence);
    let name = cluster(survey, index);
    write!(
        out,
        "<td class=\"at {class}\" title=\"{name}: {word}\" data-cluster=\"{name}\">\
         <span aria-hidden=\"true\">{sign}</span> {word}"
    )?;
    if let Some(variant) = variant {
        write!(
            out,
            " <span class=\"variant\" title=\"clusters with one letter have the same values\">{variant}</span>"
        )?;
    }
    write!(out, "</td>")
}

/// A letter for each cluster, the same for those that have the same values. With two clusters it would say
/// nothing.
fn variants(order: &[usize], finding: &Finding) -> Vec<Option<char>> {
    let mut letters = vec![None; order.len()];
    let open: Vec<_> = finding
        .fields
        .iter()
        .filter(|field| field.rule.is_none())
        .collect();
    if order.len() < 3 || open.is_empty() {
        return letters;
    }
    let mut seen: Vec<Vec<&Side>> = Vec::new();
    for index in order {
        let sides: Vec<_> = open
            .iter()
            .filter_map(|field| field.difference.sides.get(*index))
            .collect();
        if sides.contains(&&Side::NoObject) {
            continue;
        }
        let known = seen.iter().position(|other| *other == sides);
        let place = known.unwrap_or(seen.len());
        if known.is_none() {
            seen.push(sides);
        }
        if let Some(letter) = letters.get_mut(*index) {
            *letter = ('A'..='Z').nth(place);
        }
    }
    letters
}

/// Why nobody can say, for the rows where that is so.
fn why(standing: Standing) -> String {
    let Some(reason) = standing.unknown() else {
        return String::new();
    };
    format!("<span class=\"why\">{}</span>", reason.word())
}

/// How much attention a row needs: what it is painted by.
pub(super) const fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Equal => "equal",
        Standing::Explained | Standing::Ignored | Standing::Cosmetic => "calm",
        Standing::Different
        | Standing::Missing
        | Standing::Unexpected
        | Standing::Terminating
        | Standing::NotDistinct
        | Standing::Stale
        | Standing::NotLoaded
        | Standing::Failing => "drift",
        Standing::Settling | Standing::Unknown(_) => "doubt",
    }
}
