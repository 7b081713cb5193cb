//! The shared libraries of a program that is not static.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use super::File;

/// The loader and the libraries that it would load here, each at its place. None for a static program.
///
/// # Errors
/// When `ldd` cannot be started, or a library is missing on this machine.
pub async fn libraries(program: &Path) -> Result<Vec<File>> {
    let output = Command::new("ldd")
        .arg(program)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("starting ldd")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let shown = program.display();
    ensure!(
        !said.contains("=> not found"),
        "{shown} lacks libraries:\n{said}"
    );
    if !output.status.success() || said.contains("statically linked") {
        return Ok(Vec::new());
    }
    let places = said.lines().filter_map(place);
    places
        .map(|place| File::program(place, Path::new(place)))
        .collect()
}

/// `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)` have a
/// place, `linux-vdso.so.1 (0x…)` has none.
fn place(line: &str) -> Option<&str> {
    let line = line.trim();
    let found = line.split_once("=> ").map_or(line, |(_, found)| found);
    let (place, _) = found.rsplit_once(" (")?;
    place.starts_with('/').then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_of_this_machine_has_a_loader_and_a_c_library() {
        let this = std::env::current_exe().unwrap();
        let files = libraries(&this).await.unwrap();
        let has = |part: &str| files.iter().any(|file| file.path().contains(part));
        assert!(has("/ld-linux"), "{files:?}");
        assert!(has("/libc.so.6"), "{files:?}");
        assert!(!has("vdso"), "{files:?}");
    }

    #[test]
    fn only_files_have_a_place() {
        assert_eq!(place("\tlinux-vdso.so.1 (0x00007ffd)"), None);
        let found = place("\tlibc.so.6 => /lib/libc.so.6 (0x00007f00)");
        assert_eq!(found, Some("/lib/libc.so.6"));
        let loader = place("\t/lib64/ld-linux-x86-64.so.2 (0x00007f00)");
        assert_eq!(loader, Some("/lib64/ld-linux-x86-64.so.2"));
    }
}
