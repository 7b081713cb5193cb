//! Where the Pushgateway is, and how its address is printed: never with what may be a secret.

use std::fmt;

use reqwest::Url;

use super::group::GroupKey;
use crate::exit::Exit;
use crate::fault::Fault;

/// The checked base URL of a Pushgateway.
///
/// User name and password are kept for the requests; `Display` and `Debug` hide both.
#[derive(Clone)]
pub(super) struct Address(Url);

/// A URL that cannot be a Pushgateway's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not the URL of a Pushgateway: {problem}")]
pub struct AddressError {
    /// What was given, without user name, password and query.
    pub given: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Fault for AddressError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "push-address"
    }

    fn hint(&self) -> Option<String> {
        Some("give scheme, host and port, for example http://pushgateway:9091".into())
    }
}

impl Address {
    /// Checks `text`; a path is taken as the Pushgateway's `--web.route-prefix`.
    pub(super) fn parse(text: &str) -> Result<Self, AddressError> {
        let refuse = |problem| {
            Err(AddressError {
                given: redacted(text),
                problem,
            })
        };
        let Ok(url) = Url::parse(text.trim()) else {
            return refuse("it cannot be read as a URL");
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("it must start with http:// or https://");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("it must not have a query or a fragment");
        }
        let mut segments = url.path_segments().into_iter().flatten();
        if segments.any(|segment| segment == "metrics") {
            return refuse("it must end before /metrics, which is added to it");
        }
        Ok(Self(url))
    }

    /// The URL under which `group` is written.
    pub(super) fn group(&self, group: &GroupKey) -> Url {
        self.join(std::iter::once("metrics".to_owned()).chain(group.segments()))
    }

    /// The URL that answers with everything that is stored.
    pub(super) fn stored(&self) -> Url {
        self.join(["api", "v1", "metrics"])
    }

    fn join<S: AsRef<str>>(&self, segments: impl IntoIterator<Item = S>) -> Url {
        let mut url = self.0.clone();
        // Only `mailto:` and the like have no segments; `parse` lets none of them in.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

/// Cuts query and fragment off, and whatever stands before an `@`.
fn redacted(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = text
        .split_once("://")
        .map_or((None, text), |(s, r)| (Some(s), r));
    let rest = rest
        .rsplit_once('@')
        .map_or(rest.to_owned(), |(_, host)| format!("…@{host}"));
    scheme.map_or_else(|| rest.clone(), |scheme| format!("{scheme}://{rest}"))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(redacted(self.0.as_str()).trim_end_matches('/'))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, GroupKey};

    fn refusal(text: &str) -> String {
        Address::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_group_is_written_below_the_route_prefix() {
        let group = GroupKey::new("aws_es", [("shard", "50 %?#é")]).unwrap();
        let path = |base: &str| Address::parse(base).unwrap().group(&group).to_string();
        assert_eq!(
            path("http://gw:9091"),
            "http://gw:9091/metrics/job/aws_es/shard/50%20%25%3F%23%C3%A9"
        );
        assert!(path(" https://gw/push/ ").starts_with("https://gw/push/metrics/job/aws_es/"));
        assert!(path("https://gw/push").starts_with("https://gw/push/metrics/job/aws_es/"));
    }

    #[test]
    fn what_is_no_address_gets_one_clear_error() {
        let table = [
            ("", "``", "it cannot be read as a URL"),
            ("gw", "`gw`", "it cannot be read as a URL"),
            (
                "gw:9091",
                "`gw:9091`",
                "it must start with http:// or https://",
            ),
            (
                "ftp://gw",
                "`ftp://gw`",
                "it must start with http:// or https://",
            ),
            ("http://", "`http://`", "it cannot be read as a URL"),
            (
                "http://gw?x=1",
                "`http://gw`",
                "it must not have a query or a fragment",
            ),
            (
                "http://gw/#x",
                "`http://gw/`",
                "it must not have a query or a fragment",
            ),
            (
                "http://gw/metrics/job/a",
                "`http://gw/metrics/job/a`",
                "it must end before /metrics, which is added to it",
            ),
        ];
        for (text, given, problem) in table {
            assert_eq!(
                refusal(text),
                format!("{given} is not the URL of a Pushgateway: {problem}")
            );
        }
    }

    #[test]
    fn passwords_and_tokens_are_never_printed() {
        for text in [
            "http://me:s3cr3t@gw:9091",
            "http://s3cr3t@gw:9091",
            "http://me:s3cr@s3cr3t@gw:9091",
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), "http://…@gw:9091");
            assert_eq!(format!("{address:?}"), "http://…@gw:9091");
        }
        for text in [
            "me:s3cr3t@gw",
            "http://me:s3cr3t@",
            "ftp://s3cr3t@gw",
            "http://gw?token=s3cr3t",
        ] {
            assert!(!refusal(text).contains("s3cr3t"), "{}", refusal(text));
        }
    }
}
