//! Resolving datasets.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use metricwright_api::dataset::{Column, DatasetSpec, Sheet, TimeColumn};
use metricwright_api::{Code, Diagnostic, EntityType, Kind, MwDuration, ObjectId, StoredAs};
use metricwright_formula::{DataType, Expr, ParseMode};

use super::chronology::of_dataset;
use super::expression::{OwnColumns, Place, Wanted, checked, read};
use super::read_only::read_only;
use super::reference::{few, find};
use crate::catalog::Catalog;
use crate::inventory::{Inventory, Object, Spec};
use crate::resolved::{
    ColumnInfo, OwnDimension, Relation, ResolvedDataset, ResolvedEntity, ResolvedTime, Validity,
};

/// Resolves one dataset on its own; joins are found when something asks for them.
pub fn dataset(catalog: &Catalog, object: &Object) -> Result<ResolvedDataset, Vec<Diagnostic>> {
    let inventory = catalog.inventory();
    let Spec::Dataset(spec) = &object.spec else { return Err(Vec::new()) };
    let mut findings = Vec::new();
    let id = &object.id;
    let source = find(inventory, id, "spec.source", Kind::DataSource, &spec.source);
    let suspended = spec.suspend
        || matches!(&source, Ok(found) if matches!(&found.spec, Spec::DataSource(source) if source.suspend));
    let source = source.map(|found| found.id.clone()).map_err(|fault| findings.push(*fault)).ok();
    let relation = relation(id, spec, &mut findings);
    let timezone = zone(id, "spec.timezone", spec.timezone.as_deref(), &mut findings);
    let chronology = of_dataset(catalog, id, spec, &timezone, &mut findings);
    let columns = columns(inventory, id, &spec.columns, &mut findings);
    let time = spec.time.as_ref().and_then(|time| {
        resolve_time(Place { object: id, path: "spec.time" }, time, &timezone, &columns, &mut findings)
    });
    let times = times(id, spec, &timezone, &columns, &mut findings);
    let validity = validity(id, spec, &columns, &mut findings);
    let entities = entities(id, spec, &columns, &mut findings);
    let dimensions = dimensions(id, spec, &columns, &mut findings);
    duplicate_primaries(catalog, id, spec, &mut findings);
    match (source, relation) {
        (Some(source), Some(relation)) if findings.is_empty() => Ok(ResolvedDataset {
            id: id.clone(),
            source,
            relation,
            chronology,
            time,
            times,
            dated_by: None,
            validity,
            columns,
            entities,
            dimensions,
            suspended,
        }),
        _ => Err(findings),
    }
}

fn relation(id: &ObjectId, spec: &DatasetSpec, findings: &mut Vec<Diagnostic>) -> Option<Relation> {
    match (&spec.table, &spec.query) {
        (Some(table), None) => Some(Relation::Table(table_name(table, spec.sheet.as_ref()))),
        (None, Some(query)) => match read_only(query) {
            Ok(select) => Some(Relation::Query(select.to_owned())),
            Err(fault) => {
                let finding =
                    Diagnostic::error(Code::QueryNotReadOnly, id, "spec.query", fault.reason, fault.remedy);
                findings.push(finding.at(fault.span));
                None
            }
        },
        _ => {
            let remedy = "give exactly one of `table`, `query`";
            findings.push(Diagnostic::error(
                Code::SchemaRule,
                id,
                "spec",
                "both or neither of `table` and `query` are given",
                remedy,
            ));
            None
        }
    }
}

/// The name of a table; of cells of a spreadsheet with their address behind it.
fn table_name(table: &str, sheet: Option<&Sheet>) -> String {
    let Some(Sheet { name, range, header_row }) = sheet else { return table.to_owned() };
    let (name, range) = (name.as_deref().unwrap_or_default(), range.as_deref().unwrap_or_default());
    let row = header_row.map(|row| row.to_string()).unwrap_or_default();
    format!("{table}!{name}!{range}!{row}").trim_end_matches('!').to_owned()
}

/// The zone of that name, or UTC where none is given.
pub fn zone(id: &ObjectId, path: &str, name: Option<&str>, findings: &mut Vec<Diagnostic>) -> TimeZone {
    let Some(name) = name else { return TimeZone::UTC };
    TimeZone::get(name).unwrap_or_else(|_| {
        let reason = format!("there is no time zone `{name}`");
        let remedy = "use a name of the IANA database, such as `Asia/Shanghai`, `Europe/London` or `UTC`";
        findings.push(Diagnostic::error(Code::UnknownZone, id, path, reason, remedy));
        TimeZone::UTC
    })
}

/// A duration, or the default where none is given.
pub fn duration(
    id: &ObjectId,
    path: &str,
    text: Option<&str>,
    default: MwDuration,
    findings: &mut Vec<Diagnostic>,
) -> MwDuration {
    let Some(text) = text else { return default };
    text.parse().unwrap_or_else(|reason: String| {
        findings.push(Diagnostic::error(Code::InvalidDuration, id, path, reason, ""));
        default
    })
}

