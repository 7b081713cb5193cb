//! `plan`: shows the next step, its guard, and what lies ahead. Changes nothing.

use common::fault::Failure;
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::report::Conclusion;

use super::session;
use crate::cli::{Output, PlanArgs};
use crate::engine::Probing;
use crate::report::{Purpose, conclusion};

/// Runs the command.
///
/// # Errors
/// When nothing can be looked at, or stdout cannot be written.
pub async fn plan(args: &PlanArgs, context: &Context) -> Result<Conclusion, Failure> {
    let config = session::load(&args.source)?;
    let probes = if args.probe {
        Probing::Allowed
    } else {
        Probing::Off
    };
    let Some(ended) = session::look(&config, context, probes).await? else {
        return Ok(stopped_conclusion(&context.cancel));
    };
    let view = session::view(&config, &ended, Purpose::Look);
    match args.form.output {
        Output::Json => print_json(&view.document("plan", &[]))?,
        Output::Text => print(|out| view.render_plan("plan", out))?,
    }
    Ok(conclusion::of_view(&ended.plan, args.exit_code))
}
