//! How large the chart's release would be: Helm keeps the chart's files and what they render to,
//! compressed, in one `Secret`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

/// Estimates the release's size in bytes. `dashboards` are rendered into `ConfigMap`s and so count twice.
pub(super) fn estimate<'a>(
    chart: impl Iterator<Item = &'a [u8]>,
    dashboards: &BTreeMap<&'a str, &'a [u8]>,
) -> usize {
    // Writing to a counter cannot fail.
    let compressed = compress(chart, dashboards).unwrap_or_default();
    compressed.div_ceil(3) * 4
}

fn compress<'a>(
    chart: impl Iterator<Item = &'a [u8]>,
    dashboards: &BTreeMap<&'a str, &'a [u8]>,
) -> io::Result<usize> {
    let mut encoder = GzEncoder::new(Count(0), Compression::best());
    for file in chart.chain(dashboards.values().copied()) {
        encoder.write_all(file)?;
    }
    for file in dashboards.values() {
        encoder.write_all(file)?;
    }
    Ok(encoder.finish()?.0)
}

struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
