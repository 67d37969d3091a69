//! PostgreSQL.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::certificates::Certificates;
use super::error::Error;
use super::server::{Kind, Server};
use super::{ADMIN, Options};

/// Where Debian's package puts the programs.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
const KIND: Kind = Kind { name: "postgres", user: "postgres", package: "postgresql-15" };

/// A PostgreSQL server.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    options: Options,
    certificates: Option<Certificates>,
}

impl Postgres {
    /// Makes a cluster and starts its server. Nobody but [`ADMIN`] may log in, with a password.
    ///
    /// # Errors
    /// Its programs are missing, or it does not start.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let server = Server::new(KIND)?;
        let password = server.write("password", ADMIN)?.display().to_string();
        let data = data(&server).display().to_string();
        // In a locale that orders `a` before `B`, as servers have it outside of tests.
        server.prepare(
            &Path::new(PROGRAMS).join("initdb"),
            &[
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--locale-provider=icu",
                "--icu-locale=en",
                "--auth=scram-sha-256",
                "--username",
                ADMIN,
                "--pwfile",
                &password,
                "--pgdata",
                &data,
            ],
        )?;
        let certificates = if options.tls { Some(server.write_certificates()?) } else { None };
        let mut postgres = Self { server, options, certificates };
        postgres.start_again().await?;
        Ok(postgres)
    }

    /// Starts the server of a cluster that was stopped.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_again(&mut self) -> Result<(), Error> {
        // After a power cut the lock of the old process is still there.
        let _ = std::fs::remove_file(data(&self.server).join("postmaster.pid"));
        let folder = self.server.folder().display().to_string();
        let port = self.server.port();
        let mut arguments = vec!["-D".to_owned(), data(&self.server).display().to_string()];
        let mut set = |setting: String| arguments.extend(["-c".to_owned(), setting]);
        set("listen_addresses=127.0.0.1,::1".to_owned());
        set(format!("port={port}"));
        set(format!("unix_socket_directories={folder}"));
        set("fsync=off".to_owned());
        if self.certificates.is_some() {
            set("ssl=on".to_owned());
            set(format!("ssl_cert_file={folder}/server.crt"));
            set(format!("ssl_key_file={folder}/server.key"));
        }
        self.options.settings.iter().cloned().for_each(set);
        let program = Path::new(PROGRAMS).join("postgres");
        self.server.run(&program, &arguments, || accepts(port)).await
    }

    /// Ends the server at once, as a power cut would.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    /// Where it listens on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The address of a database for [`ADMIN`]. One that exists is `postgres`.
    pub fn url(&self, database: &str) -> String {
        self.url_of(ADMIN, ADMIN, database)
    }

    /// The address of a database for a user.
    pub fn url_of(&self, user: &str, password: &str, database: &str) -> String {
        format!("postgres://{user}:{password}@localhost:{}/{database}", self.port())
    }

    /// Its certificates, where it speaks TLS.
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }
}

fn data(server: &Server) -> PathBuf {
    server.folder().join("data")
}

/// Whether it takes connections.
async fn accepts(port: u16) -> Result<(), String> {
    let program = Path::new(PROGRAMS).join("pg_isready");
    let port = port.to_string();
    let asked = Command::new(program).args(["--quiet", "--host=127.0.0.1", "--port", &port]).status().await;
    match asked {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(status.to_string()),
        Err(error) => Err(error.to_string()),
    }
}
