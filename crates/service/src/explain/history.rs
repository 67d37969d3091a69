//! History: the values that are kept of a metric.

use std::collections::BTreeMap;

use jiff::Timestamp;
use metricwright_api::{Code, Grain, ObjectId, WindowStatus};
use metricwright_catalog::Catalog;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_query::format::format_value;
use metricwright_query::slice::grouping_key;
use metricwright_query::window::{Window, next, previous, window_at};
use metricwright_query::{Slice, violated};
use metricwright_store::{PointQuery, PointRow, Store};
use serde::{Deserialize, Serialize};

use super::exact;
use super::question::{self, slice_of};
use super::refusal::Refusal;
use crate::status::window_status;

/// Windows that are shown when no beginning is asked for.
const WINDOWS: usize = 30;
/// Most points in one answer.
const MOST: usize = 20_000;
/// Points read from the store in one go.
const AT_ONCE: usize = 50_000;

/// Which values are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuestion {
    /// The grain. Default: the metric's first.
    pub grain: Option<Grain>,
    /// Dimensions; values of every member are given.
    pub by: Vec<String>,
    /// Dimension to member: values of this slice alone are given.
    pub slice: BTreeMap<String, String>,
    /// The first moment, as people write it. Default: 30 windows ago.
    pub from: Option<String>,
    /// The first moment after the range. Default: now.
    pub to: Option<String>,
}

/// The values that are kept of a metric in a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// The metric.
    pub metric: ObjectId,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Hash of the definition, as the status names it.
    pub definition: String,
    /// Unit of the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The grain.
    pub grain: Grain,
    /// The zone in which windows begin.
    pub zone: String,
    /// The dimensions of the slices, with their names for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<(String, String)>,
    /// The values in order of window and slice.
    pub points: Vec<KeptPoint>,
}

/// A kept value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptPoint {
    /// The window.
    pub window: WindowStatus,
    /// Dimension to member; empty for the total.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slice: BTreeMap<String, String>,
    /// The value, exact; none when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The value as people read it.
    pub display: String,
    /// Whether rows of the window may still have arrived after it was computed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The invariants that it does not meet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violated: Vec<String>,
    /// When it was computed, RFC 3339.
    pub computed_at: String,
}

/// The values that the store keeps; nothing is computed.
///
/// # Errors
/// There is no such metric, grain, grouping or member, the range is too large, or the store failed.
pub async fn history(
    catalog: &Catalog,
    store: &dyn Store,
    id: &ObjectId,
    asked: &HistoryQuestion,
    now: Timestamp,
) -> Result<History, Refusal> {
    let metric = question::metric(catalog, id)?;
    let grain = question::grain(&metric, asked.grain)?;
    let one_slice = (!asked.slice.is_empty()).then(|| slice_of(&asked.slice));
    let by = dimensions(asked)?;
    let by = question::kept_grouping(catalog, &metric, &by)?;
    if let Some(slice) = &one_slice {
        question::known_slice(store, &metric, grain, &by, slice).await?;
    }
    let range = range(&metric, grain, asked, now)?;
    let points = read(store, &metric, grain, &by, one_slice.as_ref(), range).await?;
    let zone = &metric.schedule.chronology;
    Ok(History {
        metric: id.clone(),
        display_name: metric.display_name.clone(),
        definition: metric.definition_hash.clone(),
        unit: metric.unit.clone(),
        grain,
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        by: by.iter().map(|name| (name.clone(), metric.display_name_of(name).to_owned())).collect(),
        points: points.iter().map(|point| kept(&metric, grain, point)).collect(),
    })
}

/// The dimensions of the grouping: those of the slice, or those asked for.
fn dimensions(asked: &HistoryQuestion) -> Result<Vec<String>, Refusal> {
    match (asked.by.is_empty(), asked.slice.is_empty()) {
        (false, false) => Err(Refusal::new(
            Code::InvalidValue,
            "both dimensions and one slice are asked for",
            "give `--by` for every member, or `--slice` for one",
        )),
        (_, true) => Ok(asked.by.clone()),
        (true, false) => Ok(asked.slice.keys().cloned().collect()),
    }
}

/// Start of the first window and end of the range.
fn range(
    metric: &ResolvedMetric,
    grain: Grain,
    asked: &HistoryQuestion,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), Refusal> {
    let zone = &metric.schedule.chronology;
    let moment = |what, text: &str| question::moment(metric, what, text, now);
    let to = asked.to.as_deref().map_or(Ok(now), |text| moment("to", text))?;
    let from = if let Some(text) = asked.from.as_deref() {
        window_at(grain, zone, moment("from", text)?).start
    } else {
        let back = |window: Window, _| previous(&window, grain, zone);
        (0..WINDOWS).fold(window_at(grain, zone, to), back).start
    };
    if from < to {
        return Ok((from, to));
    }
    Err(Refusal::new(Code::InvalidValue, "the range ends before it begins", "swap `--from` and `--to`"))
}

/// Reads the points in stretches, so that a long range of many slices is never held whole.
async fn read(
    store: &dyn Store,
    metric: &ResolvedMetric,
    grain: Grain,
    by: &[String],
    slice: Option<&Slice>,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<PointRow>, Refusal> {
    let (grouping, wanted) = (grouping_key(by), slice.map(Slice::key));
    let slices = store.slices(&metric.id, &metric.definition_hash, grain, &grouping).await?.len();
    let windows = (AT_ONCE / slices.max(1)).max(1);
    let mut points = Vec::new();
    let mut begin = from;
    while begin < to {
        let end = after(metric, grain, begin, windows).min(to);
        let query = PointQuery {
            metric: metric.id.clone(),
            definition_hash: metric.definition_hash.clone(),
            grain,
            grouping: grouping.clone(),
            from: begin,
            to: end,
        };
        let found = store.points(&query).await?.into_iter();
        points.extend(found.filter(|point| wanted.as_ref().is_none_or(|wanted| point.slice == *wanted)));
        if points.len() > MOST {
            let reason = format!("the range holds more than {MOST} values");
            let remedy = "ask for less: `--from`, `--to`, or one `--slice`";
            return Err(Refusal::new(Code::LimitReached, reason, remedy));
        }
        begin = end;
    }
    Ok(points)
}

/// The end of so many windows; at least a step ahead.
fn after(metric: &ResolvedMetric, grain: Grain, from: Timestamp, windows: usize) -> Timestamp {
    let zone = &metric.schedule.chronology;
    let mut window = window_at(grain, zone, from);
    for _ in 1..windows.min(MOST) {
        let following = next(&window, grain, zone);
        if following.end <= window.end {
            break;
        }
        window = following;
    }
    if window.end > from { window.end } else { Timestamp::MAX }
}

fn kept(metric: &ResolvedMetric, grain: Grain, point: &PointRow) -> KeptPoint {
    let window = Window { start: point.window_start, end: point.window_end };
    KeptPoint {
        window: window_status(&window, grain, &metric.schedule.chronology),
        slice: Slice::from_key(&point.slice).map(|slice| slice.display()).unwrap_or_default(),
        value: exact(&point.value),
        display: format_value(&point.value, metric.format.as_deref(), metric.unit.as_deref()),
        partial: point.partial,
        violated: violated(metric, &point.components),
        computed_at: point.computed_at.to_string(),
    }
}
