//! What is to be done next in the company's other clusters: whether their mail goes out with the same
//! pair.

use common::alertmanager::smtp_users;
use common::cluster::ClusterName;
use common::fault::Failure;
use common::process::Context;

use crate::cli::{FilesArgs, KubeconfigArgs, TargetArgs};
use crate::credentials::Credentials;
use crate::installation::NAMESPACE;
use crate::secret::{Alertmanager, KEY};
use crate::target::Target;

/// One sentence for each cluster that has something to be done, or cannot be seen.
pub(super) async fn others(
    target: &Target,
    credentials: &Credentials,
    context: &Context,
) -> Vec<String> {
    let mut sentences = Vec::new();
    let others: Vec<ClusterName> = target.installation.others().cloned().collect();
    for other in others {
        let command = format!("`install-monitoring --cluster {other}`");
        match follows(target, &other, credentials, context).await {
            Ok(true) => {}
            Ok(false) => sentences.push(format!(
                "{other} still mails with another key; its next rotation brings it along, or {command} now"
            )),
            Err(failure) => {
                let chain = failure.chain();
                let why = chain.lines().next().unwrap_or_default();
                sentences.push(format!(
                    "see whether {other} mails with the same key, which could not be seen from here \
                     ({why}); {command} brings it along"
                ));
            }
        }
    }
    sentences
}

/// Whether what is written in another cluster names this pair and no other.
async fn follows(
    target: &Target,
    other: &ClusterName,
    credentials: &Credentials,
    context: &Context,
) -> Result<bool, Failure> {
    let args = TargetArgs {
        cluster: other.to_string(),
        context: None,
        kubeconfig: KubeconfigArgs {
            kubeconfig: target.kubeconfig.clone(),
        },
        files: FilesArgs {
            files: Some(target.installation.files.clone()),
        },
    };
    let there = Box::pin(Target::open(&args, context)).await?;
    let mail = there.installation.mail();
    let live = Alertmanager::live(&there.api, mail).await?;
    let secret = there.api.get_secret(NAMESPACE, &live.secret).await?;
    let text = secret
        .value(KEY)
        .and_then(|it| std::str::from_utf8(it).ok());
    let users = smtp_users(text.unwrap_or_default(), &mail.smarthost)?;
    Ok(users.are_only(credentials.document.pair().id.as_str()))
}
