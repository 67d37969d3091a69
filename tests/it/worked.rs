//! The worked examples of the documentation: what stands there is what the program answers.

use std::path::Path;

use tempfile::TempDir;

use crate::support::{root, stdout};

/// A block of a page between fences: what stands behind the opening fence, and the lines.
struct Block<'a> {
    info: &'a str,
    lines: Vec<&'a str>,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(info) => {
                open = true;
                blocks.push(Block { info, lines: Vec::new() });
            }
            None if open => blocks.last_mut().unwrap().lines.push(line),
            None => {}
        }
    }
    blocks
}

/// Writes the files of a page: each CSV under its name, the manifests together.
fn write_files(blocks: &[Block<'_>], folder: &Path) {
    let mut manifests = Vec::new();
    for block in blocks {
        let text = block.lines.join("\n") + "\n";
        if let Some(name) = block.info.strip_prefix("csv ") {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        } else if block.info == "yaml" {
            manifests.push(text);
        }
    }
    std::fs::write(folder.join("metrics.yaml"), manifests.join("---\n")).unwrap();
}

/// What a page should say: each of its commands with the answer.
fn answered(blocks: &[Block<'_>], folder: &Path) -> Vec<(String, String)> {
    let folder = folder.display().to_string();
    let mut answers = Vec::new();
    for block in blocks.iter().filter(|block| block.info == "console") {
        let command = block.lines[0].strip_prefix("$ metricwright ").unwrap();
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.extend(["-C", &folder]);
        let found = stdout(&arguments);
        let found: Vec<&str> = found.lines().map(str::trim_end).collect();
        answers.push((block.lines.join("\n"), [&[block.lines[0]], &found[..]].concat().join("\n")));
    }
    answers
}

#[test]
fn metrics_by_example_give_the_numbers_that_stand_there() {
    let page = std::fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let (blocks, folder) = (blocks(&page), TempDir::new().unwrap());
    write_files(&blocks, folder.path());
    assert_eq!(stdout(&["check", &folder.path().display().to_string()]).matches("error").count(), 0);
    let answers = answered(&blocks, folder.path());
    assert!(answers.len() > 4, "{} commands", answers.len());
    for (written, found) in answers {
        assert_eq!(written, found);
    }
}
