//! `rollback`, `adopt`, `abort` and `resume`: what a person asks for besides the schedule. Each shows
//! what it is about to do before every step, holds the Lease, and goes on when it is typed again.

use common::exit::Exit;
use common::fault::Failure;
use common::process::{Context, stopped_conclusion};
use common::report::Conclusion;

use super::apply::{Order, carry_out};
use super::session::{self, Session};
use crate::cli::{AdoptArgs, PersonArgs, RollbackArgs};
use crate::live::Live;
use crate::plan::Request;
use crate::world::Asked;
use common::trouble::Trouble;

/// Goes back to an older key.
///
/// # Errors
/// When the run cannot begin.
pub async fn rollback(args: &RollbackArgs, context: &Context) -> Result<Conclusion, Failure> {
    run(&args.person, Request::Rollback(args.to.clone()), context).await
}

/// Takes a key for ours, if a second person has read its last characters.
///
/// # Errors
/// When the confirmation is not that of the key, or the run cannot begin.
pub async fn adopt(args: &AdoptArgs, context: &Context) -> Result<Conclusion, Failure> {
    if args.confirm != args.key.last_four() {
        return Err(Trouble {
            exit: Exit::Config,
            code: "not-confirmed",
            text: format!("--confirm is not the end of {}", args.key.short()),
            hint: Some("let a second person read the key's last four characters".to_owned()),
        }
        .into());
    }
    run(&args.person, Request::Adopt(args.key.clone()), context).await
}

/// Gives up a rotation.
///
/// # Errors
/// When the run cannot begin.
pub async fn abort(args: &PersonArgs, context: &Context) -> Result<Conclusion, Failure> {
    run(args, Request::Abort, context).await
}

/// Acknowledges what a person did.
///
/// # Errors
/// When the run cannot begin.
pub async fn resume(args: &PersonArgs, context: &Context) -> Result<Conclusion, Failure> {
    run(args, Request::Resume, context).await
}

async fn run(
    args: &PersonArgs,
    request: Request,
    context: &Context,
) -> Result<Conclusion, Failure> {
    let config = session::load(&args.source)?;
    session::only_the_writer(&config, request.row())?;
    let session = Session::open(&config, context).await?;
    let live = Live::open(&config, context).await?;
    let Some(live) = session.possess(live, context).await? else {
        return Ok(stopped_conclusion(&context.cancel));
    };
    let order = Order {
        command: request.row(),
        request: Some(request),
        asked: Asked::Scheduled,
        steps: usize::MAX,
        form: args.form.output,
        pushgateway: None,
    };
    Box::pin(carry_out(&config, context, &session, live, order)).await
}
