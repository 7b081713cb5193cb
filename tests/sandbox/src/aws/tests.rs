//! Laws of the simulator as a whole.

mod company;
mod content_errors;
mod ledger;
mod limits;
mod pagination;
mod protocols;
mod wire;

use std::sync::Arc;

use super::caller::Caller;
use super::content::Content;
use super::iam::IamDelays;
use super::ledger::Ledger;
use super::node::Node;
use super::operation::Operation;
use super::operations::{Context, Request, Response};
use super::protocol::json;
use super::world::World;

/// A fixed "now": all content of these tests is relative to it.
const NOW: &str = "2026-11-24T12:00:00Z";

fn now() -> i64 {
    NOW.parse::<jiff::Timestamp>().unwrap().as_second()
}

fn world(yaml: &str) -> Arc<World> {
    let content =
        Content::from_yaml("content.yaml", yaml).unwrap_or_else(|error| panic!("{error}"));
    Arc::new(World::new(content))
}

/// Performs one operation on `world` and hands the response to `look`; a refusal gives its code.
fn perform<T>(
    world: &World,
    operation: Operation,
    body: &serde_json::Value,
    look: impl FnOnce(Response<'_>) -> T,
) -> Result<T, String> {
    let body = body.to_string();
    let node: Node<'_> = json::decode(body.as_bytes()).unwrap();
    let code = |error: super::error::ServiceError| error.code.name.into_owned();
    let request = Request::read(operation, &node).map_err(code)?;
    in_context(world, |context| {
        let response = request.run(context).map_err(code)?;
        Ok(look(response))
    })
}

/// Lets `act` be a call of the first account, made at [`NOW`] by nobody in particular.
fn in_context<T>(world: &World, act: impl for<'c> FnOnce(&Context<'c>) -> T) -> T {
    let ledger = Ledger::new(&Content::default(), IamDelays::default(), 0);
    let at = NOW.parse().unwrap();
    let caller = Caller::identify(world, &ledger, None, at).unwrap();
    act(&Context {
        world,
        ledger: &ledger,
        account: &world.accounts[0],
        caller: &caller,
        region: &world.region,
        at,
        now: now(),
    })
}
