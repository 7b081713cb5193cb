//! What the programs of a node read: one text each, with the reasons beside what is not plain.

use std::path::Path;

use serde_json::json;

use super::plan::Side;

/// The image of the container that holds a pod's namespaces.
pub(super) const PAUSE: &str = "registry.local/pause:v1";

/// containerd's configuration. Its socket, state and images are below `directory`.
///
/// * `image-verifier.v1.bindir` must not be switched off: imports and CRI go with it. Its folder is
///   one that does not exist.
/// * NRI has one socket for the whole machine.
/// * Without `CAP_SYS_RESOURCE`, scores below the parent's cannot be set (`restrict_oom_score_adj`).
pub(super) fn containerd(directory: &Path, plugins: &[&Path], runc: &Path) -> String {
    let directory = directory.display();
    let plugins: Vec<String> = plugins
        .iter()
        .map(|it| format!("'{}'", it.display()))
        .collect();
    format!(
        "\
version = 3
root = '{directory}/containerd/root'
state = '{directory}/containerd/state'
disabled_plugins = ['io.containerd.nri.v1.nri', 'io.containerd.snapshotter.v1.blockfile', \
'io.containerd.snapshotter.v1.btrfs', 'io.containerd.snapshotter.v1.devmapper', \
'io.containerd.snapshotter.v1.zfs', 'io.containerd.snapshotter.v1.erofs', \
'io.containerd.differ.v1.erofs', 'io.containerd.internal.v1.tracing', \
'io.containerd.tracing.processor.v1.otlp']
[grpc]
  address = '{directory}/containerd.sock'
[plugins.'io.containerd.image-verifier.v1.bindir']
  bin_dir = '{directory}/containerd/verifiers'
[plugins.'io.containerd.internal.v1.opt']
  path = '{directory}/containerd/opt'
[plugins.'io.containerd.cri.v1.images']
  snapshotter = 'overlayfs'
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = '{PAUSE}'
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  enable_cdi = false
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = [{plugins}]
    conf_dir = '{directory}/cni'
  [plugins.'io.containerd.cri.v1.runtime'.containerd]
    default_runtime_name = 'runc'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
      runtime_type = 'io.containerd.runc.v2'
      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
        BinaryName = '{runc}'
        SystemdCgroup = false
",
        plugins = plugins.join(", "),
        runc = runc.display(),
    )
}

/// How pods get their network: a bridge and addresses of the node's own range. No masquerade: the
/// other cluster sees a pod's own address.
pub(super) fn network(directory: &Path, side: Side) -> String {
    json!({
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [{
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": true,
            "ipMasq": false,
            "hairpinMode": true,
            "ipam": {
                "type": "host-local",
                "dataDir": directory.join("cni-addresses"),
                "ranges": [[{"subnet": side.pod_network()}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }],
    })
    .to_string()
}

/// The kubelet's configuration. Nothing is ever evicted, and no image is ever removed: there is no
/// registry to get it back from.
pub(super) fn kubelet(directory: &Path, side: Side, branch: &str) -> String {
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": side.node(),
        "port": 10250,
        "containerRuntimeEndpoint": format!("unix://{}/containerd.sock", directory.display()),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": format!("/{branch}"),
        "cgroupsPerQOS": true,
        "enforceNodeAllocatable": [],
        "failCgroupV1": false,
        "failSwapOn": false,
        "authentication": {
            "anonymous": {"enabled": false},
            "webhook": {"enabled": true},
            "x509": {"clientCAFile": directory.join("ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": directory.join("kubelet.crt"),
        "tlsPrivateKeyFile": directory.join("kubelet.key"),
        "evictionHard": {
            "memory.available": "1Mi",
            "nodefs.available": "0%",
            "nodefs.inodesFree": "0%",
            "imagefs.available": "0%",
            "imagefs.inodesFree": "0%",
        },
        "imageGCHighThresholdPercent": 100,
        "clusterDNS": [side.node()],
        "clusterDomain": "cluster.local",
        "podLogsDir": directory.join("pod-logs"),
        "volumePluginDir": directory.join("kubelet/plugins"),
        "resolvConf": directory.join("resolv.conf"),
    })
    .to_string()
}

/// kube-proxy's configuration. The kernel's limits of connections are the machine's: left alone.
pub(super) fn proxy(kubeconfig: &Path, side: Side) -> String {
    json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": kubeconfig},
        "hostnameOverride": side.node_name(),
        "bindAddress": "0.0.0.0",
        "clusterCIDR": side.pod_network(),
        "metricsBindAddress": "127.0.0.1:10249",
        "healthzBindAddress": "127.0.0.1:10256",
        // A loopback range would be an error in its log.
        "nodePortAddresses": [format!("{}/32", side.node())],
        "conntrack": {
            "maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s",
        },
    })
    .to_string()
}

/// Hosts of other people that pods know by name: servers outside stand in for them, at
/// [`Side::outside`].
const STAND_INS: [&str; 4] = [
    "api.github.com",
    "email-smtp.us-east-1.amazonaws.com",
    "raw.githubusercontent.com",
    "receivers.sandbox",
];

/// The DNS server's configuration.
pub(super) fn dns(kubeconfig: &Path, side: Side) -> String {
    format!(
        "\
.:53 {{
  bind {}
  errors
  hosts {{
    {} {}
    fallthrough
  }}
  kubernetes cluster.local in-addr.arpa {{
    kubeconfig {}
  }}
}}
",
        side.node(),
        side.outside(),
        STAND_INS.join(" "),
        kubeconfig.display()
    )
}
