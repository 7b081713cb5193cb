//! Where a configuration leads, before anything is asked there.

use reqwest::Url;

use super::access::{Access, Authority, Route, certificates};
use super::connect_error::{ConnectError, NotConnected};
use super::name::ClusterName;
use crate::env::Env;

/// An API server's address and who vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its URL.
    pub server: String,
    /// The certificates of which one must have signed the server's, in DER form. Absent: any authority
    /// that the system trusts.
    pub authorities: Option<Vec<Vec<u8>>>,
    /// Whether tokens for it are made from an AWS identity.
    pub eks: bool,
}

impl Endpoint {
    /// Where `access` leads. Reads files, calls nobody.
    ///
    /// # Errors
    /// When the configuration, or what it refers to, is unusable.
    pub fn of(name: &ClusterName, access: &Access, env: &Env) -> Result<Self, NotConnected> {
        let endpoint = Route::resolve(access, env).and_then(Self::of_route);
        endpoint.map_err(|error| NotConnected {
            cluster: name.clone(),
            why: Box::new(error),
        })
    }

    /// The one at `server` with the authorities in a PEM text.
    ///
    /// # Errors
    /// When there is no certificate in it.
    pub fn pinned(server: &str, pem: &[u8]) -> Result<Self, ConnectError> {
        Ok(Self {
            server: server.to_owned(),
            authorities: Some(certificates(pem, server)?),
            eks: false,
        })
    }

    /// Whether both are one: the same address, and the same authorities in whatever order.
    pub fn is(&self, other: &Self) -> bool {
        let sorted = |endpoint: &Self| {
            let mut authorities = endpoint.authorities.clone();
            if let Some(list) = &mut authorities {
                list.sort_unstable();
            }
            authorities
        };
        self.is_at(&other.server) && sorted(self) == sorted(other)
    }

    /// Whether it has this address, however it is written.
    pub fn is_at(&self, server: &str) -> bool {
        match (Url::parse(&self.server), Url::parse(server)) {
            (Ok(mine), Ok(other)) => mine == other,
            _ => false,
        }
    }

    fn of_route(route: Route) -> Result<Self, ConnectError> {
        let pem = match route.authority {
            Authority::System => None,
            Authority::Pem(pem) => Some(pem),
            Authority::File(path) => {
                let read = std::fs::read(&path);
                Some(read.map_err(|source| ConnectError::File {
                    what: "certificate authority",
                    path,
                    source,
                })?)
            }
        };
        let authorities = pem.map(|pem| certificates(&pem, &route.server));
        Ok(Self {
            authorities: authorities.transpose()?,
            server: route.server,
            eks: route.eks.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(server: &str, authorities: &[&[u8]]) -> Endpoint {
        Endpoint {
            server: server.to_owned(),
            authorities: Some(authorities.iter().map(|it| it.to_vec()).collect()),
            eks: false,
        }
    }

    #[test]
    fn one_server_is_itself_however_it_is_written() {
        let one = endpoint("https://prod.eks.test", &[b"a", b"b"]);
        for same in ["https://prod.eks.test:443/", "https://PROD.eks.test"] {
            assert!(one.is(&endpoint(same, &[b"b", b"a"])), "{same}");
        }
        for other in ["https://prod.eks.test:6443", "http://prod.eks.test", "prod"] {
            assert!(!one.is(&endpoint(other, &[b"a", b"b"])), "{other}");
        }
        assert!(!one.is(&endpoint("https://prod.eks.test", &[b"a"])));
        let trusting = Endpoint {
            authorities: None,
            ..one.clone()
        };
        assert!(!one.is(&trusting));
    }
}
