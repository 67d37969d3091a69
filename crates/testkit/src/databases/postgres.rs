//! A PostgreSQL server.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::error::Error;
use super::files::{self, Owner, free_port, locate};
use crate::process::{self, Component, Sweeper};

const PACKAGE: &str = "postgresql";
const USER: &str = "metricwright";
const PASSWORD: &str = "only for tests";
/// The password as it stands in a URL.
const PASSWORD_IN_URL: &str = "only%20for%20tests";
const DATA: &str = "data";
/// How long a start may take on a busy machine.
const DEADLINE: Duration = Duration::from_mins(2);
const PORT_RETRIES: usize = 3;

/// What lives no longer than the test needs no saving from a power cut.
const FLAGS: [&str; 4] = ["-cfsync=off", "-cfull_page_writes=off", "-cunix_socket_directories=", "-D"];

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
    /// Takes connections over TLS only, with a certificate of an authority of its own; see [`Postgres::ca_pem`].
    #[must_use]
    pub fn with_tls(self) -> Self {
        Self { tls: true, ..self }
    }

    /// Most connections at once; three of them are kept for the server's own user, which is the one in the URLs.
    #[must_use]
    pub fn with_max_connections(self, max_connections: u16) -> Self {
        Self { max_connections, ..self }
    }
}

/// A running server. Dropping it ends it and removes its files; so does the end of the test process.
#[derive(Debug)]
pub struct Postgres {
    // Ended before its folder goes.
    component: Mutex<Option<Component>>,
    folder: TempDir,
    _sweeper: Sweeper,
    program: PathBuf,
    owner: Owner,
    options: Options,
    port: u16,
    ca_pem: Option<String>,
    databases: AtomicU32,
}

static SHARED: OnceCell<Result<Postgres, Error>> = OnceCell::const_new();

impl Postgres {
    /// The server that all tests of this process share, started by the first that asks. Those that stop it start their own.
    pub async fn shared() -> Result<&'static Self, &'static Error> {
        SHARED.get_or_init(|| Self::launch(Options::default())).await.as_ref()
    }

    /// Makes a server and waits until it answers.
    ///
    /// Fails with [`Error::ProgramMissing`] before anything is started, and with the tail of the log where it does not run.
    pub async fn launch(options: Options) -> Result<Self, Error> {
        let more = installed();
        let initdb = locate("initdb", &more, PACKAGE)?;
        let program = locate("postgres", &more, PACKAGE)?;
        let owner = Owner::unless_root("postgres", PACKAGE)?;
        let folder = tempfile::Builder::new().prefix("metricwright-postgres-").tempdir();
        let folder = folder.map_err(process::Error::file(std::env::temp_dir()))?;
        let sweeper = Sweeper::over(folder.path())?;
        owner.give(folder.path(), 0o700)?;
        make(&initdb, folder.path(), owner)?;
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
            databases: AtomicU32::new(0),
        };
        server.write_access()?;
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
        let mut arguments: Vec<String> = FLAGS.map(str::to_owned).to_vec();
        arguments.push(DATA.to_owned());
        arguments.extend(["-p".to_owned(), self.port.to_string(), "-h".to_owned(), "127.0.0.1".to_owned()]);
        arguments.push(format!("-cmax_connections={}", self.options.max_connections));
        if self.options.tls {
            let at = |name: &str| self.folder.path().join(name).display().to_string();
            arguments.push("-cssl=on".to_owned());
            arguments.push(format!("-cssl_cert_file={}", at(files::SERVER_CERTIFICATE)));
            arguments.push(format!("-cssl_key_file={}", at(files::SERVER_KEY)));
        }
        let (program, arguments) = self.owner.command(&self.program, &arguments);
        // At once and without waiting for clients, and yet its shared memory is given back.
        let mut component = Component::ended_by("QUIT", "postgres", &program, arguments, self.folder.path())?;
        let answers = || async { self.connect().await.map(drop).map_err(|error| error.to_string()) };
        component.wait_until_ready(Instant::now() + DEADLINE, answers).await?;
        *self.component.lock().unwrap_or_else(PoisonError::into_inner) = Some(component);
        Ok(())
    }

    /// Ends the server as a crash would: connections break, what was committed stays.
    pub fn stop(&self) {
        let component = self.component.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(component);
    }

    /// Makes a database that no other test uses, and gives its URL.
    pub async fn create_database(&self) -> Result<String, Error> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = self.connect().await?;
        let statement = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::raw_sql(statement).execute(&mut connection).await?;
        connection.close().await?;
        Ok(self.url(&name))
    }

    /// The URL of a database, with the password, without anything about TLS.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{PASSWORD_IN_URL}@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The user of the URLs, who may do everything.
    pub fn user(&self) -> &'static str {
        USER
    }

    /// The user's password.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// The certificate of the authority that signed the server's certificate, as PEM; none without TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The file of [`Self::ca_pem`].
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join(files::AUTHORITY)
    }

    /// The server's folder: data, certificates, `postgres.log`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A connection of the user of the URLs to the server's own database.
    pub async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let (mode, port) =
            (if self.options.tls { PgSslMode::Require } else { PgSslMode::Disable }, self.port);
        let options = PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(port).ssl_mode(mode);
        options.username(USER).password(PASSWORD).database("postgres").connect().await
    }

    /// Who may connect: everybody by password, and with TLS over TLS only.
    fn write_access(&self) -> Result<(), Error> {
        let kind = if self.options.tls { "hostssl" } else { "host" };
        let path = self.folder.path().join(DATA).join("pg_hba.conf");
        let text = format!("{kind} all all 127.0.0.1/32 scram-sha-256\n");
        std::fs::write(&path, text).map_err(process::Error::file(path))?;
        Ok(())
    }
}

/// Where Debian puts the servers, the newest first.
fn installed() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

/// Makes the data folder.
fn make(initdb: &Path, folder: &Path, owner: Owner) -> Result<(), Error> {
    let password = folder.join("password");
    std::fs::write(&password, PASSWORD).map_err(process::Error::file(&password))?;
    owner.give(&password, 0o600)?;
    let mut arguments =
        ["-D", DATA, "-U", USER, "-A", "scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
            .map(str::to_owned)
            .to_vec();
    arguments.push(format!("--pwfile={}", password.display()));
    let (program, arguments) = owner.command(initdb, &arguments);
    let output = Command::new(&program).args(arguments).current_dir(folder).output();
    let output =
        output.map_err(|source| process::Error::Run { program: program.display().to_string(), source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(Error::Setup { command: "initdb", output: String::from_utf8_lossy(&said).into_owned() })
}
