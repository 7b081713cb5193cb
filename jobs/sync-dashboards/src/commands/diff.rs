//! `diff`: how dashboards differ, panel by panel.

use std::collections::BTreeMap;
use std::path::Path;

use common::exit::Exit;
use common::fault::Failure;
use common::output::{OutputError, print};
use common::process::{Context, stopped_conclusion};
use common::report::{Conclusion, Problem};

use super::session::{Session, tell};
use crate::bundle;
use crate::cli::{Detail, DiffArgs, DiffOutput};
use crate::desired::Desired;
use crate::diff::{self, SetDiff, Verbosity};
use crate::key::Key;
use crate::sync::{self, Ended, Manner, Order, Scope};
use crate::target::files::Known;
use crate::target::{Orders, State};
use crate::upstream;
use crate::verdict;

/// Texts by name.
type Texts = BTreeMap<Key, String>;

/// Runs the command.
///
/// # Errors
/// When one of the sides cannot be read, or stdout cannot be written.
pub async fn diff(args: &DiffArgs, context: &Context) -> Result<Conclusion, Failure> {
    let session = Session::open(&args.source, &args.targets, context)?;
    let differs = match &args.old {
        Some(old) => {
            let pin = session.config.pin.reference.to_string();
            let new = args.new.as_deref().unwrap_or(&pin);
            let Some(before) = side(&session, old, context).await? else {
                return Ok(stopped_conclusion(&context.cancel));
            };
            let Some(after) = side(&session, new, context).await? else {
                return Ok(stopped_conclusion(&context.cancel));
            };
            show(&before, &after, (old, new), args.detail, args.output)?
        }
        None => return targets(&session, args, context).await,
    };
    Ok(conclude(differs, args.exit_code))
}

fn conclude(differs: bool, asked: bool) -> Conclusion {
    if differs && asked {
        return Conclusion::failed(
            Exit::Drift,
            Problem {
                code: verdict::DIFFERENCES.code.to_owned(),
                error: "there are differences".to_owned(),
                hint: None,
            },
        );
    }
    Conclusion::done(0)
}

/// The dashboards of one side: a file, the pin, or whatever a reference holds now.
async fn side(session: &Session, name: &str, context: &Context) -> Result<Option<Texts>, Failure> {
    let path = Path::new(name);
    if path.is_file() {
        let bytes = std::fs::read(path).map_err(|error| {
            verdict::UPSTREAM_SOURCE.because(format!("reading {}: {error}", path.display()))
        })?;
        return Ok(Some(bundle::read(name, &bytes)?.entries));
    }
    let config = &session.config;
    let reference = name.parse().map_err(|error| {
        verdict::NO_SUCH_REFERENCE.because(format!("{error}, and no file either"))
    })?;
    let (source, http, cancel) = (&config.source, &session.http, &context.cancel);
    let work = async {
        if config.pin.reference == reference {
            upstream::pinned(source, &config.pin, http, cancel).await
        } else {
            upstream::current(source, &reference, http, cancel).await
        }
    };
    let Some(fetched) = cancel.bound(Box::pin(work)).await else {
        return Ok(None);
    };
    let fetched = fetched?;
    tell(&fetched);
    Ok(Some(bundle::read(&fetched.origin, &fetched.bytes)?.entries))
}

/// Prints how two sets differ; says whether they do.
pub(super) fn show(
    before: &Texts,
    after: &Texts,
    names: (&str, &str),
    detail: Detail,
    output: DiffOutput,
) -> Result<bool, OutputError> {
    let set = compare(before, after);
    print(|out| match output {
        DiffOutput::Text => {
            writeln!(out, "{} → {}", names.0, names.1)?;
            diff::text::render(&set, style(detail), out)
        }
        DiffOutput::Markdown => {
            writeln!(out, "### Dashboards `{}` → `{}`\n", names.0, names.1)?;
            diff::markdown::render(&set, detail.into(), out)
        }
        DiffOutput::Json => diff::json::write(&diff::json::document(&set)?, out),
    })?;
    Ok(!set.is_empty())
}

pub(super) fn compare(before: &Texts, after: &Texts) -> SetDiff {
    fn borrowed(texts: &Texts) -> BTreeMap<Key, &str> {
        let texts = texts.iter();
        texts
            .map(|(key, text)| (key.clone(), text.as_str()))
            .collect()
    }
    diff::sets(&borrowed(before), &borrowed(after))
}

/// Colours are taken out again where nobody wants them.
fn style(detail: Detail) -> diff::text::Style {
    diff::text::Style {
        verbosity: detail.into(),
        colour: true,
    }
}

impl From<Detail> for Verbosity {
    fn from(detail: Detail) -> Self {
        match detail {
            Detail::Summary => Self::Summary,
            Detail::Panels => Self::Panels,
            Detail::Everything => Self::Everything,
        }
    }
}

/// How each target differs from the pin.
async fn targets(
    session: &Session,
    args: &DiffArgs,
    context: &Context,
) -> Result<Conclusion, Failure> {
    let Some((desired, _)) = session.desired(context).await? else {
        return Ok(stopped_conclusion(&context.cancel));
    };
    let order = Order {
        desired: &desired,
        known: &Known::default(),
        orders: &Orders::default(),
        manner: Manner::Plan,
        scope: Scope::Everything,
    };
    let ended = sync::sync(&session.config, order, context).await;
    if ended.iter().any(|target| target.stopped) {
        // Not seen is not missing.
        return Ok(stopped_conclusion(&context.cancel));
    }
    let mut differs = false;
    let mut documents = serde_json::Map::new();
    for target in ended.iter().filter(|target| target.trouble.is_none()) {
        let (before, after) = sides(&desired, target);
        if args.output == DiffOutput::Json {
            let set = compare(&before, &after);
            differs |= !set.is_empty();
            let document = diff::json::document(&set).map_err(OutputError::from)?;
            documents.insert(target.target.clone(), document);
            continue;
        }
        let pin = format!("pin {}", desired.provenance.reference);
        let names = (target.target.as_str(), pin.as_str());
        differs |= show(&before, &after, names, args.detail, args.output)?;
    }
    if args.output == DiffOutput::Json {
        let document = serde_json::json!({"v": 1, "targets": documents});
        print(|out| diff::json::write(&document, out))?;
    }
    // Not seen is not equal.
    match ended.into_iter().find_map(|target| target.trouble) {
        Some(trouble) => Err(trouble.into()),
        None => Ok(conclude(differs, args.exit_code)),
    }
}

/// What a target holds of the wanted dashboards, and what it should.
fn sides(desired: &Desired, target: &Ended) -> (Texts, Texts) {
    let mut before = Texts::new();
    let mut after = Texts::new();
    for (key, dashboard) in &desired.dashboards {
        let item = target.items.iter().find(|item| item.key == *key);
        let there = match item.map(|item| item.state) {
            // What is not ours is not compared.
            Some(State::Foreign | State::Rejected) => continue,
            Some(State::Missing) | None => None,
            Some(_) => Some(target.found.get(key).unwrap_or(&dashboard.text).clone()),
        };
        before.extend(there.map(|text| (key.clone(), text)));
        after.insert(key.clone(), dashboard.text.clone());
    }
    (before, after)
}
