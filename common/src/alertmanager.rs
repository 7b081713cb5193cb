//! Alertmanager's configuration: a template without secrets, the file that it becomes, and what a
//! running Alertmanager says about the file it holds.
//!
//! [`Template::fill`] is the only way in which this suite makes that file. Whoever installs and
//! whoever rotates credentials call it with the same values and get the same bytes.
//! [`Template::mistakes`] tells what Alertmanager would refuse of it.
//! [`ConfigHash`], [`smtp_users`] and [`Metrics`] read from a replica what proves that it runs
//! them; [`difference`] tells a file that only needs another login from one that a person edited.
//!
//! Nothing here talks to a cluster or a replica, and no value of a secret is part of any error,
//! path or `Debug`.

mod check;
mod difference;
mod fill;
mod hash;
mod metrics;
mod status;
mod template;
mod tree;
mod users;

pub use difference::{Difference, difference};
pub use fill::{FillError, Filled, SmtpLogin};
pub use hash::ConfigHash;
pub use metrics::{Metrics, MetricsError};
pub use status::{GunzipError, StatusError, gunzip, running_config};
pub use template::{Template, TemplateError};
pub use users::{IdentityError, SmtpUsers, smtp_users};
