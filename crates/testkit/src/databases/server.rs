//! A server as a process of a user that its package made.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::certificates::Certificates;
use super::error::Error;
use crate::control_plane::process::{Component, Sweeper};

/// How long a server may take to start on a busy machine.
const DEADLINE: Duration = Duration::from_mins(3);

/// How a kind of server is run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Name of the program, and of its log.
    pub name: &'static str,
    /// As whom it runs where we are root.
    pub user: &'static str,
    /// The package that makes that user and has the programs.
    pub package: &'static str,
}

/// A folder and a port of a server, and the process where it runs.
#[derive(Debug)]
pub(super) struct Server {
    // Fields drop in this order: the process ends before its folder goes.
    process: Option<Component>,
    kind: Kind,
    owner: Option<(u32, u32)>,
    port: u16,
    folder: TempDir,
    _sweeper: Sweeper,
}

impl Server {
    /// A folder of its own and a free port; nothing runs yet.
    pub fn new(kind: Kind) -> Result<Self, Error> {
        let folder = TempDir::with_prefix(format!("metricwright-{}-", kind.name))
            .map_err(Error::file(std::env::temp_dir()))?;
        let sweeper = Sweeper::over(folder.path())?;
        let owner = owner(folder.path(), kind)?;
        let server = Self { process: None, kind, owner, port: free_port()?, folder, _sweeper: sweeper };
        server.give(server.folder())?;
        Ok(server)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Writes a file that only the server may read.
    pub fn write(&self, name: &str, content: &str) -> Result<PathBuf, Error> {
        let path = self.folder().join(name);
        std::fs::write(&path, content).map_err(Error::file(&path))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
            .map_err(Error::file(&path))?;
        self.give(&path)?;
        Ok(path)
    }

    /// Writes new certificates: `ca.crt`, `server.crt`, `server.key`.
    pub fn write_certificates(&self) -> Result<Certificates, Error> {
        let made = Certificates::new()?;
        self.write("ca.crt", &made.authority)?;
        self.write("server.crt", &made.certificate)?;
        self.write("server.key", &made.key)?;
        Ok(made)
    }

    fn give(&self, path: &Path) -> Result<(), Error> {
        match self.owner {
            Some((user, group)) => chown(path, Some(user), Some(group)).map_err(Error::file(path)),
            None => Ok(()),
        }
    }

    /// Runs a program that prepares the server, as the server's user.
    pub fn prepare<A: AsRef<OsStr>>(&self, program: &Path, arguments: &[A]) -> Result<(), Error> {
        let (first, before) = self.as_user(program);
        let ran = Command::new(first).args(before).args(arguments).current_dir(self.folder()).output();
        let output = ran.map_err(|_| self.missing(program))?;
        if output.status.success() {
            return Ok(());
        }
        let text = [output.stdout, output.stderr].concat();
        let output = String::from_utf8_lossy(&text).into_owned();
        Err(Error::Prepare { program: program.display().to_string(), output })
    }

    /// Starts the server and waits until `ready` says so.
    pub async fn run<F>(
        &mut self,
        program: &Path,
        arguments: &[String],
        ready: impl Fn() -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<(), String>>,
    {
        if !program.exists() {
            return Err(self.missing(program));
        }
        let (first, before) = self.as_user(program);
        let all = before.iter().chain(arguments);
        let mut process = Component::start(self.kind.name, &first, all, self.folder.path())?;
        process.wait_until_ready(Instant::now() + DEADLINE, ready).await?;
        self.process = Some(process);
        Ok(())
    }

    /// Ends the process at once, as a power cut would.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// The program and the arguments before its own that make it run as the server's user.
    fn as_user(&self, program: &Path) -> (PathBuf, Vec<String>) {
        match self.owner {
            None => (program.to_owned(), Vec::new()),
            Some((user, group)) => {
                let ids =
                    [format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()];
                let before = ids.into_iter().chain([program.display().to_string()]);
                (PathBuf::from("setpriv"), before.collect())
            }
        }
    }

    fn missing(&self, program: &Path) -> Error {
        Error::ProgramMissing { program: program.display().to_string(), package: self.kind.package }
    }
}

/// The ids of the server's user, where we are root.
fn owner(folder: &Path, kind: Kind) -> Result<Option<(u32, u32)>, Error> {
    let ours = std::fs::metadata(folder).map_err(Error::file(folder))?.uid();
    if ours != 0 {
        return Ok(None);
    }
    let path = Path::new("/etc/passwd");
    let users = std::fs::read_to_string(path).map_err(Error::file(path))?;
    let ids = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(kind.user)).then_some(())?;
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    ids.map(Some).ok_or(Error::UserMissing(kind.user))
}

fn free_port() -> Result<u16, Error> {
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|held| held.local_addr());
    held.map(|at| at.port()).map_err(|error| crate::control_plane::Error::Port(error).into())
}
