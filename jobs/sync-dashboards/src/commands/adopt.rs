//! `adopt`: takes over files and `ConfigMap`s that nobody owns and that hold exactly what upstream has.

use common::exit::Exit;
use common::fault::Failure;
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::report::Conclusion;

use super::session::{self, Session};
use crate::bundle;
use crate::cli::{AdoptArgs, Output};
use crate::report::View;
use crate::report::conclusion::{self, Judging};
use crate::sync::{self, Manner, Order, Scope};
use crate::target::Orders;
use crate::target::files::Known;
use crate::verdict;

/// Runs the command.
///
/// # Errors
/// When nothing can be decided, or stdout cannot be written.
pub async fn adopt(args: &AdoptArgs, context: &Context) -> Result<Conclusion, Failure> {
    let mut session = Session::open(&args.source, &args.targets, context)?;
    if let Some(files) = &mut session.config.files {
        files.allow_dirty = args.allow_dirty;
    }
    let orders = Orders {
        adopt: session::selection("adopt", &args.names)?,
        ..Orders::default()
    };
    let mut known = Known::default();
    for path in &args.known {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| {
            verdict::UPSTREAM_SOURCE.because(format!("reading {name}: {error}"))
        })?;
        known.add(&bundle::read(&name, &bytes)?.entries);
    }
    let Some((desired, fetched)) = session.desired(context).await? else {
        return Ok(stopped_conclusion(&context.cancel));
    };
    let order = Order {
        desired: &desired,
        known: &known,
        orders: &orders,
        manner: if args.dry_run {
            Manner::Plan
        } else {
            Manner::Apply
        },
        scope: Scope::Adoption,
    };
    let targets = sync::sync(&session.config, order, context).await;
    session::known_names(&orders.adopt, &desired, &targets)?;
    let view = View {
        command: "adopt",
        desired: &desired,
        origin: &fetched.origin,
        targets: &targets,
        behind: None,
    };
    match args.form.output {
        Output::Text => print(|out| view.render(out))?,
        Output::Json => print_json(&view.document())?,
    }
    let judging = Judging {
        drift: Exit::Drift,
        differences: false,
        cancel: &context.cancel,
    };
    Ok(conclusion::of(&desired, &targets, judging))
}
