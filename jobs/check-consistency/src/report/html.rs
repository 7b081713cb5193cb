//! For a browser: one page that needs nothing else, and works without scripts.
//!
//! Rows are shown by kind with check boxes and CSS alone; the script adds the search, the choice of a
//! family and "expand all". Objects' texts go through one function, `safe::html`.

mod coverage;
mod head;
mod matrix;
mod objects;
mod rules;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::View;
use super::safe;
use crate::survey::Survey;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Nothing is loaded, nothing is sent, and only the page's own style and script count: a text that
/// slipped through could neither run nor load anything.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// Writes the survey as a page.
///
/// # Errors
/// When `out` takes no more.
pub fn html(survey: &Survey, options: &View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>")?;
    writeln!(out, "<meta charset=\"utf-8\">")?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">",
        policy()
    )?;
    writeln!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    )?;
    writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">")?;
    writeln!(out, "<title>{}</title>", head::title(survey))?;
    writeln!(out, "<style>{STYLE}</style>\n</head>\n<body>")?;
    head::write(survey, out)?;
    writeln!(out, "<main>")?;
    matrix::write(survey, *options, out)?;
    coverage::write(survey, out)?;
    rules::write(survey, out)?;
    writeln!(out, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>")
}

/// A text of any length as what it looks like.
fn escape(text: &str) -> String {
    safe::html(&safe::line(text))
}

/// A sentence, with what stands between backquotes as code.
fn prose(text: &str) -> String {
    let text = escape(text);
    let parts: Vec<_> = text.split('`').collect();
    if parts.len() % 2 == 0 {
        return text;
    }
    let parts = parts.iter().enumerate();
    parts
        .map(|(place, part)| match place % 2 {
            0 => (*part).to_owned(),
            _ => format!("<code>{part}</code>"),
        })
        .collect()
}

/// The name of a cluster.
fn cluster(survey: &Survey, index: usize) -> String {
    let cluster = survey.clusters.get(index);
    cluster.map_or_else(|| "?".to_owned(), |cluster| escape(&cluster.name))
}

/// A time for people, and for machines.
fn time(at: jiff::Timestamp) -> String {
    format!(
        "<time datetime=\"{at}\">{}</time>",
        at.strftime("%-d %B %Y, %H:%M UTC")
    )
}
