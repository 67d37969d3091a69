//! helm, built once by `scripts/helm.sh`, against the test control plane.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::control_plane::{ADMIN, ControlPlane, Error, KubectlOutput, cache_folder};
use crate::process;

/// The version of helm, as the build script has it.
const VERSION: &str = "3.22.0";

/// helm as [`ADMIN`] of one control plane, with its files in the control plane's folder.
#[derive(Debug, Clone)]
pub struct Helm {
    program: PathBuf,
    kubeconfig: PathBuf,
    home: PathBuf,
}

impl Helm {
    /// Finds helm in `METRICWRIGHT_HELM` or in the cache; [`Error::ProgramsMissing`] if it is in neither.
    pub fn of(plane: &ControlPlane) -> Result<Self, Error> {
        let home = plane.folder().join("helm");
        Ok(Self { program: locate()?, kubeconfig: plane.kubeconfig(ADMIN)?, home })
    }

    /// Runs helm with these arguments. Fails only if it can't be run; see [`KubectlOutput::ok`].
    pub fn run(&self, arguments: &[&str]) -> Result<KubectlOutput, Error> {
        let offline = matches!(arguments.first(), Some(&("template" | "lint")));
        // Built from its module alone, helm takes any cluster that it does not ask for one of version 1.20.
        let version = ["--kube-version", crate::control_plane::VERSION];
        let output = Command::new(&self.program)
            .args(arguments)
            .args(if offline { version.as_slice() } else { &[] })
            .env("KUBECONFIG", &self.kubeconfig)
            .env("HELM_CACHE_HOME", self.home.join("cache"))
            .env("HELM_CONFIG_HOME", self.home.join("config"))
            .env("HELM_DATA_HOME", self.home.join("data"))
            .output()
            .map_err(|source| process::Error::Run { program: self.program.display().to_string(), source })?;
        Ok(KubectlOutput {
            command: arguments.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

fn locate() -> Result<PathBuf, Error> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(path) = set("METRICWRIGHT_HELM") {
        return Ok(path.into());
    }
    let folder = cache_folder(set).map(|folder| folder.join("helm").join(VERSION)).unwrap_or_default();
    let program = folder.join("helm");
    if program.is_file() { Ok(program) } else { Err(missing(&folder)) }
}

fn missing(folder: &Path) -> Error {
    Error::ProgramsMissing { missing: "helm".to_owned(), looked: folder.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_script_has_the_same_version() {
        let script = include_str!("../../../scripts/helm.sh");
        assert!(script.contains(&format!("\nVERSION={VERSION}\n")));
        assert!(include_str!("../helm/go.mod").contains(&format!("helm.sh/helm/v3 v{VERSION}\n")));
    }
}
