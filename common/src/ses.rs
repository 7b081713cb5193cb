//! Amazon SES over SMTP: the password that follows from an access key, and where to send.
//!
//! SES keeps no password of its own. The SMTP user is the id of an IAM access key, and the
//! password is derived from the key's secret and the region, so that whoever holds the key can
//! compute it. Nothing here connects to anything.
//!
//! Derivation: <https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html>

mod password;
mod region;
mod smarthost;

pub use password::{PasswordShape, smtp_password};
pub use region::{Region, RegionError, region_of};
pub use smarthost::{Smarthost, SmarthostError, TlsMode};
