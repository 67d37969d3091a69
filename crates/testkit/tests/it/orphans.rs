//! However the test process ends, no process and no file of the control plane stays behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use metricwright_testkit::control_plane::{ControlPlane, Options};
use metricwright_testkit::eventually;

const SOON: Duration = Duration::from_secs(30);

/// Ids of the processes whose working directory is, or was, `folder`.
fn processes_in(folder: &Path) -> Vec<String> {
    let wanted = folder.to_string_lossy().into_owned();
    let of_folder = |entry: fs::DirEntry| {
        let cwd = fs::read_link(entry.path().join("cwd")).ok()?;
        cwd.to_string_lossy().starts_with(&wanted).then(|| entry.file_name().to_string_lossy().into_owned())
    };
    fs::read_dir("/proc").unwrap().filter_map(|entry| of_folder(entry.ok()?)).collect()
}

async fn nothing_is_left_in(folder: &Path) {
    eventually(SOON, || async {
        let left = processes_in(folder);
        if left.is_empty() && !folder.exists() {
            Ok(())
        } else {
            Err(format!("{left:?}, {}", folder.display()))
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn dropping_leaves_nothing_behind() {
    let plane = ControlPlane::start(Options::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let folder = plane.folder().to_owned();
    // Guard, watcher, `cat` and the component itself, three times.
    assert!(processes_in(&folder).len() >= 9);
    drop(plane);
    assert_eq!(processes_in(&folder), Vec::<String>::new());
    assert!(!folder.exists());
}

#[tokio::test]
async fn killing_the_test_process_leaves_nothing_behind() {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "orphans::start_and_wait_to_be_killed", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let folder = lines.map(Result::unwrap).find_map(|line| Some(line.split_once("folder=")?.1.to_owned()));
    let folder = folder.expect("the victim says where its control plane is");
    assert!(processes_in(Path::new(&folder)).len() >= 9);

    victim.kill().unwrap();
    victim.wait().unwrap();

    nothing_is_left_in(Path::new(&folder)).await;
}

#[tokio::test]
#[ignore = "no test of its own: the process that killing_the_test_process_leaves_nothing_behind kills"]
async fn start_and_wait_to_be_killed() {
    let plane = ControlPlane::start(Options::default()).await.unwrap_or_else(|error| panic!("{error}"));
    println!("folder={}", plane.folder().display());
    // Ends with the process that started it, should that be killed first.
    let mut nothing = String::new();
    std::io::stdin().read_line(&mut nothing).unwrap();
}
