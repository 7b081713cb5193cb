//! `pin REF`: what changes with another upstream reference, and the new pin.

use common::config_file;
use common::exit::Exit;
use common::fault::Failure;
use common::output::print;
use common::process::{Context, stopped_conclusion};
use common::report::Conclusion;
use common::trouble::Trouble;

use super::diff::show;
use super::session::Session;
use crate::bundle;
use crate::cli::{PinArgs, TargetArgs};
use crate::config;
use crate::pin::Reference;
use crate::prepare::prepare;
use crate::target::files::replace_file;
use crate::upstream;

/// Runs the command.
///
/// # Errors
/// When the reference cannot be fetched, or the configuration cannot be written.
pub async fn pin(args: &PinArgs, context: &Context) -> Result<Conclusion, Failure> {
    let session = Session::open(&args.source, &TargetArgs::default(), context)?;
    let (source, http, cancel) = (&session.config.source, &session.http, &context.cancel);
    let work = async {
        let commit = upstream::resolve(source, &args.reference, http, cancel).await?;
        // A commit cannot move; a name that nobody can resolve is only held by the digest.
        let reference: Reference = match &commit {
            Some(commit) => commit.into(),
            None => args.reference.clone(),
        };
        let new = upstream::current(source, &reference, http, cancel).await?;
        let old = upstream::pinned(source, &session.config.pin, http, cancel).await;
        Ok::<_, Trouble>((reference, new, old))
    };
    let Some(done) = cancel.bound(Box::pin(work)).await else {
        return Ok(stopped_conclusion(cancel));
    };
    let (reference, new, old) = done?;
    // Whether the new file can be used is told here and not by the next run.
    let desired = prepare(&session.config, &reference, &new.origin, &new.bytes)?;
    let entries = bundle::read(&new.origin, &new.bytes)?.entries;
    match old {
        Ok(old) => {
            let before = bundle::read(&old.origin, &old.bytes)?.entries;
            let name = session.config.pin.reference.to_string();
            show(
                &before,
                &entries,
                (&name, reference.as_str()),
                args.detail,
                args.output,
            )?;
        }
        Err(trouble) => tracing::warn!("today's pin could not be fetched to compare: {trouble}"),
    }
    for (key, findings) in &desired.rejected {
        for finding in findings {
            tracing::warn!("{key} would not be written: {finding}");
        }
    }
    let same = session.config.pin.sha256 == new.sha256 && session.config.pin.reference == reference;
    let changes = if args.write && !same {
        write(args, &session, &reference, &new.sha256)?;
        1
    } else {
        0
    };
    if matches!(args.output, crate::cli::DiffOutput::Text) {
        print(|out| {
            writeln!(out)?;
            match (same, args.write) {
                (true, _) => writeln!(out, "this is today's pin"),
                (false, true) => writeln!(out, "written to {}:", args.source.config.display()),
                (false, false) => writeln!(
                    out,
                    "the new pin (`--write` puts it into the configuration):"
                ),
            }?;
            writeln!(out, "  ref: {reference}\n  sha256: {}", new.sha256)
        })?;
    }
    Ok(Conclusion::done(changes))
}

fn write(
    args: &PinArgs,
    session: &Session,
    reference: &Reference,
    sha256: &crate::digest::Digest,
) -> Result<(), Failure> {
    let path = &args.source.config;
    let text = config_file::read(path)?;
    let Some(text) = config::pin::replace(&text, &session.config.pin, reference, sha256) else {
        return Err(Trouble {
            exit: Exit::Config,
            code: "pin-not-found",
            text: format!(
                "{}: `ref` and `sha256` do not stand on a line of their own, once each",
                path.display()
            ),
            hint: Some(format!(
                "write them yourself: ref: {reference}, sha256: {sha256}"
            )),
        }
        .into());
    };
    replace_file(path, text.as_bytes())?;
    Ok(())
}