fn columns(
    inventory: &Inventory,
    id: &ObjectId,
    declared: &[Column],
    findings: &mut Vec<Diagnostic>,
) -> BTreeMap<String, ColumnInfo> {
    if declared.is_empty() {
        let observed = inventory.columns(id).unwrap_or_default();
        return observed.iter().map(|column| (column.name.clone(), column.clone())).collect();
    }
    let mut columns = BTreeMap::new();
    for (index, column) in declared.iter().enumerate() {
        let path = |field: &str| format!("spec.columns[{index}].{field}");
        let data_type: DataType =
            column.column_type.parse().unwrap_or_else(|error: metricwright_formula::UnknownType| {
                let remedy = "use Bool, Int, Decimal(p,s), Float, String, Date, DateTime or Instant";
                findings.push(Diagnostic::error(
                    Code::InvalidValue,
                    id,
                    path("type"),
                    error.to_string(),
                    remedy,
                ));
                DataType::Unknown
            });
        if let Some(Err(error)) = column.unit.as_ref().map(|unit| unit.parse::<metricwright_formula::Unit>())
        {
            let remedy = "write an ISO 4217 currency such as CNY, or Count, Fraction, s, kg …";
            findings.push(Diagnostic::error(Code::InvalidValue, id, path("unit"), error.to_string(), remedy));
        }
        let info = ColumnInfo {
            name: column.name.clone(),
            data_type,
            unit: column.unit.clone(),
            nullable: column.nullable.unwrap_or(true),
        };
        if columns.insert(column.name.clone(), info).is_some() {
            findings.push(twice(id, path("name"), "column", &column.name));
        }
    }
    columns
}

fn twice(id: &ObjectId, path: String, what: &str, name: &str) -> Diagnostic {
    let reason = format!("the {what} `{name}` is declared twice");
    Diagnostic::error(Code::InvalidName, id, path, reason, "give one of them another name, or take it out")
}

fn resolve_time(
    Place { object: id, path }: Place<'_>,
    time: &TimeColumn,
    timezone: &TimeZone,
    columns: &BTreeMap<String, ColumnInfo>,
    findings: &mut Vec<Diagnostic>,
) -> Option<ResolvedTime> {
    let stored_zone = match &time.stored_zone {
        Some(name) => zone(id, &format!("{path}.storedZone"), Some(name), findings),
        None => timezone.clone(),
    };
    let latency =
        duration(id, &format!("{path}.latency"), time.latency.as_deref(), MwDuration::ZERO, findings);
    if !columns.is_empty() && !columns.contains_key(&time.column) {
        findings.push(unknown_column(id, &format!("{path}.column"), &time.column, columns));
        return None;
    }
    Some(ResolvedTime { column: time.column.clone(), stored_as: time.stored_as, stored_zone, latency })
}

/// The further times by name.
fn times(
    id: &ObjectId,
    spec: &DatasetSpec,
    timezone: &TimeZone,
    columns: &BTreeMap<String, ColumnInfo>,
    findings: &mut Vec<Diagnostic>,
) -> BTreeMap<String, ResolvedTime> {
    let mut times = BTreeMap::new();
    for (index, given) in spec.times.iter().enumerate() {
        let path = format!("spec.times[{index}]");
        let place = Place { object: id, path: &path };
        let Some(time) = resolve_time(place, &given.time, timezone, columns, findings) else { continue };
        if times.insert(given.name.clone(), time).is_some() {
            findings.push(twice(id, format!("{path}.name"), "time", &given.name));
        }
    }
    times
}

