//! What every server needs of this machine: its programs, a port, an owner other than root, certificates.

use std::fs::Permissions;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use super::error::Error;
use crate::process;

/// Finds a program on `PATH` or in one of `more`.
pub fn locate(program: &'static str, more: &[PathBuf], package: &'static str) -> Result<PathBuf, Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain(more.iter().cloned()).collect();
    let found = folders.iter().map(|folder| folder.join(program)).find(|file| file.is_file());
    found.ok_or_else(|| {
        let looked = folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
        Error::ProgramMissing { program, looked, package }
    })
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<u16, Error> {
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(process::Error::Port)?;
    Ok(held.local_addr().map_err(process::Error::Port)?.port())
}

/// Who the server runs as: servers refuse root, and anybody else can only be themselves.
#[derive(Clone, Copy, Debug)]
pub enum Owner {
    /// This very user.
    Ourselves,
    /// Another user, whom root becomes.
    Other {
        /// Id of the user.
        uid: u32,
        /// Id of the user's group.
        gid: u32,
    },
}

impl Owner {
    /// `user` where we are root, else ourselves.
    pub fn unless_root(user: &'static str, package: &'static str) -> Result<Self, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        let id = |which: &str| -> Option<u32> {
            let output = Command::new("id").args([which, user]).output().ok()?;
            String::from_utf8_lossy(&output.stdout).trim().parse().ok()
        };
        match (id("-u"), id("-g")) {
            (Some(uid), Some(gid)) => Ok(Self::Other { uid, gid }),
            _ => Err(Error::NoUser { user, package }),
        }
    }

    /// Makes a file or folder the owner's alone.
    pub fn give(self, path: &Path, mode: u32) -> Result<(), Error> {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).map_err(process::Error::file(path))?;
        if let Self::Other { uid, gid } = self {
            chown(path, Some(uid), Some(gid)).map_err(process::Error::file(path))?;
        }
        Ok(())
    }

    /// A program and its arguments, run as the owner.
    pub fn command(self, program: &Path, arguments: &[String]) -> (PathBuf, Vec<String>) {
        match self {
            Self::Ourselves => (program.to_owned(), arguments.to_vec()),
            Self::Other { uid, gid } => {
                let ids = [format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".to_owned()];
                let program = program.display().to_string();
                let all = ids.into_iter().chain([program]).chain(arguments.iter().cloned());
                (PathBuf::from("setpriv"), all.collect())
            }
        }
    }
}

/// Names of the certificate files in a server's folder.
pub const SERVER_CERTIFICATE: &str = "server.crt";
/// The server's key.
pub const SERVER_KEY: &str = "server.key";
/// The authority that signed the certificate.
pub const AUTHORITY: &str = "ca.crt";

/// Writes an authority and a server's certificate for 127.0.0.1 and localhost; gives the authority as PEM.
pub fn write_certificates(folder: &Path, owner: Owner) -> Result<String, Error> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let authority_key = KeyPair::generate()?;
    let ca = authority.self_signed(&authority_key)?.pem();
    let key = KeyPair::generate()?;
    let names = ["127.0.0.1", "localhost"].map(str::to_owned);
    let issuer = Issuer::new(authority, authority_key);
    let server = CertificateParams::new(names)?.signed_by(&key, &issuer)?;
    let files =
        [(AUTHORITY, ca.clone()), (SERVER_CERTIFICATE, server.pem()), (SERVER_KEY, key.serialize_pem())];
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(process::Error::file(&path))?;
        owner.give(&path, 0o600)?;
    }
    Ok(ca)
}
