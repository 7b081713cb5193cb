//! The folder, its lock and its chart.
