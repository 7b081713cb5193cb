//! Rotates the access key behind Alertmanager's e-mail, so that mail works at every instant.
//!
//! A run is a loop, and the modules are named after its stations:
//!
//! ```text
//! outside ─▶ observe (reads → World) ─▶ plan (World → one next step) ─▶ guard (proof for it)
//!    ▲                                                                          │
//!    └──────────────── apply (exactly that step), then look again ◀─────────────┘
//! ```
//!
//! [`engine`] is that loop, [`outside`] everything that is read and changed.
//!
//! [`plan`] is a pure function and holds the whole decision as one table; [`guard`] makes the proofs
//! without which `apply` cannot be called; [`world`] is what both decide on, and [`facts`] the words
//! in which they speak of it. [`verdict`] is the table of everything that can be found wrong.
//!
//! What passes between them: [`key`], [`pair`], [`version`], [`document`] (the secret's text),
//! [`marks`] (the user's tags by which we know our own keys again), [`step`] (every effect there is).

pub mod config;
pub mod document;
pub mod engine;
pub mod facts;
pub mod guard;
pub mod key;
pub mod live;
pub mod marks;
pub mod observe;
pub mod outside;
pub mod pair;
pub mod plan;
pub mod policy;
#[cfg(test)]
mod sample;
pub mod smtp;
pub mod step;
pub mod trouble;
pub mod verdict;
pub mod version;
pub mod world;
