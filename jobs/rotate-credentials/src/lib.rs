//! Rotates the access key behind Alertmanager's e-mail, so that mail works at every instant.

pub mod smtp;
