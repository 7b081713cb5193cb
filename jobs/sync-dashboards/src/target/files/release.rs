//! How large the chart's release would be. Helm keeps it in one `Secret`: a JSON text with the chart's
//! files in base64 and with what they render to, compressed, and again in base64.

use std::collections::BTreeMap;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

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
        encoder.write_all(&base64(file))?;
    }
    for file in dashboards.values() {
        // A text in the template's JSON, and that in the release's.
        let text = String::from_utf8_lossy(file);
        let rendered = serde_json::to_string(&text)?;
        serde_json::to_writer(&mut encoder, &rendered)?;
    }
    Ok(encoder.finish()?.0)
}

/// How the digits fall is what makes this compress worse than the bytes themselves.
fn base64(bytes: &[u8]) -> Vec<u8> {
    let digit = |bits: u32| {
        let index = usize::try_from(bits & 63).unwrap_or_default();
        ALPHABET.get(index).copied().unwrap_or_default()
    };
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| chunk.get(index).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        text.extend([
            digit(bits >> 18),
            digit(bits >> 12),
            digit(bits >> 6),
            digit(bits),
        ]);
    }
    text
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
