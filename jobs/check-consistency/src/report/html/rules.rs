//! The declared differences, those to look at first.

use std::io::{self, Write};

use super::super::words;
use super::{escape, prose};
use crate::survey::{RuleUse, Survey};

pub(super) fn write(survey: &Survey, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section aria-labelledby=\"rules\">")?;
    writeln!(out, "<h2 id=\"rules\">Declared differences</h2>")?;
    if survey.rules.is_empty() {
        return writeln!(out, "<p class=\"none\">None.</p>\n</section>");
    }
    writeln!(
        out,
        "<div class=\"scroll\"><table class=\"plain\"><thead><tr>"
    )?;
    for head in ["Rule", "What it says, and why", "Used", "Expires"] {
        write!(out, "<th scope=\"col\">{head}</th>")?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    let mut rules: Vec<_> = survey.rules.iter().enumerate().collect();
    rules.sort_by_key(|(_, rule)| (!rule.expired, rule.used > 0));
    for (place, rule) in rules {
        row(survey, place, rule, out)?;
    }
    writeln!(out, "</tbody></table></div>\n</section>")
}

fn row(survey: &Survey, place: usize, rule: &RuleUse, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<tr id=\"rule-{place}\"><th scope=\"row\">{}</th><td>{}<p>{}</p></td>",
        escape(&rule.id),
        prose(&rule.summary),
        prose(&rule.reason)
    )?;
    let expires = rule.expires.map(|day| day.to_string()).unwrap_or_default();
    let attention = words::rule_state(survey, rule).is_some();
    match (attention, rule.expired) {
        (true, true) => writeln!(
            out,
            "<td>not applied</td><td><span class=\"pill doubt\">! expired</span> {expires}</td></tr>"
        ),
        (true, false) => writeln!(
            out,
            "<td><span class=\"pill doubt\">! never</span></td><td>{expires}</td></tr>"
        ),
        (false, _) => writeln!(out, "<td>{}×</td><td>{expires}</td></tr>", rule.used),
    }
}
