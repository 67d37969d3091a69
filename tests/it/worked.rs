//! The worked examples of the documentation: what stands there is what the program answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{root, stdout};

/// A block of a page between fences: what stands behind the opening fence, and the lines.
pub struct Block<'a> {
    info: &'a str,
    lines: Vec<&'a str>,
}

pub fn blocks(page: &str) -> Vec<Block<'_>> {
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
pub fn write_files(blocks: &[Block<'_>], folder: &Path) {
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
        let mut arguments = words(command);
        arguments.extend(["-C", &folder]);
        let found = stdout(&arguments);
        let found: Vec<&str> = found.lines().map(str::trim_end).collect();
        answers.push((block.lines.join("\n"), [&[block.lines[0]], &found[..]].concat().join("\n")));
    }
    answers
}

/// Values by window of the total, as JSON answers have them.
fn values(arguments: &[&str], rows: &str, label: &str) -> BTreeMap<String, Value> {
    let json: Value = serde_json::from_str(&stdout(arguments)).unwrap();
    let rows = json.pointer(rows).unwrap().as_array().unwrap();
    let row = |row: &Value| (row.pointer(label).unwrap().as_str().unwrap().to_owned(), row["value"].clone());
    rows.iter().map(row).filter(|(_, value)| !value.is_null()).collect()
}

#[test]
fn what_is_kept_of_every_metric_is_what_a_query_gives() {
    let page = std::fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let folder = TempDir::new().unwrap();
    write_files(&blocks(&page), folder.path());
    let dir = folder.path().display().to_string();
    let clock = ["--as-of", "2025-03-08T02:00Z"];
    stdout(&[&["up", &dir, "--once"][..], &clock].concat());
    let definitions = page.split("kind: Metric\n").skip(1);
    let metrics: BTreeSet<&str> =
        definitions.filter_map(|text| text.strip_prefix("metadata: {name: ")?.split('}').next()).collect();
    assert!(metrics.len() > 20, "{metrics:?}");
    for metric in metrics {
        let range = ["--from", "2025-02-24", "--to", "2025-03-08", "-o", "json", "-C", &dir];
        let kept = values(&[&["history", metric][..], &range, &clock].concat(), "/points", "/window/label");
        let asked = values(&[&["query", metric][..], &range, &clock].concat(), "", "/window");
        assert!(!kept.is_empty(), "{metric}");
        assert_eq!(kept, asked, "{metric}");
    }
}

/// The words of a command; what stands between double quotes is one.
fn words(command: &str) -> Vec<&str> {
    let parts = command.split('"').enumerate();
    let words = parts.map(|(place, part)| match place % 2 {
        0 => part.split_whitespace().collect(),
        _ => vec![part],
    });
    words.collect::<Vec<Vec<&str>>>().concat()
}

/// The pages with commands; those of a line share the data and definitions of the first.
const PAGES: [&[&str]; 4] =
    [&["metrics.md", "queries.md"], &["calendars.md"], &["joins.md"], &["targets.md"]];

#[test]
fn pages_by_example_give_the_numbers_that_stand_there() {
    for names in PAGES {
        let read = |name: &&str| std::fs::read_to_string(root().join("docs").join(name)).unwrap();
        let pages: Vec<String> = names.iter().map(read).collect();
        let folder = TempDir::new().unwrap();
        write_files(&blocks(&pages[0]), folder.path());
        assert_eq!(stdout(&["check", &folder.path().display().to_string()]).matches("error").count(), 0);
        for page in &pages {
            let answers = answered(&blocks(page), folder.path());
            assert!(answers.len() > 2, "{} commands", answers.len());
            for (written, found) in answers {
                assert_eq!(written, found);
            }
        }
    }
}
