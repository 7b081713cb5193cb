//! Servers that have too much to do, objects that change under a run, and two runs at once.

use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use sandbox::dashboards::{Change, Generation};
use sandbox::kubernetes::Cluster;
use sandbox::tools::{Tool, Tools};
use scenarios::proxy::{Proxy, Verdict};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::{World, assert_ended};

/// `kubectl proxy` of one cluster, so that something can stand between the job and its API server.
struct Plain {
    _child: Child,
    address: std::net::SocketAddr,
}

impl Plain {
    async fn start(cluster: &Cluster) -> Result<Self> {
        let kubectl = Tools::from_process()?.locate(Tool::Kubectl).await?;
        let user = sandbox::dashboards::USER;
        let group = sandbox::dashboards::GROUP;
        let mut child = Command::new(kubectl)
            .arg("--kubeconfig")
            .arg(cluster.kubeconfig_for(user, Some(group))?)
            .args(["proxy", "--port=0"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await?;
        let address = line.trim().rsplit(' ').next().context("no address")?;
        Ok(Self {
            _child: child,
            address: address.parse().with_context(|| line.clone())?,
        })
    }
}

#[tokio::test]
async fn what_happens_at_the_same_time_harms_nobody() -> Result<()> {
    let world = World::start().await?;
    let old = Generation::default();
    let config = world.configured(&world.publish(1, &old), "")?;

    // 32: two first runs at once.
    let (one, other) = tokio::join!(
        world.run(&["apply"], &config),
        world.run(&["apply"], &config)
    );
    for run in [one?, other?] {
        assert_ended(&run, 0, None);
    }
    for cluster in [0, 1] {
        assert_eq!(world.names(cluster).await?.len(), 5);
    }

    // 29: each second request is answered with 429. 24: so is the first deletion with 409, as if the
    // object had changed since it was looked at; it is looked at again and goes.
    let plain = Plain::start(&world.stage.clusters()[0]).await?;
    let (asked, deleted) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let proxy = Proxy::start(plain.address, move |request| {
        if request.method == "DELETE" && deleted.fetch_add(1, Ordering::Relaxed) == 0 {
            return Verdict::Answer(409, "{}");
        }
        match asked.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => Verdict::Answer(429, "{}"),
            _ => Verdict::Pass,
        }
    })
    .await?;
    let context = world.stage.contexts()[0];
    let kubeconfig = world.stage.directory().join("through-the-proxy");
    let text = serde_json::json!({
        "apiVersion": "v1", "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": proxy.url()}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
    });
    std::fs::write(&kubeconfig, text.to_string())?;
    let renamed = old.after(&[Change::Renamed]);
    let pin = world.publish(2, &renamed);
    let config = world.configured_for(&pin, &kubeconfig, "")?;
    let run = world.run(&["apply", "--only", context], &config).await?;
    assert_ended(&run, 0, None);
    let names = world.names(0).await?;
    assert!(
        names.contains(&"k8s-resources-overview".to_owned()),
        "{names:?}"
    );
    assert!(
        !names.contains(&"k8s-resources-cluster".to_owned()),
        "{names:?}"
    );
    let methods: Vec<_> = proxy.seen().into_iter().map(|it| it.method).collect();
    assert_eq!(
        methods.iter().filter(|it| *it == "DELETE").count(),
        3,
        "{methods:?}"
    );
    Ok(())
}
