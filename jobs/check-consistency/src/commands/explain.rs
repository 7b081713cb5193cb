//! `explain`: one object as it is compared, or what a code means.

use std::io::{self, Write};

use common::fault::Failure;
use common::output::print;
use common::process::Context;
use common::report::Conclusion;
use common::trouble::Trouble;
use common::verdict::explain::{entries, explain as explain_code};
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
        code => {
            let hint = "`explain` alone lists all of them; an object is KIND/NAMESPACE/NAME";
            let entries = entries(verdict::ALL);
            explain_code(code.as_deref(), &entries, verdict::NO_SUCH_CODE, hint)?;
            Ok(Conclusion::done(0))
        }
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
