//! How a layer is compressed. It is part of what the digest depends on.

use std::io::{Read as _, Write as _};

use anyhow::{Context as _, Result};
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use zstd::stream::read::Decoder;
use zstd::stream::write::Encoder;

/// The programs of the suite hold much of the same code, tens of megabytes apart. With a window of 128 MiB,
/// the largest that every decoder takes, it is stored once: 12.2 MB where gzip needs 26.1 MB.
const WINDOW_LOG: u32 = 27;

/// Zstandard's level; above it, twice the time saves a few per cent.
const LEVEL: i32 = 12;

/// A form of compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// gzip, for images that stay on this machine.
    Fast,
    /// Zstandard, for images that are pushed. containerd 1.5, Docker 23 and newer ones unpack it.
    Small,
}

impl Packing {
    /// What a manifest calls a layer of this form.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Fast => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Small => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }

    /// Compresses a tar; the result names no file and no time.
    pub(super) fn pack(self, bytes: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Fast => {
                let options = GzBuilder::new().mtime(0);
                let mut encoder = options.write(Vec::new(), Compression::fast());
                encoder.write_all(bytes)?;
                Ok(encoder.finish()?)
            }
            Self::Small => {
                let mut encoder = Encoder::new(Vec::new(), LEVEL)?;
                encoder.long_distance_matching(true)?;
                encoder.window_log(WINDOW_LOG)?;
                encoder.include_checksum(true)?;
                encoder.write_all(bytes)?;
                Ok(encoder.finish()?)
            }
        }
    }

    /// The tar again.
    pub(super) fn unpack(self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut unpacked = Vec::new();
        match self {
            Self::Fast => GzDecoder::new(bytes).read_to_end(&mut unpacked),
            Self::Small => Decoder::new(bytes)?.read_to_end(&mut unpacked),
        }
        .context("unpacking a layer")?;
        Ok(unpacked)
    }
}

#[cfg(test)]
mod tests {
    use super::Packing;

    /// Bytes that do not repeat within a megabyte, twice.
    fn far_apart() -> Vec<u8> {
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state.to_be_bytes()[0]
        };
        let once: Vec<u8> = (0..1_000_000).map(|_| next()).collect();
        [once.as_slice(), once.as_slice()].concat()
    }

    #[test]
    fn what_was_packed_comes_out_again() {
        let bytes = far_apart();
        for packing in [Packing::Fast, Packing::Small] {
            let packed = packing.pack(&bytes).unwrap();
            assert_eq!(packed, packing.pack(&bytes).unwrap());
            assert_eq!(packing.unpack(&packed).unwrap(), bytes);
        }
    }

    #[test]
    fn code_that_programs_share_is_stored_once() {
        let bytes = far_apart();
        let sizes = [Packing::Fast, Packing::Small].map(|it| it.pack(&bytes).unwrap().len());
        assert!(sizes[0] > 1_990_000 && sizes[1] < 1_010_000, "{sizes:?}");
    }

    #[test]
    fn a_damaged_layer_is_refused() {
        for packing in [Packing::Fast, Packing::Small] {
            let mut packed = packing.pack(&far_apart()).unwrap();
            packed[500_000] ^= 1;
            assert!(packing.unpack(&packed).is_err());
        }
    }
}
