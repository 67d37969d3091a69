//! What every store holds, table by table.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number, also a moment in microseconds.
    Int,
    /// A text.
    Text,
    /// True or false.
    Bool,
    /// A floating point number.
    Real,
    /// Bytes.
    Bytes,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a value may be missing.
    pub optional: bool,
}

/// A table; its rows are told in the order of its first `key` columns.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    /// How many of the first columns are its key.
    pub key: usize,
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// None.
    Null,
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// True or false.
    Bool(bool),
    /// A floating point number.
    Real(f64),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A row: a cell for each column of its table.
pub type Row = Vec<Cell>;

impl Table {
    /// Its columns as SQL names them, separated by commas.
    pub(crate) fn column_list(&self) -> String {
        self.columns.iter().map(Column::quoted).collect::<Vec<_>>().join(", ")
    }

    /// The query of all its rows, in order.
    pub(crate) fn select(&self) -> String {
        let key: Vec<String> = self.columns.iter().take(self.key).map(Column::quoted).collect();
        format!("SELECT {} FROM {} ORDER BY {}", self.column_list(), self.name, key.join(", "))
    }
}

impl Column {
    fn quoted(&self) -> String {
        format!("\"{}\"", self.name)
    }
}

const fn int(name: &'static str) -> Column {
    Column { name, kind: Kind::Int, optional: false }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text, optional: false }
}

const fn flag(name: &'static str) -> Column {
    Column { name, kind: Kind::Bool, optional: false }
}

const fn maybe(column: Column) -> Column {
    Column { optional: true, ..column }
}

const fn table(name: &'static str, key: usize, columns: &'static [Column]) -> Table {
    Table { name, columns, key }
}

/// Every table, each after those that it refers to.
pub static TABLES: [Table; 10] = [
    table(
        "series",
        1,
        &[
            int("id"),
            text("namespace"),
            text("name"),
            text("hash"),
            text("grain"),
            text("grouping"),
            text("slice"),
        ],
    ),
    table(
        "point",
        2,
        &[
            int("series"),
            int("start"),
            int("end"),
            maybe(text("value")),
            text("components"),
            flag("partial"),
            int("computed_at"),
        ],
    ),
    table(
        "coverage",
        6,
        &[
            text("namespace"),
            text("name"),
            text("hash"),
            text("grain"),
            text("grouping"),
            int("from"),
            int("to"),
        ],
    ),
    table(
        "run",
        3,
        &[
            text("namespace"),
            text("name"),
            text("hash"),
            int("at"),
            text("engine"),
            int("rows"),
            Column { name: "seconds", kind: Kind::Real, optional: false },
        ],
    ),
    table(
        "rule_record",
        5,
        &[
            text("rule_namespace"),
            text("rule"),
            text("metric_namespace"),
            text("metric"),
            text("grain"),
            text("decision_hash"),
            text("metric_hash"),
            int("watched_since"),
            int("evaluated_until"),
            text("state"),
        ],
    ),
    table(
        "episode",
        2,
        &[
            text("rule_namespace"),
            text("name"),
            text("rule"),
            text("metric_namespace"),
            text("metric"),
            text("grain"),
            int("started_at"),
            maybe(int("resolved_at")),
            flag("suppressed"),
            flag("closed"),
            text("body"),
        ],
    ),
    table(
        "outbox",
        1,
        &[
            text("key"),
            text("channel_namespace"),
            text("channel"),
            text("incident_namespace"),
            text("incident"),
            text("state"),
            Column { name: "body", kind: Kind::Bytes, optional: false },
            int("created_at"),
            int("attempts"),
            int("next_try"),
            maybe(text("last_error")),
            maybe(int("delivered_at")),
        ],
    ),
    table("status", 3, &[text("kind"), text("namespace"), text("name"), text("body")]),
    table("note", 1, &[text("key"), text("text")]),
    table("absent", 2, &[text("namespace"), text("name"), int("since")]),
];
