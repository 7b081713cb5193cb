//! Rows 4 to 9: a secret that nothing is done with.

use std::time::Duration;

use anyhow::Result;
use sandbox::aws::SecretValue;
use sandbox::company::{CALLER, SECRET};
use scenarios::stage::{DUE, Stage};

use super::super::shown::Shown;

/// What stands in the secret and may stand nowhere else.
const SENTINEL: &str = "fVYlF7ASentinelOfTheSecretQx3";

/// Rows 4 to 7.
pub(super) async fn in_other_hands(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let (aws, secrets) = (&stage.company.aws, stage.company.aws.secrets());
    // Whoever may see only the secret of that name is not told that there is none.
    let policy = stage.company.policy()?;
    let any = policy.replace("secret:prod/monitoring-??????", "secret:*");
    aws.set_policy(CALLER, &any)?;
    secrets.schedule_deletion(SECRET, Duration::ZERO)?;
    let run = stage.apply(&[DUE]).await?;
    let words = "the secret `prod/monitoring` does not exist";
    shown.expect(4, &run, "secret-missing", words);
    aws.set_policy(CALLER, &policy)?;
    secrets.schedule_deletion(SECRET, Duration::from_hours(7 * 24))?;
    let run = stage.apply(&[DUE]).await?;
    shown.expect(5, &run, "secret-deleted", "is scheduled for deletion");
    secrets.restore(SECRET)?;

    secrets.enable_rotation(SECRET)?;
    let run = stage.apply(&[DUE]).await?;
    let words = "Secrets Manager rotates the secret `prod/monitoring` by itself";
    shown.expect(6, &run, "secret-rotated-by-aws", words);
    secrets.disable_rotation(SECRET)?;
    secrets.set_owner(SECRET, Some("rds"))?;
    let run = stage.apply(&[DUE]).await?;
    let words = "belongs to the service `rds`";
    shown.expect(6, &run, "secret-rotated-by-aws", words);
    secrets.set_owner(SECRET, None)?;

    secrets.set_primary_region(SECRET, Some("eu-west-1"))?;
    let run = stage.apply(&[DUE]).await?;
    shown.expect(7, &run, "secret-replica", "a replica of that in eu-west-1");
    secrets.set_primary_region(SECRET, None)?;
    Ok(())
}

/// Row 8. Of what is in it nothing is told.
pub(super) async fn malformed(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let secrets = stage.company.aws.secrets();
    let good = secrets.current_text(SECRET)?;
    let id = stage.current()?;
    let twice = format!(r#"{{"slack": "{SENTINEL}", "slack": "{SENTINEL}","#);
    let texts = [
        (format!("{SENTINEL} is no JSON"), "JSON"),
        (good.replacen('{', &twice, 1), "slack"),
        (
            format!(r#"{{"slack": "{SENTINEL}"}}"#),
            "email_access_key_id",
        ),
        (
            good.replace("EXAMPLEKEY\"", "EXAMPLEKEY\\n\""),
            "email_secret_access_key",
        ),
        (good.replace(&id, SENTINEL), "email_access_key_id"),
    ];
    for (text, words) in texts {
        secrets.put_value(SECRET, &text)?;
        let run = stage.apply(&[DUE]).await?;
        shown.expect(8, &run, "secret-malformed", words);
        for output in [&run.stdout, &run.stderr, &run.termination_text] {
            assert!(!output.contains(SENTINEL), "{output}");
            assert!(!output.contains("EXAMPLEKEY"), "{output}");
        }
    }
    let binary = SecretValue::Binary(good.clone().into_bytes());
    secrets.put_staged(SECRET, binary, &[])?;
    let run = stage.apply(&[DUE]).await?;
    shown.expect(8, &run, "secret-malformed", "is binary");
    secrets.put_value(SECRET, &good)?;
    Ok(())
}

/// Row 9. A new pair takes the room of the old one, so that only the first can be too much.
pub(super) async fn too_large(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let secrets = stage.company.aws.secrets();
    let good = secrets.current_text(SECRET)?;
    secrets.put_value(SECRET, &format!(r#"{{"other": "{}"}}"#, "x".repeat(65_450)))?;
    let run = stage.run(&["init"], &[DUE]).await?;
    shown.expect(9, &run, "secret-too-large", "the secret would have");
    assert_eq!(stage.company.keys()?.len(), 1);
    secrets.put_value(SECRET, &good)?;
    Ok(())
}
