//! Collect: what a dataset's source shows of it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use metricwright_api::{Code, Diagnostic, StoredAs};
use metricwright_catalog::resolved::{ColumnInfo, ResolvedDataset, ResolvedTime};
use metricwright_catalog::{Catalog, Spec};
use metricwright_formula::{DataType, Value};
use metricwright_query::SqlDialect;
use metricwright_query::probe::{repeated_keys, time_range};
use metricwright_source::{Source, SourceError};

use crate::sources::SourcePool;
use crate::world::DatasetFacts;

/// Looks at a dataset's source: its columns, the first row, and whether keys are what they are declared to
/// be. Rows at `as_of` or later count for nothing. Faults of the data are among the facts; only a source that
/// does not answer is an error.
///
/// # Errors
/// The finding that says why the source did not answer.
pub async fn inspect(
    catalog: &Catalog,
    sources: &SourcePool,
    dataset: &ResolvedDataset,
    now: Timestamp,
    as_of: Option<Timestamp>,
) -> Result<DatasetFacts, Diagnostic> {
    let failed = |error: &SourceError| {
        Diagnostic::error(error.code(), &dataset.id, place(error, dataset), error.to_string(), error.remedy())
    };
    let source = sources.open(catalog, &dataset.source).map_err(|error| failed(&error))?;
    let columns = source.columns(&dataset.relation).await.map_err(|error| failed(&error))?;
    let mut faults = compare_columns(catalog, dataset, &columns);
    let named = dataset.times.iter().map(|(name, time)| (Some(name.as_str()), time));
    for (name, time) in dataset.time.iter().map(|time| (None, time)).chain(named) {
        faults.extend(time_fault(dataset, (name, time), source.dialect(), &columns));
    }
    let mut first_row = None;
    if faults.is_empty() {
        first_row = first_moment(source.as_ref(), dataset).await.map_err(|error| failed(&error))?;
        first_row = first_row.filter(|first| as_of.is_none_or(|as_of| *first < as_of));
        faults.extend(key_faults(source.as_ref(), dataset, as_of).await.map_err(|error| failed(&error))?);
    }
    let unsettled = !faults.is_empty() || (dataset.time.is_some() && first_row.is_none());
    let fingerprint = fingerprint(catalog, dataset);
    Ok(DatasetFacts { inspected_at: now, fingerprint, columns, first_row, faults, unsettled })
}

/// A text that changes with everything that inspection looks at.
pub fn fingerprint(catalog: &Catalog, dataset: &ResolvedDataset) -> String {
    let source = catalog.inventory().get(&dataset.source);
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        source.map(|object| &object.spec),
        dataset.relation,
        dataset
            .time
            .iter()
            .chain(dataset.times.values())
            .map(|time| (&time.column, time.stored_as))
            .collect::<Vec<_>>(),
        dataset.validity,
        dataset.entities,
        dataset.columns,
    )
}

/// The field that an error of the source is about.
fn place(error: &SourceError, dataset: &ResolvedDataset) -> &'static str {
    match (error.code(), &dataset.relation) {
        _ if matches!(error, SourceError::Server { .. } | SourceError::Unavailable { .. }) => "spec.source",
        (Code::PathInvalid | Code::SecretNotFound | Code::InvalidValue, _) => "spec.source",
        (_, metricwright_catalog::resolved::Relation::Query(_)) => "spec.query",
        _ => "spec.table",
    }
}

/// Declared columns that the source does not show, or shows with another type.
fn compare_columns(catalog: &Catalog, dataset: &ResolvedDataset, shown: &[ColumnInfo]) -> Vec<Diagnostic> {
    let Some(Spec::Dataset(spec)) = catalog.inventory().get(&dataset.id).map(|object| &object.spec) else {
        return Vec::new();
    };
    let names: Vec<&str> = shown.iter().map(|column| column.name.as_str()).collect();
    let mut faults = Vec::new();
    for (index, declared) in spec.columns.iter().enumerate() {
        let fault = |field: &str, reason: String, remedy: String| {
            let path = format!("spec.columns[{index}].{field}");
            Diagnostic::error(Code::ColumnMismatch, &dataset.id, path, reason, remedy)
        };
        let Some(found) = shown.iter().find(|column| column.name == declared.name) else {
            let remedy = match metricwright_formula::suggest(&declared.name, &names) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "take it out, or name a column of the table".to_owned(),
            };
            faults.push(fault("name", format!("the source shows no column `{}`", declared.name), remedy));
            continue;
        };
        let wanted = dataset.columns.get(&declared.name).map_or(DataType::Unknown, |column| column.data_type);
        if !fits(wanted, found.data_type) {
            let reason = format!(
                "column `{}` is declared as {wanted}, but the source shows {}",
                declared.name, found.data_type
            );
            faults.push(fault(
                "type",
                reason,
                format!("declare it as {}, or cast it in a `query`", found.data_type),
            ));
        }
    }
    faults
}

