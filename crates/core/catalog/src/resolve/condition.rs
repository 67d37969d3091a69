//! Conditions of rules: thresholds, changes and guards.

use metricwright_api::alert_rule::{AlertCondition, ChangeCondition, ChangeFrom};
use metricwright_api::{Code, Diagnostic, Grain, ObjectId};
use metricwright_formula::{
    ColumnPath, DataType, Expr, FaultCode, ParseMode, Resolution, Scope, Typed, Unit, canonical,
};

use super::composed::{Metrics, Named};
use super::expression::{Place, Wanted, checked, read};
use super::metric::unit_of;
use crate::catalog::Catalog;
use crate::resolved::{ChangeBound, ResolvedCondition, RuleTarget};

/// Reads the conditions of a rule.
pub fn conditions(
    id: &ObjectId,
    given: &[AlertCondition],
    targets: &[RuleTarget],
    findings: &mut Vec<Diagnostic>,
) -> Vec<ResolvedCondition> {
    let mut conditions = Vec::new();
    for (index, given) in given.iter().enumerate() {
        let path = format!("spec.anyOf[{index}]");
        match (&given.threshold, &given.change) {
            (Some(text), None) => conditions.extend(threshold(id, &path, text, targets, findings)),
            (None, Some(given)) => conditions.extend(change(id, &path, given, targets, findings)),
            _ => {
                let reason = "both or neither of `threshold` and `change` are given";
                let remedy = "give exactly one of `threshold`, `change`";
                findings.push(Diagnostic::error(Code::SchemaRule, id, path, reason, remedy));
            }
        }
    }
    conditions
}

fn threshold(
    id: &ObjectId,
    path: &str,
    text: &str,
    targets: &[RuleTarget],
    findings: &mut Vec<Diagnostic>,
) -> Option<ResolvedCondition> {
    let path = format!("{path}.threshold");
    let place = Place { object: id, path: &path };
    let scope = GuardScope { value: common_unit(targets), metrics: None };
    let predicate = read_condition(place, text, &scope).map_err(|faults| findings.extend(faults)).ok()?;
    Some(ResolvedCondition::Threshold { predicate, text: text.to_owned() })
}

/// Reads the guard of a rule.
pub fn guard(
    catalog: &Catalog,
    id: &ObjectId,
    text: &str,
    guards: &Named,
    targets: &[RuleTarget],
    findings: &mut Vec<Diagnostic>,
) -> Option<Expr> {
    let place = Place { object: id, path: "spec.unless" };
    let metrics = Metrics { catalog, home: &id.namespace, named: guards };
    let scope = GuardScope { value: common_unit(targets), metrics: Some(metrics) };
    read_condition(place, text, &scope).map_err(|faults| findings.extend(faults)).ok()
}

fn read_condition(place: Place<'_>, text: &str, scope: &GuardScope<'_>) -> Result<Expr, Vec<Diagnostic>> {
    let expr = read(place, text, ParseMode::Guard)?;
    checked(place, &expr, scope, Wanted::Condition)?;
    Ok(expr)
}

/// The unit of `value`; unknown where the targets differ.
fn common_unit(targets: &[RuleTarget]) -> Unit {
    let mut units = targets.iter().map(|target| unit_of(&target.metric));
    let first = units.next().unwrap_or_else(Unit::unknown);
    if units.all(|unit| unit == first) { first } else { Unit::unknown() }
}

/// What a threshold or guard may name.
struct GuardScope<'a> {
    value: Unit,
    /// None in a threshold.
    metrics: Option<Metrics<'a>>,
}

impl Scope for GuardScope<'_> {
    fn resolve(&self, path: &ColumnPath) -> Resolution {
        if path.qualifier.is_none() && path.name == "value" {
            return Resolution::Known(Typed::new(DataType::Float, self.value.clone(), true));
        }
        Resolution::Missing
    }

    fn resolve_metric(&self, name: &str) -> Resolution {
        match &self.metrics {
            Some(metrics) => metrics.resolve_metric(name),
            None => Resolution::Refused {
                code: FaultCode::Other(Code::InvalidCondition.as_str()),
                reason: format!("a threshold looks at `value` alone, not at `{name}`"),
                remedy: "put conditions on other metrics into `unless`".to_owned(),
            },
        }
    }

    fn names(&self) -> Vec<String> {
        vec!["value".to_owned()]
    }

    fn metric_names(&self) -> Vec<String> {
        self.metrics.as_ref().map(Metrics::metric_names).unwrap_or_default()
    }
}

