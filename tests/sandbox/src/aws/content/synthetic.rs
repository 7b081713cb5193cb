//! Content for benchmarks: as many metrics as wanted, of one namespace.

use std::sync::Arc;

use super::{Content, DEFAULT_ACCOUNT, DEFAULT_REGION, Metric};
use crate::aws::series::{Series, Source};

impl Content {
    /// Namespace of [`Content::synthetic`].
    pub const SYNTHETIC_NAMESPACE: &str = "Bench/App";
    /// Dimensions of [`Content::synthetic`]: ten instances a service.
    pub const SYNTHETIC_DIMENSIONS: [&str; 2] = ["Service", "Instance"];
    /// Metric names of [`Content::synthetic`].
    pub const SYNTHETIC_NAMES: [&str; 10] = [
        "RequestCount",
        "ErrorCount",
        "Latency",
        "QueueDepth",
        "CPUUtilization",
        "MemoryUsed",
        "ConnectionCount",
        "BytesIn",
        "BytesOut",
        "CacheHitRate",
    ];

    /// Exactly `metrics` metrics: all ten names on one instance before the next instance begins.
    /// Every metric publishes one value a minute, and no two have the same values.
    pub fn synthetic(metrics: usize) -> Self {
        let series = Arc::new(Series {
            spread: 0.5,
            source: Source::Sine {
                mean: 100.0,
                amplitude: 20.0,
                period: 3_600,
            },
            ..Series::constant(0.0)
        });
        let [service, instance] = Self::SYNTHETIC_DIMENSIONS.map(Arc::<str>::from);
        let names = Self::SYNTHETIC_NAMES.map(Arc::<str>::from);
        let namespace: Arc<str> = Self::SYNTHETIC_NAMESPACE.into();
        let (account, region) = (Arc::from(DEFAULT_ACCOUNT), Arc::from(DEFAULT_REGION));
        let unit: Arc<str> = "Count".into();
        let places = 0..metrics.div_ceil(names.len());
        let metrics = places
            .flat_map(|index| {
                let dims = vec![
                    (
                        Arc::clone(&service),
                        Arc::from(format!("service-{:04}", index / 10)),
                    ),
                    (Arc::clone(&instance), Arc::from(format!("i-{index:08x}"))),
                ];
                names
                    .iter()
                    .map(move |name| (dims.clone(), Arc::clone(name)))
            })
            .take(metrics)
            .map(|(dims, name)| {
                Metric {
                    account: Arc::clone(&account),
                    region: Arc::clone(&region),
                    namespace: Arc::clone(&namespace),
                    name,
                    dims,
                    unit: Arc::clone(&unit),
                    series: Arc::clone(&series),
                    scale: 1.0,
                }
                .with_scale()
            })
            .collect();
        Self {
            metrics,
            ..Self::default()
        }
    }
}
