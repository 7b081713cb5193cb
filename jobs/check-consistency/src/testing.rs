//! What tests with a server of their own share: the run's context, and access to the server.

use common::aws::CallMeter;
use common::clock::Clock;
use common::cluster::{Access, Cluster};
use common::env::Env;
use common::process::{Cancellation, Context};
use common::report::{Identity, Mode};
use tokio::time::Instant;

/// A run whose clock stands still at `now`: pauses take no time.
pub(crate) fn context(now: &str) -> Context {
    Context {
        identity: Identity {
            job: "check-consistency",
            version: "0",
            revision: String::new(),
            run: String::new(),
            cluster: String::new(),
            namespace: String::new(),
            pod: String::new(),
            cronjob: None,
            mode: Mode::Plan,
        },
        clock: Clock::fixed(now.parse().unwrap()),
        env: Env::default(),
        cancel: Cancellation::default(),
        started: Instant::now(),
        deadline: None,
        meter: CallMeter::default(),
    }
}

/// Access to what answers at `url` as to the API server of a cluster of this name.
pub(crate) async fn cluster(url: &str, name: &str, context: &Context) -> Cluster {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: home\n\
         clusters: [{{name: c, cluster: {{server: '{url}'}}}}]\n\
         contexts: [{{name: home, context: {{cluster: c, user: u}}}}]\n\
         users: [{{name: u, user: {{}}}}]\n"
    );
    std::fs::write(&path, text).unwrap();
    let access = Access::Kubeconfig {
        path: Some(path),
        context: None,
    };
    let name = name.parse().unwrap();
    context.connect(&name, &access).await.unwrap()
}
