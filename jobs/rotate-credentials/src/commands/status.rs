//! `status`: where the rotation stands, on one screen. Changes nothing.

use common::fault::Failure;
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::report::Conclusion;

use super::session;
use crate::cli::{Output, StatusArgs};
use crate::engine::Probing;
use crate::report::{Purpose, conclusion};

/// Runs the command.
///
/// # Errors
/// When nothing can be looked at, or stdout cannot be written.
pub async fn status(args: &StatusArgs, context: &Context) -> Result<Conclusion, Failure> {
    let config = session::load(&args.source)?;
    let Some(ended) = session::look(&config, context, Probing::Off).await? else {
        return Ok(stopped_conclusion(&context.cancel));
    };
    let view = session::view(&config, &ended, Purpose::Look);
    match args.form.output {
        Output::Json => print_json(&view.document("status", &[]))?,
        Output::Text => print(|out| view.render_status(out))?,
    }
    Ok(conclusion::of_view(&ended.plan, false))
}
