//! Container images without a container engine.
//!
//! An image is files, a few lines of JSON about them, and a digest that names both. All of it is made
//! here from files on this machine: the image of the suite for production (`cargo image`, which is how
//! a release is built: `k8s/images/RELEASE.md`), and the images of everything that runs as a pod in the
//! sandbox's clusters. Same files, same digest.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use sandbox::images::{File, Image};
//!
//! let program = File::program("/bin/prometheus", "/tmp/prometheus".as_ref())?;
//! let name = "registry.local/prometheus:v3.5.0";
//! let image = Image::of_files(name, &["/bin/prometheus"], vec![program])?;
//! // For `ctr -n k8s.io images import`; then pods find `registry.local/prometheus@sha256:…`.
//! let reference = image.write("/tmp/prometheus.tar".as_ref())?;
//! assert!(reference.to_string().starts_with("registry.local/prometheus@sha256:"));
//! # Ok(())
//! # }
//! ```

mod archive;
mod authorities;
mod build;
pub mod command;
mod digest;
mod empty_root;
mod file;
mod image;
mod manifest;
mod name;
mod packing;
mod pause;
mod sbom;
mod shared;
mod small;
mod start;
mod suite;
mod values;

pub use build::{Built, programs as built_programs};
pub use digest::{Digest, NoDigest};
pub use empty_root::EmptyRoot;
pub use file::File;
pub use image::Image;
pub use name::{Name, NoName, Reference};
pub use shared::libraries as shared_libraries;
pub use small::program as small_program;
pub use start::{Start, plan_start, version_starts};
pub use suite::{PROGRAMS, Profile, SBOM, SBOM_LABEL, labels as suite_labels};
pub use values::{Edit, bump_chart, write_digest};
