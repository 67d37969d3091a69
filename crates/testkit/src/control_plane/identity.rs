//! Who is who: the authority of the certificates, the users with their tokens, and their kubeconfigs.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use super::error::Error;

/// The user of the groups `system:masters`, that every control plane has.
pub const ADMIN: &str = "admin";

/// The user without any rights that every control plane has, for operators under test: a test binds it the roles it needs.
pub const OPERATOR: &str = "operator";

/// A user that the API server knows by a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// What the API server calls the user, in RBAC and in the audit log.
    pub name: String,
    /// The groups the user is in.
    pub groups: Vec<String>,
}

impl User {
    /// A user in these groups.
    pub fn new(name: impl Into<String>, groups: &[&str]) -> Self {
        Self { name: name.into(), groups: groups.iter().map(|&group| group.to_owned()).collect() }
    }
}

/// What a client of one user needs.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub token: String,
    pub kubeconfig: PathBuf,
}

impl Login {
    /// Where the kubeconfig of `user` is.
    pub fn kubeconfig_of(folder: &Path, user: &str) -> PathBuf {
        folder.join(format!("{}.kubeconfig", user.replace([':', '/'], "_")))
    }

    /// Writes the kubeconfig of `user` into `folder`.
    pub fn write(folder: &Path, url: &str, user: &str, token: String) -> Result<Self, Error> {
        let kubeconfig = Self::kubeconfig_of(folder, user);
        // JSON is YAML too, and quotes by itself whatever a user is called.
        let content = serde_json::json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": {"server": url, "certificate-authority": folder.join(CA)}}],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
            "current-context": "test",
        });
        write(&kubeconfig, &content.to_string())?;
        Ok(Self { token, kubeconfig })
    }
}

/// File names inside the control plane's folder.
pub(super) const CA: &str = "ca.crt";
pub(super) const SERVER_CERTIFICATE: &str = "server.crt";
pub(super) const SERVER_KEY: &str = "server.key";
pub(super) const SERVICE_ACCOUNT_KEY: &str = "sa.key";
pub(super) const SERVICE_ACCOUNT_PUBLIC_KEY: &str = "sa.pub";
pub(super) const TOKENS: &str = "tokens.csv";

/// Writes the authority, the API server's certificate for 127.0.0.1 and the key that signs service account tokens.
///
/// They are valid in any year, so that a test may turn the clock. Returns the authority as PEM.
pub(super) fn write_certificates(folder: &Path) -> Result<String, Error> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let authority_key = KeyPair::generate()?;
    let ca = authority.self_signed(&authority_key)?.pem();

    let server_key = KeyPair::generate()?;
    let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"].map(str::to_owned);
    let issuer = Issuer::new(authority, authority_key);
    let server = CertificateParams::new(names)?.signed_by(&server_key, &issuer)?;

    let account_key = KeyPair::generate()?;

    write(&folder.join(CA), &ca)?;
    write(&folder.join(SERVER_CERTIFICATE), &server.pem())?;
    write(&folder.join(SERVER_KEY), &server_key.serialize_pem())?;
    write(&folder.join(SERVICE_ACCOUNT_KEY), &account_key.serialize_pem())?;
    write(&folder.join(SERVICE_ACCOUNT_PUBLIC_KEY), &account_key.public_key_pem())?;
    Ok(ca)
}

/// Writes the API server's token file and gives each user's token, in the same order.
pub(super) fn write_tokens(folder: &Path, users: &[User]) -> Result<Vec<String>, Error> {
    let tokens = users.iter().map(|_| random_token()).collect::<Result<Vec<_>, _>>()?;
    let lines = users.iter().zip(&tokens).map(|(user, token)| {
        let User { name, groups } = user;
        format!("{token},{name},{name},\"{}\"\n", groups.join(","))
    });
    write(&folder.join(TOKENS), &lines.collect::<String>())?;
    Ok(tokens)
}

/// 128 random bits as hexadecimal digits: a control plane of somebody else on this machine can't be taken for ours.
fn random_token() -> Result<String, Error> {
    let source = "/dev/urandom";
    let mut bytes = [0_u8; 16];
    File::open(source).and_then(|mut file| file.read_exact(&mut bytes)).map_err(Error::file(source))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// Writes a file, naming it if that fails.
pub(super) fn write(path: &Path, content: &str) -> Result<(), Error> {
    std::fs::write(path, content).map_err(Error::file(path))
}
