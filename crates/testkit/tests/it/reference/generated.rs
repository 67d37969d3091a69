//! Generated expressions over generated rows: servers give what the language's own evaluator gives.

use metricwright_api::data_source::TlsMode;
use metricwright_formula::{
    ColumnPath, DataType, Environment, ParseMode, Resolution, Scope, Typed, Unit, Value, check, evaluate,
    parse, render,
};
use metricwright_query::{MySqlSql, PostgresSql, SqlDialect};
use metricwright_source::{Limited, Limits, MySqlSource, PostgresSource, ServerSettings, Source};
use metricwright_testkit::databases::{MariaDb, MariaDbOptions, Postgres, PostgresOptions, load};
use metricwright_testkit::reference::{Row, same};

use sqlx::Executor;

use super::engines::Numbers;

/// Columns with their types.
const COLUMNS: [(&str, DataType); 7] = [
    ("b1", DataType::Bool),
    ("d1", DataType::Decimal { precision: 9, scale: 2 }),
    ("f1", DataType::Float),
    ("i1", DataType::Int),
    ("i2", DataType::Int),
    ("t1", DataType::Text),
    ("t2", DataType::Text),
];

fn type_of(name: &str) -> DataType {
    COLUMNS.iter().find(|(known, _)| *known == name).map_or(DataType::Unknown, |(_, data_type)| *data_type)
}

struct Columns;

impl Scope for Columns {
    fn resolve(&self, path: &ColumnPath) -> Resolution {
        Resolution::Known(Typed::new(type_of(&path.name), Unit::neutral(), true))
    }

    fn resolve_metric(&self, _: &str) -> Resolution {
        Resolution::Missing
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

struct OneRow<'r>(&'r Row);

impl Environment for OneRow<'_> {
    fn column(&self, path: &ColumnPath) -> Option<Value> {
        self.0.get(&path.name).cloned()
    }

    fn metric(&self, _: &str) -> Option<Value> {
        None
    }
}

/// Texts that servers like to take for each other, and numbers that they like to round.
fn rows() -> Vec<Row> {
    let mut numbers = Numbers(7);
    let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
    let row = |id: i64| {
        let mut maybe = |value: Value| if numbers.below(6) == 0 { Value::Null } else { value };
        let id_float = id as f64;
        let texts = ["a", "A", "a ", " a", "ab", "aB", "Ä", "ä", "", "a%b", "區", "🛒 x", "Z", "_"];
        let text = |at: i64| Value::from(texts[usize::try_from(at).unwrap() % texts.len()]);
        Row::from([
            ("b1".to_owned(), maybe(Value::Bool(id % 2 == 0))),
            (
                "d1".to_owned(),
                maybe(decimal(["0.50", "-1.25", "2.50", "-0.50", "7.00"][usize::try_from(id).unwrap() % 5])),
            ),
            ("f1".to_owned(), maybe(Value::Float(id_float / 2.0 - 3.5))),
            ("i1".to_owned(), maybe(Value::Int(id % 7 - 3))),
            ("i2".to_owned(), Value::Int([3_000_000_000, -2, 0, 5, 1][usize::try_from(id).unwrap() % 5])),
            ("id".to_owned(), Value::Int(id)),
            ("t1".to_owned(), maybe(text(id))),
            ("t2".to_owned(), maybe(text(id * 5 + 3))),
        ])
    };
    (0..40).map(row).collect()
}

