//! `status`: all jobs in all clusters on one screen. Changes nothing.

use common::fault::Failure;
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::report::Conclusion;

use crate::cli::{Output, StatusArgs};
use crate::installation;
use crate::status::look;

/// Shows all jobs.
///
/// # Errors
/// When there are no files that name clusters, or none for one that is asked for, or stdout cannot be
/// written.
pub async fn status(args: &StatusArgs, context: &Context) -> Result<Conclusion, Failure> {
    let names = match args.cluster.as_slice() {
        [] => installation::clusters(&args.files)?,
        named => {
            installation::ensure_known(named, &args.files)?;
            named.to_vec()
        }
    };
    let looking = look(&names, &args.kubeconfig, &args.files, context);
    let screen = Box::pin(looking).await;
    if context.cancel.is_cancelled() {
        return Ok(stopped_conclusion(&context.cancel));
    }
    match args.output {
        Output::Json => print_json(&screen.document())?,
        Output::Text => print(|out| screen.render(out))?,
    }
    Ok(screen.conclusion())
}
