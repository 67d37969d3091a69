//! Questions that the pages by example do not show: several datasets, and what is refused.

use tempfile::TempDir;

use crate::support::{root, run, stdout};
use crate::worked::{blocks, write_files};

fn shop() -> TempDir {
    let page = std::fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let folder = TempDir::new().unwrap();
    write_files(&blocks(&page), folder.path());
    folder
}

fn asked<'a>(folder: &'a str, words: &[&'a str]) -> Vec<&'a str> {
    [&["query"], words, &["-C", folder]].concat()
}

#[test]
fn metrics_of_several_datasets_share_what_is_the_same() {
    let folder = shop();
    let folder = folder.path().display().to_string();
    let range = ["--from", "2025-03-03", "--to", "2025-03-04", "-o", "csv"];
    let ask = |words: &[&str]| stdout(&asked(&folder, &[words, &range].concat()));
    // `channel` of the orders is `way_in` of the visits.
    let by = ask(&["revenue", "visitors", "--by", "channel", "--rank"]);
    let expected = "window,channel,revenue,revenue rank,visitors,visitors rank,partial,violated\n\
                    2025-03-03,online,100,1,40,1,false,\n2025-03-03,store,60,2,10,2,false,\n";
    assert_eq!(by, expected);
    let online = ask(&["revenue", "visitors", "--where", "channel = 'online'"]);
    assert_eq!(online, "window,revenue,visitors,partial,violated\n2025-03-03,100,40,false,\n");
    let top = ask(&["visitors", "revenue", "--by", "channel", "--top", "1"]);
    let expected = "window,channel,visitors,revenue,partial,violated\n\
                    2025-03-03,online,40,100,false,\n2025-03-03,(others),10,60,false,\n";
    assert_eq!(top, expected);
}

#[test]
fn zeros_begin_with_the_first_row_wherever_the_range_does() {
    let folder = shop();
    let folder = folder.path().display().to_string();
    let range = ["--from", "2025-03-06", "--to", "2025-03-08", "-o", "csv"];
    let found = stdout(&asked(&folder, &[&["online-revenue"][..], &range].concat()));
    let expected = "window,online-revenue,partial,violated\n2025-03-06,0,false,\n2025-03-07,0,false,\n";
    assert_eq!(found, expected);
}

#[test]
fn what_cannot_be_answered_right_is_refused_with_what_to_do() {
    let folder = shop();
    let folder = folder.path().display().to_string();
    let refused = |words: &[&str], wanted: &[&str]| {
        let output = run(&asked(&folder, words));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{words:?}");
        assert!(wanted.iter().all(|word| told.contains(word)), "{words:?}: {told}");
    };
    let centuries = ["revenue", "--grain", "Hour", "--from", "0001-01-01", "--to", "1000-01-01"];
    refused(&centuries, &["LIMIT_REACHED", "shorter range"]);
    refused(&["revenue", "--compare", "last-week", "--grain", "Month"], &["GRAIN_MISMATCH", "`last-week`"]);
    let weekday = ["revenue", "--compare", "last-year-weekday", "--grain", "All"];
    refused(&weekday, &["GRAIN_MISMATCH", "weekday"]);
    refused(&["click-to-sale", "--share"], &["--share"]);
    refused(&["stock-of-the-last-count", "--by", "store", "--top", "1"], &["--limit"]);
    refused(&["revenue", "--by", "channel", "--top", "0"], &["0"]);
    refused(&["revenue", "--order", "colour"], &["--order", "window, revenue"]);
    refused(&["revenue", "--having", "revenu > 1"], &["--having", "revenue"]);
}