fn change(
    id: &ObjectId,
    path: &str,
    given: &ChangeCondition,
    targets: &[RuleTarget],
    findings: &mut Vec<Diagnostic>,
) -> Option<ResolvedCondition> {
    let before = findings.len();
    let mut fault = |code: Code, field: &str, reason: String, remedy: &str| {
        findings.push(Diagnostic::error(code, id, format!("{path}.change.{field}"), reason, remedy));
    };
    if let Some(grain) = without_days(given.from, targets) {
        let remedy = "compare with PreviousPeriod or LastYear, or watch by Day or Hour";
        fault(
            Code::InvalidCondition,
            "from",
            format!("windows by {grain} have no weekday and no feast"),
            remedy,
        );
    }
    let by_feast = given.from == ChangeFrom::SameFeastLastYear;
    if let Some(target) =
        targets.iter().find(|target| by_feast && target.metric.schedule.chronology.feasts.is_none())
    {
        let reason = format!("`{}` has no calendar of feasts", target.metric.id.name);
        let remedy = "name a Calendar in `calendar` of the metric or of its dataset";
        fault(Code::InvalidCondition, "from", reason, remedy);
    }
    let mut read = |field: &str, text: Option<&String>| -> Option<ChangeBound> {
        let bound = bound(text?, targets);
        bound.map_err(|(reason, remedy)| fault(Code::InvalidCondition, field, reason, remedy)).ok()
    };
    let (below, above) = (read("below", given.below.as_ref()), read("above", given.above.as_ref()));
    if given.below.is_none() && given.above.is_none() {
        fault(Code::SchemaRule, "below", "no bound is given".to_owned(), "give `below`, `above` or both");
    }
    (findings.len() == before).then_some(ResolvedCondition::Change { from: given.from, below, above })
}

/// The grain of a target that cannot be compared with the same weekday, or feast.
fn without_days(from: ChangeFrom, targets: &[RuleTarget]) -> Option<Grain> {
    let by_day = matches!(from, ChangeFrom::SameWeekdayLastWeek | ChangeFrom::SameFeastLastYear);
    let grains = targets.iter().map(|target| target.grain);
    grains.filter(|grain| by_day && !matches!(grain, Grain::Hour | Grain::Day)).min()
}

fn bound(text: &str, targets: &[RuleTarget]) -> Result<ChangeBound, (String, &'static str)> {
    let Some(bound) = parse_bound(text) else {
        let remedy = "write a share such as `-10%`, or a difference of fractions such as `-2pp`";
        return Err((format!("`{text}` is no change"), remedy));
    };
    let odd = targets.iter().find(|target| unit_of(&target.metric) != Unit::fraction());
    match (bound, odd) {
        (ChangeBound::Difference(_), Some(target)) => {
            let remedy = "write a relative change such as `-10%`, or declare `unit: Fraction` on the metric if it is a share";
            Err((
                format!("percentage points go with fractions, and `{}` is none", target.metric.id.name),
                remedy,
            ))
        }
        _ => Ok(bound),
    }
}

fn parse_bound(text: &str) -> Option<ChangeBound> {
    let hundredths = |number: &str| number.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| n / 100.0);
    match text.strip_suffix("pp") {
        Some(points) => hundredths(points).map(ChangeBound::Difference),
        None => hundredths(text.strip_suffix('%')?).map(ChangeBound::Relative),
    }
}

/// What conditions decide by: the way they are written does not count.
pub fn decision_text(conditions: &[ResolvedCondition]) -> String {
    let mut texts: Vec<_> = conditions
        .iter()
        .map(|condition| match condition {
            ResolvedCondition::Threshold { predicate, .. } => canonical(predicate),
            ResolvedCondition::Change { from, below, above } => format!("{from:?} {below:?} {above:?}"),
        })
        .collect();
    texts.sort();
    texts.dedup();
    texts.join("\n")
}
