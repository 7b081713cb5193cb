//! `init`: proposes a configuration from what clusters hold today.
//!
//! What differs today and how is all that can be seen; why, nobody can. So every difference is listed:
//! as a declaration whose reason is still to be written where its form suggests that it is meant, and as
//! a comment to mend or to declare where nothing does.

mod propose;

use common::cluster::Access;
use common::exit::Exit;
use common::fault::Failure;
use common::output::print;
use common::process::Context;
use common::report::Conclusion;
use common::trouble::Trouble;

use crate::check::{self, Orders};
use crate::cli::InitArgs;
use crate::config::{ClusterConfig, Config, Family, Limits, Live, Settle};
use crate::object::Kind;

/// What a monitoring stack consists of: `select` entries and their kinds.
const STACK: [(&str, &[(&str, &str)]); 7] = [
    ("rules", &[("monitoring.coreos.com", "PrometheusRule")]),
    (
        "monitors",
        &[
            ("monitoring.coreos.com", "ServiceMonitor"),
            ("monitoring.coreos.com", "PodMonitor"),
            ("monitoring.coreos.com", "Probe"),
        ],
    ),
    (
        "servers",
        &[
            ("monitoring.coreos.com", "Prometheus"),
            ("monitoring.coreos.com", "Alertmanager"),
        ],
    ),
    ("configuration", &[("", "ConfigMap")]),
    (
        "network",
        &[("", "Service"), ("networking.k8s.io", "Ingress")],
    ),
    (
        "workloads",
        &[
            ("apps", "Deployment"),
            ("apps", "StatefulSet"),
            ("apps", "DaemonSet"),
            ("batch", "CronJob"),
        ],
    ),
    (
        "rights",
        &[
            ("", "ServiceAccount"),
            ("rbac.authorization.k8s.io", "Role"),
            ("rbac.authorization.k8s.io", "RoleBinding"),
        ],
    ),
];

/// Looks at the clusters and prints a configuration.
///
/// # Errors
/// When a context is named twice, nothing can be compared, or stdout cannot be written.
pub async fn init(args: &InitArgs, context: &Context) -> Result<Conclusion, Failure> {
    let clusters = clusters(args)?;
    let config = Config {
        families: families(args, clusters.len()),
        clusters,
        baseline: None,
        settle: Settle::default(),
        rules: Vec::new(),
        live: Live::default(),
        state: None,
        limits: Limits::default(),
    };
    let checked = Box::pin(check::check(&config, Orders::default(), context)).await?;
    let proposal = propose::Proposal {
        args,
        config: &config,
        survey: &checked.survey,
    };
    print(|out| proposal.write(out))?;
    Ok(Conclusion::done(0))
}

fn clusters(args: &InitArgs) -> Result<Vec<ClusterConfig>, Trouble> {
    if args.context.len() < 2 {
        return Err(slip(
            "one cluster has nothing to be compared with".to_owned(),
            "give `--context` once for each cluster",
        ));
    }
    let clusters = args.context.iter().map(|given| {
        let (name, context) = given.split_once('=').unwrap_or((given, given));
        let name = name.parse().map_err(|error| {
            let text = format!("--context {}: {error}", given.escape_debug());
            slip(text, "name the cluster: --context NAME=CONTEXT")
        })?;
        Ok(ClusterConfig {
            name,
            access: Access::Kubeconfig {
                path: args.kubeconfig.clone(),
                context: Some(context.to_owned()),
            },
            vars: std::collections::BTreeMap::new(),
        })
    });
    clusters.collect()
}

/// A command line that its parser cannot see to be wrong.
fn slip(text: String, hint: &str) -> Trouble {
    Trouble {
        exit: Exit::Config,
        code: "usage",
        text,
        hint: Some(hint.to_owned()),
    }
}

fn families(args: &InitArgs, clusters: usize) -> Vec<Family> {
    let families = STACK.iter().flat_map(|(id, kinds)| {
        kinds.iter().map(|(group, kind)| Family {
            id: (*id).to_owned(),
            kind: Kind::new(group, kind),
            namespaces: args.namespace.clone(),
            labels: String::new(),
            names: Vec::new(),
            name_templates: Vec::new(),
            clusters: (0..clusters).collect(),
            owned: false,
        })
    });
    families.collect()
}
