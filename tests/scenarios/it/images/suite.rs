//! The suite's own programs with nothing but their image around them.
//!
//! They are the tests' builds, with the shared libraries beside them; `cargo image` does the same with the
//! static ones of a release.

use std::collections::BTreeSet;

use anyhow::Result;
use common::env::Env;
use sandbox::images::{EmptyRoot, Image, PROGRAMS, Profile, SBOM, plan_start, version_starts};
use serde_json::Value;

use crate::chart::documents::Rendered;

#[tokio::test]
async fn every_program_starts_and_one_plans() -> Result<()> {
    let env = Env::from_process();
    let image = Image::suite("registry.local/monitoring-jobs:test", Profile::Dev, &env).await?;
    let root = EmptyRoot::of(&image)?;
    let version = env!("CARGO_PKG_VERSION");
    for (start, name) in version_starts(&root).await?.iter().zip(PROGRAMS) {
        assert_eq!(start.said.trim(), format!("{name} {version}"));
    }
    let plan = plan_start(&root).await?;
    assert!(
        plan.said.starts_with("export-cloudwatch plan"),
        "{}",
        plan.said
    );

    let names: BTreeSet<String> = std::fs::read_dir(root.path("/bin"))?
        .map(|entry| Ok(entry?.file_name().display().to_string()))
        .collect::<Result<_>>()?;
    assert_eq!(names, PROGRAMS.map(str::to_owned).into());
    let bill: Value = serde_json::from_slice(&std::fs::read(root.path(SBOM))?)?;
    super::bill::names_every_crate(&bill)?;
    Ok(())
}

#[test]
fn the_chart_starts_programs_that_are_in_the_image() -> Result<()> {
    let mut commands = BTreeSet::new();
    for render in Rendered::all()? {
        for object in render.of("CronJob") {
            let pod = &object["spec"]["jobTemplate"]["spec"]["template"]["spec"];
            for container in pod["containers"].as_array().into_iter().flatten() {
                commands.insert(
                    container["command"][0]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned(),
                );
            }
        }
    }
    let programs: BTreeSet<String> = PROGRAMS.map(|name| format!("/bin/{name}")).into();
    assert!(commands.len() >= 4, "{commands:?}");
    assert!(commands.is_subset(&programs), "{commands:?}");
    Ok(())
}
