//! Running the program, on directories and on a cluster.

pub mod operator;
pub mod receiver;
pub mod shop;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The time of the retail example: two hours after the last whole day.
pub const AS_OF: &str = "2025-11-21T02:00Z";

/// The time of the example where it is enough to compute its first weeks; at full counts its own.
pub fn some_weeks() -> &'static str {
    if std::env::var_os("METRICWRIGHT_SOAK").is_some() { AS_OF } else { "2024-02-10T02:00Z" }
}

/// The checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The retail example.
pub fn retail() -> PathBuf {
    root().join("examples/retail")
}

/// The program with arguments, ready to run.
pub fn metricwright(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricwright"));
    command.args(arguments).env_remove("METRICWRIGHT_CRASH_AT_WRITE");
    command
}

/// Runs the program; gives its output whatever its exit code.
pub fn run(arguments: &[&str]) -> Output {
    metricwright(arguments).output().unwrap()
}

/// Runs the program, which must succeed; gives what it printed.
pub fn stdout(arguments: &[&str]) -> String {
    let output = run(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "metricwright {arguments:?} ended with {}: {errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Copies a folder's files (not its folders) to another.
pub fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
