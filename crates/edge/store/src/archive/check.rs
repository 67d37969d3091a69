//! Whether what a store holds goes together.

use std::collections::{BTreeMap, HashSet};

use metricwright_api::Grain;

use super::{Cell, Row, Sink, Table};
use crate::encode::{decode, decode_all};
use crate::error::StoreError;

/// Most findings that are told.
const MOST: usize = 50;

/// Looks through the rows of a store and notes what is wrong.
#[derive(Debug, Default)]
pub struct Check {
    /// Rows by table.
    pub rows: BTreeMap<&'static str, u64>,
    /// What is wrong, each with how often; the first 50.
    pub findings: Vec<(String, u64)>,
    /// How much is wrong.
    pub faults: u64,
    series: HashSet<i64>,
    /// The stretch of coverage before: what it is of, and its end.
    covered: Option<(Vec<Cell>, i64)>,
}

impl Sink for Check {
    fn rows(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        *self.rows.entry(table.name).or_default() += rows.len() as u64;
        for row in &rows {
            if let Some(fault) = self.fault(table.name, row) {
                let column = table.columns.first().map(|column| column.name).unwrap_or_default();
                self.note(format!("{}: {fault} ({column} {})", table.name, shown(row.first())));
            }
        }
        Ok(())
    }
}

impl Check {
    fn note(&mut self, finding: String) {
        self.faults += 1;
        if let Some((_, times)) = self.findings.iter_mut().find(|(known, _)| *known == finding) {
            *times += 1;
        } else if self.findings.len() < MOST {
            self.findings.push((finding, 1));
        }
    }

    fn fault(&mut self, table: &str, row: &[Cell]) -> Option<String> {
        match (table, row) {
            ("series", [Cell::Int(id), _, _, _, Cell::Text(grain), ..]) => {
                self.series.insert(*id);
                unknown_grain(grain)
            }
            (
                "point",
                [Cell::Int(series), Cell::Int(start), Cell::Int(end), value, Cell::Text(parts), ..],
            ) => {
                let value = if let Cell::Text(value) = value { Some(value.as_str()) } else { None };
                if !self.series.contains(series) {
                    return Some("a point of a series that is not there".to_owned());
                }
                if start >= end {
                    return Some(format!("a window that ends before it starts, at {start}"));
                }
                decode(value).and_then(|_| decode_all(parts)).err().map(|error| error.to_string())
            }
            ("coverage", [.., Cell::Int(from), Cell::Int(to)]) => self.overlap(row, *from, *to),
            ("rule_record" | "episode", row) => {
                let grain = if table == "episode" { row.get(5) } else { row.get(4) };
                if let Some(Cell::Text(grain)) = grain { unknown_grain(grain) } else { None }
            }
            ("outbox", [_, _, _, _, _, Cell::Text(state), ..]) => (state != "Firing" && state != "Resolved")
                .then(|| format!("a message of the unknown state `{state}`")),
            _ => None,
        }
    }

    fn overlap(&mut self, row: &[Cell], from: i64, to: i64) -> Option<String> {
        let whose: Vec<Cell> = row.iter().take(5).cloned().collect();
        let before = self.covered.replace((whose.clone(), to));
        if from >= to {
            return Some("a covered stretch that ends before it begins".to_owned());
        }
        let overlaps = before.is_some_and(|(before, end)| before == whose && from <= end);
        overlaps.then(|| "two covered stretches that overlap or touch".to_owned())
    }
}

fn unknown_grain(grain: &str) -> Option<String> {
    grain.parse::<Grain>().is_err().then(|| format!("the unknown grain `{grain}`"))
}

fn shown(cell: Option<&Cell>) -> String {
    match cell {
        Some(Cell::Int(number)) => number.to_string(),
        Some(Cell::Text(text)) => format!("`{text}`"),
        _ => "none".to_owned(),
    }
}
