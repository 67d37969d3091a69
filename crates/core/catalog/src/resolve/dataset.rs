//! Resolving datasets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use metricwright_api::dataset::{Column, DatasetSpec, TimeColumn};
use metricwright_api::{Code, Diagnostic, EntityType, Kind, MwDuration, ObjectId};
use metricwright_formula::{DataType, Expr, ParseMode};

use super::expression::{OwnColumns, Place, Wanted, checked, read};
use super::read_only::refuse_unless_read_only;
use super::reference::{few, find};
use crate::inventory::{Inventory, Object, Spec};
use crate::resolved::{ColumnInfo, OwnDimension, Relation, ResolvedDataset, ResolvedEntity, ResolvedTime};

/// Resolves one dataset on its own; joins are found when something asks for them.
pub fn dataset(inventory: &Inventory, object: &Object) -> Result<ResolvedDataset, Vec<Diagnostic>> {
    let Spec::Dataset(spec) = &object.spec else { return Err(Vec::new()) };
    let mut findings = Vec::new();
    let id = &object.id;
    let source = find(inventory, id, "spec.source", Kind::DataSource, &spec.source);
    let suspended = spec.suspend
        || matches!(&source, Ok(found) if matches!(&found.spec, Spec::DataSource(source) if source.suspend));
    let source = source.map(|found| found.id.clone()).map_err(|fault| findings.push(fault)).ok();
    let relation = relation(id, spec, &mut findings);
    let timezone = zone(id, "spec.timezone", spec.timezone.as_deref(), &mut findings);
    let columns = columns(inventory, id, &spec.columns, &mut findings);
    let time = spec.time.as_ref().and_then(|time| resolve_time(id, time, &timezone, &columns, &mut findings));
    let entities = entities(id, spec, &columns, &mut findings);
    let dimensions = dimensions(id, spec, &columns, &mut findings);
    duplicate_primaries(inventory, object, spec, &mut findings);
    match (source, relation) {
        (Some(source), Some(relation)) if findings.is_empty() => Ok(ResolvedDataset {
            id: id.clone(),
            source,
            relation,
            timezone,
            time,
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
        (Some(table), None) => Some(Relation::Table(table.clone())),
        (None, Some(query)) => match refuse_unless_read_only(query) {
            Ok(()) => Some(Relation::Query(query.trim().trim_end_matches(';').trim_end().to_owned())),
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
    id: &ObjectId,
    time: &TimeColumn,
    timezone: &TimeZone,
    columns: &BTreeMap<String, ColumnInfo>,
    findings: &mut Vec<Diagnostic>,
) -> Option<ResolvedTime> {
    let stored_zone = match &time.stored_zone {
        Some(name) => zone(id, "spec.time.storedZone", Some(name), findings),
        None => timezone.clone(),
    };
    let latency = duration(id, "spec.time.latency", time.latency.as_deref(), MwDuration::ZERO, findings);
    if !columns.is_empty() && !columns.contains_key(&time.column) {
        findings.push(unknown_column(id, "spec.time.column", &time.column, columns));
        return None;
    }
    Some(ResolvedTime { column: time.column.clone(), stored_as: time.stored_as, stored_zone, latency })
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
        if !columns.is_empty() && !columns.contains_key(name) {
            let at = path.trim_end_matches(".expr").to_owned() + ".name";
            let mut finding = unknown_column(id, &at, name, columns);
            finding.remedy = format!("{}, or give `expr`", finding.remedy.trim_end_matches('?'));
            findings.push(finding);
            return None;
        }
        return Some(Expr::column(name));
    };
    let place = Place { object: id, path };
    let outcome = read(place, text, ParseMode::Row).and_then(|expr| {
        checked(place, &expr, &OwnColumns(columns), Wanted::Any)?;
        Ok(expr)
    });
    outcome.map_err(|faults| findings.extend(faults)).ok()
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
        let path = format!("spec.entities[{index}].expr");
        if let Some(key) = own_expression(id, &path, (&entity.name, entity.expr.as_ref()), columns, findings)
        {
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
fn duplicate_primaries(
    inventory: &Inventory,
    object: &Object,
    spec: &DatasetSpec,
    findings: &mut Vec<Diagnostic>,
) {
    for (index, entity) in spec.entities.iter().enumerate() {
        if entity.entity_type != EntityType::Primary {
            continue;
        }
        let others: Vec<&Arc<Object>> = primaries(inventory, &object.id.namespace, &entity.name)
            .filter(|other| other.id != object.id)
            .collect();
        if let Some(other) = others.first() {
            let reason =
                format!("dataset `{}` is Primary for the entity `{}` too", other.id.name, entity.name);
            let remedy =
                "keep it Primary in the dataset that describes the entity, and make it Foreign in the other";
            let path = format!("spec.entities[{index}].type");
            findings.push(Diagnostic::error(Code::DuplicatePrimary, &object.id, path, reason, remedy));
        }
    }
}

/// The datasets of a namespace that are Primary for an entity.
pub fn primaries<'a>(
    inventory: &'a Inventory,
    namespace: &'a str,
    entity: &'a str,
) -> impl Iterator<Item = &'a Arc<Object>> {
    inventory.of_kind(Kind::Dataset).filter(move |object| {
        let Spec::Dataset(spec) = &object.spec else { return false };
        object.id.namespace == namespace
            && spec
                .entities
                .iter()
                .any(|known| known.name == entity && known.entity_type == EntityType::Primary)
    })
}
