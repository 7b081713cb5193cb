//! The one write: the filled template into the source Secret, if nobody else was faster.

use common::cluster::{ClusterError, Kind};

use super::ManagedCluster;
use crate::outside::{Effect, EffectError, Fill};
use crate::verdict;
use crate::wanted::KEY;
use crate::world::Fit;
use common::trouble::Trouble;

impl ManagedCluster {
    /// Fills the template and writes it over the revision that was looked at, then reads it back.
    ///
    /// The template has no revision in that bargain. So it is compared once more with what it is
    /// written over: one that was changed since the look is for the next look to judge.
    pub(in super::super) async fn write(&self, revision: &str, fill: Fill<'_>) -> Effect {
        let api = self.api().map_err(EffectError::Refused)?;
        let resource = self.resource().await.map_err(EffectError::Refused)?;
        let (template, source) = tokio::try_join!(self.template(), self.source(&resource))
            .map_err(EffectError::Refused)?;
        let wanted = self.wanted(&template, fill);
        let wanted = wanted.map_err(EffectError::Refused)?;
        if source.revision() != revision {
            return Err(EffectError::Overtaken);
        }
        match source.text().and_then(|text| wanted.fit(text)) {
            Ok(Fit::Same) => return Ok(()),
            Ok(Fit::Login) => {}
            Ok(Fit::Beyond(_)) | Err(_) => return Err(EffectError::Overtaken),
        }
        let (namespace, name) = (&self.config().namespace, &resource.config_secret);
        let bytes = wanted.expose().as_bytes();
        api.patch_secret_key(namespace, name, KEY, bytes, revision)
            .await
            .map_err(|error| failed(&error))?;
        let written = self.source(&resource).await;
        let written = written.map_err(EffectError::Unclear)?;
        if written.bytes() == Some(bytes) {
            Ok(())
        } else {
            Err(EffectError::Overtaken)
        }
    }
}

/// A patch that was not made, or perhaps was.
fn failed(error: &ClusterError) -> EffectError {
    let trouble = Trouble::of(error);
    match error.kind {
        Kind::Conflict => EffectError::Overtaken,
        Kind::NotFound => {
            EffectError::Refused(verdict::ALERTMANAGER_SECRET.because(error.to_string()))
        }
        Kind::Untrusted | Kind::Unauthorized | Kind::Denied | Kind::Expired | Kind::Invalid => {
            EffectError::Refused(trouble)
        }
        Kind::Unreachable
        | Kind::Timeout
        | Kind::Throttled
        | Kind::Server
        | Kind::Undecodable
        | Kind::TooLarge => EffectError::Unclear(trouble),
    }
}

#[cfg(test)]
mod tests {
    use common::cluster::{Ask, Verb};

    use super::*;

    #[test]
    fn a_conflict_is_looked_at_again_a_no_is_final_and_silence_is_unclear() {
        let outcome = |kind| {
            let error = ClusterError {
                cluster: "prod-e1-1".parse().unwrap(),
                what: Box::new(Ask {
                    verb: Verb::Patch,
                    group: String::new(),
                    resource: "secrets".into(),
                    name: Some("alertmanager-main".into()),
                    namespace: "monitoring".into(),
                }),
                kind,
                status: None,
                reason: String::new(),
                skew: None,
                retry_after: None,
                conflicts: Vec::new(),
                message: None,
            };
            match failed(&error) {
                EffectError::Refused(trouble) => trouble.code,
                EffectError::Overtaken => "overtaken",
                EffectError::Unclear(_) => "unclear",
            }
        };
        let table = [
            (Kind::Conflict, "overtaken"),
            (Kind::NotFound, "alertmanager-secret"),
            (Kind::Denied, "cluster-denied"),
            (Kind::Unauthorized, "cluster-unauthorized"),
            (Kind::Untrusted, "cluster-untrusted"),
            (Kind::Expired, "cluster-expired"),
            (Kind::Invalid, "cluster-invalid"),
            (Kind::Unreachable, "unclear"),
            (Kind::Timeout, "unclear"),
            (Kind::Throttled, "unclear"),
            (Kind::Server, "unclear"),
            (Kind::Undecodable, "unclear"),
            (Kind::TooLarge, "unclear"),
        ];
        for (kind, expected) in table {
            assert_eq!(outcome(kind), expected, "{kind:?}");
        }
    }
}
