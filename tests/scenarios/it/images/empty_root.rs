//! A program that is all there is: what it sees, and how it ends.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Output;

use anyhow::{Context as _, Result};
use sandbox::images::{EmptyRoot, File, Image, shared_libraries, small_program};
use scenarios::wait;

/// Says who it is and what it sees, writes why it ends where the kubelet looks, and ends as it is told.
const PROBE: &str = r#"
use std::net::ToSocketAddrs as _;
use std::path::Path;

fn main() {
    let status: i32 = std::env::args().nth(1).map_or(0, |word| word.parse().expect("a status"));
    let seen = std::fs::metadata("/etc/passwd").expect("a file");
    println!("own files belong to {}", std::os::unix::fs::MetadataExt::uid(&seen));
    println!("files {:?}", names("/"));
    println!("programs {:?}", names("/bin"));
    println!("shell {}", ["/bin/sh", "/bin/bash", "/bin/busybox"].iter().any(|it| Path::new(it).exists()));
    println!("authorities {}", std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").expect("CA").trim());
    let hosts = ("localhost", 443).to_socket_addrs().expect("localhost");
    println!("localhost {:?}", hosts.map(|it| it.ip()).collect::<Vec<_>>());
    let unknown = ("pushgateway.invalid", 443).to_socket_addrs().is_err();
    println!("unknown host fails {unknown}");
    std::fs::write("/tmp/scratch", "x").expect("a place for files");
    std::fs::write("/dev/termination-log", format!("ended with {status}")).expect("a log");
    std::process::exit(status);
}

fn names(path: &str) -> Vec<String> {
    let entries = std::fs::read_dir(path).expect("a directory");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    names
}
"#;

async fn root() -> Result<EmptyRoot> {
    let files = vec![
        small_program("probe", PROBE).await?,
        File::bytes("/etc/ssl/certs/ca-certificates.crt", "CERTIFICATES\n")?,
    ];
    let image = Image::of_files("registry.local/probe:v1", &["/bin/probe"], files)?;
    let root = EmptyRoot::of(&image)?;
    // What the kubelet adds to every container.
    root.mount("/etc/hosts", b"127.0.0.1 localhost\n")?;
    root.mount("/dev/termination-log", b"")?;
    Ok(root)
}

fn text(output: &Output) -> Result<String> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(stderr.is_empty(), "{stderr}");
    Ok(String::from_utf8(output.stdout.clone())?)
}

#[tokio::test]
async fn a_static_program_has_all_that_it_needs() -> Result<()> {
    let root = root().await?;
    let output = root.command("/bin/probe").output().await?;
    let expected = "\
own files belong to 65532
files [\"bin\", \"dev\", \"etc\", \"tmp\"]
programs [\"probe\"]
shell false
authorities CERTIFICATES
localhost [127.0.0.1]
unknown host fails true
";
    assert_eq!(text(&output)?, expected);
    assert_eq!(output.status.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn the_status_and_the_reason_of_an_end_come_out() -> Result<()> {
    let root = root().await?;
    for status in [0, 3, 101] {
        let output = root
            .command("/bin/probe")
            .arg(status.to_string())
            .output()
            .await?;
        assert_eq!(output.status.code(), Some(status));
        let reason = std::fs::read_to_string(root.path("/dev/termination-log"))?;
        assert_eq!(reason, format!("ended with {status}"));
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_in_the_image_cannot_be_started() -> Result<()> {
    let root = root().await?;
    let output = root.command("/bin/sh").output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(127), "{said}");
    assert!(
        said.contains("/bin/sh: No such file or directory"),
        "{said}"
    );
    Ok(())
}

/// The name and the state of a process.
fn process(id: u32) -> Option<(String, String)> {
    let text = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim().to_owned())
    };
    Some((value("Name:")?, value("State:")?))
}

#[tokio::test]
async fn the_program_of_pods_waits_until_it_is_killed() -> Result<()> {
    let root = EmptyRoot::of(&Image::pause("registry.local/pause:v1").await?)?;
    let mut child = root.command("/bin/pause").spawn()?;
    let id = child.id().context("a process")?;
    let asleep = ("pause".to_owned(), "S (sleeping)".to_owned());
    wait::until("the program sleeps", async || {
        Ok(process(id).as_ref() == Some(&asleep))
    })
    .await?;
    child.start_kill()?;
    assert_eq!(child.wait().await?.signal(), Some(9));
    Ok(())
}

#[tokio::test]
async fn a_program_that_is_not_static_starts_with_its_libraries_beside_it() -> Result<()> {
    // The workspace's compiler wrapper is this program too, so that it is there.
    let program = Path::new("/usr/bin/env");
    let mut files = shared_libraries(program).await?;
    files.push(File::program("/bin/env", program)?);
    let root = EmptyRoot::of(&Image::of_files("registry.local/env:v1", &[], files)?)?;
    let output = root.command("/bin/env").env("WHO", "me").output().await?;
    assert_eq!(text(&output)?, "WHO=me\n");
    assert_eq!(output.status.code(), Some(0));
    Ok(())
}
