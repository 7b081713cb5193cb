//! Real servers and a simulated AWS on loopback: for tests, the demo and benchmarks.
//!
//! It starts what is asked for and nothing else, on free ports under a temporary directory, and
//! stops it by process id, also when the program that asked dies.

pub mod aws;
pub mod checkout;
pub mod company;
pub mod dashboards;
pub mod demo;
pub mod images;
pub mod kubernetes;
pub mod mail;
pub mod monitoring;
pub mod nodes;
pub mod peers;
pub mod programs;
pub mod servers;
pub mod tools;
pub mod upstream;
