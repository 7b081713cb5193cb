//! What people and programs are shown of a decision: pure functions of what was seen and decided.
//!
//! Nothing secret can reach a report, because a [`World`] holds none.

pub mod audit;
pub mod conclusion;
pub mod diagram;
pub mod metrics;
pub mod steps;

mod ahead;
mod clusters;
mod decision;
mod keys;
mod paint;
mod standing;
mod status;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod time;

use std::io::{self, Write};

use serde::Serialize;

use crate::facts::Facts;
use crate::plan::{Plan, Upcoming, ahead};
use crate::policy::Policy;
use crate::world::World;
use audit::Entry;

pub use decision::render_decision;
pub use standing::Standing;

/// Version of the JSON documents.
const VERSION: u8 = 1;

/// One look at the world, and what was decided about it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The IAM user.
    pub user: &'a str,
    /// The secret's name.
    pub secret: &'a str,
    /// How patient and how strict.
    pub policy: &'a Policy,
    /// What was seen.
    pub world: &'a World,
    /// What was decided.
    pub plan: &'a Plan,
    /// Who looks at it.
    pub purpose: Purpose,
}

/// What a report is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A person wants to know: the report says what to do about it.
    Look,
    /// A run tells what it is about to do by itself.
    Run,
}

/// The JSON form of a command's report.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    v: u8,
    command: &'a str,
    user: &'a str,
    secret: &'a str,
    standing: Standing,
    plan: &'a Plan,
    ahead: Vec<Upcoming>,
    effects: &'a [Entry],
    policy: &'a Policy,
    world: &'a World,
}

impl<'a> View<'a> {
    /// The world in the words of the table; `None` when the secret was not seen.
    fn facts(&self) -> Option<Facts<'a>> {
        Some(Facts {
            world: self.world,
            policy: self.policy,
            store: self.world.store.known()?,
            iam: self.world.iam.known(),
        })
    }

    /// What lies ahead, in order.
    fn ahead(&self) -> Vec<Upcoming> {
        ahead(self.world, self.policy, self.plan)
    }

    /// Whether something is due.
    pub fn standing(&self) -> Standing {
        Standing::of(self.plan)
    }

    /// Everything, as one document.
    pub fn document(&self, command: &'a str, effects: &'a [Entry]) -> Document<'a> {
        Document {
            v: VERSION,
            command,
            user: self.user,
            secret: self.secret,
            standing: self.standing(),
            plan: self.plan,
            ahead: self.ahead(),
            effects,
            policy: self.policy,
            world: self.world,
        }
    }

    /// Everything that the decision depends on, the decision, and what lies ahead.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn render_plan(&self, command: &str, out: &mut dyn Write) -> io::Result<()> {
        self.render_header(command, out)?;
        keys::render(self, out)?;
        writeln!(out)?;
        store::render(self, out)?;
        writeln!(out)?;
        clusters::render_matrix(self, out)?;
        writeln!(out)?;
        decision::render(self, out)?;
        ahead::render(self, out)
    }

    /// The decision alone, with what to do about it.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn render_decision(&self, out: &mut dyn Write) -> io::Result<()> {
        decision::render(self, out)
    }

    /// One screen for a person.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn render_status(&self, out: &mut dyn Write) -> io::Result<()> {
        self.render_header("status", out)?;
        status::render(self, out)?;
        writeln!(out)?;
        keys::render(self, out)?;
        writeln!(out)?;
        clusters::render_lines(self, out)
    }

    fn render_header(&self, command: &str, out: &mut dyn Write) -> io::Result<()> {
        let answered = self.world.iam.known().is_some() || self.world.store.known().is_some();
        let skew = if answered {
            time::skew(self.world.skew)
        } else {
            "clock not compared: AWS did not answer".to_owned()
        };
        writeln!(
            out,
            "rotate-credentials {command}  {}  user {}  {skew}\n",
            time::instant(self.world.now),
            self.user
        )
    }
}