/// From when until when rows hold.
fn validity(
    id: &ObjectId,
    spec: &DatasetSpec,
    columns: &BTreeMap<String, ColumnInfo>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Validity> {
    let given = spec.validity.as_ref()?;
    for (field, column) in [("from", &given.from), ("to", &given.to)] {
        if !columns.is_empty() && !columns.contains_key(column) {
            findings.push(unknown_column(id, &format!("spec.validity.{field}"), column, columns));
        }
    }
    if given.stored_as == StoredAs::Local {
        let reason = "the wall clock of a zone does not say when a row holds";
        let remedy = "store moments (Instant, EpochMs) or days (Date), or convert them in a `query`";
        findings.push(Diagnostic::error(Code::NotSupported, id, "spec.validity.storedAs", reason, remedy));
    }
    if spec.entities.iter().all(|entity| entity.entity_type != EntityType::Primary) {
        let reason = "`validity` says when rows of a Primary entity hold, and there is none";
        let remedy = "declare the entity that the rows describe as Primary, or take `validity` out";
        findings.push(Diagnostic::error(Code::SchemaRule, id, "spec.validity", reason, remedy));
    }
    Some(Validity { from: given.from.clone(), to: given.to.clone(), stored_as: given.stored_as })
}

fn unknown_column(
    id: &ObjectId,
    path: &str,
    name: &str,
    columns: &BTreeMap<String, ColumnInfo>,
) -> Diagnostic {
    let names: Vec<_> = columns.keys().map(String::as_str).collect();
    let remedy = match metricwright_formula::suggest(name, names.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("the dataset has {}", few(&names)),
    };
    Diagnostic::error(Code::UnknownColumn, id, path, format!("there is no column `{name}`"), remedy)
}

/// Reads `expr`, or takes the column of that name where there is none.
fn own_expression(
    id: &ObjectId,
    path: &str,
    (name, expr): (&str, Option<&String>),
    columns: &BTreeMap<String, ColumnInfo>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Expr> {
    let Some(text) = expr else {
        let name_path = path.trim_end_matches(".expr").to_owned() + ".name";
        if !columns.is_empty() && !columns.contains_key(name) {
            let mut finding = unknown_column(id, &name_path, name, columns);
            finding.remedy = format!("{}, or give `expr`", finding.remedy.trim_end_matches('?'));
            findings.push(finding);
            return None;
        }
        let place = Place { object: id, path: &name_path };
        let data_type = columns.get(name).map_or(DataType::Unknown, |column| column.data_type);
        return groupable(place, data_type)
            .map_err(|fault| findings.push(*fault))
            .ok()
            .map(|()| Expr::column(name));
    };
    let place = Place { object: id, path };
    let outcome = read(place, text, ParseMode::Row).and_then(|expr| {
        let typed = checked(place, &expr, &OwnColumns(columns), Wanted::Any)?;
        groupable(place, typed.data_type).map_err(|fault| vec![(*fault).at(expr.span.into())])?;
        Ok(expr)
    });
    outcome.map_err(|faults| findings.extend(faults)).ok()
}

/// Members are texts, the same on every engine: what engines write differently cannot be grouped by.
fn groupable(place: Place<'_>, data_type: DataType) -> Result<(), Box<Diagnostic>> {
    if !matches!(data_type, DataType::Float | DataType::DateTime | DataType::Instant) {
        return Ok(());
    }
    let reason = format!("{data_type} is no type to group by");
    let remedy = "group by texts, whole numbers, dates or conditions, such as `case when x < 10 then 'small' else 'large' end`";
    Err(Box::new(Diagnostic::error(Code::TypeMismatch, place.object, place.path, reason, remedy)))
}

fn entities(
    id: &ObjectId,
    spec: &DatasetSpec,
    columns: &BTreeMap<String, ColumnInfo>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<ResolvedEntity> {
    let mut seen = BTreeSet::new();
    let mut entities = Vec::new();
    for (index, entity) in spec.entities.iter().enumerate() {
        if !seen.insert(&entity.name) {
            findings.push(twice(id, format!("spec.entities[{index}].name"), "entity", &entity.name));
        }
        let mut part = |path: String, expr: Option<&String>| {
            own_expression(id, &path, (&entity.name, expr), columns, findings)
        };
        let key: Option<Vec<Expr>> = if entity.key.is_empty() {
            part(format!("spec.entities[{index}].expr"), entity.expr.as_ref()).map(|key| vec![key])
        } else {
            let parts = entity.key.iter().enumerate();
            parts
                .map(|(place, text)| part(format!("spec.entities[{index}].key[{place}]"), Some(text)))
                .collect()
        };
        if let Some(key) = key {
            let primary = entity.entity_type == EntityType::Primary;
            entities.push(ResolvedEntity { name: entity.name.clone(), primary, key });
        }
    }
    entities
}

fn dimensions(
    id: &ObjectId,
    spec: &DatasetSpec,
    columns: &BTreeMap<String, ColumnInfo>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<OwnDimension> {
    let mut seen: BTreeSet<&String> = spec.entities.iter().map(|entity| &entity.name).collect();
    let mut dimensions = Vec::new();
    for (index, dimension) in spec.dimensions.iter().enumerate() {
        if !seen.insert(&dimension.name) {
            let path = format!("spec.dimensions[{index}].name");
            findings.push(twice(id, path, "dimension or entity", &dimension.name));
        }
        let path = format!("spec.dimensions[{index}].expr");
        let named = (dimension.name.as_str(), dimension.expr.as_ref());
        if let Some(expr) = own_expression(id, &path, named, columns, findings) {
            dimensions.push(OwnDimension {
                name: dimension.name.clone(),
                expr,
                conformed: dimension.conformed.clone(),
                display_name: dimension.display_name.clone(),
            });
        }
    }
    dimensions
}

/// Two datasets of a namespace cannot both have one row an entity.
fn duplicate_primaries(catalog: &Catalog, id: &ObjectId, spec: &DatasetSpec, findings: &mut Vec<Diagnostic>) {
    let primaries =
        spec.entities.iter().enumerate().filter(|(_, entity)| entity.entity_type == EntityType::Primary);
    for (index, entity) in primaries {
        let holders = catalog.holders(&id.namespace, &entity.name);
        let Some(other) = holders.iter().find(|other| other.primary && other.dataset != *id) else {
            continue;
        };
        let reason =
            format!("dataset `{}` is Primary for the entity `{}` too", other.dataset.name, entity.name);
        let remedy =
            "keep it Primary in the dataset that describes the entity, and make it Foreign in the other";
        let path = format!("spec.entities[{index}].type");
        findings.push(Diagnostic::error(Code::DuplicatePrimary, id, path, reason, remedy));
    }
}
