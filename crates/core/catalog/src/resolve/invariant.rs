//! Conditions that every value of a metric should meet.

use std::collections::BTreeMap;

use metricwright_api::metric::MetricSpec;
use metricwright_api::{Code, Diagnostic, ObjectId};
use metricwright_formula::{ColumnPath, DataType, Expr, ParseMode, Resolution, Scope, Typed, Unit};

use super::composed::{MAX_NODES, Size, with_parts};
use super::expression::{Place, Wanted, checked, read};
use super::metric::Lowered;
use crate::resolved::Invariant;

/// What the value is called.
const VALUE: &str = "value";

/// The conditions over the components of a metric.
pub fn invariants(
    id: &ObjectId,
    spec: &MetricSpec,
    lowered: &Lowered,
    unit: Option<&str>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Invariant> {
    let mut parts = lowered.parts.clone();
    parts.insert(VALUE.to_owned(), lowered.value.clone());
    let unit = unit.and_then(|unit| unit.parse().ok()).unwrap_or_else(Unit::unknown);
    let mut all = Vec::new();
    for (index, text) in spec.invariants.iter().enumerate() {
        let path = format!("spec.invariants[{index}]");
        match invariant(Place { object: id, path: &path }, text, &parts, &unit) {
            Ok(invariant) => all.push(invariant),
            Err(faults) => findings.extend(faults),
        }
    }
    all
}

fn invariant(
    place: Place<'_>,
    text: &str,
    parts: &BTreeMap<String, Expr>,
    unit: &Unit,
) -> Result<Invariant, Vec<Diagnostic>> {
    let written = read(place, text, ParseMode::Derived)?;
    checked(place, &written, &Parts { parts, unit }, Wanted::Condition)?;
    let condition = with_parts(&written, parts);
    if Size::of(&condition).nodes > MAX_NODES {
        let reason = format!("with what its names stand for, the condition has more than {MAX_NODES} parts");
        let remedy = "name the value fewer times";
        let code = Code::FormulaTooComplex;
        return Err(vec![Diagnostic::error(code, place.object, place.path, reason, remedy)]);
    }
    Ok(Invariant { text: text.to_owned(), condition })
}

/// The names that a condition may use.
struct Parts<'a> {
    parts: &'a BTreeMap<String, Expr>,
    /// Unit of the value.
    unit: &'a Unit,
}

impl Scope for Parts<'_> {
    fn resolve(&self, _path: &ColumnPath) -> Resolution {
        Resolution::Missing
    }

    fn resolve_metric(&self, name: &str) -> Resolution {
        let unit = if name == VALUE { self.unit.clone() } else { Unit::unknown() };
        if self.parts.contains_key(name) {
            Resolution::Known(Typed::new(DataType::Float, unit, true))
        } else {
            Resolution::Missing
        }
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn metric_names(&self) -> Vec<String> {
        self.parts.keys().cloned().collect()
    }
}
