//! A survey without any declared difference, written as the configuration that would declare them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use common::cluster::Access;

use crate::cli::InitArgs;
use crate::config::Config;
use crate::difference::Side;
use crate::finding::{Field, Finding, Presence, Standing};
use crate::object::ObjectName;
use crate::report::line;
use crate::survey::{Part, Survey};

/// Stands for the reason that only a person knows.
const REASON: &str = "seen when this file was made: write down why, or mend it";

/// What is written, and what it is made of.
pub(super) struct Proposal<'a> {
    pub(super) args: &'a InitArgs,
    pub(super) config: &'a Config,
    pub(super) survey: &'a Survey,
}

impl Proposal<'_> {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "# Proposed by `check-consistency init`. Give every declared difference its true reason, and mend\n\
             # what is not meant to differ. Then: check-consistency run --config THIS_FILE"
        )?;
        self.clusters(out)?;
        self.select(out)?;
        self.only_in(out)?;
        self.templates(out)?;
        self.rest(out)
    }

    fn clusters(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "clusters:")?;
        for cluster in &self.config.clusters {
            writeln!(out, "  - name: {}", quoted(cluster.name.as_str()))?;
            if let Access::Kubeconfig { context, path } = &cluster.access {
                let context = context.as_deref().unwrap_or_default();
                writeln!(out, "    context: {}", quoted(context))?;
                if let Some(path) = path {
                    writeln!(out, "    kubeconfig: {}", quoted(&path.to_string_lossy()))?;
                }
            }
        }
        Ok(())
    }

    /// The kinds that some cluster has an object of; those that could not be read are told.
    fn select(&self, out: &mut dyn Write) -> io::Result<()> {
        let has_any = |part: &&Part| part.read.as_ref().is_ok_and(|count| *count > 0);
        let mut kinds: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for part in self.survey.parts.iter().filter(has_any) {
            let of = kinds.entry(&part.family).or_default();
            of.insert(part.kind.to_string());
        }
        writeln!(out, "\nselect:")?;
        let namespaces: Vec<_> = self.args.namespace.iter().map(|it| quoted(it)).collect();
        for (id, kinds) in kinds {
            let kinds: Vec<_> = kinds.into_iter().collect();
            writeln!(out, "  - id: {id}")?;
            writeln!(out, "    kinds: [{}]", kinds.join(", "))?;
            writeln!(out, "    namespaces: [{}]", namespaces.join(", "))?;
        }
        for finding in self.missing().filter(|it| is_kind(it)) {
            let text = finding.text.as_deref().unwrap_or_default();
            writeln!(out, "  # {}: {}", line(&finding.object.name), line(text))?;
        }
        for part in &self.survey.parts {
            if let Err(gap) = &part.read {
                writeln!(
                    out,
                    "  # not seen: {}: {}",
                    part.kind,
                    line(&gap.trouble.text)
                )?;
            }
        }
        Ok(())
    }

    fn missing(&self) -> impl Iterator<Item = &Finding> {
        let missing = |it: &&Finding| it.standing == Standing::Missing;
        self.survey.findings.iter().filter(missing)
    }

    fn only_in(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut by_place: BTreeMap<Vec<usize>, Vec<&ObjectName>> = BTreeMap::new();
        for finding in self.missing().filter(|it| !is_kind(it)) {
            let here = finding.presence.iter().enumerate();
            let here = here.filter(|(_, it)| **it == Presence::Here);
            let place = here.map(|(index, _)| index).collect();
            by_place.entry(place).or_default().push(&finding.object);
        }
        let templated = self
            .fields()
            .any(|(_, field)| self.template(field).is_some());
        // A key without a value would be a mistake.
        let nothing = by_place.is_empty() && !templated;
        writeln!(out, "\n{}declared:", if nothing { "# " } else { "" })?;
        if by_place.is_empty() {
            return Ok(());
        }
        writeln!(out, "  only_in:")?;
        for (place, objects) in by_place {
            let names: Vec<_> = place
                .iter()
                .filter_map(|index| self.config.clusters.get(*index))
                .map(|cluster| quoted(cluster.name.as_str()))
                .collect();
            writeln!(out, "    - clusters: [{}]", names.join(", "))?;
            writeln!(out, "      objects:")?;
            for object in objects {
                writeln!(out, "        - {}", quoted(&written(object)))?;
            }
            writeln!(out, "      reason: {}", quoted(REASON))?;
        }
        Ok(())
    }

    /// Fields that are the same but for the cluster's name in them.
    fn templates(&self, out: &mut dyn Write) -> io::Result<()> {
        let templated = self
            .fields()
            .filter_map(|(object, field)| Some((object, field, self.template(field)?)));
        let mut begun = false;
        for (object, field, value) in templated {
            if !begun {
                writeln!(out, "  template:")?;
                begun = true;
            }
            writeln!(out, "    - objects: [{}]", quoted(&written(object)))?;
            writeln!(
                out,
                "      path: {}",
                quoted(&field.difference.path.to_string())
            )?;
            writeln!(out, "      value: {}", quoted(&value))?;
            writeln!(out, "      reason: {}", quoted(REASON))?;
        }
        Ok(())
    }

    fn rest(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.survey.undetailed > 0 {
            writeln!(
                out,
                "  # {} more objects differ, which were too many to look at.",
                self.survey.undetailed
            )?;
        }
        let rest: Vec<_> = self
            .fields()
            .filter(|(_, field)| self.template(field).is_none())
            .collect();
        if rest.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "  # {} fields differ for no reason that could be seen. Mend them, or take the comment marks away.\n  \
             # ignore:",
            rest.len()
        )?;
        for (object, field) in rest {
            let clusters = self.config.clusters.iter().zip(&field.difference.sides);
            let sides: Vec<_> = clusters
                .filter_map(|(cluster, side)| Some(format!("{}: {}", cluster.name, shown(side)?)))
                .collect();
            writeln!(out, "  #   # {}", sides.join("   "))?;
            writeln!(out, "  #   - objects: [{}]", quoted(&written(object)))?;
            writeln!(
                out,
                "  #     path: {}",
                quoted(&field.difference.path.to_string())
            )?;
            writeln!(out, "  #     reason: {}", quoted(REASON))?;
        }
        Ok(())
    }

    fn fields(&self) -> impl Iterator<Item = (&ObjectName, &Field)> {
        let differs = |it: &&Finding| it.standing == Standing::Different;
        let findings = self.survey.findings.iter().filter(differs);
        findings.flat_map(|finding| finding.fields.iter().map(|field| (&finding.object, field)))
    }

    /// The text that every cluster has once its own name is put for `{{cluster}}`.
    fn template(&self, field: &Field) -> Option<String> {
        let sides = self.config.clusters.iter().zip(&field.difference.sides);
        let mut template: Option<String> = None;
        for (cluster, side) in sides {
            let text = match side {
                Side::NoObject => continue,
                Side::Absent | Side::Hidden { .. } => return None,
                Side::Shown(text) => text,
            };
            // What means something in a template cannot be taken over as it is.
            if text.contains('*') || text.contains("{{") || !text.contains(cluster.name.as_str()) {
                return None;
            }
            let this = text.replace(cluster.name.as_str(), "{{cluster}}");
            if template.as_ref().is_some_and(|template| *template != this) {
                return None;
            }
            template = Some(this);
        }
        template
    }
}

