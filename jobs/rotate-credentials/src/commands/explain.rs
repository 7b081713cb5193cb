//! `explain`: says why the next step is what it is, or what a word means.

mod word;

use std::io::{self, Write};

use common::fault::Failure;
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::report::Conclusion;
use serde_json::json;

use super::session;
use crate::cli::{ConfigArgs, ExplainArgs, Output};
use crate::engine::Probing;
use crate::plan::Next;
use crate::report::{Purpose, conclusion};
use word::Word;

/// Runs the command.
///
/// # Errors
/// When the word is none, nothing can be looked at, or stdout cannot be written.
pub async fn explain(args: &ExplainArgs, context: &Context) -> Result<Conclusion, Failure> {
    match (&args.word, &args.config) {
        (Some(text), _) => {
            let words = Word::find(text)?;
            match args.form.output {
                Output::Json => print_json(&json!({
                    "v": 1,
                    "command": "explain",
                    "words": words.iter().map(Word::document).collect::<Vec<_>>(),
                }))?,
                Output::Text => print(|out| render(&words, out))?,
            }
            Ok(Conclusion::done(0))
        }
        (None, Some(config)) => {
            let source = ConfigArgs {
                config: config.clone(),
            };
            explain_decision(&source, args.form.output, context).await
        }
        // The command line asks for one of the two.
        (None, None) => Err(Word::missing().into()),
    }
}

/// The decision of this moment, with what its row and its verdict mean.
async fn explain_decision(
    source: &ConfigArgs,
    form: Output,
    context: &Context,
) -> Result<Conclusion, Failure> {
    let config = session::load(source)?;
    let Some(ended) = session::look(&config, context, Probing::Off).await? else {
        return Ok(stopped_conclusion(&context.cancel));
    };
    let plan = &ended.plan;
    let mut words: Vec<_> = Word::row(plan.row).into_iter().collect();
    words.extend(match &plan.next {
        Next::Stop(trouble) => Word::code(trouble.code),
        Next::Act(_)
        | Next::Probe { .. }
        | Next::LookAgain { .. }
        | Next::Poll { .. }
        | Next::Rest { .. } => None,
    });
    let view = session::view(&config, &ended, Purpose::Look);
    match form {
        Output::Json => print_json(&json!({
            "v": 1,
            "command": "explain",
            "standing": view.standing(),
            "plan": plan,
            "words": words.iter().map(Word::document).collect::<Vec<_>>(),
        }))?,
        Output::Text => print(|out| {
            view.render_decision(out)?;
            writeln!(out)?;
            render(&words, out)
        })?,
    }
    Ok(conclusion::of_view(plan, false))
}

/// Each word after an empty line.
fn render(words: &[Word], out: &mut dyn Write) -> io::Result<()> {
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        word.render(out)?;
    }
    Ok(())
}
