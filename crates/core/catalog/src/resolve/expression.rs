//! Reading and checking the expressions in specs.

use std::collections::BTreeMap;

use metricwright_api::{Code, Diagnostic, ObjectId};
use metricwright_formula::{
    ColumnPath, Expr, Fault, FaultCode, ParseMode, Resolution, Scope, Typed, Unit, check, expect_boolean,
    expect_numeric, parse,
};

use crate::resolved::ColumnInfo;

/// What an expression must give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Anything.
    Any,
    /// A number.
    Number,
    /// True or false.
    Condition,
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The object.
    pub object: &'a ObjectId,
    /// The field.
    pub path: &'a str,
}

/// Reads an expression.
pub fn read(place: Place<'_>, text: &str, mode: ParseMode) -> Result<Expr, Vec<Diagnostic>> {
    parse(text, mode).map_err(|faults| place.all(faults))
}

/// Checks an expression against what its names mean.
pub fn checked(
    place: Place<'_>,
    expr: &Expr,
    scope: &dyn Scope,
    wanted: Wanted,
) -> Result<Typed, Vec<Diagnostic>> {
    let typed = check(expr, scope).map_err(|faults| place.all(faults))?;
    match wanted {
        Wanted::Any => Ok(()),
        Wanted::Number => expect_numeric(expr, &typed),
        Wanted::Condition => expect_boolean(expr, &typed),
    }
    .map_err(|fault| vec![place.one(fault)])?;
    Ok(typed)
}

impl Place<'_> {
    /// A fault of an expression as a finding at this field.
    pub fn one(&self, fault: Fault) -> Diagnostic {
        let remedy = if fault.remedy.is_empty() {
            "docs/formulas.md describes the language".to_owned()
        } else {
            fault.remedy
        };
        Diagnostic::error(code(fault.code), self.object, self.path, fault.reason, remedy)
            .at(fault.span.into())
    }

    fn all(&self, faults: Vec<Fault>) -> Vec<Diagnostic> {
        faults.into_iter().map(|fault| self.one(fault)).collect()
    }
}

/// The finding code of an expression's fault.
fn code(code: FaultCode) -> Code {
    match code {
        FaultCode::TooLong | FaultCode::TooDeep => Code::FormulaTooComplex,
        FaultCode::UnknownFunction | FaultCode::InvalidArguments => Code::UnknownFunction,
        FaultCode::UnknownName => Code::UnknownColumn,
        FaultCode::AmbiguousName => Code::AmbiguousPath,
        FaultCode::UnknownMetric | FaultCode::MetricNotAllowed => Code::UnknownMetric,
        FaultCode::TypeMismatch => Code::TypeMismatch,
        FaultCode::UnitMismatch => Code::UnitMismatch,
        FaultCode::AggregateNotAllowed
        | FaultCode::AggregateNested
        | FaultCode::AggregateMissing
        | FaultCode::ColumnOutsideAggregate => Code::AggregateMisplaced,
        FaultCode::ReservedName => Code::InvalidName,
        FaultCode::Other(text) => {
            Code::ALL.iter().copied().find(|known| known.as_str() == text).unwrap_or(Code::FormulaSyntax)
        }
        _ => Code::FormulaSyntax,
    }
}

/// Columns of a dataset that is not there yet: each may be anything.
pub struct AnyColumns;

impl Scope for AnyColumns {
    fn resolve(&self, _path: &ColumnPath) -> Resolution {
        Resolution::Unchecked
    }

    fn resolve_metric(&self, _name: &str) -> Resolution {
        Resolution::Missing
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The columns of one dataset, and nothing else.
pub struct OwnColumns<'a>(pub &'a BTreeMap<String, ColumnInfo>);

impl Scope for OwnColumns<'_> {
    fn resolve(&self, path: &ColumnPath) -> Resolution {
        if let Some(entity) = &path.qualifier {
            return Resolution::Refused {
                code: FaultCode::Other(Code::UnknownDimension.as_str()),
                reason: format!("`{entity}.{}` is a dimension of another dataset", path.name),
                remedy: "here only the dataset's own columns can be used".to_owned(),
            };
        }
        column(self.0, &path.name)
    }

    fn resolve_metric(&self, _name: &str) -> Resolution {
        Resolution::Missing
    }

    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// A column by name; where no columns are known, anything may be one.
pub fn column(columns: &BTreeMap<String, ColumnInfo>, name: &str) -> Resolution {
    match columns.get(name) {
        Some(info) => Resolution::Known(typed(info)),
        None if columns.is_empty() => Resolution::Unchecked,
        None => Resolution::Missing,
    }
}

/// Type and unit of a column.
pub fn typed(info: &ColumnInfo) -> Typed {
    let unit = info.unit.as_deref().and_then(|unit| unit.parse().ok()).unwrap_or_else(Unit::unknown);
    Typed::new(info.data_type, unit, info.nullable)
}
