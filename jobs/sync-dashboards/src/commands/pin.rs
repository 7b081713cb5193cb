//! `pin REF`: what changes with another upstream reference, and the new pin.

use std::collections::BTreeMap;

use common::config_file;
use common::fault::Failure;
use common::output::{OutputError, print};
use common::process::{Context, stopped_conclusion};
use common::report::Conclusion;
use common::trouble::Trouble;
use serde_json::json;

use super::diff::{compare, show};
use super::session::{Session, tell};
use crate::bundle;
use crate::cli::{DiffOutput, PinArgs, TargetArgs};
use crate::config;
use crate::desired::Desired;
use crate::diff;
use crate::digest::Digest;
use crate::key::Key;
use crate::pin::Reference;
use crate::prepare::prepare;
use crate::target::files::replace_file;
use crate::upstream;
use crate::verdict;

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
    tell(&new);
    let rejected = rejected(&desired);
    let same = session.config.pin.sha256 == new.sha256 && session.config.pin.reference == reference;
    let writes = args.write && !same && rejected.is_none();
    if writes && !new.exact {
        let text = format!("{} may not be `{reference}`", new.origin);
        return Err(verdict::PIN_NOT_EXACT.because(text).into());
    }
    let before = match old {
        Ok(old) => Some(bundle::read(&old.origin, &old.bytes)?.entries),
        Err(trouble) => {
            tracing::warn!("today's pin could not be fetched to compare: {trouble}");
            None
        }
    };
    if writes {
        write(args, &session, &reference, &new.sha256)?;
    }
    let shown = Shown {
        before,
        entries: &entries,
        old: session.config.pin.reference.as_str(),
        reference: &reference,
        sha256: &new.sha256,
        same,
        written: writes,
    };
    shown.print(args)?;
    match rejected {
        Some(trouble) => Ok(Failure::from(trouble).into()),
        None => Ok(Conclusion::done(u64::from(writes))),
    }
}

/// What is printed of a new pin.
struct Shown<'a> {
    before: Option<BTreeMap<Key, String>>,
    entries: &'a BTreeMap<Key, String>,
    old: &'a str,
    reference: &'a Reference,
    sha256: &'a Digest,
    same: bool,
    written: bool,
}

impl Shown<'_> {
    fn print(&self, args: &PinArgs) -> Result<(), OutputError> {
        let before = self.before.as_ref();
        if args.output == DiffOutput::Json {
            let diff = before.map(|before| diff::json::document(&compare(before, self.entries)));
            let document = json!({
                "v": 1,
                "command": "pin",
                "pin": {
                    "ref": self.reference, "sha256": self.sha256,
                    "written": self.written, "same": self.same,
                },
                "diff": diff.transpose()?,
            });
            return print(|out| diff::json::write(&document, out));
        }
        if let Some(before) = before {
            let names = (self.old, self.reference.as_str());
            show(before, self.entries, names, args.detail, args.output)?;
        }
        let fence = match args.output {
            DiffOutput::Markdown => "```\n",
            DiffOutput::Text | DiffOutput::Json => "",
        };
        print(|out| {
            match (self.same, self.written) {
                (true, _) => writeln!(out, "\nthis is today's pin"),
                (false, true) => writeln!(out, "\nwritten to {}:", args.source.config.display()),
                (false, false) => writeln!(out, "\nthe new pin, which is not written:"),
            }?;
            let Self {
                reference, sha256, ..
            } = self;
            write!(
                out,
                "{fence}  ref: {reference}\n  sha256: {sha256}\n{fence}"
            )
        })
    }
}

/// What of the new file could not be used: such a pin is shown and not written.
fn rejected(desired: &Desired) -> Option<Trouble> {
    let unreadable = desired.unreadable.first().map(ToString::to_string);
    let first = unreadable.or_else(|| {
        let (key, findings) = desired.rejected.iter().next()?;
        Some(format!("{key}: {}", findings.first()?))
    })?;
    Some(verdict::DASHBOARD_REJECTED.because(first))
}

fn write(
    args: &PinArgs,
    session: &Session,
    reference: &Reference,
    sha256: &Digest,
) -> Result<(), Failure> {
    let path = &args.source.config;
    let text = config_file::read(path)?;
    let Some(text) = config::pin::replace(&text, &session.config.pin, reference, sha256) else {
        let text = format!("{}: the old pin is not found in it", path.display());
        return Err(Trouble {
            hint: Some(format!(
                "write them yourself: ref: {reference}, sha256: {sha256}"
            )),
            ..verdict::PIN_NOT_FOUND.because(text)
        }
        .into());
    };
    replace_file(path, text.as_bytes())?;
    Ok(())
}