fn shown(side: &Side) -> Option<String> {
    const LONGEST: usize = 80;
    Some(match side {
        Side::NoObject => return None,
        Side::Absent => "(absent)".to_owned(),
        Side::Hidden { .. } => "(secret)".to_owned(),
        Side::Shown(text) => {
            let text = line(text);
            if text.chars().count() > LONGEST {
                text.chars().take(LONGEST - 1).chain(['…']).collect()
            } else {
                text
            }
        }
    })
}

/// Whether it is a kind that is missing, and no object.
fn is_kind(finding: &Finding) -> bool {
    finding.object.kind.kind == "CustomResourceDefinition" && finding.object.name.contains('/')
}

/// As rules name an object.
fn written(object: &ObjectName) -> String {
    let namespace = object.namespace.as_deref().unwrap_or("-");
    format!("{}/{namespace}/{}", object.kind.kind, object.name)
}

/// A text in YAML: JSON's form of it is one that YAML reads too, but for characters that YAML does not
/// take as they are.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let mut quoted = String::with_capacity(json.len());
    for c in json.chars() {
        let special = matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        );
        if special || c.is_control() {
            // Writing to a `String` cannot fail.
            write!(quoted, "\\u{:04x}", u32::from(c)).unwrap_or_default();
        } else {
            quoted.push(c);
        }
    }
    quoted
}

#[cfg(test)]
mod tests;
