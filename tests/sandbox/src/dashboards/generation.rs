//! A bundle through time: each generation differs from the one before in one known way.

use super::bundle::{Panel, board, labelled};

/// What happens from one generation to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Only the label with Grafana's version: no board changes.
    Label,
    /// A query of `apiserver`.
    Expr,
    /// Where a panel of `kubelet` is.
    Layout,
    /// `pluginVersion` in every panel of every board.
    PluginVersion,
    /// `workload-total` comes.
    Added,
    /// `prometheus` goes.
    Removed,
    /// `k8s-resources-cluster` becomes `k8s-resources-overview`, with the same uid.
    Renamed,
    /// `node-rsrc-use` gets another uid.
    Uid,
}

/// The changes that lead from generation 0 to the last, in order.
pub const HISTORY: [Change; 8] = [
    Change::Label,
    Change::Expr,
    Change::Layout,
    Change::PluginVersion,
    Change::Added,
    Change::Removed,
    Change::Renamed,
    Change::Uid,
];

/// A bundle at one time. Generation 0, the default, has five boards.
#[derive(Debug, Clone)]
pub struct Generation {
    boards: Vec<Board>,
    grafana: &'static str,
}

#[derive(Debug, Clone)]
struct Board {
    name: &'static str,
    uid: &'static str,
    title: &'static str,
    panels: Vec<Panel>,
}

impl Board {
    fn new(name: &'static str, uid: &'static str, title: &'static str, metric: &str) -> Self {
        let rate = format!("sum(rate({metric}[$__rate_interval])) by (instance)");
        let count = format!("count({metric})");
        let panels = vec![Panel::new(1, "Rate", &rate), Panel::new(2, "Count", &count)];
        Self {
            name,
            uid,
            title,
            panels,
        }
    }
}

/// The bundle after the first `n` changes of [`HISTORY`]; after all of them when there are fewer.
pub fn generation(n: usize) -> Generation {
    Generation::default().after(HISTORY.get(..n).unwrap_or(&HISTORY))
}

impl Default for Generation {
    fn default() -> Self {
        let board = Board::new;
        let boards = vec![
            board(
                "apiserver",
                "09ec8aa1e996d6ffcd6817bbaff4db1b",
                "Kubernetes / API server",
                "apiserver_request_total",
            ),
            board(
                "k8s-resources-cluster",
                "efa86fd1d0c121a26444b636a3f509a8",
                "Kubernetes / Compute Resources / Cluster",
                "container_cpu_usage_seconds_total",
            ),
            board(
                "kubelet",
                "3138fa155d5915769fbded898ac09fd9",
                "Kubernetes / Kubelet",
                "kubelet_runtime_operations_total",
            ),
            board(
                "node-rsrc-use",
                "fac67cfbe174d3ef53eb473d73d9212f",
                "Node Exporter / USE Method / Node",
                "node_cpu_seconds_total",
            ),
            board(
                "prometheus",
                "4aa6447917c0599aba81ccfd2bbb4aa4",
                "Prometheus / Overview",
                "prometheus_tsdb_head_samples_appended_total",
            ),
        ];
        Self {
            boards,
            grafana: "11.4.0",
        }
    }
}

impl Generation {
    /// The bundle after these changes too.
    #[must_use]
    pub fn after(mut self, changes: &[Change]) -> Self {
        for change in changes {
            self.apply(*change);
        }
        self
    }

    fn apply(&mut self, change: Change) {
        let boards = self.boards.iter_mut();
        match change {
            Change::Label => self.grafana = "11.5.0",
            Change::Expr => boards
                .filter(|board| board.name == "apiserver")
                .filter_map(|board| board.panels.first_mut())
                .for_each(|panel| panel.expr = panel.expr.replace("sum(", "avg(")),
            Change::Layout => boards
                .filter(|board| board.name == "kubelet")
                .filter_map(|board| board.panels.last_mut())
                .for_each(|panel| panel.y += 3),
            Change::PluginVersion => boards
                .flat_map(|board| &mut board.panels)
                .for_each(|panel| "v13.0.0".clone_into(&mut panel.plugin)),
            Change::Added => self.boards.push(Board::new(
                "workload-total",
                "728bf77cc1166d2f3133bf25846876cc",
                "Kubernetes / Networking / Workload",
                "container_network_receive_bytes_total",
            )),
            Change::Removed => self.boards.retain(|board| board.name != "prometheus"),
            Change::Renamed => boards
                .filter(|board| board.name == "k8s-resources-cluster")
                .for_each(|board| board.name = "k8s-resources-overview"),
            Change::Uid => boards
                .filter(|board| board.name == "node-rsrc-use")
                .for_each(|board| board.uid = "node-rsrc-use-2"),
        }
    }

    /// Names and texts of its boards, sorted by name.
    pub fn boards(&self) -> Vec<(&'static str, String)> {
        let text = |it: &Board| (it.name, board(it.uid, it.title, &it.panels));
        let mut boards: Vec<_> = self.boards.iter().map(text).collect();
        boards.sort_unstable();
        boards
    }

    /// Upstream's file.
    pub fn text(&self) -> String {
        let boards = self.boards();
        let boards: Vec<_> = boards
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        labelled(&boards, self.grafana)
    }
}
