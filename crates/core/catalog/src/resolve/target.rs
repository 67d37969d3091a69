//! Targets whose periods are read and whose metrics are found.

use jiff::Timestamp;
use metricwright_api::metric::{MetricSpec, Target, TargetKind};
use metricwright_api::{Code, Diagnostic, Kind, ObjectId};

use super::reference::find;
use crate::calendar::Chronology;
use crate::catalog::Catalog;
use crate::moment::parse_moment;
use crate::resolved::{Component, ResolvedTarget, TargetOf, TargetSource};

/// The targets of a metric.
pub fn targets(
    catalog: &Catalog,
    id: &ObjectId,
    spec: &MetricSpec,
    (components, chronology): (&[Component], &Chronology),
    findings: &mut Vec<Diagnostic>,
) -> Vec<ResolvedTarget> {
    let mut targets: Vec<ResolvedTarget> = Vec::new();
    for (index, given) in spec.targets.iter().enumerate() {
        let path = format!("spec.targets[{index}]");
        if targets.iter().any(|known| known.name == given.name) {
            let reason = format!("the target `{}` is set twice", given.name);
            findings.push(Diagnostic::error(
                Code::InvalidName,
                id,
                format!("{path}.name"),
                reason,
                "give one of them another name",
            ));
        }
        let misfit = components.iter().find_map(|component| component.misfit(given.period));
        if let Some(fault) = misfit {
            findings.push(Diagnostic::error(
                fault.code,
                id,
                format!("{path}.period"),
                fault.reason,
                fault.remedy,
            ));
        }
        if !given.split_by.is_empty() && given.kind == Some(TargetKind::Level) {
            let reason = "a level is not split: its parts do not add up to it";
            let remedy = "take `splitBy` out, and set the targets of the members";
            findings.push(Diagnostic::error(
                Code::NotSupported,
                id,
                format!("{path}.splitBy"),
                reason,
                remedy,
            ));
        }
        let source = source(catalog, id, (&path, given), chronology, findings);
        targets.extend(source.map(|source| ResolvedTarget {
            name: given.name.clone(),
            period: given.period,
            kind: given.kind.unwrap_or_default(),
            pace: given.pace.unwrap_or_default(),
            split_by: given.split_by.clone(),
            source,
        }));
    }
    targets
}

fn source(
    catalog: &Catalog,
    id: &ObjectId,
    (path, given): (&str, &Target),
    chronology: &Chronology,
    findings: &mut Vec<Diagnostic>,
) -> Option<TargetSource> {
    match (&given.metric, given.values.as_slice()) {
        (Some(reference), []) => {
            let found = find(catalog.inventory(), id, &format!("{path}.metric"), Kind::Metric, reference);
            let found = found.map(|found| found.id.clone()).map_err(|fault| findings.push(*fault)).ok()?;
            Some(TargetSource::Metric(found))
        }
        (None, [_, ..]) => Some(TargetSource::Values(values(id, path, given, chronology, findings))),
        _ => {
            let reason = "both or neither of `values` and `metric` are given";
            let remedy = "give exactly one of `values`, `metric`";
            findings.push(Diagnostic::error(Code::SchemaRule, id, path, reason, remedy));
            None
        }
    }
}

fn values(
    id: &ObjectId,
    path: &str,
    given: &Target,
    chronology: &Chronology,
    findings: &mut Vec<Diagnostic>,
) -> Vec<TargetOf> {
    let mut all: Vec<TargetOf> = Vec::new();
    for (index, value) in given.values.iter().enumerate() {
        let path = format!("{path}.values[{index}].period");
        // Times that depend on the clock are no periods.
        let relative = value.period.parse::<metricwright_api::MwDuration>().is_ok()
            || value.period.chars().all(|c| c.is_ascii_lowercase());
        let at = parse_moment(&value.period, chronology, Timestamp::UNIX_EPOCH).ok().filter(|_| !relative);
        let Some(at) = at else {
            let reason = format!("`{}` is no period", value.period);
            let remedy = "write a month 2026-06, a week 2026-W23, a quarter 2026-Q2, a year 2026, a date, or with a fiscal calendar FY2026-Q1";
            findings.push(Diagnostic::error(Code::InvalidValue, id, path, reason, remedy));
            continue;
        };
        if all.iter().any(|known| known.at == at && known.slice == value.slice) {
            let reason = format!("the target of `{}` is set twice", value.period);
            findings.push(Diagnostic::error(Code::InvalidValue, id, path, reason, "keep one of them"));
        }
        all.push(TargetOf { at, slice: value.slice.clone(), value: value.value.0 });
    }
    all
}
