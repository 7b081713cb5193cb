//! Tests of the forms of the report, each on the same surveys.

use std::io::{self, Write};

use super::{Coverage, Judgement, View, html, json, markdown, sample, text};
use crate::object::Kind;
use crate::survey::{Part, Survey};

type Form = fn(&Survey, &View, &mut dyn Write) -> io::Result<()>;

fn written(form: Form, survey: &Survey, view: View) -> String {
    let mut out = Vec::new();
    form(survey, &view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const FORMS: [Form; 3] = [text, markdown, html];

const TOLD: View = View {
    all: false,
    colour: false,
};
const ALL: View = View {
    all: true,
    colour: false,
};

fn json_of(survey: &Survey) -> String {
    let mut out = Vec::new();
    json(survey, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Without most of the fields that are all alike.
fn shortened(mut survey: Survey) -> Survey {
    for finding in &mut survey.findings {
        finding.fields.truncate(4);
    }
    survey
}

#[test]
fn two_clusters_as_text() {
    insta::assert_snapshot!(written(text, &shortened(sample::two()), TOLD));
}

#[test]
fn two_clusters_with_all_as_text() {
    insta::assert_snapshot!(written(text, &shortened(sample::two()), ALL));
}

#[test]
fn three_clusters_with_a_baseline_as_text() {
    insta::assert_snapshot!(written(text, &sample::three(), TOLD));
}

#[test]
fn equal_clusters_as_text() {
    insta::assert_snapshot!(written(text, &sample::equal(), TOLD));
}

#[test]
fn a_lost_cluster_as_text() {
    insta::assert_snapshot!(written(text, &sample::lost(), TOLD));
}

#[test]
fn two_clusters_as_markdown() {
    insta::assert_snapshot!(written(markdown, &shortened(sample::two()), TOLD));
}

#[test]
fn three_clusters_with_a_baseline_as_markdown() {
    insta::assert_snapshot!(written(markdown, &sample::three(), TOLD));
}

#[test]
fn two_clusters_as_json() {
    insta::assert_snapshot!(json_of(&shortened(sample::two())));
}

#[test]
fn three_clusters_with_a_baseline_as_json() {
    insta::assert_snapshot!(json_of(&shortened(sample::three())));
}

#[test]
fn a_survey_is_judged_by_what_was_seen_and_what_was_not() {
    let mut unread = sample::equal();
    unread.parts = sample::two().parts;
    let mut drift = sample::two();
    drift.parts = sample::equal().parts;
    drift
        .findings
        .retain(|finding| !finding.standing.is_unknown());
    let mut nothing = sample::equal();
    nothing.parts.iter_mut().for_each(|part| part.read = Ok(0));
    // What runs and what is secret was looked at all the same, and a family may be called like that.
    for (family, group, kind, read) in [
        ("live/pods", "", "Pod", 5),
        ("secrets", "", "Secret", 2),
        ("secrets", "", "ConfigMap", 0),
    ] {
        nothing.parts.push(Part {
            family: family.to_owned(),
            kind: Kind::new(group, kind),
            cluster: 0,
            read: Ok(read),
        });
    }
    let mut something = nothing.clone();
    if let Some(part) = something.parts.last_mut() {
        part.read = Ok(1);
    }
    let mut undecided = sample::equal();
    let unknown = sample::two()
        .findings
        .into_iter()
        .find(|it| it.standing.is_unknown());
    undecided.findings.extend(unknown);
    for (survey, judgement) in [
        (sample::equal(), Judgement::Consistent),
        (nothing, Judgement::Nothing),
        (something, Judgement::Consistent),
        (drift, Judgement::Drift(11)),
        (unread, Judgement::Incomplete),
        (sample::lost(), Judgement::Incomplete),
        (undecided, Judgement::Incomplete),
        (sample::two(), Judgement::DriftAndIncomplete(11)),
    ] {
        assert_eq!(Judgement::of(&survey), judgement);
    }
}

#[test]
fn the_coverage_says_what_is_missing_and_where() {
    let coverage = |survey: &Survey| Coverage::of(survey).to_string();
    assert_eq!(
        coverage(&sample::two()),
        "families 9/11, clusters 2/2, objects 117+100 read, 2 parts missing (forbidden: Secret in \
         remoting-prod-e1-1; timeout: live/images in remoting-prod-e1-1), 2 objects undecided"
    );
    assert_eq!(
        coverage(&sample::three()),
        "families 1/2, clusters 3/3, objects 5+4+1 read, 1 part missing (timeout: ServiceMonitor \
         in staging-w2-1)"
    );
    assert_eq!(
        coverage(&sample::lost()),
        "families 4/11, clusters 1/2, objects 117+0 read, 8 parts missing (unreachable: everything \
         in remoting-prod-e1-1)"
    );
    assert_eq!(
        coverage(&sample::equal()),
        "families 11/11, clusters 2/2, objects 117+100 read"
    );
}

#[test]
fn with_two_clusters_and_no_baseline_no_side_is_said_to_be_wrong() {
    for form in FORMS {
        let shown = written(form, &sample::two(), ALL);
        for blame in ["(differs)", "(baseline)", "≠ differs", ">baseline<"] {
            assert!(!shown.contains(blame), "{blame}");
        }
    }
}

#[test]
fn nothing_that_a_terminal_obeys_is_written_in_any_form() {
    let survey = sample::two();
    let mut shown = vec![json_of(&survey)];
    shown.extend(FORMS.map(|form| written(form, &survey, ALL)));
    for shown in shown {
        let hidden = |c: &char| super::safe::is_hidden(*c) && *c != '\n';
        assert_eq!(shown.chars().find(hidden), None);
    }
}

#[test]
fn json_keeps_the_texts_that_it_escapes() {
    let read: serde_json::Value = serde_json::from_str(&json_of(&sample::two())).unwrap();
    let objects = read["objects"].as_array().unwrap();
    let evil = |object: &&serde_json::Value| object["name"].as_str().unwrap().contains("evil");
    let evil = objects.iter().find(evil).unwrap();
    assert_eq!(
        evil["name"],
        "</td><script>alert(1)</script>\u{1b}[2J\u{202e}evil|`x`"
    );
}

#[test]
fn markdown_holds_no_markup_but_its_own() {
    let shown = written(markdown, &sample::two(), ALL);
    for tag in ["details", "summary", "code"] {
        let count = |text: String| shown.matches(&text).count();
        assert_eq!(count(format!("<{tag}>")), count(format!("</{tag}>")));
    }
    for foreign in [
        "<script",
        "<img",
        "<i>",
        "](",
        "@everyone",
        "```",
        "\n## heading",
    ] {
        assert!(!shown.contains(foreign), "{foreign}");
    }
}

#[test]
fn markdown_fits_into_a_ticket() {
    let mut survey = sample::two();
    let large = survey.findings[11].clone();
    survey.findings.extend((0..400).map(|_| large.clone()));
    let shown = written(markdown, &survey, TOLD);
    assert!(shown.len() < 65_536, "{}", shown.len());
    assert!(shown.contains("Too long for here: the details of "));
    assert!(shown.contains("…and 314 more."));
}

#[test]
fn at_most_fifty_fields_of_an_object_are_shown() {
    for form in FORMS {
        let shown = written(form, &sample::two(), TOLD);
        assert!(shown.contains("…and 212 more"));
        let shown = shown.replace("<mark>", "").replace("</mark>", "");
        assert_eq!(shown.matches("percentunit").count(), 50);
    }
    let shown = json_of(&sample::two());
    assert!(shown.contains("\"fields_left_out\": 212"));
}

#[test]
fn colours_add_nothing_but_colours() {
    let coloured = View {
        all: true,
        colour: true,
    };
    for survey in [sample::two(), sample::three(), sample::equal()] {
        let painted = written(text, &survey, coloured);
        let bare = anstream::adapter::strip_str(&painted).to_string();
        assert_ne!(painted, bare);
        assert_eq!(bare, written(text, &survey, ALL));
    }
}

/// Where to put the page of the sample, for those who want to look at it.
#[test]
fn the_page_can_be_written_to_a_folder_to_be_looked_at() {
    let Some(folder) = std::env::var_os("REPORT_SAMPLE") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    for (name, survey) in [
        ("two.html", sample::two()),
        ("three.html", sample::three()),
        ("equal.html", sample::equal()),
        ("lost.html", sample::lost()),
    ] {
        std::fs::write(folder.join(name), written(html, &survey, TOLD)).unwrap();
    }
}

#[test]
fn a_page_holds_no_markup_but_its_own() {
    let shown = written(html, &sample::two(), ALL);
    assert_eq!(shown.matches("<script").count(), 1);
    assert_eq!(shown.matches("<style").count(), 1);
    for foreign in ["<img", "<i>\u{200b}", "</td><script", "href=\"javascript"] {
        assert!(!shown.contains(foreign), "{foreign}");
    }
    assert!(shown.contains("&lt;/td&gt;&lt;script&gt;alert(1)"));
}

#[test]
fn every_tag_of_a_page_is_closed_in_its_turn() {
    for survey in [sample::two(), sample::three(), sample::equal()] {
        let page = written(html, &survey, ALL);
        let body = page.split("<style>").next().unwrap().to_owned()
            + page
                .split("</style>")
                .nth(1)
                .unwrap()
                .split("<script>")
                .next()
                .unwrap();
        let mut open = Vec::new();
        for tag in body.split('<').skip(1) {
            let name: String = tag
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '/')
                .collect();
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "{tag}"),
                None if ["", "meta", "input", "wbr"].contains(&name.as_str()) => {}
                None => open.push(name),
            }
        }
        assert_eq!(open, ["html", "body"]);
    }
}

#[test]
fn with_three_clusters_a_page_says_which_have_the_same_values() {
    let mut survey = sample::three();
    let fields = &mut survey.findings[3].fields;
    fields.truncate(1);
    let page = written(html, &survey, TOLD);
    let row = page.split("core-alerts-rules").nth(1).unwrap();
    let letters: Vec<_> = row
        .split("same values\">")
        .skip(1)
        .take(3)
        .filter_map(|cell| cell.chars().next())
        .collect();
    assert_eq!(letters, ['A', 'A', 'B']);
    assert!(!written(html, &sample::two(), TOLD).contains("same values\">"));
}

#[test]
fn a_page_loads_nothing() {
    let page = written(html, &sample::two(), ALL);
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"));
    assert!(!page.contains("unsafe-inline"));
    for outside in [
        "src=\"",
        "<link",
        "@import",
        "url(",
        "fetch(",
        "XMLHttpRequest",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
    let links = page.split("href=\"").skip(1);
    assert!(links.into_iter().all(|link| link.starts_with('#')));
}

#[test]
fn every_row_of_a_page_can_be_chosen_without_a_script() {
    let page = written(html, &sample::two(), TOLD);
    for standing in sample::two().findings.iter().map(|it| it.standing.word()) {
        assert!(
            page.contains(&format!("id=\"show-{standing}\"")),
            "{standing}"
        );
        assert!(
            page.contains(&format!(":has(#show-{standing}:checked)) .is-{standing} ")),
            "{standing}"
        );
    }
}
