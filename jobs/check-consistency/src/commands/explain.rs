//! `explain`: one object as it is compared, or what a code means.

use std::io::{self, Write};

use common::fault::Failure;
use common::output::print;
use common::process::Context;
use common::report::Conclusion;
use common::trouble::Trouble;
use common::verdict::shared;
use common::yaml::did_you_mean;

use crate::check::{self, Explained};
use crate::cli::ExplainArgs;
use crate::config::Config;
use crate::declared::Objects;
use crate::normalise::render;
use crate::report::{self, View, line};
use crate::survey::RuleUse;
use crate::verdict;

/// Shows an object, or prints one entry of the tables, or all of them.
///
/// # Errors
/// When there is no such object or code, nothing can be read, or stdout cannot be written.
pub async fn explain(args: &ExplainArgs, context: &Context) -> Result<Conclusion, Failure> {
    match &args.what {
        Some(what) if what.contains('/') => object(what, args, context).await,
        Some(code) => explain_code(Some(code)),
        None => explain_code(None),
    }
}

async fn object(what: &str, args: &ExplainArgs, context: &Context) -> Result<Conclusion, Failure> {
    let wanted = Objects::parse(&[what.to_owned()]).map_err(|error| Trouble {
        hint: Some(error.to_string()),
        ..verdict::NO_SUCH_OBJECT.because(format!("`{}` names no object", what.escape_debug()))
    })?;
    let Some(path) = &args.config else {
        let trouble = verdict::NO_CONFIGURATION.because("an object is looked for in clusters");
        return Err(trouble.into());
    };
    let mut config = Config::load(path)?;
    restrict(&mut config, what)?;
    let explained = Box::pin(check::explain(&config, &wanted, context)).await?;
    for warning in &explained.survey.warnings {
        tracing::warn!("{warning}");
    }
    print(|out| show(&explained, out))?;
    Ok(Conclusion::done(0))
}

/// Keeps the families of the kind that is named.
fn restrict(config: &mut Config, what: &str) -> Result<(), Trouble> {
    let kind = what.rsplit('/').nth(2).unwrap_or_default();
    let kinds: Vec<_> = config
        .families
        .iter()
        .map(|it| it.kind.kind.clone())
        .collect();
    if !kinds.iter().any(|known| known == kind) {
        let text = format!("`select` has no kind `{}`", kind.escape_debug());
        let trouble = verdict::NO_SUCH_OBJECT.because(text);
        return Err(match did_you_mean(kind, kinds.iter().map(String::as_str)) {
            Some(meant) => Trouble {
                hint: Some(format!("did you mean `{meant}`?")),
                ..trouble
            },
            None => trouble,
        });
    }
    config.families.retain(|family| family.kind.kind == kind);
    Ok(())
}

fn show(explained: &Explained, out: &mut dyn Write) -> io::Result<()> {
    let Explained {
        survey,
        nodes,
        notes,
    } = explained;
    let view = View {
        all: true,
        colour: true,
    };
    report::objects(survey, &view, out)?;
    writeln!(out, "\ndeclared differences that concern it")?;
    let concerns = |rule: &&RuleUse| rule.used > 0;
    let mut concerned = survey.rules.iter().filter(concerns).peekable();
    if concerned.peek().is_none() {
        writeln!(out, "  none")?;
    }
    for rule in concerned {
        writeln!(out, "  {}: {}", rule.id, line(&rule.summary))?;
        writeln!(out, "    because {}", line(&rule.reason))?;
    }
    for note in notes {
        writeln!(out, "note: {}", line(note))?;
    }
    for (cluster, node) in survey.clusters.iter().zip(nodes) {
        let Some(node) = node else {
            continue;
        };
        writeln!(out, "\nas it is compared in {}", cluster.name)?;
        for line in render(node).lines() {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}

fn explain_code(code: Option<&str>) -> Result<Conclusion, Failure> {
    let chosen = |it: &&Entry| code.is_none_or(|code| it.code == code);
    let all: Vec<_> = entries().collect();
    let entries: Vec<_> = all.iter().filter(chosen).collect();
    if let (Some(code), true) = (code, entries.is_empty()) {
        let hint = match did_you_mean(code, all.iter().map(|it| it.code)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => {
                "`explain` alone lists all of them; an object is KIND/NAMESPACE/NAME".to_owned()
            }
        };
        let text = format!("`{}` is no code of this job", code.escape_debug());
        return Err(Trouble {
            hint: Some(hint),
            ..verdict::NO_SUCH_CODE.because(text)
        }
        .into());
    }
    print(|out| {
        for it in entries {
            writeln!(out, "{}  ends with {}", it.code, it.status)?;
            writeln!(out, "  {}\n  {}", it.meaning, it.remedy)?;
        }
        Ok(())
    })?;
    Ok(Conclusion::done(0))
}

/// What is said of one code.
struct Entry {
    code: &'static str,
    status: String,
    meaning: &'static str,
    remedy: &'static str,
}

/// This job's own verdicts, and those that any job can end with.
fn entries() -> impl Iterator<Item = Entry> {
    let own = verdict::ALL.iter().map(|it| Entry {
        code: it.code,
        status: it.exit.status().to_string(),
        meaning: it.meaning,
        remedy: it.remedy,
    });
    let shared = shared::ALL.iter().map(|it| Entry {
        code: it.code,
        status: it.status().to_string(),
        meaning: it.meaning,
        remedy: it.remedy,
    });
    own.chain(shared)
}
