//! The head of the page: the verdict, when, how much was seen, and the clusters.

use std::io::{self, Write};

use common::output::counted;

use super::super::summary::{Coverage, Judgement};
use super::super::words;
use super::{escape, prose, time};
use crate::survey::{ClusterFacts, PeerFacts, Survey};

/// The verdict and the clusters' names.
pub(super) fn title(survey: &Survey) -> String {
    let names: Vec<_> = survey
        .clusters
        .iter()
        .map(|cluster| cluster.name.as_str())
        .collect();
    escape(&format!("{} – {}", Judgement::of(survey), names.join(", ")))
}

pub(super) fn write(survey: &Survey, out: &mut dyn Write) -> io::Result<()> {
    let judgement = Judgement::of(survey);
    writeln!(
        out,
        "<header class=\"top\" data-verdict=\"{}\">",
        judgement.word()
    )?;
    writeln!(
        out,
        "<p class=\"kicker\">check-consistency<span> · {}</span></p>",
        time(survey.at)
    )?;
    let (main, more) = headline(judgement);
    writeln!(
        out,
        "<h1><span class=\"sign\" aria-hidden=\"true\">{}</span>{main}</h1>",
        sign(judgement)
    )?;
    if let Some(more) = more {
        writeln!(out, "<p class=\"more\">{more}</p>")?;
    }
    writeln!(
        out,
        "<p class=\"coverage\"><a href=\"#coverage\">{}</a></p>",
        escape(&Coverage::of(survey).to_string())
    )?;
    writeln!(out, "<ul class=\"clusters\" aria-label=\"Clusters\">")?;
    for index in words::order(survey) {
        if let Some(cluster) = survey.clusters.get(index) {
            facts(survey, index, cluster, out)?;
        }
    }
    writeln!(out, "</ul>\n</header>")
}

const fn sign(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Consistent => "=",
        Judgement::Drift(_) | Judgement::DriftAndIncomplete(_) => "≠",
        Judgement::Nothing | Judgement::Incomplete => "?",
    }
}

fn headline(judgement: Judgement) -> (String, Option<&'static str>) {
    const REST: &str = "Not everything could be read: nobody can say that the rest is equal.";
    match judgement {
        Judgement::Consistent => ("The clusters are consistent".to_owned(), None),
        Judgement::Nothing => (
            "Nothing was compared".to_owned(),
            Some("Not one object was found: an empty look proves nothing."),
        ),
        Judgement::Drift(objects) => (format!("Drift in {}", counted(objects, "object")), None),
        Judgement::Incomplete => (
            "Incomplete".to_owned(),
            Some("Not everything could be read: nobody can say that the clusters are equal."),
        ),
        Judgement::DriftAndIncomplete(objects) => (
            format!("Drift in {}, and incomplete", counted(objects, "object")),
            Some(REST),
        ),
    }
}

fn facts(
    survey: &Survey,
    index: usize,
    cluster: &ClusterFacts,
    out: &mut dyn Write,
) -> io::Result<()> {
    let lost = if cluster.trouble.is_some() {
        " class=\"lost\""
    } else {
        ""
    };
    write!(out, "<li{lost}><b>{}</b>", escape(&cluster.name))?;
    if survey.baseline == Some(index) {
        write!(out, " <span class=\"tag\">baseline</span>")?;
    }
    if let Some(trouble) = &cluster.trouble {
        write!(
            out,
            "<span class=\"fact\">? not seen: {}</span>",
            prose(&trouble.text)
        )?;
    } else {
        let version = cluster.version.as_deref().unwrap_or("version unknown");
        write!(out, "<span class=\"fact\">{}</span>", escape(version))?;
    }
    // What nobody looked at is not said to be missing.
    if let Some(peer) = cluster.peer.as_ref().filter(|_| watched(survey)) {
        write!(
            out,
            "<span class=\"fact\">{}</span>",
            escape(&alerting(survey, peer))
        )?;
    }
    writeln!(out, "</li>")
}

/// Whether anybody looked at what runs.
fn watched(survey: &Survey) -> bool {
    let mut parts = survey.parts.iter();
    parts.any(|part| part.family.starts_with("live/"))
}

/// What is seen of its alerting, in a line.
fn alerting(survey: &Survey, peer: &PeerFacts) -> String {
    let watchdog = match (peer.watchdog_seen, peer.watchdog_since) {
        (None, _) => "Watchdog not seen".to_owned(),
        (Some(_), None) => "Watchdog fires".to_owned(),
        (Some(_), Some(since)) => {
            format!("Watchdog fires since {}", words::ago(survey.at, since))
        }
    };
    let replicas = peer.replicas.len();
    let same = peer.replicas.iter().filter(|(_, same)| *same).count();
    if replicas == 0 {
        return watchdog;
    }
    format!(
        "{watchdog}; {same} of {} with the home cluster's mail user",
        counted(replicas, "replica")
    )
}
