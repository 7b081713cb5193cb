//! End-to-end scenarios: the real binaries against the sandbox's real servers.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails, also in what its tests share"
)]

mod alert_rules;
mod alertmanager_identity;
mod alertmanager_template;
mod chart;
mod clusters;
mod command_line;
mod consistency;
mod cron_vectors;
mod cronjob_report;
mod cronjob_state;
mod dashboards;
mod dashboards_stage;
mod dependencies;
mod doctor;
mod export_alert_series;
mod export_aws_faults;
mod export_explain;
mod export_exposition;
mod export_gateway_faults;
mod export_grace_period;
mod export_groups;
mod export_identity;
mod export_interrupted;
mod export_parity;
mod export_partial_answers;
mod export_plan;
mod export_rule_errors;
mod grafana;
mod iam;
mod images;
mod install;
mod metric_names;
mod moto_parity;
mod naming_vectors;
mod nodes;
mod operations;
mod peers;
mod readme;
mod rotation;
mod rotation_aws;
mod rotation_clock;
mod rotation_clusters;
mod rotation_failures;
mod rotation_people;
mod rotation_permissions;
mod rotation_secrets;
mod rotation_situations;
mod secrets;
mod servers;
mod ses_vectors;
mod sim_iam;
mod sim_policy;
mod sim_protocols;
mod sim_secrets;
mod smtp_alertmanager;
mod smtp_probe;
mod stack;
