//! Puts the tables of a folder into a database.

use metricwright_formula::{Dialect, MySqlDialect, PostgresDialect, Value};
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection};

use crate::reference::Row;

/// Rows of one statement.
const AT_ONCE: usize = 2_000;

/// Why tables could not be put into a database.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The address is of neither engine.
    #[error("`{0}://` is neither postgres:// nor mysql://")]
    Scheme(String),
    /// The database refused.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Makes tables with the columns of their first row, in place of those that are there, and puts the rows in. Types are
/// those of the values.
///
/// # Errors
/// The database refused.
pub async fn load(url: &str, tables: &[(&str, &[Row])]) -> Result<(), LoadError> {
    let scheme = url.split("://").next().unwrap_or_default();
    let dialect: &dyn Dialect = match scheme {
        "postgres" | "postgresql" => &PostgresDialect,
        "mysql" | "mariadb" => &MySqlDialect,
        other => return Err(LoadError::Scheme(other.to_owned())),
    };
    let statements = tables.iter().flat_map(|(name, rows)| script(dialect, name, rows));
    if dialect.name() == "postgres" {
        let mut connection = PgConnection::connect(url).await?;
        for statement in statements {
            connection.execute(AssertSqlSafe(statement)).await?;
        }
        // Without it the first plans know nothing of the rows, and join by loops over loops.
        connection.execute("ANALYZE").await?;
        connection.close().await?;
    } else {
        let mut connection = MySqlConnection::connect(&url.replacen("mariadb", "mysql", 1)).await?;
        connection.execute("SET autocommit = 0").await?;
        for statement in statements {
            connection.execute(AssertSqlSafe(statement)).await?;
        }
        connection.execute("COMMIT").await?;
        connection.close().await?;
    }
    Ok(())
}

/// The statements for one table. Names and values are quoted by the dialect.
fn script<'a>(dialect: &'a dyn Dialect, name: &'a str, rows: &'a [Row]) -> impl Iterator<Item = String> + 'a {
    let table = dialect.quote_identifier(name);
    let columns: Vec<String> = rows.first().into_iter().flat_map(Row::keys).cloned().collect();
    let declared: Vec<String> = columns
        .iter()
        .map(|column| {
            let first = rows.iter().filter_map(|row| row.get(column)).find(|value| !value.is_null());
            let kind = kind(first, rows, column, dialect.name() == "mysql");
            format!("{} {kind}", dialect.quote_identifier(column))
        })
        .collect();
    let before =
        [format!("DROP TABLE IF EXISTS {table}"), format!("CREATE TABLE {table} ({})", declared.join(", "))];
    let inserts = rows.chunks(AT_ONCE).map(move |rows| {
        let rows: Vec<String> = rows
            .iter()
            .map(|row| {
                let cells: Vec<String> = row.values().map(|value| dialect.literal(value)).collect();
                format!("({})", cells.join(","))
            })
            .collect();
        format!("INSERT INTO {table} VALUES {}", rows.join(","))
    });
    before.into_iter().chain(inserts)
}

/// The type of a column whose first value that is not missing is given. Numbers that are whole by chance are no reason.
fn kind(first: Option<&Value>, rows: &[Row], column: &str, mysql: bool) -> &'static str {
    let any = |is: fn(&Value) -> bool| rows.iter().filter_map(|row| row.get(column)).any(is);
    match first {
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Int(_) | Value::Decimal(_) | Value::Float(_)) => {
            if any(|value| matches!(value, Value::Float(_))) {
                "double precision"
            } else if any(|value| matches!(value, Value::Decimal(_))) {
                "decimal(30, 10)"
            } else {
                "bigint"
            }
        }
        Some(Value::Date(_)) => "date",
        Some(Value::DateTime(_)) if mysql => "datetime(6)",
        Some(Value::Instant(_)) if mysql => "timestamp(6)",
        Some(Value::DateTime(_)) => "timestamp",
        Some(Value::Instant(_)) => "timestamptz",
        Some(Value::Text(_) | Value::Null) | None => "varchar(255)",
    }
}
