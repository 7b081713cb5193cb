//! Whom the programs trust: Mozilla's certificate authorities, in the version of `Cargo.lock`.
//!
//! Not those of the machine that builds: they differ from machine to machine, and one with a company's
//! own authority would plant it into the image.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// Where rustls-native-certs looks on most systems.
pub(super) const PLACE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The certificates one after another, as PEM.
pub(super) fn pem() -> String {
    let mut text = String::new();
    for certificate in TLS_SERVER_ROOT_CERTS {
        let encoded = STANDARD.encode(certificate);
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        for line in encoded.as_bytes().chunks(64) {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::RootCertStore;
    use tokio_rustls::rustls::pki_types::CertificateDer;
    use tokio_rustls::rustls::pki_types::pem::PemObject as _;

    use super::pem;

    #[test]
    fn the_programs_tls_library_takes_every_authority() {
        let text = pem();
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        let read = read.unwrap();
        assert!(read.len() > 100, "{}", read.len());
        let mut store = RootCertStore::empty();
        let (taken, refused) = store.add_parsable_certificates(read.iter().cloned());
        assert_eq!((taken, refused), (read.len(), 0));
    }
}
