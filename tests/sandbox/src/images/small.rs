//! Static programs of one source text, compiled in a second: for what is no part of the suite.

use std::fs;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use super::File;

/// Compiles `source`, which may use the standard library alone, to the static program `/bin/NAME`.
///
/// # Errors
/// When the compiler cannot be started, or does not like the text.
pub async fn program(name: &str, source: &str) -> Result<File> {
    let directory = tempfile::tempdir().context("a directory for a small program")?;
    let text = format!("{name}.rs");
    fs::write(directory.path().join(&text), source)?;
    let output = Command::new("rustc")
        .args(["--edition", "2024", "--crate-name"])
        .arg(name.replace('-', "_"))
        .args(["-C", "target-feature=+crt-static"])
        .args([
            "-C",
            "opt-level=s",
            "-C",
            "strip=symbols",
            "-o",
            name,
            &text,
        ])
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("starting rustc")?;
    ensure!(
        output.status.success(),
        "rustc does not compile {name}:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    File::program(&format!("/bin/{name}"), &directory.path().join(name))
}

#[cfg(test)]
mod tests {
    use super::program;

    #[tokio::test]
    async fn the_same_text_is_the_same_program() {
        let text = "fn main() { println!(\"{}\", file!()); }";
        let one = program("says-where", text).await.unwrap();
        assert_eq!(one, program("says-where", text).await.unwrap());
    }

    #[tokio::test]
    async fn what_the_compiler_says_is_told() {
        let error = program("broken", "fn main() { nothing(); }")
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(text.contains("cannot find function `nothing`"), "{text}");
    }
}
