//! MariaDB.

use std::net::Ipv4Addr;
use std::path::Path;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::certificates::Certificates;
use super::error::Error;
use super::server::{Kind, Server};
use super::{ADMIN, Options};

/// Where Debian's package puts the programs.
const INSTALL: &str = "/usr/bin/mariadb-install-db";
const SERVER: &str = "/usr/sbin/mariadbd";
const KIND: Kind = Kind { name: "mariadbd", user: "mysql", package: "mariadb-server" };

/// A MariaDB server.
#[derive(Debug)]
pub struct MariaDb {
    server: Server,
    options: Options,
    certificates: Option<Certificates>,
}

impl MariaDb {
    /// Makes a data folder and starts its server. Nobody but [`ADMIN`] may log in, with a password.
    ///
    /// # Errors
    /// Its programs are missing, or it does not start.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let server = Server::new(KIND)?;
        let folder = server.folder().display().to_string();
        server.prepare(
            Path::new(INSTALL),
            &[
                "--no-defaults",
                &format!("--datadir={folder}/data"),
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--innodb-flush-log-at-trx-commit=0",
            ],
        )?;
        server.write(
            "init.sql",
            &format!(
                "CREATE USER IF NOT EXISTS {ADMIN}@'%' IDENTIFIED BY '{ADMIN}';\n\
                 GRANT ALL ON *.* TO {ADMIN}@'%' WITH GRANT OPTION;\n\
                 CREATE DATABASE IF NOT EXISTS shop;\n"
            ),
        )?;
        let certificates = if options.tls { Some(server.write_certificates()?) } else { None };
        let mut maria = Self { server, options, certificates };
        maria.start_again().await?;
        Ok(maria)
    }

    /// Starts the server of a data folder that was stopped.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_again(&mut self) -> Result<(), Error> {
        let folder = self.server.folder().display().to_string();
        let port = self.server.port();
        let mut arguments = vec![
            "--no-defaults".to_owned(),
            format!("--datadir={folder}/data"),
            format!("--init-file={folder}/init.sql"),
            format!("--socket={folder}/s"),
            format!("--pid-file={folder}/pid"),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--port={port}"),
            "--skip-name-resolve".to_owned(),
            "--innodb-flush-log-at-trx-commit=0".to_owned(),
            // As Debian's own is set up: texts are compared without regard to case.
            "--character-set-server=utf8mb4".to_owned(),
            "--collation-server=utf8mb4_general_ci".to_owned(),
        ];
        if self.certificates.is_some() {
            arguments.extend([
                format!("--ssl-ca={folder}/ca.crt"),
                format!("--ssl-cert={folder}/server.crt"),
                format!("--ssl-key={folder}/server.key"),
            ]);
        }
        arguments.extend(self.options.settings.iter().map(|setting| format!("--{setting}")));
        self.server.run(Path::new(SERVER), &arguments, || greets(port)).await
    }

    /// Ends the server at once, as a power cut would.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    /// Where it listens on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The address of a database for [`ADMIN`]. One that exists is `shop`.
    pub fn url(&self, database: &str) -> String {
        self.url_of(ADMIN, ADMIN, database)
    }

    /// The address of a database for a user.
    pub fn url_of(&self, user: &str, password: &str, database: &str) -> String {
        format!("mysql://{user}:{password}@localhost:{}/{database}", self.port())
    }

    /// Its certificates, where it speaks TLS.
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }
}

/// Whether it greets who connects.
async fn greets(port: u16) -> Result<(), String> {
    let greeting = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.read_u8().await
    };
    greeting.await.map(drop).map_err(|error| error.to_string())
}
