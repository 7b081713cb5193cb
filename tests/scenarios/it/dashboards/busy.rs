//! Servers that have too much to do, objects that change under a run, and two runs at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use sandbox::dashboards::{Change, GROUP, Generation, USER};
use scenarios::plain::{self, Plain};
use scenarios::proxy::{Proxy, Verdict};

use super::{World, assert_ended};

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
    let login = world.stage.clusters()[0].kubeconfig_for(USER, Some(GROUP))?;
    let plain = Plain::start(&login, None).await?;
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
    std::fs::write(&kubeconfig, plain::kubeconfig(&[(context, &proxy.url())]))?;
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
