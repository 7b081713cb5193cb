//! What the commands take that change a cluster.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use common::process::parse_duration;

use super::{FilesArgs, KubeconfigArgs, Output, TargetArgs};

/// What must be in a cluster before the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stack {
    /// The operator's kinds, its Deployment, and that of kube-state-metrics
    All,
    /// The kinds alone: operator and kube-state-metrics run elsewhere than in Deployments
    Kinds,
}

/// How Helm is run.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Helm")]
pub struct HelmArgs {
    /// The program, of version 4 [default: the `helm` on PATH]
    #[arg(long, value_name = "FILE")]
    pub helm: Option<PathBuf>,

    /// How long to wait until everything that was installed is ready
    #[arg(long, default_value = "10m", value_name = "DURATION", value_parser = parse_duration)]
    pub timeout: Duration,

    /// Do not wait until what was installed is ready, do not go back if it never is, and do not look in the
    /// end: for a cluster without nodes yet
    #[arg(long)]
    pub no_wait: bool,
}

/// What an installation takes.
#[derive(Debug, Clone, Args)]
// The derivation leaves a group with flattened arguments empty, and then nobody asks for it.
#[group(args = ["cluster"])]
pub struct InstallArgs {
    /// Name of the cluster: that of its file in k8s/values
    #[arg(long, value_name = "NAME")]
    pub cluster: String,

    /// The context in the kubeconfig [default: the cluster's name]
    #[arg(long, value_name = "CONTEXT")]
    pub context: Option<String>,

    /// The kubeconfig [default: what KUBECONFIG names, else ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// The directory that holds `chart` and `values` [default: k8s in this checkout]
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,

    /// Show what would change, and change nothing
    #[arg(long)]
    pub plan: bool,

    /// What must be there already
    #[arg(long, default_value = "all", value_name = "WHAT")]
    pub stack: Stack,

    /// Take fields back that somebody else has set by hand
    #[arg(long)]
    pub take_fields: bool,

    /// How Helm is run
    #[command(flatten)]
    pub helm: HelmArgs,

    /// Form of the plan, and of what became of it
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

impl InstallArgs {
    /// Which cluster, as the other commands have it.
    pub fn target(&self) -> TargetArgs {
        TargetArgs {
            cluster: self.cluster.clone(),
            context: self.context.clone(),
            kubeconfig: KubeconfigArgs {
                kubeconfig: self.kubeconfig.clone(),
            },
            files: FilesArgs {
                files: self.files.clone(),
            },
        }
    }
}

/// What `uninstall` takes.
#[derive(Debug, Clone, Args)]
pub struct UninstallArgs {
    /// Where
    #[command(flatten)]
    pub target: TargetArgs,

    /// Show what would be removed, and remove nothing
    #[arg(long)]
    pub plan: bool,

    /// The cluster's name again: nothing is removed without it
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,

    /// How Helm is run
    #[command(flatten)]
    pub helm: HelmArgs,

    /// Form of the plan, and of what became of it
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

/// What `rollback` takes.
#[derive(Debug, Clone, Args)]
pub struct RollbackArgs {
    /// Where
    #[command(flatten)]
    pub target: TargetArgs,

    /// To which revision, as in `helm history` [default: the newest one before the present that was
    /// deployed]
    #[arg(long, value_name = "N")]
    pub revision: Option<u32>,

    /// Show what would change, and change nothing
    #[arg(long)]
    pub plan: bool,

    /// How Helm is run
    #[command(flatten)]
    pub helm: HelmArgs,

    /// Form of the plan, and of what became of it
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

/// What `migrate` takes.
#[derive(Debug, Clone, Args)]
pub struct MigrateArgs {
    /// Where
    #[command(flatten)]
    pub target: TargetArgs,

    /// Show every object that would be deleted, kept or adopted, and change nothing
    #[arg(long)]
    pub plan: bool,

    /// The cluster's name again: nothing is changed without it
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,

    /// What must be there already
    #[arg(long, default_value = "all", value_name = "WHAT")]
    pub stack: Stack,

    /// How Helm is run
    #[command(flatten)]
    pub helm: HelmArgs,

    /// Form of the plan, and of what became of it
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

/// What `grafana` takes.
#[derive(Debug, Clone, Args)]
pub struct GrafanaArgs {
    /// Where
    #[command(flatten)]
    pub target: TargetArgs,

    /// Member of the secret in AWS that holds the id of the Google client
    #[arg(
        long,
        default_value = "grafana-google-client-id",
        value_name = "MEMBER"
    )]
    pub client_id: String,

    /// Member of the secret in AWS that holds the secret of the Google client
    #[arg(
        long,
        default_value = "grafana-google-client-secret",
        value_name = "MEMBER"
    )]
    pub client_secret: String,

    /// Show what would change, and change nothing
    #[arg(long)]
    pub plan: bool,

    /// Take fields back that somebody else has set by hand
    #[arg(long)]
    pub take_fields: bool,

    /// How Helm is run
    #[command(flatten)]
    pub helm: HelmArgs,

    /// Form of the plan, and of what became of it
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}