/// A number, a condition or a text (0, 1, 2), at most so deep.
fn expression(numbers: &mut Numbers, kind: u64, depth: u64) -> String {
    if depth == 0 {
        return numbers
            .one_of(match kind {
                0 => &["i1", "i2", "d1", "f1", "1", "0", "2", "-3", "0.5", "-0.25"][..],
                1 => &["b1", "true", "false"],
                _ => &["t1", "t2", "'a'", "'Ab%'", "''", "'it''s \\'"],
            })
            .to_owned();
    }
    let forms = [15, 9, 6][usize::try_from(kind).unwrap()];
    let form = numbers.below(forms);
    let not = if numbers.below(2) == 0 { "" } else { "not " };
    let mut sub = |kind| expression(numbers, kind, depth - 1);
    match (kind, form) {
        (0, 0) => format!("({}) + ({})", sub(0), sub(0)),
        (0, 1) => format!("({}) - ({})", sub(0), sub(0)),
        (0, 2) => format!("({}) * ({})", sub(0), sub(0)),
        (0, 3) => format!("({}) / ({})", sub(0), sub(0)),
        (0, 4) => format!("-({})", sub(0)),
        (0, 5) => "i2 % i1".to_owned(),
        (0, 6) => format!("coalesce({}, {}, {})", sub(0), sub(0), sub(0)),
        (0, 7) => format!("nullif({}, {})", sub(0), sub(0)),
        (0, 8) => format!("case when {} then {} else {} end", sub(1), sub(0), sub(0)),
        (0, 9) => format!("case {} when ({}) then {} end", sub(0), sub(0), sub(0)),
        (0, 10) => format!("greatest({}, {})", sub(0), sub(0)),
        (0, 11) => format!("least({}, {})", sub(0), sub(0)),
        (0, 12) => format!("round({})", sub(0)),
        (0, 13) => format!("{}({})", if not.is_empty() { "floor" } else { "ceil" }, sub(0)),
        (0, _) => format!("abs({}) + round({}, 1) + length({})", sub(0), sub(0), sub(2)),
        (1, 0) => format!("({}) and ({})", sub(1), sub(1)),
        (1, 1) => format!("({}) or {not}({})", sub(1), sub(1)),
        (1, 2) => format!("({}) {not}between {} and {}", sub(0), sub(0), sub(0)),
        (1, 3) => format!("({}) {not}in (1, -2, 0.5, 1.0)", sub(0)),
        (1, 4) => format!("({}) {not}like 'a_%'", sub(2)),
        (1, 5) => format!("({}) is {not}null", sub(0)),
        (1, 6) => format!("({}) < ({})", sub(2), sub(2)),
        (1, 7) => format!("({}) = ({})", sub(2), sub(2)),
        (1, _) => format!("({}) <= ({})", sub(0), sub(0)),
        (_, 0) => format!("concat({}, {})", sub(2), sub(2)),
        (_, 1) => format!("{}({})", if not.is_empty() { "upper" } else { "lower" }, sub(2)),
        (_, 2) => format!("substr({}, 2, 1)", sub(2)),
        (_, 3) => format!("trim({})", sub(2)),
        (_, 4) => format!("case when {} then {} else {} end", sub(1), sub(2), sub(2)),
        (_, _) => format!("least({}, {})", sub(2), sub(2)),
    }
}

/// Equal as the language compares; MariaDB's conditions are numbers.
fn equal(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Bool(truth), Value::Int(number)) => i64::from(*truth) == *number,
        _ => same(expected, found),
    }
}

async fn agree(source: &dyn Source, dialect: &dyn SqlDialect, rows: &[Row]) {
    let soak = std::env::var_os("METRICWRIGHT_SOAK").is_some();
    let mut numbers = Numbers(11);
    let mut compared = 0;
    let many = if soak { 20_000 } else { 600 };
    for _ in 0..many {
        let (kind, depth) = (numbers.below(3), 1 + numbers.below(3));
        let text = expression(&mut numbers, kind, depth);
        let Ok(expr) = parse(&text, ParseMode::Row) else { continue };
        if check(&expr, &Columns).is_err() {
            continue;
        }
        let expected: Vec<_> = rows.iter().map(|row| evaluate(&expr, &OneRow(row))).collect();
        let Ok(expected) = expected.into_iter().collect::<Result<Vec<Value>, _>>() else { continue };
        let expressions = dialect.expressions();
        let sql = render(&expr, expressions, &|path| {
            expressions.column(&expressions.quote_identifier(&path.name), type_of(&path.name))
        });
        let sql = format!("SELECT {sql} AS v FROM rows_of_it ORDER BY id");
        let found = source.run(&sql).await.unwrap_or_else(|error| panic!("{text}\n{sql}\n{error}"));
        for ((expected, found), row) in expected.iter().zip(&found.rows).zip(rows) {
            assert!(equal(expected, &found[0]), "{text}\n{sql}\n{row:?}\n{expected:?}, and not {found:?}");
            compared += 1;
        }
    }
    assert!(compared > 5_000, "only {compared} values");
}

fn settings(url: &str) -> ServerSettings {
    let found = ServerSettings::from_url(url, &["postgres", "mysql"]).unwrap();
    ServerSettings { tls: TlsMode::Disable, ..found }
}

#[tokio::test]
async fn postgres_gives_what_the_language_says() {
    let server = Postgres::launch(PostgresOptions::default()).await.unwrap();
    // It orders `a` before `B`, as databases do whose language is set.
    let create = "CREATE DATABASE shop TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'";
    server.connect().await.unwrap().execute(create).await.unwrap();
    let (url, rows) = (server.url("shop"), rows());
    load(&url, &[("rows_of_it", &rows)]).await.unwrap();
    let limits = Limits::default();
    let engine = PostgresSource::new(settings(&url), limits.statement_timeout);
    agree(&Limited::new(engine, limits), &PostgresSql, &rows).await;
}

#[tokio::test]
async fn mariadb_gives_what_the_language_says() {
    let server = MariaDb::launch(MariaDbOptions::default()).await.unwrap();
    let rows = rows();
    load(&server.url("shop"), &[("rows_of_it", &rows)]).await.unwrap();
    let limits = Limits::default();
    let engine = MySqlSource::new(settings(&server.url("shop")), limits.statement_timeout);
    agree(&Limited::new(engine, limits), &MySqlSql, &rows).await;
}
