//! The jobs at work on real servers, shown to a person. Each job has a scene: a file beside the
//! others that starts what it needs, runs the real binary and looks at the effect.
//!
//! A scene is no test: it stops at the first thing that is not as it should be, and says so.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Parser, ValueEnum};

mod check_consistency;
mod clusters;
mod export_cloudwatch;
mod job;
mod rotate_credentials;
mod stage;
mod sync_dashboards;
mod table;

use crate::nodes::possible;
use stage::Stage;

/// What `cargo demo` takes.
#[derive(Debug, Clone, Copy, Parser)]
#[command(name = "cargo demo", about = "Runs a job for real, in the sandbox")]
pub struct Arguments {
    /// The scene; all of them, one after the other, when none is named
    #[arg(value_enum)]
    pub scene: Option<Scene>,

    /// Instead: the whole suite as it is installed, in two clusters whose nodes run real pods. Without root,
    /// processes pose as pods in the scenes of two clusters
    #[arg(long, conflicts_with = "scene")]
    pub clusters: bool,

    /// Leave everything up after each scene, print the addresses, and wait for Ctrl-C
    #[arg(long)]
    pub keep: bool,
}

/// The scenes, each named after its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scene {
    /// From a simulated CloudWatch through a Pushgateway to Prometheus
    ExportCloudwatch,
    /// A mail key of 41 days is replaced in two clusters while alert mails go out
    RotateCredentials,
    /// Upstream's dashboards come to two clusters; a hand edit is refused and shown
    SyncDashboards,
    /// Two clusters are compared: an edited alert is found, a respelled one is none, a blind spot is told
    CheckConsistency,
}

/// What a scene leaves behind.
#[derive(Debug)]
struct Played<S> {
    /// The servers; they stop when this is dropped.
    servers: S,
    /// What runs where.
    addresses: Vec<(&'static str, String)>,
    /// What should have been there and was not, one sentence each.
    missing: Vec<String>,
}

/// Plays a scene. Success means that everything was there. Ctrl-C ends it at any time, and with it
/// every server.
///
/// # Errors
/// When a server, the build or the job itself fails; the text says what to do.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    tokio::select! {
        biased; // a Ctrl-C that `--keep` waits for is a good end
        result = Box::pin(play(arguments)) => result,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.context("waiting for Ctrl-C")?;
            bail!("interrupted; nothing was left running")
        }
    }
}

async fn play(arguments: Arguments) -> Result<ExitCode> {
    if arguments.clusters {
        let Err(reason) = possible() else {
            Stage::line("ran on: nodes of this machine, with real containers");
            let mut stage = Stage::new(clusters::STEPS);
            let played = Box::pin(clusters::play(&mut stage)).await?;
            return finish(&stage, played, arguments.keep).await;
        };
        Stage::line(format_args!(
            "ran on: two API servers without nodes, where processes pose as pods; {reason}"
        ));
        return play_scenes(&POSED, arguments.keep).await;
    }
    let chosen = arguments.scene.map(|scene| [scene]);
    let scenes = chosen.as_ref().map_or(&ALL[..], |scene| &scene[..]);
    play_scenes(scenes, arguments.keep).await
}

const ALL: [Scene; 4] = [
    Scene::ExportCloudwatch,
    Scene::RotateCredentials,
    Scene::SyncDashboards,
    Scene::CheckConsistency,
];

/// Those with two clusters and what runs in them.
const POSED: [Scene; 2] = [Scene::RotateCredentials, Scene::CheckConsistency];

async fn play_scenes(scenes: &[Scene], keep: bool) -> Result<ExitCode> {
    for scene in scenes {
        let code = play_scene(*scene, keep).await?;
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn play_scene(scene: Scene, keep: bool) -> Result<ExitCode> {
    match scene {
        Scene::ExportCloudwatch => {
            let mut stage = Stage::new(export_cloudwatch::STEPS);
            let played = Box::pin(export_cloudwatch::play(&mut stage)).await?;
            finish(&stage, played, keep).await
        }
        Scene::RotateCredentials => {
            let mut stage = Stage::new(rotate_credentials::STEPS);
            let played = Box::pin(rotate_credentials::play(&mut stage)).await?;
            finish(&stage, played, keep).await
        }
        Scene::SyncDashboards => {
            let mut stage = Stage::new(sync_dashboards::STEPS);
            let played = Box::pin(sync_dashboards::play(&mut stage)).await?;
            finish(&stage, played, keep).await
        }
        Scene::CheckConsistency => {
            let mut stage = Stage::new(check_consistency::STEPS);
            let played = Box::pin(check_consistency::play(&mut stage)).await?;
            finish(&stage, played, keep).await
        }
    }
}

async fn finish<S>(stage: &Stage, played: Played<S>, keep: bool) -> Result<ExitCode> {
    let Played {
        servers,
        addresses,
        missing,
    } = played;
    for what in &missing {
        Stage::fault(what);
    }
    if missing.is_empty() {
        stage.success();
    }
    if keep {
        Stage::addresses(&addresses);
        tokio::signal::ctrl_c()
            .await
            .context("waiting for Ctrl-C")?;
    }
    drop(servers);
    Ok(if missing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
