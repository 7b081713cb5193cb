//! The cluster that is worked on: reached through the kubeconfig, and only if that leads to the API
//! server that the cluster's values name.

use std::path::PathBuf;

use common::clock::Clock;
use common::cluster::{Access, Cluster, Endpoint};
use common::fault::Failure;
use common::process::Context;
use common::trouble::Trouble;

use crate::cli::TargetArgs;
use crate::installation::Installation;
use crate::mend::Mend;
use crate::verdict;

/// A cluster and the way to it.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its files.
    pub installation: Installation,
    /// Its API server.
    pub api: Cluster,
    /// The kubeconfig, if a single one was named.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it.
    pub context: String,
    /// Whether the context's user is an AWS identity.
    pub eks: bool,
    /// The time that its objects' ages are judged by.
    pub clock: Clock,
}

impl Target {
    /// Reads the files, and prepares the client. Makes no call yet.
    ///
    /// # Errors
    /// When the files are unusable, or the context leads elsewhere.
    pub async fn open(args: &TargetArgs, context: &Context) -> Result<Self, Failure> {
        let installation = Installation::load(&args.cluster, &args.files)?;
        let name = args.context.clone();
        let name = name.unwrap_or_else(|| installation.cluster.to_string());
        let access = Access::Kubeconfig {
            path: args.kubeconfig.kubeconfig.clone(),
            context: Some(name.clone()),
        };
        let endpoint = Endpoint::of(&installation.cluster, &access, &context.env)?;
        if !endpoint.is(&installation.api) {
            return Err(elsewhere(&name, &endpoint, &installation).into());
        }
        Ok(Self {
            api: context.connect(&installation.cluster, &access).await?,
            installation,
            kubeconfig: args.kubeconfig.kubeconfig.clone(),
            context: name,
            eks: endpoint.eks,
            clock: context.clock.clone(),
        })
    }

    /// For commands that a reader is told to type about this cluster.
    pub fn mend(&self) -> Mend<'_> {
        Mend {
            cluster: self.installation.cluster.as_str(),
            context: &self.context,
            version: None,
        }
    }
}

fn elsewhere(context: &str, endpoint: &Endpoint, installation: &Installation) -> Trouble {
    let (found, wanted) = (&endpoint.server, &installation.api.server);
    let values = installation.values.display();
    let cluster = &installation.cluster;
    verdict::WRONG_CLUSTER.because(if endpoint.is_at(wanted) {
        format!(
            "context `{context}` leads to {found} with another certificate authority than {values} \
             names for {cluster}"
        )
    } else {
        format!("context `{context}` leads to {found}, and {values} names {wanted} for {cluster}")
    })
}
