//! What is read of a cluster's values: which cluster they are for, its API server, and what part its
//! rotation has. Of everything else only the names at the top are known, such that a misspelt one is told with
//! its place; what is below them is for Helm and the schema to judge.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::cluster::{ClusterName, Endpoint};
use common::config_file::{ConfigError, names};
use common::fault::Fault as _;
use common::yaml::{Cursor, Dialect, Document, Fields, Problem};
use rotate_credentials::config::Role;

/// The other keys at the top that the chart's schema knows.
pub(super) const OTHERS: [&str; 19] = [
    "global",
    "image",
    "aws",
    "pushgatewayUrl",
    "timeZone",
    "repository",
    "nodeSelector",
    "environment",
    "peers",
    "apiServerCidrs",
    "networkPolicies",
    "admissionPolicies",
    "leaveOutRules",
    "waits",
    "pushgateway",
    "prometheus",
    "alertmanager",
    "monitorServices",
    "monitorWorkers",
];

#[derive(Debug)]
pub(super) struct Values {
    pub(super) api: Endpoint,
    pub(super) authority: Vec<u8>,
    pub(super) role: Role,
}

impl Values {
    /// Reads the file of `cluster`.
    ///
    /// # Errors
    /// When it cannot be read, is for another cluster, or lacks what is read here.
    pub(super) fn load(path: &Path, cluster: &ClusterName) -> Result<Self, ConfigError> {
        let text = super::read(path)?;
        Self::parse(&path.display().to_string(), &text, cluster)
    }

    pub(super) fn parse(
        file: &str,
        text: &str,
        cluster: &ClusterName,
    ) -> Result<Self, ConfigError> {
        let document = Document::parse(file, text, Dialect::Strict)?;
        let values = document
            .root()
            .fields()
            .and_then(|fields| read(fields, cluster));
        document.finish()?;
        #[expect(
            clippy::expect_used,
            reason = "what is missing was reported as an error"
        )]
        Ok(values.expect("the file has no error"))
    }
}

fn read(mut fields: Fields<'_>, cluster: &ClusterName) -> Option<Values> {
    let named = fields.required("cluster").and_then(|named| {
        let name = named.string()?;
        if name == cluster.as_str() {
            return Some(());
        }
        let problem = named.problem(format_args!("is `{name}`, in the values of `{cluster}`"));
        named.report(problem.hint("a file of values is called like its cluster"));
        None
    });
    let api = fields.required("api").and_then(|section| api(&section));
    let role = role(&mut fields);
    for name in OTHERS {
        // Asked for only to be known.
        fields.get(name);
    }
    fields.deny_unknown();
    let ((), (api, authority), role) = (named?, api?, role?);
    Some(Values {
        api,
        authority,
        role,
    })
}

fn api(section: &Cursor<'_>) -> Option<(Endpoint, Vec<u8>)> {
    let mut fields = section.fields()?;
    let server = fields.required("server").and_then(|it| names::text(&it));
    let authority = fields.required("certificateAuthority");
    let authority = authority.and_then(|it| Some((it.string()?, it)));
    fields.deny_unknown();
    let (server, (text, place)) = (server?, authority?);
    let pem = STANDARD.decode(text.trim()).unwrap_or_default();
    match Endpoint::pinned(&server, &pem) {
        Ok(endpoint) => Some((endpoint, pem)),
        Err(error) => {
            let problem = place.problem(format_args!("is unusable: {error}"));
            let problem = error.hint().into_iter().fold(problem, Problem::hint);
            place.report(
                problem.hint(
                    "write what `aws eks describe-cluster` has in `certificateAuthority.data`",
                ),
            );
            None
        }
    }
}

/// A follower unless it says otherwise, as in the chart.
fn role(fields: &mut Fields<'_>) -> Option<Role> {
    let job = fields
        .get("jobs")
        .map(|jobs| Some(jobs.fields()?.get("rotate-credentials")));
    let job = match job {
        None => None,
        Some(job) => job?,
    };
    let Some(job) = job else {
        return Some(Role::Follower);
    };
    let Some(role) = job.fields()?.get("role") else {
        return Some(Role::Follower);
    };
    let roles = [("writer", Role::Writer), ("follower", Role::Follower)];
    names::choice(&role, &roles)
}
