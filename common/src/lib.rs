//! What every job of the suite shares, and nothing that only one of them needs.
//!
//! | module | offers |
//! | --- | --- |
//! | [`process`] | the life of a run: flags, signals, deadline, report, exit status |
//! | [`cancel`] | one way to stop early, for signals and deadlines |
//! | [`exit`], [`fault`] | the exit-code contract and what a failure tells an operator |
//! | [`verdict`], [`trouble`] | the table of what a job can find wrong, and one case of it |
//! | [`mod@env`], [`clock`] | the process environment and time, injected |
//! | [`telemetry`], [`progress`] | structured logs on stderr, and a moving line on a terminal |
//! | [`report`], [`metrics`] | one record of a run, its views, and the registry of what is pushed |
//! | [`aws`], [`http`], [`rate`] | clients with time-outs, retries and rate limits |
//! | [`cluster`] | Kubernetes API servers: identities, time limits, the calls that the jobs make |
//! | [`lease`], [`events`] | one run at a time, and what it tells the cluster |
//! | [`yaml`], [`config_file`] | YAML with positions, strict decoding, did-you-mean; the file it comes from |
//! | [`exposition`], [`pushgateway`] | Prometheus text format and the way to deliver it |
//! | [`promql`] | strings and comments in the text of an expression |
//! | [`schedule`] | Kubernetes' schedule grammar |
//! | [`alertmanager`], [`ses`] | Alertmanager's configuration with its secrets, and the login of its mail |
//! | [`output`], [`span`] | data on stdout, and lengths of time in it |
//! | [`secret`] | values that never print |

pub mod alertmanager;
pub mod aws;
pub mod cancel;
pub mod clock;
pub mod cluster;
pub mod config_file;
pub mod env;
pub mod events;
pub mod exit;
pub mod exposition;
pub mod fault;
pub mod http;
pub mod lease;
pub mod metrics;
pub mod number;
pub mod output;
pub mod process;
pub mod progress;
pub mod promql;
pub mod pushgateway;
pub mod rate;
pub mod report;
pub mod schedule;
pub mod secret;
pub mod ses;
pub mod span;
pub mod stranger;
pub mod telemetry;
pub mod trouble;
pub mod verdict;
pub mod yaml;
