//! What a person asks of the rotation, as it is typed: `rollback`, `abort`, `resume`, `hold`,
//! `unhold`, `adopt` and `init`, each from its first word to its end.
// Marks what follows as test code, in which unwrapping, indexing and panics are welcome.
#![cfg(test)]

mod adopt;
mod hold;
mod init;
mod resume;
mod rollback;

use anyhow::{Result, ensure};
use scenarios::job::Finished;
use scenarios::stage::Stage;

/// The clusters of these tests send no canary.
const SILENT: &str = "mail_proof: off";

/// Fails unless the run ended well and said this.
#[track_caller]
fn done(run: &Finished, words: &str) {
    assert_eq!(run.status, 0, "{}\n{}", run.termination_text, run.stdout);
    assert!(run.stdout.contains(words), "no `{words}`: {}", run.stdout);
}

/// Fails unless the run was refused for this reason.
#[track_caller]
fn refused(run: &Finished, status: i32, class: &str, words: &str) {
    let seen = (run.status, &run.termination["class"]);
    assert_eq!(seen, (status, &class.into()), "{}", run.termination_text);
    let error = run.termination["error"].as_str().unwrap();
    assert!(error.contains(words), "no `{words}`: {error}");
}

/// Fails unless every replica of every cluster runs the current pair.
async fn converged(stage: &Stage) -> Result<()> {
    let key = stage.current()?;
    for site in &stage.company.clusters {
        for replica in 0..site.alertmanagers.replicas() {
            let running = site.alertmanagers.running_config(replica).await?;
            let name = site.cluster.name();
            ensure!(
                running.contains(&key),
                "{name} {replica} does not run {key}"
            );
        }
    }
    Ok(())
}
