//! What happens when a peer's runtime is missing.

use anyhow::{Result, bail};
use common::env::Env;

use crate::tools::progress::say;

/// A peer that cannot run on this machine as it is.
#[derive(Debug)]
pub(super) struct Missing {
    /// Who cannot run.
    pub(super) peer: &'static str,
    /// What was looked for and not found.
    pub(super) what: String,
    /// The command that installs it.
    pub(super) install: &'static str,
}

impl Missing {
    /// Says what is skipped and why.
    ///
    /// # Errors
    /// Under `CI=true`, where nothing may be skipped.
    pub(super) fn skip<T>(self, env: &Env) -> Result<Option<T>> {
        let Self {
            peer,
            what,
            install,
        } = self;
        if env.get("CI") == Some("true") {
            bail!("{peer} cannot run: {what}; under CI=true it must: {install}")
        }
        say(&format!(
            "SKIPPED: {peer} cannot run: {what}. To include it: {install}"
        ));
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use common::env::Env;

    use super::Missing;

    fn skip(ci: &str) -> Result<Option<()>, String> {
        let missing = Missing {
            peer: "the peer",
            what: "there is no java on PATH".into(),
            install: "apt-get install openjdk-17-jdk-headless",
        };
        let env: Env = [("CI", ci)].into_iter().collect();
        missing.skip(&env).map_err(|error| error.to_string())
    }

    #[test]
    fn a_missing_runtime_is_skipped_at_home_and_an_error_under_ci() {
        assert_eq!(skip(""), Ok(None));
        assert_eq!(
            skip("true"),
            Err(
                "the peer cannot run: there is no java on PATH; under CI=true it must: \
                 apt-get install openjdk-17-jdk-headless"
                    .into()
            )
        );
    }
}
