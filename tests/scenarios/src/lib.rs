//! What the scenarios share: where their data lies and how the binaries are started.

pub mod account;
pub mod alertmanager;
pub mod browser;
pub mod helm;
pub mod iam;
pub mod job;
pub mod live;
pub mod plain;
pub mod pod;
pub mod proxy;
pub mod reference;
pub mod rendered;
pub mod rights;
pub mod scheduled;
pub mod sdk;
pub mod shared;
pub mod stage;
pub mod text;
pub mod wait;
pub mod world;
