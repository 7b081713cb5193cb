//! Peers that nobody here wrote: the Java exporter that this suite replaces, the AWS SDK for
//! Python, and another simulated AWS. Tests hold the suite and the simulated AWS against them.
//!
//! Their runtimes, Java and Python, are not required. Where one is missing, the peer says on
//! stderr what is skipped and how to install it; under `CI=true` that is an error instead, so that
//! a skipped comparison never passes for a green one.

mod boto3;
mod cloudwatch_exporter;
mod maven;
mod missing;
mod moto;
mod python;

pub use boto3::Boto3;
pub use cloudwatch_exporter::CloudwatchExporter;
pub use moto::Moto;
