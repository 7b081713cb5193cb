//! From an old key to a young one: every command on the way.

use anyhow::Result;
use jiff::SignedDuration;
use sandbox::aws::KeyStatus;

use super::Scene;

#[tokio::test]
async fn a_whole_rotation_tells_no_secret() -> Result<()> {
    let mut scene = Scene::start().await?;
    let old = scene.current()?;
    scene.show().await?;
    scene.run(&["plan", "--probe"], 0).await?;
    let created = scene.apply(&["-o", "json"], 0).await?;
    let new = scene.current()?;
    assert_ne!(new, old);
    // As much was said as can be: the job's own events at the lowest level, and none of a library's.
    assert!(created.stderr.contains("decided"), "{}", created.stderr);
    assert!(!created.stderr.contains("aws_smithy"), "{}", created.stderr);
    assert!(created.stdout.contains(&new), "{}", created.stdout);
    scene.show().await?;

    scene.company.canaries().await?;
    scene
        .company
        .clock
        .advance(SignedDuration::from_hours(25))?;
    scene.apply(&[], 0).await?;
    scene.show().await?;
    let status = scene.company.aws.iam().key(&old).map(|key| key.status);
    assert_eq!(status, Some(KeyStatus::Inactive));

    scene
        .company
        .clock
        .advance(SignedDuration::from_hours(8 * 24))?;
    scene.apply(&[], 0).await?;
    assert!(scene.company.aws.iam().key(&old).is_none());
    println!("{}", scene.end().await?);
    Ok(())
}
