//! Paths stay inside the data root.

use std::fs;
use std::os::unix::fs::symlink;

use metricwright_api::Code;
use metricwright_source::{Limited, Limits, PathFault, Source, SourceError, SqliteSource, resolve_path};
use tempfile::TempDir;

fn fault(root: &TempDir, path: &str) -> Option<PathFault> {
    match resolve_path(root.path(), path) {
        Ok(_) => None,
        Err(SourceError::PathInvalid { path: named, fault }) => {
            assert_eq!(named, path);
            Some(fault)
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_path_leads_into_the_data_root_or_nowhere() {
    let (root, outside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    fs::create_dir(root.path().join("retail")).unwrap();
    fs::write(root.path().join("retail/a.csv"), "a\n1\n").unwrap();
    symlink("retail", root.path().join("same")).unwrap();
    symlink(outside.path(), root.path().join("out")).unwrap();
    symlink("/etc/passwd", root.path().join("passwd")).unwrap();
    symlink("loop", root.path().join("loop")).unwrap();
    let check = |path: &str, expected| assert_eq!(fault(&root, path), expected, "{path}");
    check("retail/a.csv", None);
    check("./retail/", None);
    check(".", None);
    check("same/a.csv", None);
    check("/etc", Some(PathFault::Absolute));
    check("..", Some(PathFault::Parent));
    check("retail/../../etc", Some(PathFault::Parent));
    check("out", Some(PathFault::Outside));
    check("passwd", Some(PathFault::Outside));
    check("loop", Some(PathFault::Missing));
    check("nothing", Some(PathFault::Missing));
    check("nul\0byte", Some(PathFault::Missing));
}

#[test]
fn a_data_root_that_is_a_symbolic_link_is_one_all_the_same() {
    let root = TempDir::new().unwrap();
    fs::create_dir(root.path().join("real")).unwrap();
    fs::write(root.path().join("real/a.csv"), "").unwrap();
    symlink("real", root.path().join("link")).unwrap();
    assert!(resolve_path(&root.path().join("link"), "a.csv").is_ok());
}

#[tokio::test]
async fn a_database_outside_the_root_is_not_opened() {
    let root = TempDir::new().unwrap();
    fs::create_dir(root.path().join("folder")).unwrap();
    for path in ["../shop.db", "/shop.db", "missing.db", "folder"] {
        let source = Limited::new(SqliteSource::new(root.path(), path, 1), Limits::default());
        let error = source.probe().await.unwrap_err();
        assert_eq!(error.code(), Code::PathInvalid, "{path}: {error}");
        assert!(error.to_string().contains(path) && !error.remedy().is_empty(), "{error}");
    }
}