/// Whether what the source shows can be read as what is declared. Times are stored in many ways, which
/// `time.storedAs` tells apart; text may hold dates and times.
fn fits(declared: DataType, shown: DataType) -> bool {
    use DataType::{Bool, Date, DateTime, Decimal, Float, Instant, Int, Text, Unknown};
    match (declared, shown) {
        (Unknown, _)
        | (_, Unknown)
        | (Int | Decimal { .. } | Float, Int | Decimal { .. } | Float)
        | (Instant | DateTime | Date, Instant | DateTime | Date | Text)
        | (Instant | Bool, Int) => true,
        (declared, shown) => std::mem::discriminant(&declared) == std::mem::discriminant(&shown),
    }
}

/// A time column whose type cannot be what `storedAs` says.
fn time_fault(
    dataset: &ResolvedDataset,
    (name, time): (Option<&str>, &ResolvedTime),
    dialect: &dyn SqlDialect,
    shown: &[ColumnInfo],
) -> Option<Diagnostic> {
    let place = name.map_or("spec.time".to_owned(), |name| format!("spec.times[{name}]"));
    let Some(found) = shown.iter().find(|column| column.name == time.column) else {
        let reason = format!("the source shows no column `{}`", time.column);
        let names: Vec<&str> = shown.iter().map(|column| column.name.as_str()).collect();
        let remedy = metricwright_formula::suggest(&time.column, &names).map_or_else(
            || "name a column of the table".to_owned(),
            |close| format!("did you mean `{close}`?"),
        );
        return Some(Diagnostic::error(
            Code::ColumnMismatch,
            &dataset.id,
            format!("{place}.column"),
            reason,
            remedy,
        ));
    };
    if dialect.reads_time(found.data_type, time.stored_as) {
        return None;
    }
    let reason = format!(
        "column `{}` is {}, which cannot be read as {:?}",
        time.column, found.data_type, time.stored_as
    );
    let remedy = "set `storedAs` to how the column stores time, or cast it in a `query`";
    Some(Diagnostic::error(
        Code::TimeColumnMismatch,
        &dataset.id,
        format!("{place}.storedAs"),
        reason,
        remedy,
    ))
}

/// The first moment that a dataset has a row of, by any of its times; none where it is empty or has no time column.
///
/// # Errors
/// The source does not answer.
pub async fn first_moment(
    source: &dyn Source,
    dataset: &ResolvedDataset,
) -> Result<Option<Timestamp>, SourceError> {
    let mut first = None;
    for time in dataset.time.iter().chain(dataset.times.values()) {
        let by_this = first_by(source, dataset, time).await?;
        first = [first, by_this].into_iter().flatten().min();
    }
    Ok(first)
}

async fn first_by(
    source: &dyn Source,
    dataset: &ResolvedDataset,
    time: &ResolvedTime,
) -> Result<Option<Timestamp>, SourceError> {
    let rows = source.run(&time_range(dataset, time, source.dialect())).await?;
    let Some(Value::Int(first)) = rows.rows.first().and_then(|row| row.first()) else { return Ok(None) };
    let first = Timestamp::from_second(*first).ok();
    let in_zone = |zone: &TimeZone| {
        let wall = first?.to_zoned(TimeZone::UTC).datetime();
        wall.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
    };
    Ok(match time.stored_as {
        StoredAs::Instant | StoredAs::EpochMs => first,
        StoredAs::Local => in_zone(&time.stored_zone),
        StoredAs::Date => in_zone(&dataset.chronology),
    })
}

/// Primary entities whose key stands in more than one row: a join would repeat rows.
async fn key_faults(
    source: &dyn Source,
    dataset: &ResolvedDataset,
    as_of: Option<Timestamp>,
) -> Result<Vec<Diagnostic>, SourceError> {
    let mut faults = Vec::new();
    for (index, entity) in dataset.entities.iter().enumerate().filter(|(_, entity)| entity.primary) {
        let rows = source.run(&repeated_keys(dataset, entity, as_of, source.dialect())).await?;
        let Some(first) = rows.rows.first() else { continue };
        let shown: Vec<String> = first.iter().map(ToString::to_string).collect();
        let Some((times, key)) = shown.split_last() else { continue };
        let (name, key) = (&entity.name, key.join(", "));
        let (reason, remedy) = if dataset.validity.is_some() {
            let reason = format!(
                "rows of the Primary entity `{name}` hold at the same time: {times} of `{key}` begin before another ends"
            );
            (reason, "let each row end where the next one begins: `to` is the first moment after it")
        } else {
            let reason =
                format!("the key of the Primary entity `{name}` repeats: `{key}` stands in {times} rows");
            (reason, "use a `query` with SELECT DISTINCT (or that keeps one row a key) in place of the table")
        };
        let path = format!("spec.entities[{index}]");
        faults.push(Diagnostic::error(Code::KeyNotUnique, &dataset.id, path, reason, remedy));
    }
    Ok(faults)
}
