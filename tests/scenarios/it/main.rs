//! End-to-end scenarios: the real binaries against the sandbox's real servers.

mod peers;
mod servers;
mod sim_protocols;
