//! Finds the programs of the control plane, in the places where `scripts/control-plane.sh` puts them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::Error;

/// The Kubernetes version of API server, controller manager and kubectl, as the build script has it.
pub const VERSION: &str = "1.37.2";

/// Where each program is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub etcd: PathBuf,
    pub apiserver: PathBuf,
    pub controller_manager: PathBuf,
    pub kubectl: PathBuf,
}

impl Binaries {
    /// Looks in `KUBEBUILDER_ASSETS`, then in the cache; takes the first folder that has all of them.
    pub fn locate() -> Result<Self, Error> {
        Self::locate_with(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn locate_with(env: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let on_path: Vec<_> =
            env("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
        let folders: Vec<_> =
            env("KUBEBUILDER_ASSETS").map(PathBuf::from).into_iter().chain(cache(&env)).collect();
        let mut missing = Vec::new();
        for folder in &folders {
            match Self::in_folder(folder, &on_path) {
                Ok(found) => return Ok(found),
                Err(names) => missing = names,
            }
        }
        let looked = folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
        Err(Error::ProgramsMissing { missing: missing.join(", "), looked })
    }

    /// All programs from one folder (etcd from PATH otherwise), or the names of those that are not there.
    fn in_folder(folder: &Path, on_path: &[PathBuf]) -> Result<Self, Vec<&'static str>> {
        let in_folder = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
        let etcd = in_folder("etcd")
            .or_else(|| on_path.iter().map(|at| at.join("etcd")).find(|path| path.is_file()));
        let programs = [
            ("etcd", etcd),
            ("kube-apiserver", in_folder("kube-apiserver")),
            ("kube-controller-manager", in_folder("kube-controller-manager")),
            ("kubectl", in_folder("kubectl")),
        ];
        match programs {
            [(_, Some(etcd)), (_, Some(apiserver)), (_, Some(controller_manager)), (_, Some(kubectl))] => {
                Ok(Self { etcd, apiserver, controller_manager, kubectl })
            }
            programs => {
                Err(programs.iter().filter(|(_, path)| path.is_none()).map(|(name, _)| *name).collect())
            }
        }
    }
}

/// The cache folder of this version, if the environment says where caches are.
fn cache(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    cache_folder(env).map(|folder| folder.join("control-plane").join(VERSION))
}

/// The folder of everything that is built once, if the environment says where caches are.
pub(crate) fn cache_folder(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let ours = |folder: OsString| PathBuf::from(folder).join("metricwright");
    env("METRICWRIGHT_CACHE")
        .map(PathBuf::from)
        .or_else(|| env("XDG_CACHE_HOME").map(ours))
        .or_else(|| env("HOME").map(|home| ours(PathBuf::from(home).join(".cache").into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locate(env: &[(&str, &Path)]) -> Result<Binaries, Error> {
        Binaries::locate_with(|name| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_os_str().to_owned())
        })
    }

    fn programs(folder: &Path, names: &[&str]) {
        std::fs::create_dir_all(folder).unwrap();
        for name in names {
            std::fs::write(folder.join(name), "").unwrap();
        }
    }

    const ALL: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"];

    #[test]
    fn prefers_complete_assets_and_skips_incomplete_ones() {
        let temp = tempfile::tempdir().unwrap();
        let (assets, cached) = (temp.path().join("assets"), temp.path().join("control-plane").join(VERSION));
        programs(&assets, &["etcd", "kube-apiserver", "kubectl"]);
        programs(&cached, &ALL);
        let env = [("KUBEBUILDER_ASSETS", assets.as_path()), ("METRICWRIGHT_CACHE", temp.path())];
        assert_eq!(locate(&env).unwrap().apiserver, cached.join("kube-apiserver"));
        programs(&assets, &["kube-controller-manager"]);
        assert_eq!(locate(&env).unwrap().apiserver, assets.join("kube-apiserver"));
    }

    #[test]
    fn takes_etcd_from_the_path_and_the_rest_from_the_users_cache() {
        let temp = tempfile::tempdir().unwrap();
        let cached = temp.path().join(".cache/metricwright/control-plane").join(VERSION);
        programs(&cached, &ALL[1..]);
        let tools = temp.path().join("tools");
        programs(&tools, &["etcd"]);
        let found = locate(&[("HOME", temp.path()), ("PATH", &tools)]).unwrap();
        assert_eq!((found.etcd, found.kubectl), (tools.join("etcd"), cached.join("kubectl")));
    }

    #[test]
    fn says_what_is_missing_and_how_to_get_it() {
        let temp = tempfile::tempdir().unwrap();
        let error = locate(&[("XDG_CACHE_HOME", temp.path())]).unwrap_err().to_string();
        assert!(error.contains("etcd, kube-apiserver, kube-controller-manager, kubectl"), "{error}");
        assert!(error.contains("make control-plane"), "{error}");
    }

    #[test]
    fn the_build_script_builds_this_version() {
        let script = include_str!("../../../../scripts/control-plane.sh");
        assert!(script.lines().any(|line| line == format!("VERSION={VERSION}")));
    }
}
