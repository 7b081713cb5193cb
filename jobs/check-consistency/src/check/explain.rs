//! One object, looked at in full, whatever the lists say of it.

use common::fault::Failure;
use common::process::Context;
use common::trouble::Trouble;
use common::yaml::did_you_mean;
use jiff::tz::TimeZone;

use super::detail::Desk;
use super::measure::{Measure, Sides};
use super::subjects::{self, Subject};
use super::{Orders, clusters, connect};
use crate::config::Config;
use crate::declared::{Objects, Rules};
use crate::node::Node;
use crate::object::ObjectName;
use crate::observe::{self, FamilyLook, Looked};
use crate::secret::Hider;
use crate::state::Memory;
use crate::survey::Survey;
use crate::verdict;

/// One object, looked at in full.
#[derive(Debug)]
pub struct Explained {
    /// A survey of this one object.
    pub survey: Survey,
    /// Its normal form in each cluster.
    pub nodes: Vec<Option<Node>>,
    /// What was noticed about its texts.
    pub notes: Vec<String>,
}

/// Looks at the one object that is named.
///
/// # Errors
/// When there is none, or more than one, or a cluster could not be looked at while none was found.
pub async fn explain(
    config: &Config,
    wanted: &Objects,
    context: &Context,
) -> Result<Explained, Failure> {
    let clusters = connect(config, context).await;
    let looked = observe::look(config, &clusters.all, context).await;
    clusters::tell_apart(&looked, &Memory::default(), Orders::default())?;
    let today = context.clock.now().to_zoned(TimeZone::UTC).date();
    let rules = Rules::new(&config.rules, today);
    let hider = Hider::new()?;
    let vars: Vec<_> = config.clusters.iter().map(super::vars).collect();
    let all = subjects::all(config, &looked);
    let found: Vec<_> = all.iter().filter(|it| wanted.matches(&it.object)).collect();
    let subject = match found.as_slice() {
        [one] => (*one).clone(),
        [] => return Err(nothing_of(wanted, &looked, &all).into()),
        several => {
            let names: Vec<_> = several
                .iter()
                .take(5)
                .map(|it| it.object.to_string())
                .collect();
            let text = format!("`{wanted}` names {}: {}", several.len(), names.join(", "));
            return Err(verdict::NO_SUCH_OBJECT.because(text).into());
        }
    };
    let desk = Desk {
        measure: Measure {
            config,
            rules: &rules,
            vars: &vars,
            hider: &hider,
        },
        clusters: &clusters,
        looked: &looked,
        today,
        context,
    };
    let schemas = desk.schemas(std::slice::from_ref(&subject)).await;
    let mut warnings = schemas.warnings.clone();
    warnings.extend(super::of_clusters(&looked));
    let sides = Box::pin(desk.sides(&subject, &schemas)).await;
    let sides = sides.ok_or_else(|| nothing_of(wanted, &looked, &all))?;
    let Sides {
        finding,
        nodes,
        notes,
    } = sides;
    Ok(Explained {
        survey: Survey {
            at: context.clock.now(),
            baseline: config.baseline,
            parts: super::parts(config, &looked),
            clusters: looked.into_iter().map(|it| it.facts).collect(),
            findings: vec![finding],
            rules: rules.table(&vars),
            warnings,
            converged: 0,
            undetailed: 0,
            remembered: false,
        },
        nodes,
        notes,
    })
}

/// Nobody has it, as far as could be seen.
fn nothing_of(wanted: &Objects, looked: &[Looked], all: &[Subject]) -> Trouble {
    let gaps = looked.iter().flat_map(|looked| &looked.census);
    for look in gaps {
        if let FamilyLook::Gap(gap) = look {
            return gap.trouble.clone();
        }
    }
    let names: Vec<_> = all.iter().map(|it| written(&it.object)).collect();
    let asked = wanted.to_string();
    let trouble = verdict::NO_SUCH_OBJECT.because(format!("no cluster has `{asked}`"));
    match did_you_mean(&asked, names.iter().map(String::as_str)) {
        Some(meant) => Trouble {
            hint: Some(format!("did you mean `{meant}`?")),
            ..trouble
        },
        None => trouble,
    }
}

/// An object as `explain` takes it.
fn written(object: &ObjectName) -> String {
    let namespace = object.namespace.as_deref().unwrap_or("-");
    format!("{}/{namespace}/{}", object.kind.kind, object.name)
}
