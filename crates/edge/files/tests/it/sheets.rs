//! Spreadsheets: sheets, ranges and rows of names.

use metricwright_formula::Value;
use metricwright_source::Source;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use tempfile::TempDir;

use crate::support::{cells, folder, open};

/// A plan as people write them: a title above, a note beside, a total below, a second sheet.
fn plan() -> TempDir {
    let root = folder(&[]);
    let mut book = Workbook::new();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = book.add_worksheet().set_name("Budget").unwrap();
    sheet.write(0, 0, "Plan 2025").unwrap();
    for (column, name) in ["month", "region", "amount", "pieces", "signed"].iter().enumerate() {
        sheet.write(2, u16::try_from(column).unwrap() + 1, *name).unwrap();
    }
    for (row, (month, region, amount, pieces)) in
        [(1, "华东", 1000.5, 3), (1, "north", 2000.0, 4), (2, "华东", 1100.0, 5)].into_iter().enumerate()
    {
        let row = u32::try_from(row).unwrap() + 3;
        let first = ExcelDateTime::from_ymd(2025, month, 1).unwrap();
        sheet.write_with_format(row, 1, &first, &day).unwrap();
        sheet.write(row, 2, region).unwrap();
        sheet.write(row, 3, amount).unwrap();
        sheet.write(row, 4, pieces).unwrap();
        sheet.write(row, 5, row == 3).unwrap();
    }
    sheet.write(7, 3, 4100.5).unwrap();
    let other = book.add_worksheet().set_name("Names").unwrap();
    other.write(0, 0, "id").unwrap();
    other.write(1, 0, "a").unwrap();
    other.write(2, 0, 7).unwrap();
    book.save(root.path().join("data/plan.xlsx")).unwrap();
    root
}

#[tokio::test]
async fn a_range_of_a_sheet_is_a_table() {
    let root = plan();
    let source = open(root.path());
    let sql =
        r#"SELECT month, region, amount, pieces, signed FROM "plan!Budget!B3:F6" ORDER BY month, region"#;
    let date = |text: &str| Value::Date(text.parse().unwrap());
    let text = |text: &str| Value::Text(text.to_owned());
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    assert_eq!(
        cells(&source, sql).await,
        [
            vec![date("2025-01-01"), text("north"), Value::Float(2000.0), Value::Int(4), no.clone()],
            vec![date("2025-01-01"), text("华东"), Value::Float(1000.5), Value::Int(3), yes],
            vec![date("2025-02-01"), text("华东"), Value::Float(1100.0), Value::Int(5), no],
        ]
    );
    // The names may stand apart from the cells.
    let apart = cells(&source, r#"SELECT sum(pieces) FROM "plan!Budget!B5:F6!3""#).await;
    assert_eq!(apart, [[Value::Int(9)]]);
}

#[tokio::test]
async fn what_is_of_several_kinds_is_text() {
    let root = plan();
    let source = open(root.path());
    let ids = cells(&source, r#"SELECT id FROM "plan!Names" ORDER BY id"#).await;
    assert_eq!(ids, [[Value::Text("7".to_owned())], [Value::Text("a".to_owned())]]);
}

#[tokio::test]
async fn a_spreadsheet_that_is_none_of_what_is_asked_says_so() {
    let root = plan();
    std::fs::write(root.path().join("data/broken.xlsx"), "no spreadsheet").unwrap();
    let source = open(root.path());
    for (sql, part) in [
        (r#"SELECT * FROM "plan!Bugdet""#, "it has no sheet `Bugdet`; it has Budget, Names"),
        (r#"SELECT * FROM "plan!Budget!B3""#, "`B3` is no range"),
        (r#"SELECT * FROM "plan!Budget!A3:F6""#, "a column has no name"),
        (r#"SELECT * FROM "broken""#, "it is no spreadsheet"),
        (r#"SELECT * FROM "nothing!Budget""#, "nothing!Budget"),
    ] {
        let said = source.run(sql).await.unwrap_err().to_string();
        assert!(said.contains(part), "{sql}: {said}");
    }
}

#[tokio::test]
async fn a_spreadsheet_that_changes_is_read_again() {
    let root = plan();
    let source = open(root.path());
    let count = r#"SELECT count(*) FROM "plan!Names!A1:A9""#;
    assert_eq!(cells(&source, count).await, [[Value::Int(2)]]);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Names").unwrap();
    for (row, text) in ["id", "a", "b", "c", "d"].iter().enumerate() {
        sheet.write(u32::try_from(row).unwrap(), 0, *text).unwrap();
    }
    book.save(root.path().join("data/plan.xlsx")).unwrap();
    assert_eq!(cells(&source, count).await, [[Value::Int(4)]]);
}
