//! The region of an SES endpoint: part of its name, and part of every password.

use std::fmt;

use crate::exit::Exit;
use crate::fault::Fault;

use super::Smarthost;

/// The code of an AWS region, such as `us-east-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

impl Region {
    /// Takes a code of lower-case letters, digits and dashes.
    ///
    /// There is no list of regions to keep up to date: whether SES speaks SMTP there is for a
    /// probe to find out.
    ///
    /// # Errors
    /// When the text is none, such as `us-east-1 ` or `US East`.
    pub fn parse(text: &str) -> Result<Self, RegionError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let named = text.starts_with(|c: char| c.is_ascii_lowercase());
        if named && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RegionError::Malformed(text.to_owned()))
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why the region of a mail server is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// Not the code of a region.
    #[error("`{0}` is not the code of an AWS region")]
    Malformed(String),
    /// The host does not name its region, and nobody else did.
    #[error("the host `{host}` does not name its region")]
    Unknown {
        /// The mail server.
        host: String,
    },
    /// The host says one region and the configuration another.
    #[error("the host `{host}` is in {named}, and the configuration says {configured}")]
    Disagrees {
        /// The mail server.
        host: String,
        /// The region in its name.
        named: Region,
        /// The region that the configuration names.
        configured: Region,
    },
}

impl Fault for RegionError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "smtp-region"
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Malformed(_) => "write a code such as us-east-1".to_owned(),
            Self::Unknown { .. } => {
                "configure the region of this mail server: passwords depend on it".to_owned()
            }
            Self::Disagrees { named, .. } => {
                format!("configure {named}, or the host of the other region")
            }
        })
    }
}

/// The region in the name of an SES endpoint: `email-smtp.REGION.amazonaws.com`, with `-fips`
/// and `.cn` where they belong. `None` for any other host, such as a VPC endpoint or an alias.
pub fn region_of(host: &str) -> Option<&str> {
    let rest = host
        .strip_prefix("email-smtp.")
        .or_else(|| host.strip_prefix("email-smtp-fips."))?;
    let region = rest
        .strip_suffix(".amazonaws.com")
        .or_else(|| rest.strip_suffix(".amazonaws.com.cn"))?;
    let mut words: Vec<&str> = region.split('-').collect();
    let (number, area) = (words.pop()?, words.first()?);
    let lower = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let fits = words.len() >= 2
        && words.iter().all(lower)
        && area.len() == 2
        && matches!(number.as_bytes(), [b'0'..=b'9']);
    fits.then_some(region)
}

impl Smarthost {
    /// The region that passwords for this server are derived with: the one in its name, or the
    /// `configured` one where the name has none.
    ///
    /// # Errors
    /// When neither is there, when the two differ, or when the configured one is malformed.
    pub fn region(&self, configured: Option<&str>) -> Result<Region, RegionError> {
        let named = region_of(self.host()).map(Region::parse).transpose()?;
        let configured = configured.map(Region::parse).transpose()?;
        let host = || self.host().to_owned();
        match (named, configured) {
            (Some(named), Some(configured)) if named != configured => Err(RegionError::Disagrees {
                host: host(),
                named,
                configured,
            }),
            (Some(region), _) | (None, Some(region)) => Ok(region),
            (None, None) => Err(RegionError::Unknown { host: host() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Region, RegionError, region_of};
    use crate::exit::Exit;
    use crate::fault::Fault as _;
    use crate::ses::Smarthost;

    #[test]
    fn the_region_is_read_from_the_name_of_an_endpoint_and_from_no_other_name() {
        for (host, region) in [
            ("email-smtp.us-east-1.amazonaws.com", Some("us-east-1")),
            (
                "email-smtp-fips.us-gov-west-1.amazonaws.com",
                Some("us-gov-west-1"),
            ),
            ("email-smtp.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            (
                "email-smtp.us-iso-east-1.amazonaws.com",
                Some("us-iso-east-1"),
            ),
            ("email-smtp.us-east-1.amazonaws.com.evil.example", None),
            ("email-smtp.us-east-1.amazonaws.com.", None),
            ("email-smtp.useast1.amazonaws.com", None),
            ("email-smtp.us-east-12.amazonaws.com", None),
            ("email-smtp.us-1.amazonaws.com", None),
            ("email-smtp.usa-east-1.amazonaws.com", None),
            ("email-smtp.us--1.amazonaws.com", None),
            ("email-smtp.us-east-x.amazonaws.com", None),
            ("email.us-east-1.amazonaws.com", None),
            ("vpce-0a1.email-smtp.us-east-1.vpce.amazonaws.com", None),
            ("smtp.sendgrid.net", None),
            ("", None),
        ] {
            assert_eq!(region_of(host), region, "{host}");
        }
    }

    #[test]
    fn a_configured_region_fills_a_gap_and_never_overrules_the_name() {
        let endpoint: Smarthost = "email-smtp.eu-west-1.amazonaws.com:587".parse().unwrap();
        let alias: Smarthost = "mail.example.com:587".parse().unwrap();
        let region = |text| Region::parse(text).unwrap();
        assert_eq!(endpoint.region(None), Ok(region("eu-west-1")));
        assert_eq!(endpoint.region(Some("eu-west-1")), Ok(region("eu-west-1")));
        assert_eq!(alias.region(Some("eu-west-3")), Ok(region("eu-west-3")));
        let error = alias.region(None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the host `mail.example.com` does not name its region"
        );
        let error = endpoint.region(Some("us-east-1")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the host `email-smtp.eu-west-1.amazonaws.com` is in eu-west-1, and the configuration says us-east-1"
        );
        assert_eq!((error.exit(), error.code()), (Exit::Config, "smtp-region"));
        assert_eq!(
            error.hint().unwrap(),
            "configure eu-west-1, or the host of the other region"
        );
    }

    #[test]
    fn a_region_is_a_bare_code() {
        for text in [
            "",
            " us-east-1",
            "us-east-1\n",
            "US-EAST-1",
            "us_east_1",
            "1",
        ] {
            assert_eq!(
                Region::parse(text),
                Err(RegionError::Malformed(text.to_owned()))
            );
        }
    }
}
