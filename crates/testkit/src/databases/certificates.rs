//! Certificates of a server: its authority's, and its own for `localhost`.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use super::error::Error;

/// An authority and a certificate for `localhost`, not for 127.0.0.1, valid in any year. All are PEM.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The authority.
    pub authority: String,
    /// The server's certificate.
    pub certificate: String,
    /// The server's key.
    pub key: String,
}

impl Certificates {
    /// Makes new ones.
    ///
    /// # Errors
    /// They cannot be made.
    pub fn new() -> Result<Self, Error> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let authority_key = KeyPair::generate()?;
        let pem = authority.self_signed(&authority_key)?.pem();
        let key = KeyPair::generate()?;
        let issuer = Issuer::new(authority, authority_key);
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &issuer)?;
        Ok(Self { authority: pem, certificate: certificate.pem(), key: key.serialize_pem() })
    }
}
