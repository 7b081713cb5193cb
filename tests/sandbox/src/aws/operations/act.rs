//! Operations on the ledger: what they have in common, so that the rest of the simulator need not
//! tell them apart.

use std::fmt::Debug;

use super::super::error::ServiceError;
use super::super::operation::Operation;
use super::super::policy::Need;
use super::{Context, Response};

/// A request that reads or changes the ledger. Its answer borrows nothing from it.
pub(crate) trait Act: Debug {
    /// What it is about, for the call log: names and ids, never a secret.
    fn subject(&self) -> String;

    /// What the caller must be allowed to do.
    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need>;

    /// Performs it.
    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError>;
}
