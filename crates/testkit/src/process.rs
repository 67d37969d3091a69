//! Local processes that cannot outlive the test process, however it ends.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Why a local process cannot be started or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },

    /// No free port on 127.0.0.1.
    #[error("no free port on 127.0.0.1: {0}")]
    Port(#[source] io::Error),

    /// A program could not be run at all.
    #[error("{program} could not be run: {source}")]
    Run {
        /// The program's name or path.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },

    /// A component ended by itself while it was needed.
    #[error("{component} ended by itself; the end of its log:\n{log}")]
    Ended {
        /// The component, such as `etcd` or `postgres`.
        component: &'static str,
        /// The tail of its log.
        log: String,
    },

    /// A component did not become ready in time.
    #[error("{component} not ready after {waited:.0?} ({last}); the end of its log:\n{log}")]
    NotReady {
        /// The component, such as `etcd` or `postgres`.
        component: &'static str,
        /// How long it was waited for.
        waited: Duration,
        /// What the last probe said.
        last: String,
        /// The tail of its log.
        log: String,
    },
}

impl Error {
    /// Names the file an operation of the operating system failed on.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// Whether another process took the port between choosing and using it: worth another try.
    pub(crate) fn lost_a_port(&self) -> bool {
        match self {
            Self::Ended { log, .. } | Self::NotReady { log, .. } => {
                log.to_ascii_lowercase().contains("address already in use")
            }
            _ => false,
        }
    }
}

/// Runs a program until its standard input ends, then sends it the signal `$1` and kills whatever it started.
///
/// The other end of that input is held by the test process, so it ends on drop, on exit and on kill -9 alike: one way for
/// all three, without signals of our own. The program itself reads from /dev/null. The guard collects the program before
/// it kills its own process group, so that no zombies gather under an init that does not look after them.
const GUARD: &str = r#"
exec 3<&0
signal=$1
shift
"$@" 3<&- </dev/null &
program=$!
(cat <&3 >/dev/null; kill -$signal $program) &
watcher=$!
wait $program
echo "ended with exit status $?"
exec >/dev/null 2>&1
kill -9 $watcher
wait $watcher
kill -9 0
"#;

/// Removes a folder once the standard input ends. Repeated, because a process that is being killed may still write there.
const SWEEPER: &str = r#"
cat >/dev/null
n=0
while [ -e "$1" ] && [ $n -lt 100 ]; do rm -rf "$1"; sleep 0.1; n=$((n + 1)); done
"#;

/// How much of a log goes into an error, in bytes.
const LOG_TAIL: u64 = 4096;

/// A running component in a process group of its own; killed with all it started when dropped.
#[derive(Debug)]
pub(crate) struct Component {
    name: &'static str,
    guard: Child,
    log: PathBuf,
}

impl Component {
    /// Starts `program` with stdout and stderr in `<folder>/<name>.log`; it is killed in the end.
    pub fn start<A: AsRef<OsStr>>(
        name: &'static str,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        folder: &Path,
    ) -> Result<Self, Error> {
        Self::ended_by("KILL", name, program, arguments, folder)
    }

    /// The same for a program that cleans up after itself when `signal` ends it, at once and without waiting for clients.
    pub fn ended_by<A: AsRef<OsStr>>(
        signal: &str,
        name: &'static str,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        folder: &Path,
    ) -> Result<Self, Error> {
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log).map_err(Error::file(&log))?;
        let errors = output.try_clone().map_err(Error::file(&log))?;
        let guard = Command::new("sh")
            .args(["-c", GUARD, name, signal])
            .arg(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|source| Error::Run { program: program.display().to_string(), source })?;
        Ok(Self { name, guard, log })
    }

    /// Asks `probe` with growing pauses until it answers `Ok`.
    ///
    /// Fails with the tail of the log when the component ends by itself or when `deadline` passes.
    pub async fn wait_until_ready<F>(&mut self, deadline: Instant, probe: impl Fn() -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<(), String>>,
    {
        let began = Instant::now();
        let mut pause = Duration::from_millis(10);
        loop {
            let answer = probe().await;
            if self.has_ended() {
                return Err(Error::Ended { component: self.name, log: self.log_tail() });
            }
            match answer {
                Ok(()) => return Ok(()),
                Err(last) if Instant::now() >= deadline => {
                    let (component, waited, log) = (self.name, began.elapsed(), self.log_tail());
                    return Err(Error::NotReady { component, waited, last, log });
                }
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(Duration::from_millis(200));
        }
    }

    /// Whether the component is gone.
    fn has_ended(&mut self) -> bool {
        !matches!(self.guard.try_wait(), Ok(None))
    }

    /// The last few kilobytes of the component's log; empty if it cannot be read.
    pub fn log_tail(&self) -> String {
        tail(&self.log).unwrap_or_default()
    }

    /// The component's name, as in the name of its log.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl Drop for Component {
    fn drop(&mut self) {
        end(&mut self.guard);
    }
}

/// A process that removes a folder when this value is dropped or the test process is gone.
#[derive(Debug)]
pub(crate) struct Sweeper(Child);

impl Sweeper {
    /// Watches over `folder`.
    pub fn over(folder: &Path) -> Result<Self, Error> {
        Command::new("sh")
            .args(["-c", SWEEPER, "sweeper"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map(Self)
            .map_err(|source| Error::Run { program: "sh".to_owned(), source })
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

/// Closes the standard input that `child` lives by, and collects it. A failure would mean that it is gone already.
fn end(child: &mut Child) {
    drop(child.stdin.take());
    let _ = child.wait();
}

fn tail(log: &Path) -> io::Result<String> {
    let mut file = File::open(log)?;
    let start = file.metadata()?.len().saturating_sub(LOG_TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, folder: &Path) -> Component {
        Component::start("program", Path::new("sh"), ["-c", script], folder).unwrap()
    }

    #[tokio::test]
    async fn an_early_end_is_reported_with_its_log_and_status() {
        let folder = tempfile::tempdir().unwrap();
        let mut component = shell("echo no such flag; exit 3", folder.path());
        let deadline = Instant::now() + Duration::from_secs(20);
        let outcome = component.wait_until_ready(deadline, || async { Err("silent".to_owned()) }).await;
        let Err(Error::Ended { component: "program", log }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(log, "no such flag\nended with exit status 3\n");
    }

    #[tokio::test]
    async fn a_deadline_is_reported_with_the_last_answer() {
        let folder = tempfile::tempdir().unwrap();
        let mut component = shell("exec sleep 600", folder.path());
        let outcome =
            component.wait_until_ready(Instant::now(), || async { Err("still cold".to_owned()) }).await;
        let Err(Error::NotReady { last, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(last, "still cold");
    }

    #[test]
    fn the_sweeper_removes_the_folder_when_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        drop(Sweeper::over(folder.path()).unwrap());
        assert!(!folder.path().exists());
    }
}
