//! A MariaDB server.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::error::Error;
use super::files::{self, Owner, free_port, locate};
use crate::process::{self, Component, Sweeper};

const PACKAGE: &str = "mariadb-server";
/// The user of the URLs, who may do everything, and the password.
const ADMIN: &str = "admin";
/// How long a start may take on a busy machine.
const DEADLINE: Duration = Duration::from_mins(3);
const PORT_RETRIES: usize = 3;
/// The folder of each server for what it needs for a moment.
const TEMPORARY: &str = "tmp";
/// As Debian's own is set up: texts are compared without regard to case. Nothing needs saving from a power cut.
const FLAGS: [&str; 5] = [
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--innodb-flush-log-at-trx-commit=0",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_general_ci",
];

/// How a server is started.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    tls: bool,
    max_connections: u16,
}

impl Default for Options {
    /// 100 connections, without TLS.
    fn default() -> Self {
        Self { tls: false, max_connections: 100 }
    }
}

impl Options {
    /// Speaks TLS, with a certificate of an authority of its own; see [`MariaDb::ca_pem`].
    #[must_use]
    pub fn with_tls(self) -> Self {
        Self { tls: true, ..self }
    }

    /// Most connections at once, 10 or more; one more is kept for the user of the URLs.
    #[must_use]
    pub fn with_max_connections(self, max_connections: u16) -> Self {
        Self { max_connections, ..self }
    }
}

/// A running server with a database `shop`. Dropping it ends it and removes its files; so does the end of the test process.
#[derive(Debug)]
pub struct MariaDb {
    // Ended before its folder goes.
    component: Mutex<Option<Component>>,
    folder: TempDir,
    _sweeper: Sweeper,
    program: PathBuf,
    owner: Owner,
    options: Options,
    port: u16,
    ca_pem: Option<String>,
}

impl MariaDb {
    /// Makes a server and waits until it answers.
    ///
    /// Fails with [`Error::ProgramMissing`] before anything is started, and with the tail of the log where it does not run.
    pub async fn launch(options: Options) -> Result<Self, Error> {
        let more = [PathBuf::from("/usr/sbin"), PathBuf::from("/usr/bin")];
        let install = locate("mariadb-install-db", &more, PACKAGE)?;
        let program = locate("mariadbd", &more, PACKAGE)?;
        let owner = Owner::unless_root("mysql", PACKAGE)?;
        let folder = tempfile::Builder::new().prefix("metricwright-mariadb-").tempdir();
        let folder = folder.map_err(process::Error::file(std::env::temp_dir()))?;
        let sweeper = Sweeper::over(folder.path())?;
        owner.give(folder.path(), 0o700)?;
        make(&install, folder.path(), owner)?;
        let tls = options.tls.then(|| files::write_certificates(folder.path(), owner));
        let mut server = Self {
            component: Mutex::new(None),
            folder,
            _sweeper: sweeper,
            program,
            owner,
            options,
            port: 0,
            ca_pem: tls.transpose()?,
        };
        for _ in 0..PORT_RETRIES {
            server.port = free_port()?;
            match server.start().await {
                Err(Error::Process(error)) if error.lost_a_port() => {}
                outcome => return outcome.map(|()| server),
            }
        }
        server.start().await.map(|()| server)
    }

    /// Starts the server again after [`Self::stop`], on the same port and data, and waits until it answers.
    pub async fn start(&self) -> Result<(), Error> {
        let (program, arguments) = self.owner.command(&self.program, &self.arguments());
        let mut component = Component::start("mariadbd", &program, arguments, self.folder.path())?;
        component.wait_until_ready(Instant::now() + DEADLINE, || greets(self.port)).await?;
        *self.component.lock().unwrap_or_else(PoisonError::into_inner) = Some(component);
        Ok(())
    }

    fn arguments(&self) -> Vec<String> {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let mut arguments = vec!["--no-defaults".to_owned()];
        arguments.extend(FLAGS.map(str::to_owned));
        arguments.extend([
            format!("--datadir={}", at("data")),
            // Its own: a server that starts removes what others keep under the same names in a common one.
            format!("--tmpdir={}", at(TEMPORARY)),
            format!("--init-file={}", at("init.sql")),
            format!("--socket={}", at("s")),
            format!("--pid-file={}", at("pid")),
            format!("--port={}", self.port),
            format!("--max-connections={}", self.options.max_connections),
        ]);
        if self.options.tls {
            arguments.extend([
                format!("--ssl-ca={}", at(files::AUTHORITY)),
                format!("--ssl-cert={}", at(files::SERVER_CERTIFICATE)),
                format!("--ssl-key={}", at(files::SERVER_KEY)),
            ]);
        }
        arguments
    }

    /// Ends the server as a crash would: connections break, what was committed stays.
    pub fn stop(&self) {
        let component = self.component.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(component);
    }

    /// The URL of a database, with the password, without anything about TLS. One that exists is `shop`.
    pub fn url(&self, database: &str) -> String {
        format!("mysql://{ADMIN}:{ADMIN}@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of the authority that signed the server's certificate, as PEM; none without TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }
}

/// Makes the data folder, and what is run at each start.
fn make(install: &Path, folder: &Path, owner: Owner) -> Result<(), Error> {
    let temporary = folder.join(TEMPORARY);
    std::fs::create_dir(&temporary).map_err(process::Error::file(&temporary))?;
    owner.give(&temporary, 0o700)?;
    let arguments = [
        "--no-defaults".to_owned(),
        format!("--datadir={}", folder.join("data").display()),
        format!("--tmpdir={}", temporary.display()),
        "--auth-root-authentication-method=normal".to_owned(),
        "--skip-test-db".to_owned(),
    ];
    let (program, arguments) = owner.command(install, &arguments);
    let output = Command::new(&program).args(arguments).current_dir(folder).output();
    let output =
        output.map_err(|source| process::Error::Run { program: program.display().to_string(), source })?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        let output = String::from_utf8_lossy(&said).into_owned();
        return Err(Error::Setup { command: "mariadb-install-db", output });
    }
    let init = folder.join("init.sql");
    let text = format!(
        "CREATE USER IF NOT EXISTS {ADMIN}@'%' IDENTIFIED BY '{ADMIN}';\n\
         GRANT ALL ON *.* TO {ADMIN}@'%' WITH GRANT OPTION;\nCREATE DATABASE IF NOT EXISTS shop;\n"
    );
    std::fs::write(&init, text).map_err(process::Error::file(&init))?;
    owner.give(&init, 0o600)
}

/// Whether it greets who connects.
async fn greets(port: u16) -> Result<(), String> {
    let greeting = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.read_u8().await
    };
    greeting.await.map(drop).map_err(|error| error.to_string())
}
