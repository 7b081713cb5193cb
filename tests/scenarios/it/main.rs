//! End-to-end scenarios: the real binaries against the sandbox's real servers.

mod cron_vectors;
mod export_groups;
mod naming_vectors;
mod peers;
mod servers;
mod sim_protocols;
