//! Tables for people: as narrow as their contents, East-Asian widths counted.

use comfy_table::{Cell, ContentArrangement, Table};

/// A table without lines, headers in capitals, as kubectl draws it.
pub fn table<C: Into<Cell>>(headers: &[&str], rows: Vec<Vec<C>>) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headers.iter().map(|header| header.to_uppercase()));
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// A text as a field of a CSV file.
pub fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// What is said beside a value: that it is partial, and the invariants that it does not meet.
pub fn marks<'a>(partial: bool, violated: impl Iterator<Item = &'a str>) -> String {
    let partial = partial.then(|| "partial".to_owned());
    partial.into_iter().chain(violated.map(|text| format!("not {text}"))).collect::<Vec<_>>().join(", ")
}
