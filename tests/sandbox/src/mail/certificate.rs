//! The sandbox's own certificate authority: one per server, or one for several.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Names that every certificate is for.
const ALWAYS: [&str; 2] = ["localhost", "127.0.0.1"];

/// Signs certificates of the sandbox's servers. Clones share the key.
#[derive(Clone)]
pub struct Ca(Arc<Inner>);

struct Inner {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pem: String,
}

impl Ca {
    /// A new one, which nobody trusts yet. Its certificates never expire within anybody's clock.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn generate() -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "sandbox CA");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let pem = issuer.pem();
        Ok(Self(Arc::new(Inner { issuer, pem })))
    }

    /// Its own certificate.
    pub fn pem(&self) -> &str {
        &self.0.pem
    }

    /// TLS with a new certificate for `names` and the usual ones.
    pub(crate) fn server_config(&self, names: &[String]) -> Result<Arc<ServerConfig>> {
        let names: Vec<String> = ALWAYS
            .iter()
            .map(|&name| name.to_owned())
            .chain(names.iter().cloned())
            .collect();
        let mut params = CertificateParams::new(names).context("a name of the certificate")?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.0.issuer)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(Arc::new(config))
    }
}

impl fmt::Debug for Ca {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ca").finish_non_exhaustive()
    }
}
