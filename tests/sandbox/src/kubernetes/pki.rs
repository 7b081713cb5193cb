//! The certificates of one cluster: an authority, and whoever it vouches for.
//!
//! An API server takes the common name of a client's certificate for the user and its organization
//! for a group, so one signature is all that a new user needs. (Kubernetes would take several
//! organizations; `rcgen` writes one.) Nothing here expires, whatever clock a scenario drives.

use std::net::IpAddr;

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};

/// A certificate authority (EC P-256).
#[derive(Debug)]
pub(crate) struct Pki {
    authority: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its private key, both PEM.
#[derive(Clone)]
pub(crate) struct Credential {
    /// The certificate, without its issuer.
    pub(crate) certificate: String,
    /// The private key, PKCS #8.
    pub(crate) key: String,
}

impl std::fmt::Debug for Credential {
    /// Leaves the key out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

impl Pki {
    /// A new authority called `name`.
    ///
    /// # Errors
    /// When no key can be made.
    pub(crate) fn new(name: &str) -> Result<Self> {
        let key = KeyPair::generate().context("making the key of the authority")?;
        let mut params = subject(name, None);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = params
            .self_signed(&key)
            .context("signing the authority's own certificate")?;
        Ok(Self {
            authority,
            issuer: Issuer::new(params, key),
        })
    }

    /// The authority's certificate, PEM.
    pub(crate) fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// A certificate that makes its holder `user`, and a member of `group`.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(crate) fn client(&self, user: &str, group: Option<&str>) -> Result<Credential> {
        let mut params = subject(user, group);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(&params)
            .with_context(|| format!("making a certificate for the user {user}"))
    }

    /// A certificate for a server with these host names at these addresses.
    ///
    /// # Errors
    /// When it cannot be signed, or a host name is none.
    pub(crate) fn server(
        &self,
        name: &str,
        hosts: &[&str],
        addresses: &[IpAddr],
    ) -> Result<Credential> {
        let mut params = subject(name, None);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.subject_alt_names = addresses.iter().copied().map(SanType::IpAddress).collect();
        for host in hosts {
            let host = (*host).try_into();
            let host = host.with_context(|| format!("making a certificate for {name}"))?;
            params.subject_alt_names.push(SanType::DnsName(host));
        }
        self.sign(&params)
            .with_context(|| format!("making a certificate for the server {name}"))
    }

    fn sign(&self, params: &CertificateParams) -> Result<Credential, rcgen::Error> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Credential {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }
}

fn subject(name: &str, organization: Option<&str>) -> CertificateParams {
    let mut distinguished_name = DistinguishedName::new();
    if let Some(organization) = organization {
        distinguished_name.push(DnType::OrganizationName, organization);
    }
    distinguished_name.push(DnType::CommonName, name);
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished_name;
    params
}
