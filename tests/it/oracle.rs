//! The columns of an oracle made by another engine, re-declared as metrics.

use std::collections::BTreeMap;

use tempfile::TempDir;

use crate::support::{copy_files, retail, root, stdout};

/// Values by (day, region).
type Column = BTreeMap<(String, String), Option<f64>>;

/// The oracle's columns by name.
fn oracle() -> BTreeMap<String, Column> {
    let text = std::fs::read_to_string(root().join("tests/data/oracle/metrics_daily_region.csv")).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut columns: BTreeMap<String, Column> = BTreeMap::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        for (name, cell) in names.iter().zip(&cells).skip(2) {
            let key = (cells[0].to_owned(), cells[1].to_owned());
            columns.entry((*name).to_owned()).or_default().insert(key, cell.parse().ok());
        }
    }
    columns
}

/// A metric by day and region, as `query` computes it.
fn computed(dir: &str, metric: &str) -> Column {
    let text = stdout(&[
        "query",
        metric,
        "-C",
        dir,
        "--by",
        "store.region",
        "--from",
        "2024-01-01",
        "--to",
        "2025-12-31",
        "-o",
        "csv",
    ]);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        ((cells[0].to_owned(), cells[1].to_owned()), cells[2].parse().ok())
    };
    text.lines().skip(1).map(row).collect()
}

/// The oracle writes 0 where there is no row. That is missing for us in a sum, and in a count before a
/// region's first return or on days without any.
fn zero_is_missing(name: &str) -> bool {
    matches!(name, "refund_amount" | "return_lines")
}

#[test]
fn every_column_of_the_oracle_is_equal_to_the_decimals_it_prints() {
    let folder = TempDir::new().unwrap();
    copy_files(&retail().join("data"), &folder.path().join("data"));
    std::fs::copy(root().join("tests/data/oracle/definitions.yaml"), folder.path().join("definitions.yaml"))
        .unwrap();
    let dir = folder.path().display().to_string();
    // Duplicate loads are counted in all of these, as the oracle does; order_count counts distinct ids.
    for (name, expected) in oracle() {
        let decimals = match name.as_str() {
            "conversion_rate" | "gross_margin_rate" => 6,
            "avg_order_value" => 4,
            _ => 2,
        };
        let close = 0.5 * 10_f64.powi(-decimals) + 1e-9;
        let found = computed(&dir, &name.replace('_', "-"));
        for (key, wanted) in &expected {
            let value = found.get(key).copied().flatten();
            let equal = match (value, wanted) {
                (Some(value), Some(wanted)) => (value - wanted).abs() <= close,
                (None, None) => true,
                (None, Some(wanted)) => *wanted == 0.0 && zero_is_missing(&name),
                (Some(_), None) => false,
            };
            assert!(equal, "{name} at {key:?}: {value:?}, and the oracle says {wanted:?}");
        }
        assert!(expected.len() == 3650, "{name} has {} rows in the oracle", expected.len());
    }
}
