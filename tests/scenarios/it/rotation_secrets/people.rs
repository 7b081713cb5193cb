//! What people order besides: a rotation given up, one taken back, a first pair.

use anyhow::Result;
use jiff::SignedDuration;
use sandbox::aws::KeyStatus;
use sandbox::company::{SECRET, USER};

use super::Scene;

#[tokio::test]
async fn what_people_order_tells_no_secret() -> Result<()> {
    let mut scene = Scene::start().await?;
    let old = scene.current()?;

    // Announced, created, stored: then somebody gives it up.
    scene.apply(&["--max-steps", "3"], 0).await?;
    assert_eq!(scene.company.keys()?.len(), 2);
    scene.run(&["abort"], 0).await?;
    scene.apply(&[], 0).await?;
    scene
        .company
        .clock
        .advance(SignedDuration::from_hours(26))?;
    scene.company.canaries().await?;

    // The next one gets through, and somebody takes it back.
    scene.apply(&[], 0).await?;
    assert_ne!(scene.current()?, old);
    scene.run(&["hold", "-o", "json"], 0).await?;
    scene.run(&["status"], 0).await?;
    scene.run(&["unhold"], 0).await?;
    scene.run(&["rollback", "--to", &old], 0).await?;
    assert_eq!(scene.current()?, old);
    scene.run(&["resume"], 0).await?;
    scene.show().await?;
    println!("{}", scene.end().await?);
    Ok(())
}

#[tokio::test]
async fn the_first_pair_is_made_without_a_word_of_it() -> Result<()> {
    let mut scene = Scene::start().await?;
    let old = scene.current()?;
    let text = scene.company.aws.secrets().current_text(SECRET)?;
    let mut document: serde_json::Value = serde_json::from_str(&text)?;
    if let Some(members) = document.as_object_mut() {
        members.remove("email_access_key_id");
        members.remove("email_secret_access_key");
    }
    let secrets = scene.company.aws.secrets();
    secrets.put_value(SECRET, &document.to_string())?;
    let iam = scene.company.aws.iam();
    iam.set_status(USER, &old, KeyStatus::Inactive)?;
    iam.delete_key(USER, &old)?;
    scene.run(&["status"], 2).await?;
    scene.run(&["init"], 0).await?;
    assert_ne!(scene.current()?, old);
    scene.run(&["init", "-o", "json"], 0).await?;
    scene.apply(&[], 0).await?;
    println!("{}", scene.end().await?);
    Ok(())
}
