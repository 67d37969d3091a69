//! How time is divided for datasets and metrics: by what they say themselves, else by what they are made of.

use std::sync::Arc;

use jiff::tz::TimeZone;
use metricwright_api::dataset::DatasetSpec;
use metricwright_api::metric::{Align, MetricSpec};
use metricwright_api::{Code, Diagnostic, Kind, ObjectId, Reference};

use super::dataset::zone;
use super::expression::Place;
use super::metric::invalid;
use super::reference::find;
use crate::calendar::{Chronology, ResolvedCalendar};
use crate::catalog::Catalog;
use crate::component::Component;
use crate::frame::{Frame, Span};
use crate::resolved::ResolvedDataset;

/// That of a dataset: its zone, and its calendar where it names one.
pub fn of_dataset(
    catalog: &Catalog,
    id: &ObjectId,
    spec: &DatasetSpec,
    zone: &TimeZone,
    findings: &mut Vec<Diagnostic>,
) -> Arc<Chronology> {
    let calendar = spec.calendar.as_ref().and_then(|named| calendar(catalog, id, named, findings));
    Arc::new(match calendar {
        Some(calendar) => calendar.chronology(zone.clone()),
        None => Chronology::of(zone.clone()),
    })
}

/// That of a metric, which all its components then have.
pub fn of_metric(
    catalog: &Catalog,
    id: &ObjectId,
    spec: &MetricSpec,
    components: &mut [Component],
    findings: &mut Vec<Diagnostic>,
) -> Arc<Chronology> {
    let own = spec.calendar.as_ref().and_then(|named| calendar(catalog, id, named, findings));
    let own_zone = spec.timezone.as_deref().map(|name| zone(id, "spec.timezone", Some(name), findings));
    if own_zone.is_none() {
        one_zone(id, components, findings);
    }
    let zone =
        own_zone.or_else(|| Some(components.first()?.chronology.zone.clone())).unwrap_or(TimeZone::UTC);
    let chronology = match &own {
        Some(calendar) => calendar.chronology(zone),
        None => Chronology { zone, ..one_calendar(id, components, findings) },
    };
    let chronology = Arc::new(chronology);
    for component in &mut *components {
        if component.chronology != chronology {
            *component = component.with(|changed| changed.chronology = chronology.clone());
        }
        needs(id, &component.frame, &chronology, findings);
    }
    chronology
}

fn calendar(
    catalog: &Catalog,
    id: &ObjectId,
    named: &Reference,
    findings: &mut Vec<Diagnostic>,
) -> Option<Arc<ResolvedCalendar>> {
    let path = "spec.calendar";
    let found = find(catalog.inventory(), id, path, Kind::Calendar, named).map(|found| found.id.clone());
    let found = found.map_err(|fault| findings.push(*fault)).ok()?;
    let place = Place { object: id, path };
    catalog.calendar(&found).map_err(|_| findings.push(invalid(place, &found))).ok()
}

/// Values of datasets can be put together only where their days begin at the same moment.
fn one_zone(id: &ObjectId, components: &[Component], findings: &mut Vec<Diagnostic>) {
    let Some(first) = components.first() else { return };
    let name = |zone: &TimeZone| zone.iana_name().unwrap_or("UTC").to_owned();
    let other = components.iter().find_map(|component| {
        let own = component.chronology.zone != first.chronology.zone;
        let inner = |dataset: &&Arc<ResolvedDataset>| {
            component.chronology == component.dataset.chronology
                && dataset.chronology.zone != first.chronology.zone
        };
        let dataset = if own { Some(&component.dataset) } else { component.datasets().find(inner) };
        dataset
            .map(|dataset| (dataset, if own { &component.chronology.zone } else { &dataset.chronology.zone }))
    });
    if let Some((other, zone)) = other {
        let reason = format!(
            "days begin in `{}` for dataset `{}` and in `{}` for dataset `{}`",
            name(&first.chronology.zone),
            first.dataset.id.name,
            name(zone),
            other.id.name
        );
        let remedy = "say in `spec.timezone` of the metric where its days begin, or give both datasets the same `timezone`";
        findings.push(Diagnostic::error(Code::InvalidValue, id, "spec", reason, remedy));
    }
}

/// The calendar that the components have in common; those that have none take that of the others.
fn one_calendar(id: &ObjectId, components: &[Component], findings: &mut Vec<Diagnostic>) -> Chronology {
    let mut with_calendar = components.iter().filter(|component| component.chronology.feasts.is_some());
    let Some(first) = with_calendar.next() else { return Chronology::default() };
    let in_utc =
        |component: &Component| Chronology { zone: TimeZone::UTC, ..(*component.chronology).clone() };
    let common = in_utc(first);
    if let Some(other) = with_calendar.find(|other| in_utc(other) != common) {
        let reason = format!(
            "datasets `{}` and `{}` count by different calendars",
            first.dataset.id.name, other.dataset.id.name
        );
        let remedy = "say in `spec.calendar` of the metric which one counts";
        findings.push(Diagnostic::error(Code::InvalidValue, id, "spec", reason, remedy));
    }
    common
}

/// Finds fault with a frame that counts by what no calendar says.
fn needs(id: &ObjectId, frame: &Frame, chronology: &Chronology, findings: &mut Vec<Diagnostic>) {
    let fiscal = frame.offsets.iter().any(|offset| offset.align == Align::Fiscal)
        || matches!(frame.span, Span::ToDate(period) if period.grain().is_fiscal());
    let feasts = frame.offsets.iter().any(|offset| offset.align == Align::Calendar);
    let missing = if fiscal && chronology.fiscal_year.is_none() {
        ("it counts by fiscal years, and no calendar says where they begin", "a Calendar with `fiscalYear`")
    } else if feasts && chronology.feasts.is_none() {
        ("it is aligned by feasts, and there is no calendar of them", "a Calendar")
    } else {
        return;
    };
    let remedy = format!("name {} in `calendar` of the metric or of its dataset", missing.1);
    let finding = Diagnostic::error(Code::NotSupported, id, "spec", missing.0, remedy);
    if !findings.contains(&finding) {
        findings.push(finding);
    }
}
