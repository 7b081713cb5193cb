//! The command `cargo image`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use common::env::Env;

use super::{
    Digest, Edit, EmptyRoot, Image, Profile, SBOM, bump_chart, plan_start, version_starts,
    write_digest,
};
use crate::checkout;

/// What an image may weigh in a registry, in bytes.
const HEAVIEST: usize = 20_000_000;

const NAME: &str = concat!("registry.local/monitoring-jobs:", env!("CARGO_PKG_VERSION"));

/// Builds the image of the suite as a tar in the OCI layout, starts each program of it in an empty root,
/// and prints digest, sizes and times
#[derive(Debug, Parser)]
#[command(name = "cargo image", version)]
pub struct Arguments {
    /// How the programs are built
    #[arg(long, value_enum, default_value = "release", value_name = "PROFILE")]
    profile: Build,

    /// What the image is called where the file is imported
    #[arg(long, value_name = "NAME", default_value = NAME)]
    name: String,

    /// The file to write [default: target/monitoring-jobs.tar]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Also write the bill of materials, which is in the image, to this file
    #[arg(long, value_name = "FILE")]
    sbom: Option<PathBuf>,

    /// Build nothing: write this digest into `image.digest` of every file in k8s/values
    #[arg(long, value_name = "DIGEST", conflicts_with_all = ["profile", "name", "output", "sbom"])]
    write_digest: Option<Digest>,

    /// Also count up the last part of the chart's version
    #[arg(long, requires = "write_digest")]
    bump_chart: bool,

    /// The folder with `values` and `chart` [default: k8s in this checkout]
    #[arg(long, value_name = "DIR", requires = "write_digest")]
    folder: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Build {
    /// Small and static
    Release,
    /// The same, with the list of crates also inside each program; needs cargo-auditable
    Auditable,
    /// As the tests build them: quick and large
    Dev,
}

/// Does what is asked; what was found goes to stdout, one `name value` a line.
///
/// # Errors
/// When something cannot be built, started, read or written.
pub async fn run(arguments: Arguments) -> Result<()> {
    match &arguments.write_digest {
        Some(digest) => release(&arguments, digest),
        None => build(&arguments).await,
    }
}

async fn build(arguments: &Arguments) -> Result<()> {
    let profile = match arguments.profile {
        Build::Release => Profile::Release,
        Build::Auditable => Profile::Auditable,
        Build::Dev => Profile::Dev,
    };
    let output = if let Some(path) = &arguments.output {
        path.clone()
    } else {
        let directory = checkout::file("target");
        fs::create_dir_all(&directory).context("creating target")?;
        directory.join("monitoring-jobs.tar")
    };
    let image = Image::suite(&arguments.name, profile, &Env::from_process()).await?;
    let reference = image.write(&output)?;
    line("image", &reference.name.to_string());
    line("digest", &reference.digest.to_string());
    line("file", &output.display().to_string());
    let small = image.compressed_bytes();
    let verdict = if small <= HEAVIEST { "within" } else { "over" };
    let limit = format!("{verdict} the limit of {} MB", megabytes(HEAVIEST));
    line("compressed", &format!("{} MB, {limit}", megabytes(small)));
    let large = megabytes(image.unpacked_bytes());
    line("unpacked", &format!("{large} MB"));

    let root = EmptyRoot::of(&image)?;
    if let Some(path) = &arguments.sbom {
        let doing = || format!("writing {}", path.display());
        fs::copy(root.path(SBOM), path).with_context(doing)?;
        line("sbom", &path.display().to_string());
    }
    let mut starts = version_starts(&root).await?;
    starts.push(plan_start(&root).await?);
    for start in starts {
        let milliseconds = start.took.as_secs_f64() * 1000.0;
        line("start", &format!("{milliseconds:.1} ms {}", start.command));
    }
    Ok(())
}

fn line(name: &str, value: &str) {
    anstream::println!("{name:<10} {value}");
}

/// With one decimal.
fn megabytes(bytes: usize) -> String {
    let tenths = bytes.saturating_add(50_000) / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn release(arguments: &Arguments, digest: &Digest) -> Result<()> {
    let folder = match &arguments.folder {
        Some(folder) => folder.clone(),
        None => checkout::file("k8s"),
    };
    let mut edits = write_digest(&folder, digest)?;
    if arguments.bump_chart {
        edits.push(bump_chart(&folder)?);
    }
    for edit in edits {
        let Edit {
            path,
            before,
            after,
        } = &edit;
        let shown = path.display();
        if edit.is_change() {
            anstream::println!("{shown}: {before} is now {after}");
        } else {
            anstream::println!("{shown}: is {after} already");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn building_and_writing_a_digest_are_two_things() {
        let digest = Digest::of(b"").to_string();
        let parse = |words: &[&str]| {
            let words = ["cargo image"].iter().chain(words);
            Arguments::try_parse_from(words).map_err(|error| error.to_string())
        };
        assert!(parse(&["--write-digest", &digest, "--bump-chart"]).is_ok());
        let both = parse(&["--write-digest", &digest, "--output", "a.tar"]);
        assert!(both.unwrap_err().contains("cannot be used with"));
        let alone = parse(&["--bump-chart"]).unwrap_err();
        assert!(alone.contains("--write-digest"), "{alone}");
        let short = parse(&["--write-digest", "sha256:00"]).unwrap_err();
        assert!(short.contains("`sha256:00` is no digest"), "{short}");
    }

    #[test]
    fn sizes_have_one_decimal() {
        let shown = [0, 49_999, 50_000, 19_960_000].map(megabytes);
        assert_eq!(shown, ["0.0", "0.0", "0.1", "20.0"]);
    }
}
